//! Settings of a host, by the names that FreeMarker's `Configuration.setSetting` takes.

use ftl_parser::ast::{InterpolationSyntax, NamingConvention, TagSyntax};
use ftl_parser::{AutoEscapingPolicy, ParseOptions};

use crate::format::c::CFormat;
use crate::format::locale::Locale;
use crate::format::zone::Zone;
use crate::value::number::ArithmeticEngine;

/// What a template can change, and what only the host can.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) locale: Locale,
    pub(crate) time_zone: Zone,
    pub(crate) number_format: String,
    pub(crate) boolean_format: String,
    pub(crate) date_format: String,
    pub(crate) time_format: String,
    pub(crate) datetime_format: String,
    pub(crate) c_format: CFormat,
    pub(crate) output_encoding: Option<String>,
    pub(crate) url_escaping_charset: Option<String>,
    pub(crate) arithmetic_engine: ArithmeticEngine,
    pub(crate) fallback_on_null_loop_variable: bool,
    pub(crate) improvements: (u8, u8, u8),
    /// `template_exception_handler` = `ignore`
    pub(crate) ignores_errors: bool,
    /// `truncate_builtin_algorithm` = `unicode`
    pub(crate) truncate_unicode: bool,
    pub(crate) show_error_tips: bool,
    pub(crate) parse: ParseOptions,
    pub(crate) tab_size: u32,
    /// Whether `a_en_US.ftl` is looked for before `a.ftl`.
    pub(crate) localized_lookup: bool,
    /// Templates included before every template.
    pub(crate) auto_include: Vec<String>,
    /// Templates imported before every template, with the names of their namespaces.
    pub(crate) auto_import: Vec<(String, String)>,
    /// Whether `c_format` was set, or follows `incompatible_improvements`.
    c_format_set: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            locale: Locale::default(),
            time_zone: Zone::utc(),
            number_format: "number".to_owned(),
            boolean_format: "true,false".to_owned(),
            date_format: String::new(),
            time_format: String::new(),
            datetime_format: String::new(),
            c_format: CFormat::default(),
            output_encoding: None,
            url_escaping_charset: None,
            arithmetic_engine: ArithmeticEngine::default(),
            fallback_on_null_loop_variable: true,
            improvements: (2, 3, 35),
            ignores_errors: false,
            truncate_unicode: false,
            show_error_tips: true,
            parse: ParseOptions::default(),
            tab_size: 8,
            localized_lookup: true,
            auto_include: Vec::new(),
            auto_import: Vec::new(),
            c_format_set: false,
        }
    }
}

impl Settings {
    pub(crate) fn improvements_text(&self) -> String {
        let (major, minor, micro) = self.improvements;
        format!("{major}.{minor}.{micro}")
    }

    /// Sets what a template may set. The error is FreeMarker's sentence, then what is wrong.
    pub(crate) fn set_in_template(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name == "c_format" && value != "default" && CFormat::by_name(value).is_none() {
            return Err(format!(
                "It's not allowed to set \"c_format\" to {} in a template. Use a standard c format name \
                 (\"JavaScript or JSON\", \"JSON\", \"JavaScript\", \"Java\", \"XS\", \"legacy\"), or registered \
                 custom  c format name after a \"@\".",
                crate::format::quoted(value)
            ));
        }
        self.try_set_in_template(name, value).map_err(|reason| failed(name, value, &reason))
    }

