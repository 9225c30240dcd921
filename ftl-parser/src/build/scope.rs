//! What of the template read so far decides whether something may stand at a place, and what it means there.

use super::fault::quote;
use crate::ast::{InterpolationSyntax, NamingConvention, ShiftedLiteral};
use crate::error::ParseError;
use crate::source::{Position, Source, Span};
use crate::{AutoEscapingPolicy, ParseOptions};

/// See the module.
pub(super) struct Scope {
    pub(super) source: Source,
    pub(super) interpolation_syntax: InterpolationSyntax,
    /// The setting.
    pub(super) configured_naming: NamingConvention,
    pub(super) naming: NamingConvention,
    /// What decided it.
    pub(super) naming_decided_by: Option<(Position, String)>,
    pub(super) naming_span: Option<Span>,
    pub(super) loops: Vec<Loop>,
    /// How many directives around support `#break`.
    pub(super) breakable: u32,
    /// How many directives around support `#continue`.
    pub(super) continuable: u32,
    pub(super) within: Within,
    /// How many `#escape`s are in force.
    pub(super) escapes: u32,
    pub(super) format: Format,
    pub(super) policy: AutoEscapingPolicy,
    /// The setting, or what the file extension makes of it.
    pub(super) configured_policy: AutoEscapingPolicy,
    pub(super) auto_escaping: bool,
    pub(super) errors: Vec<ParseError>,
    pub(super) shifted: Vec<ShiftedLiteral>,
    /// Depth of the expression being read.
    pub(super) depth: usize,
    pub(super) max_depth: usize,
}

/// A `#list`, `#items` or `#foreach` around.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) kind: LoopKind,
    pub(super) first: Option<String>,
    pub(super) second: Option<String>,
    /// Its tag was broken: nothing is known of its variables.
    pub(super) broken: bool,
}

/// Kinds of [`Loop`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoopKind {
    List,
    /// A `#list` whose variables are those of an `#items`.
    Items,
    ForEach,
    /// A call whose loop variable hides that of a `#list`.
    UserDirective,
}

/// The definition around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Template,
    Macro,
    Function,
}

/// What a macro's body does not see of the template around it.
pub(super) struct Definition {
    loops: Vec<Loop>,
    breakable: u32,
    continuable: u32,
}

/// What [`Scope::leave_literal`] restores.
pub(super) struct Around {
    within: Within,
    policy: AutoEscapingPolicy,
    auto_escaping: bool,
}

/// An output format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) name: String,
    /// It has escaping.
    pub(super) markup: bool,
}

const STANDARD_FORMATS: [&str; 9] =
    ["CSS", "HTML", "JSON", "JavaScript", "RTF", "XHTML", "XML", "plainText", "undefined"];

impl Format {
    /// The format of this name, or FreeMarker's words why there is none.
    pub(super) fn of(name: &str) -> Result<Format, String> {
        if name.is_empty() {
            return Err("Invalid format name: 0-length format name".to_owned());
        }
        let Some(combined) = name.strip_suffix('}') else {
            if !STANDARD_FORMATS.contains(&name) {
                let names: Vec<_> = STANDARD_FORMATS.iter().map(|name| quote(name)).collect();
                return Err(format!(
                    "Unregistered output format name, {}. The output formats registered in the Configuration are: {}",
                    quote(name),
                    names.join(", ")
                ));
            }
            let markup = matches!(name, "HTML" | "XHTML" | "XML" | "RTF");
            return Ok(Format { name: name.to_owned(), markup });
        };
        let Some((outer, inner)) = combined.split_once('{') else {
            return Err(format!("Invalid format name: Missing opening '{{' in: {name}"));
        };
        for part in [outer, inner] {
            // A name within a name has no braces, so this goes no deeper.
            let format =
                if part.ends_with('}') { Err(unregistered(part)) } else { Format::of(part) };
            if !format?.markup {
                return Err(format!(
                    "Invalid format name: The \"{part}\" output format can't be used in ...{{...}} expression, because it's not a markup format."
                ));
            }
        }
        Ok(Format { name: name.to_owned(), markup: true })
    }

    /// As FreeMarker shows it in messages.
    pub(super) fn describe(&self) -> String {
        let name = &self.name;
        if name.ends_with('}') {
            return name.clone();
        }
        let mime = match name.as_str() {
            "HTML" => "\"text/html\"",
            "XHTML" => "\"application/xhtml+xml\"",
            "XML" => "\"application/xml\"",
            "RTF" => "\"application/rtf\"",
            "plainText" => "\"text/plain\"",
            "CSS" => "\"text/css\"",
            "JavaScript" => "\"application/javascript\"",
            "JSON" => "\"application/json\"",
            _ => "null",
        };
        let class = match name.as_str() {
            "undefined" => "Undefined",
            "plainText" => "PlainText",
            _ => name,
        };
        format!("{name}(mimeType={mime}, class=f.c.{class}OutputFormat)")
    }
}

