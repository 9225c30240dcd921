//! `#ftl`, the header of a template.

use super::check::{Constant, constant, forced_message, yes_or_no};
use super::reader::Read;
use super::scope::Format;
use super::tree::Tree;
use super::words::{Kind, Name, Word};
use crate::AutoEscapingPolicy;
use crate::ast::*;
use crate::error::{ParseError, ParseErrorKind};
use crate::names;

/// The tag syntax that the header decides, if there is one.
pub(super) fn tag_syntax(text: &str) -> Option<TagSyntax> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let after = text.get(1..)?.strip_prefix("#ftl")?;
    let begins = after.starts_with([' ', '\t', '\n', '\r', '>', ']'])
        || after.starts_with("/>")
        || after.starts_with("/]");
    match text.as_bytes()[0] {
        b'<' if begins => Some(TagSyntax::Angle),
        b'[' if begins => Some(TagSyntax::Square),
        _ => None,
    }
}

impl Tree<'_> {
    /// Reads the header, if the template has one, and the white space around it.
    pub(super) fn read_header(&mut self) {
        let at = usize::from(self.is_blank(self.reader.peek()));
        let word = self.reader.words[at];
        if !matches!(word.kind, Kind::Bare(Name::Ftl) | Kind::Directive(Name::Ftl)) {
            return;
        }
        if at == 1 {
            self.reader.next();
        }
        self.reader.next();
        if word.kind == Kind::Directive(Name::Ftl)
            && let Err(fault) = self.parameters(word)
        {
            self.report(*fault);
            self.skip_tag();
        }
        if self.header.is_none() {
            self.header = Some(Header { span: self.from(word), params: Vec::new() });
        }
        self.drop_rest_of_line();
    }

    fn is_blank(&self, word: Word) -> bool {
        word.kind == Kind::Text
            && self.reader.slice(word).trim_matches([' ', '\t', '\n', '\r']).is_empty()
    }

    /// White space up to the line break after the header is no text.
    fn drop_rest_of_line(&mut self) {
        let word = self.reader.peek();
        if word.kind != Kind::Text {
            return;
        }
        let text = self.reader.slice(word);
        let mut chars = text.char_indices();
        let dropped = loop {
            match chars.next() {
                Some((at, '\n')) => break at + 1,
                // FreeMarker looks for what follows a CR, and gives up at the end of the template.
                Some((at, '\r')) if word.start as usize + at + 1 == self.reader.text.len() => {
                    return;
                }
                Some((at, '\r')) => break at + 1 + usize::from(text[at + 1..].starts_with('\n')),
                Some((_, c)) if crate::whitespace::is_java_whitespace(c) => (),
                _ => return,
            }
        };
        self.text_from = Some((self.reader.at, word.start + dropped as u32));
    }

    /// `(name "=" expression)* end`
    fn parameters(&mut self, word: Word) -> Read<()> {
        let mut params = Vec::new();
        let mut auto_esc = None;
        while self.reader.kind() == Kind::Name {
            let key = self.reader.peek();
            let name = self.reader.ident();
            self.reader.expect_only(Kind::Equals, "\"=\"", &[])?;
            let value = self.reader.expression()?;
            self.reader.check_convention(key)?;
            if self.parameter(key, &name.name, &value)? {
                auto_esc = Some(key);
            }
            params.push((name, value));
        }
        if let Some(key) = auto_esc {
            self.reader.check_can_escape(key)?;
        }
        self.loose_end()?;
        self.header = Some(Header { span: self.from(word), params });
        Ok(())
    }

    /// Does what a parameter says. Whether it asks for auto-escaping.
    fn parameter(&mut self, key: Word, name: &str, value: &Expr) -> Read<bool> {
        // FreeMarker evaluates the value before it looks at the name.
        self.constant(value)?;
        let is = |snake: &str, camel: &str| name.eq_ignore_ascii_case(snake) || name == camel;
        if is("encoding", "encoding") {
            self.text_parameter(name, value)?;
        } else if is("strip_whitespace", "stripWhitespace") {
            self.strip_whitespace = self.boolean(value, true)?;
        } else if is("strip_text", "stripText") {
            self.strip_text = self.boolean(value, true)?;
        } else if is("strict_syntax", "strictSyntax") {
            if !self.boolean(value, true)? {
                let message =
                    "strict_syntax=false is not supported: write <#if …> instead of <if …>"
                        .to_owned();
                let mut fault = self.reader.semantic_at(message, value);
                fault.kind = ParseErrorKind::Unsupported;
                return Err(fault);
            }
        } else if is("auto_esc", "autoEsc") {
            let on = self.boolean(value, false)?;
            if !on && self.reader.scope.policy == AutoEscapingPolicy::Force {
                return Err(self
                    .reader
                    .semantic_at(forced_message(&format!("{name}=false")), value));
            }
            self.reader.scope.policy = if on {
                AutoEscapingPolicy::EnableIfSupported
            } else {
                AutoEscapingPolicy::Disable
            };
            self.reader.scope.update_auto_escaping();
            return Ok(on);
        } else if is("output_format", "outputFormat") {
            let format = self.text_parameter(name, value)?;
            let format =
                Format::of(&format).map_err(|message| self.reader.semantic_at(message, value))?;
            self.reader.scope.format = format;
            self.reader.scope.update_auto_escaping();
        } else if is("ns_prefixes", "nsPrefixes") {
            self.hash_parameter(value, "Expecting a hash of prefixes to namespace URI's.")?;
        } else if is("attributes", "attributes") {
            self.hash_parameter(value, "Expecting a hash of attribute names to values.")?;
        } else {
            return Err(self.unknown_parameter(key, name));
        }
        Ok(false)
    }

    fn unknown_parameter(&self, key: Word, name: &str) -> Box<ParseError> {
        let camel = self.reader.scope.naming == NamingConvention::CamelCase;
        let correct = match name {
            "charset" => Some("encoding"),
            "xmlns" if camel => Some("nsPrefixes"),
            "xmlns" => Some("ns_prefixes"),
            "auto_escape" | "auto_escaping" | "autoesc" => Some("auto_esc"),
            "autoEscape" | "autoEscaping" => Some("autoEsc"),
            _ => None,
        };
        let mut message = format!("Unknown FTL header parameter: {name}");
        if let Some(correct) = correct {
            message.push_str(&format!(". You may meant: {correct}"));
        }
        let mut fault = self.reader.fault_at(ParseErrorKind::UnknownName, message, key);
        let known = names::spelled(names::header_parameter_names(), self.reader.scope.naming);
        fault.tip = crate::suggest::tip("", name, known);
        fault
    }

    /// The value of a parameter, which must be constant.
    fn constant(&self, value: &Expr) -> Read<Constant> {
        constant(value).ok_or_else(|| {
            let text = crate::canonical::canonical(value, self.reader.scope.source.text());
            let message = format!("Could not evaluate expression (on parse-time): {text} ");
            self.reader.semantic_at(message, value)
        })
    }

    fn text_parameter(&self, name: &str, value: &Expr) -> Read<String> {
        match self.constant(value)? {
            Constant::Text(text) => Ok(text),
            _ => {
                let message = format!("Expected a string constant for \"{name}\".");
                Err(self.reader.semantic_at(message, value))
            }
        }
    }

    fn hash_parameter(&self, value: &Expr, message: &str) -> Read<()> {
        match self.constant(value)? {
            Constant::Hash => Ok(()),
            _ => Err(self.reader.semantic_at(message.to_owned(), value)),
        }
    }

    /// A boolean; where `legacy`, also "yes" and the like.
    fn boolean(&self, value: &Expr, legacy: bool) -> Read<bool> {
        match self.constant(value)? {
            Constant::Bool(value) => Ok(value),
            Constant::Text(text) if legacy => yes_or_no(&text).ok_or_else(|| {
                let shown = crate::canonical::canonical(value, self.reader.scope.source.text());
                let message = format!(
                    "Illegal boolean value: {text}\nExpecting boolean (true/false), found: {shown}"
                );
                self.reader.semantic_at(message, value)
            }),
            _ => Err(self
                .reader
                .semantic_at("Expecting boolean (true/false) parameter".to_owned(), value)),
        }
    }
}