    fn try_set_in_template(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "locale" => self.locale = Locale::parse(value),
            "time_zone" => self.time_zone = zone(value)?,
            "number_format" => self.number_format = value.to_owned(),
            "boolean_format" => {
                if value != "c" && !value.contains(',') {
                    return Err(format!(
                        "Setting value must be a string that contains two comma-separated values for true and \
                         false, or it must be \"c\", but it was {}.",
                        crate::format::quoted(value)
                    ));
                }
                self.boolean_format = value.to_owned();
            }
            "date_format" => self.date_format = value.to_owned(),
            "time_format" => self.time_format = value.to_owned(),
            "datetime_format" => self.datetime_format = value.to_owned(),
            "c_format" => {
                self.c_format = match value {
                    "default" => CFormat::for_improvements(self.improvements),
                    name => CFormat::by_name(name).ok_or_else(|| {
                        format!("There's no c_format with the name {}", crate::format::quoted(name))
                    })?,
                };
                self.c_format_set = value != "default";
            }
            "output_encoding" => self.output_encoding = Some(value.to_owned()),
            "url_escaping_charset" => self.url_escaping_charset = Some(value.to_owned()),
            "sql_date_and_time_time_zone" => drop(zone(value)?),
            "classic_compatible" => match value {
                "false" | "no" | "f" | "n" => (),
                _ => return Err("classic_compatible is not supported by this engine".to_owned()),
            },
            _ => return Err(UNKNOWN.to_owned()),
        }
        Ok(())
    }

    /// Sets what a host may set. Names in either spelling.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if matches!(name, "incompatible_improvements" | "incompatibleImprovements") {
            // What FreeMarker says of a version is a sentence of its own.
            self.improvements = improvements(value)?;
            self.parse.incompatible_improvements = self.improvements;
            if !self.c_format_set {
                self.c_format = CFormat::for_improvements(self.improvements);
            }
            return Ok(());
        }
        self.try_set(name, value).map_err(|reason| failed(name, value, &reason))
    }

    fn try_set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let snake = crate::compile::snake_case(name);
        let unknown = || bad_choice(name, value);
        match snake.as_str() {
            "tag_syntax" => {
                self.parse.tag_syntax = match value {
                    "auto_detect" | "autoDetect" => TagSyntax::AutoDetect,
                    "angle_bracket" | "angleBracket" => TagSyntax::Angle,
                    "square_bracket" | "squareBracket" => TagSyntax::Square,
                    _ => return Err(unknown()),
                }
            }
            "interpolation_syntax" => {
                self.parse.interpolation_syntax = match value {
                    "legacy" => InterpolationSyntax::Legacy,
                    "dollar" => InterpolationSyntax::Dollar,
                    "square_bracket" | "squareBracket" => InterpolationSyntax::SquareBracket,
                    _ => return Err(unknown()),
                }
            }
            "naming_convention" => {
                self.parse.naming_convention = match value {
                    "auto_detect" | "autoDetect" => NamingConvention::AutoDetect,
                    "legacy" => NamingConvention::Legacy,
                    "camel_case" | "camelCase" => NamingConvention::CamelCase,
                    _ => return Err(unknown()),
                }
            }
            "whitespace_stripping" => self.parse.whitespace_stripping = yes_no(name, value)?,
            "strict_syntax" => {
                if !yes_no(name, value)? {
                    return Err("strict_syntax=false is not supported by this engine".to_owned());
                }
            }
            "auto_escaping_policy" | "auto_escaping" => {
                self.parse.auto_escaping_policy = match value {
                    "enable_if_default" | "enableIfDefault" => AutoEscapingPolicy::EnableIfDefault,
                    "enable_if_supported" | "enableIfSupported" => {
                        AutoEscapingPolicy::EnableIfSupported
                    }
                    "disable" => AutoEscapingPolicy::Disable,
                    "force" => AutoEscapingPolicy::Force,
                    _ => return Err(unknown()),
                }
            }
            "output_format" => {
                if crate::output::OutputFormat::by_name(value).is_none() {
                    return Err(format!(
                        "Unregistered output format name, {}",
                        crate::format::quoted(value)
                    ));
                }
                value.clone_into(&mut self.parse.output_format);
            }
            "recognize_standard_file_extensions" => {
                self.parse.recognize_standard_file_extensions =
                    if value == "default" { None } else { Some(yes_no(name, value)?) };
            }
            "tab_size" => {
                let size = value.trim().parse().ok().filter(|size| (1..=256).contains(size));
                self.tab_size = size.ok_or_else(|| {
                    format!("tab_size must be a number from 1 to 256, not {value}")
                })?;
            }
            "arithmetic_engine" => {
                self.arithmetic_engine = match value {
                    "bigdecimal" => ArithmeticEngine::BigDecimal,
                    "conservative" => ArithmeticEngine::Conservative,
                    _ => return Err(unknown()),
                }
            }
            "fallback_on_null_loop_variable" => {
                self.fallback_on_null_loop_variable = yes_no(name, value)?
            }
            "show_error_tips" => self.show_error_tips = yes_no(name, value)?,
            "template_name_format" => match value {
                "default_2_3_0" | "DEFAULT_2_3_0" => (),
                _ => {
                    return Err(format!(
                        "{value} is not supported by this engine; default_2_3_0 is"
                    ));
                }
            },
            "localized_lookup" => self.localized_lookup = yes_no(name, value)?,
            "auto_include" => self.auto_include = list(value).into_iter().map(unquoted).collect(),
            "auto_import" => {
                let pairs = list(value).into_iter().map(|item| {
                    let (path, name) = item.rsplit_once(" as ").ok_or_else(|| {
                        format!("expected \"path as name\", found {}", crate::format::quoted(&item))
                    })?;
                    Ok((unquoted(path.trim().to_owned()), name.trim().to_owned()))
                });
                self.auto_import = pairs.collect::<Result<_, String>>()?;
            }
            "template_exception_handler" => {
                self.ignores_errors = match value {
                    "ignore" => true,
                    "rethrow" | "default" | "debug" => false,
                    _ => return Err(unknown()),
                }
            }
            "truncate_builtin_algorithm" => {
                self.truncate_unicode = match value {
                    "ascii" => false,
                    "unicode" => true,
                    _ => return Err(unknown()),
                }
            }
            // Nothing that JSON data could show.
            "default_encoding"
            | "log_template_exceptions"
            | "wrap_unchecked_exceptions"
            | "api_builtin_enabled"
            | "auto_flush"
            | "object_wrapper"
            | "cache_storage"
            | "template_update_delay"
            | "lazy_imports"
            | "lazy_auto_imports"
            | "new_builtin_class_resolver"
            | "attempt_exception_reporter"
            | "custom_date_formats"
            | "custom_number_formats"
            | "template_lookup_strategy"
            | "template_configurations"
            | "registered_custom_output_formats" => (),
            other => return self.try_set_in_template(other, value),
        }
        Ok(())
    }
}

