//! `#outputformat`, auto-escaping and `#escape`.

use super::Opened::{self, Block};
use crate::AutoEscapingPolicy;
use crate::build::block::Open;
use crate::build::check::{Constant, constant, forced_format_message};
use crate::build::reader::Read;
use crate::build::scope::Format;
use crate::build::tree::Tree;
use crate::build::words::Word;

impl Tree<'_> {
    /// `expression ">"`; the expression is a constant string.
    pub(super) fn output_format(&mut self, word: Word) -> Read<Opened> {
        let param = self.reader.expression()?;
        self.tag_end()?;
        let name = match constant(&param) {
            Some(Constant::Text(name)) => name,
            None => {
                let text = crate::canonical::canonical(&param, self.reader.scope.source.text());
                let message =
                    format!("Parameter expression must be parse-time evaluable (constant): {text}");
                return Err(self.reader.semantic_at(message, &param));
            }
            Some(other) => {
                let message = format!("Parameter must be a string, but was: {}", kind_of(&other));
                return Err(self.reader.semantic_at(message, &param));
            }
        };
        let format =
            self.inner_format(&name).map_err(|message| self.reader.semantic(message, word))?;
        if !format.markup && self.reader.scope.policy == AutoEscapingPolicy::Force {
            return Err(self.reader.semantic(forced_format_message(&format), word));
        }
        let name = format.name.clone();
        let around = std::mem::replace(&mut self.reader.scope.format, format);
        self.reader.scope.update_auto_escaping();
        Ok(Block(Open::OutputFormat { param, name, around }))
    }

    /// The format of `#outputformat`: `"{HTML}"` is combined with the one around.
    fn inner_format(&self, name: &str) -> Result<Format, String> {
        let Some(inner) = name.strip_prefix('{') else { return Format::of(name) };
        let Some(inner) = inner.strip_suffix('}') else {
            return Err(format!(
                "Output format name that starts with '{{' must end with '}}': {name}"
            ));
        };
        let inner = Format::of(inner)?;
        if !inner.markup {
            let inner = inner.describe();
            return Err(format!(
                "The output format inside the {{...}} must be a markup format, but was: {inner}"
            ));
        }
        let outer = &self.reader.scope.format;
        if !outer.markup {
            let outer = outer.describe();
            return Err(format!(
                "The current output format must be a markup format when using {{...}}, but was: {outer}"
            ));
        }
        Ok(Format { name: format!("{}{{{}}}", outer.name, inner.name), markup: true })
    }

    pub(super) fn set_policy(&mut self, policy: AutoEscapingPolicy) -> AutoEscapingPolicy {
        let around = std::mem::replace(&mut self.reader.scope.policy, policy);
        self.reader.scope.update_auto_escaping();
        around
    }

    pub(super) fn check_escape(&self, word: Word) -> Read<()> {
        if !self.reader.scope.auto_escaping {
            return Ok(());
        }
        let message = format!(
            "Using the \"escape\" directive (legacy escaping) is not allowed when auto-escaping is on with a markup output format ({}), to avoid confusion and double-escaping mistakes.",
            self.reader.scope.format.name
        );
        Err(self.reader.semantic(message, word))
    }
}

/// As FreeMarker tells the type of a value, Java class included.
fn kind_of(constant: &Constant) -> &'static str {
    match constant {
        Constant::Text(_) => "string",
        Constant::Number(_) => "number (wrapper: f.t.SimpleNumber)",
        Constant::Bool(true) => "boolean (wrapper: f.t.TrueTemplateBooleanModel)",
        Constant::Bool(false) => "boolean (wrapper: f.t.FalseTemplateBooleanModel)",
        Constant::Sequence => "sequence (wrapper: f.t.SimpleSequence)",
        Constant::Hash => "extended_hash (wrapper: f.c.HashLiteral$SequenceHash)",
    }
}
