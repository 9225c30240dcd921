//! What operators and steps are applied to: literals, variables, parentheses.

use super::starts_expression;
use crate::ast::*;
use crate::build::fault::quote;
use crate::build::interpolation::Interpolate;
use crate::build::reader::{Read, Reader};
use crate::build::scope::Within;
use crate::build::words::{Kind, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::names;

impl Reader<'_> {
    /// ```text
    /// atom = number | string | "true" | "false" | name | "." name
    ///      | "(" expression ")" | "[" arguments "]" | "{" (expression (":" | ",") expression),* "}"
    /// ```
    pub(super) fn atom(&mut self) -> Read<Expr> {
        match self.kind() {
            Kind::OpenParen => self.parenthesis(),
            Kind::OpenBracket => self.list(),
            Kind::OpenBrace => self.hash(),
            Kind::Dot => self.special_variable(),
            _ => self.leaf(),
        }
    }

    /// `number | string | "true" | "false" | name`
    fn leaf(&mut self) -> Read<Expr> {
        let word = self.peek();
        let kind = match word.kind {
            Kind::Name => ExprKind::Name(self.ident().name),
            Kind::Number => {
                self.next();
                ExprKind::Number(self.slice(word).to_owned())
            }
            Kind::String => {
                self.next();
                ExprKind::String(self.string(word, Interpolate::Yes)?)
            }
            Kind::True | Kind::False => {
                self.next();
                ExprKind::Bool(word.kind == Kind::True)
            }
            _ => return Err(self.no_expression()),
        };
        Ok(Expr { span: self.word_span(word), kind })
    }

    fn no_expression(&self) -> Box<ParseError> {
        let mut fault = self.unexpected(&[]);
        if fault.message.ends_with("one of these patterns:") {
            fault.message.push_str(EXPRESSION_PATTERNS);
        }
        fault
    }

    /// `"(" expression ")"`
    fn parenthesis(&mut self) -> Read<Expr> {
        let open = self.next();
        let inner = Box::new(self.expression()?);
        let close = self.expect_after(Kind::CloseParen, "\")\"", &["\"(\""])?;
        Ok(Expr { span: self.place.span(open.start, close.end), kind: ExprKind::Paren(inner) })
    }

    /// `"[" arguments "]"`
    fn list(&mut self) -> Read<Expr> {
        let open = self.next();
        let items = self.positional_args()?;
        let close = self.expect(Kind::CloseBracket, &["\"[\""])?;
        Ok(Expr { span: self.place.span(open.start, close.end), kind: ExprKind::List(items) })
    }

    /// `{` (expression (`:` | `,`) expression),* `}`
    fn hash(&mut self) -> Read<Expr> {
        let open = self.next();
        let mut entries = Vec::new();
        if starts_expression(self.kind()) {
            loop {
                let key = self.expression()?;
                if self.take(Kind::Comma).is_none() {
                    self.expect(Kind::Colon, &[])?;
                }
                let value = self.expression()?;
                self.string_only(&key)?;
                entries.push((key, value));
                if self.take(Kind::Comma).is_none() {
                    break;
                }
            }
        }
        let close = self.expect(Kind::CloseBrace, &["\"{\""])?;
        Ok(Expr { span: self.place.span(open.start, close.end), kind: ExprKind::Hash(entries) })
    }

    /// `arguments = (expression (","? expression)*)?`
    pub(in crate::build) fn positional_args(&mut self) -> Read<Vec<Expr>> {
        let mut args = Vec::new();
        if starts_expression(self.kind()) {
            args.push(self.expression()?);
            while self.take(Kind::Comma).is_some() || starts_expression(self.kind()) {
                args.push(self.expression()?);
            }
        }
        Ok(args)
    }

    /// `"." name`
    fn special_variable(&mut self) -> Read<Expr> {
        let dot = self.next();
        let word = self.peek();
        let name = self.expect_ident()?;
        self.check_convention(word)?;
        if name.name == "args" && self.scope.within == Within::Template {
            let message = "The \"args\" special variable must be inside a macro or function in the template source code.";
            self.complain(self.semantic(message, word))?;
        }
        if names::canonical_special_variable(&name.name).is_none() {
            self.complain(self.unknown_special_variable(&name.name, word))?;
        }
        Ok(Expr { span: self.word_span(dot).to(name.span), kind: ExprKind::Special(name) })
    }

    fn unknown_special_variable(&self, name: &str, word: Word) -> Box<ParseError> {
        let names = names::spelled(names::special_variable_names(), self.scope.naming);
        let mut message = format!("Unknown special variable name: {}.", quote(name));
        match name {
            "auto_escape" | "auto_escaping" | "autoesc" => {
                message.push_str(" You may meant: \"auto_esc\".")
            }
            "autoEscape" | "autoEscaping" => message.push_str(" You may meant: \"autoEsc\"."),
            _ => (),
        }
        message.push_str("\nThe allowed special variable names are: ");
        message.push_str(&names.join(", "));
        let mut fault = self.fault_at(ParseErrorKind::UnknownName, message, word);
        fault.tip = crate::suggest::tip(".", name, names);
        fault
    }

    /// A name, or a word in the place of one.
    pub(in crate::build) fn ident(&mut self) -> Ident {
        let word = self.next();
        let mut name = self.slice(word).to_owned();
        if name.contains('\\') {
            name.retain(|c| c != '\\');
        }
        Ident { span: self.word_span(word), name, quoted: false }
    }

    pub(in crate::build) fn require_name(&self) -> Read<()> {
        if self.kind() == Kind::Name { Ok(()) } else { Err(self.unexpected_only("<ID>", &[])) }
    }

    /// A name at a place where nothing else may stand.
    pub(in crate::build) fn expect_ident(&mut self) -> Read<Ident> {
        self.require_name()?;
        Ok(self.ident())
    }
}

/// The words that an expression can begin with, as FreeMarker lists them.
const EXPRESSION_PATTERNS: &str = "
    <STRING_LITERAL>
    <RAW_STRING>
    \"false\"
    \"true\"
    <INTEGER>
    <DECIMAL>
    <HEX_INTEGER>
    \".\"
    \"+\"
    \"-\"
    \"!\"
    \"[\"
    \"(\"
    \"{\"
    <ID>";