const UNKNOWN: &str = "no such setting";

fn failed(name: &str, value: &str, reason: &str) -> String {
    if reason == UNKNOWN {
        return format!("Unknown FreeMarker configuration setting: \"{name}\"");
    }
    format!(
        "Failed to set FreeMarker configuration setting \"{name}\" to value {}; see cause exception.\n{reason}",
        crate::format::quoted(value)
    )
}

fn zone(value: &str) -> Result<Zone, String> {
    Zone::of_setting(value)
        .ok_or_else(|| format!("Invalid time zone: {}", crate::format::quoted(value)))
}

fn bad_choice(name: &str, value: &str) -> String {
    format!("{} is no value of the setting {name}", crate::format::quoted(value))
}

fn yes_no(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "true" | "yes" | "t" | "y" => Ok(true),
        "false" | "no" | "f" | "n" => Ok(false),
        _ => Err(bad_choice(name, value)),
    }
}

fn improvements(value: &str) -> Result<(u8, u8, u8), String> {
    let mut parts = value.split('.').map(|part| part.parse::<u8>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(2), Some(3), Some(micro)) if micro <= 35 => Ok((2, 3, micro)),
        (Some(_), ..) => Err(format!(
            "The FreeMarker version requested by \"incompatibleImprovements\" was {value}, but the installed FreeMarker \
             version is only 2.3.35. You may need to upgrade FreeMarker in your project."
        )),
        _ => Err(format!("The version number string \"{value}\" doesn't start with a number.")),
    }
}

/// Items of a setting's list, separated by commas outside quotes.
fn list(value: &str) -> Vec<String> {
    let (mut items, mut item, mut quote) = (Vec::new(), String::new(), None);
    for c in value.chars() {
        match (c, quote) {
            (',', None) => items.push(std::mem::take(&mut item)),
            ('"' | '\'', None) => {
                quote = Some(c);
                item.push(c);
            }
            (c, Some(open)) if c == open => {
                quote = None;
                item.push(c);
            }
            (c, _) => item.push(c),
        }
    }
    items.push(item);
    items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn unquoted(item: String) -> String {
    let inner = item.strip_prefix(['"', '\'']).and_then(|item| item.strip_suffix(['"', '\'']));
    inner.map(str::to_owned).unwrap_or(item)
}
