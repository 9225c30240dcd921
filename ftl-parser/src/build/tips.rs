//! How to mend the faults that people make most.

use super::reader::Reader;
use super::words::{Kind, Name, Word, name_in_tag};
use crate::names;

impl Reader<'_> {
    /// A tip for a word that cannot stand where it does.
    pub(super) fn tip_for(&self, word: Word) -> Option<String> {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(at)).map(|word| word.kind);
        let text = self.slice(word);
        let tip = match (before, word.kind) {
            (_, Kind::Name) if text == "and" => "write && instead of and",
            (_, Kind::Name) if text == "or" => "write || instead of or",
            (_, Kind::Name) if before == Some(Kind::Exists) => {
                "write (x??)?string(…) or x???string(…): the built-in needs a question mark of its own"
            }
            (Some(Kind::Comma), Kind::CloseBracket | Kind::CloseBrace | Kind::CloseParen) => {
                "a list must not end with a comma"
            }
            (_, Kind::Arrow) => {
                "a lambda can only be an argument of ?filter, ?map, ?take_while or ?drop_while"
            }
            (_, Kind::Equals | Kind::DoubleEquals | Kind::NotEquals) => {
                "comparisons cannot be chained: put one in parentheses"
            }
            (_, Kind::Greater | Kind::GreaterOrEqual)
                if self.parens > 0 && text.starts_with('>') =>
            {
                "a closing parenthesis is missing before it"
            }
            (_, Kind::Less | Kind::LessOrEqual | Kind::Greater | Kind::GreaterOrEqual) => {
                "comparisons cannot be chained: put one in parentheses"
            }
            (_, Kind::PlusPlus | Kind::MinusMinus) => "++ and -- are operators of #assign only",
            (Some(Kind::Number), Kind::Name) => "numbers have no exponent, suffix or underscore",
            (
                Some(Kind::Name | Kind::CloseParen | Kind::CloseBracket),
                Kind::Name | Kind::Number | Kind::String,
            ) => "an operator is missing between the two",
            (_, Kind::TagEnd) => {
                "the expression ends here: write gt for > or put the comparison in parentheses"
            }
            (_, Kind::EmptyTagEnd) => "this tag cannot be empty: end it with >",
            (_, Kind::Bare(Name::Ftl) | Kind::Directive(Name::Ftl)) => {
                "#ftl must be the first thing of a template"
            }
            _ => return None,
        };
        Some(tip.to_owned())
    }

    /// A tip for a directive that does not exist, or not in this form.
    pub(super) fn directive_tip(&self, word: Word) -> Option<String> {
        let tag = self.slice(word);
        let name = name_in_tag(tag);
        let is_end = tag[1..].starts_with('/');
        if !names::is_directive(name) {
            let known = names::spelled(names::directive_names(), self.scope.naming);
            return crate::suggest::tip(if is_end { "/#" } else { "#" }, name, known);
        }
        let next = self.text[word.end as usize..].chars().next();
        let tip = match (name, next) {
            ("else" | "on" | "case" | "default" | "sep" | "recover" | "elseif" | "elseIf", _)
                if is_end =>
            {
                format!("#{name} has no end tag")
            }
            (_, None) => "the tag is not closed".to_owned(),
            _ if is_end => "an end tag has no parameters".to_owned(),
            ("else", Some(' '))
                if self.text[word.end as usize..].trim_start().starts_with("if") =>
            {
                "write #elseif".to_owned()
            }
            (_, Some('(')) => format!("write a blank after #{name}"),
            ("items", _) => "write #items as x".to_owned(),
            (_, Some('>' | ']' | '/')) => {
                format!("#{name} needs a parameter, or cannot be an empty tag")
            }
            _ => {
                format!("#{name} has no parameters, or is followed by something else than a blank")
            }
        };
        Some(tip)
    }
}

/// A tip for a character that begins no word.
pub(super) fn character_tip(after: &str, c: char) -> Option<String> {
    let tip = match (after.chars().next(), c) {
        (Some('"' | '\''), 'u') if after.ends_with('\\') => {
            "write \\x00e9 for a character by its code"
        }
        (Some('"' | '\''), _) if after.ends_with('\\') => {
            "write \\\\ for a backslash, or a raw string, r\"…\""
        }
        (_, '\u{A0}') => "this is a no-break space; write an ordinary one",
        (_, '\u{FEFF}') => "this is a byte order mark; remove it",
        (_, '“' | '”' | '„' | '‘' | '’') => "write straight quotes",
        _ => return None,
    };
    Some(tip.to_owned())
}