fn unregistered(name: &str) -> String {
    let names: Vec<_> = STANDARD_FORMATS.iter().map(|name| quote(name)).collect();
    format!(
        "Unregistered output format name, {}. The output formats registered in the Configuration are: {}",
        quote(name),
        names.join(", ")
    )
}

impl Scope {
    pub(super) fn new(options: &ParseOptions, source: &Source) -> Scope {
        let extensions = options
            .recognize_standard_file_extensions
            .unwrap_or(options.incompatible_improvements >= (2, 3, 24));
        let by_extension = source.name().filter(|_| extensions).and_then(format_of_extension);
        let (name, policy) = match by_extension {
            Some(name) => (name, AutoEscapingPolicy::EnableIfDefault),
            None => (options.output_format.as_str(), options.auto_escaping_policy),
        };
        // An unknown format of the host's is one without escaping.
        let format = Format::of(name).unwrap_or(Format { name: name.to_owned(), markup: false });
        let mut scope = Scope {
            source: source.clone(),
            interpolation_syntax: options.interpolation_syntax,
            configured_naming: options.naming_convention,
            naming: options.naming_convention,
            naming_decided_by: None,
            naming_span: None,
            loops: Vec::new(),
            breakable: 0,
            continuable: 0,
            within: Within::Template,
            escapes: 0,
            format,
            policy,
            configured_policy: policy,
            auto_escaping: false,
            errors: Vec::new(),
            shifted: Vec::new(),
            depth: 0,
            max_depth: options.max_expression_depth,
        };
        scope.update_auto_escaping();
        scope
    }

    /// To be called after a change of the output format or the policy.
    pub(super) fn update_auto_escaping(&mut self) {
        self.auto_escaping = self.format.markup && self.policy != AutoEscapingPolicy::Disable;
    }

    /// To be called where the body of a macro or function begins.
    pub(super) fn enter_definition(&mut self) -> Definition {
        Definition {
            loops: std::mem::take(&mut self.loops),
            breakable: std::mem::take(&mut self.breakable),
            continuable: std::mem::take(&mut self.continuable),
        }
    }

    /// The counterpart of [`Scope::enter_definition`].
    pub(super) fn leave_definition(&mut self, around: Definition) {
        self.loops = around.loops;
        self.breakable = around.breakable;
        self.continuable = around.continuable;
        self.within = Within::Template;
    }

    /// To be called before the interpolations of a string literal are read. FreeMarker has another parser for
    /// them, which knows the output format and the loop variables, but neither the macro around nor `#noautoesc`.
    pub(super) fn enter_literal(&mut self) -> Around {
        let around =
            Around { within: self.within, policy: self.policy, auto_escaping: self.auto_escaping };
        self.within = Within::Template;
        self.policy = self.configured_policy;
        self.update_auto_escaping();
        around
    }

    /// The counterpart of [`Scope::enter_literal`].
    pub(super) fn leave_literal(&mut self, around: Around) {
        self.within = around.within;
        self.policy = around.policy;
        self.auto_escaping = around.auto_escaping;
    }

    /// The words about a name that is spelled against the convention in force.
    pub(super) fn naming_mismatch(&self, image: &str) -> String {
        let rule = match self.configured_naming {
            NamingConvention::AutoDetect => {
                "must consistently use the same naming convention within the same template. This template uses "
            }
            _ => "must use the configured naming convention, which is the ",
        };
        let convention = match self.naming {
            NamingConvention::CamelCase => "camel case naming convention (like: exampleName) ",
            _ => {
                "legacy naming convention (directive (tag) names are like examplename, everything else is like example_name) "
            }
        };
        let decided = match &self.naming_decided_by {
            Some((at, image)) => format!(
                "established by auto-detection at line {}, column {} by token {}",
                at.line,
                at.column,
                quote(image.trim())
            ),
            None => String::new(),
        };
        format!(
            "Naming convention mismatch. Identifiers that are part of the template language (not the user specified ones) \
             {rule}{convention}{decided}, but the problematic token, {}, uses a different convention.",
            quote(image.trim())
        )
    }
}

fn format_of_extension(name: &str) -> Option<&'static str> {
    let extension = name.get(name.len().checked_sub(5)?..)?;
    if extension.eq_ignore_ascii_case(".ftlh") {
        Some("HTML")
    } else if extension.eq_ignore_ascii_case(".ftlx") {
        Some("XML")
    } else {
        None
    }
}
