//! What may stand where it stands for reasons other than grammar: names, loop variables, output formats.

use super::reader::{Read, Reader};
use super::scope::{Format, LoopKind};
use super::words::Word;
use crate::AutoEscapingPolicy;
use crate::ast::{Expr, ExprKind, InfixOp, NamingConvention, PrefixOp};
use crate::error::{ParseError, ParseErrorKind};
use crate::names;

impl Reader<'_> {
    /// The spelling of a name of the language must fit those before.
    pub(super) fn check_convention(&mut self, word: Word) -> Read<()> {
        match names::convention(self.slice(word)) {
            Some(convention) => self.follow_convention(convention, word),
            None => Ok(()),
        }
    }

    pub(super) fn follow_convention(
        &mut self,
        convention: NamingConvention,
        word: Word,
    ) -> Read<()> {
        if self.scope.naming == NamingConvention::AutoDetect {
            self.scope.naming = convention;
            let place = (self.place.position(word.start), self.slice(word).to_owned());
            self.scope.naming_decided_by = Some(place);
            self.scope.naming_span = Some(self.word_span(word));
        } else if self.scope.naming != convention {
            let message = self.scope.naming_mismatch(self.slice(word));
            let mut fault = self.fault_at(ParseErrorKind::Lexical, message, word);
            if let Some(span) = self.scope.naming_span {
                fault.related.push((span, "the other convention was chosen here".to_owned()));
            }
            return self.complain(fault);
        }
        Ok(())
    }

    /// Whether the built-in of this snake_case name can be used on `left` here.
    pub(super) fn check_built_in(
        &self,
        canonical: &str,
        spelled: &str,
        left: &Expr,
        word: Word,
    ) -> Read<()> {
        match canonical {
            "index" | "counter" | "has_next" | "is_first" | "is_last" | "is_odd_item"
            | "is_even_item" | "item_parity" | "item_parity_cap" | "item_cycle" => {
                self.check_loop_variable(spelled, left)
            }
            "html" | "xhtml" | "xml" | "rtf" | "web_safe" if self.scope.auto_escaping => {
                let message = format!(
                    "Using ?{spelled} (legacy escaping) is not allowed when auto-escaping is on with a markup output format ({}), to avoid double-escaping mistakes.",
                    self.scope.format.name
                );
                Err(self.semantic(message, word))
            }
            "no_esc" if self.scope.policy == AutoEscapingPolicy::Force => {
                Err(self.semantic(forced_message(&format!("The ?{spelled} expression")), word))
            }
            "esc" | "no_esc" if !self.scope.format.markup => {
                let message = format!(
                    "?{spelled} can't be used here, as the current output format isn't a markup (escaping) format: {}",
                    self.scope.format.describe()
                );
                Err(self.semantic(message, word))
            }
            _ => Ok(()),
        }
    }

    fn check_loop_variable(&self, built_in: &str, left: &Expr) -> Read<()> {
        let ExprKind::Name(name) = &left.kind else {
            let message = format!(
                "Expression used as the left hand operand of ?{built_in} must be a simple loop variable name."
            );
            return Err(self.semantic_at(message, left));
        };
        let named = |variable: &Option<String>| variable.as_ref() == Some(name);
        match self
            .scope
            .loops
            .iter()
            .rev()
            .find(|l| l.broken || named(&l.first) || named(&l.second))
        {
            Some(l) if l.kind == LoopKind::UserDirective => {
                let message = format!(
                    "The left hand operand of ?{built_in} can't be the loop variable of an user defined directive: {name}"
                );
                Err(self.semantic_at(message, left))
            }
            Some(_) => Ok(()),
            None => {
                let message = format!(
                    "The left hand operand of ?{built_in} must be a loop variable, but there's no loop variable in scope with this name: {name}"
                );
                let mut fault = self.semantic_at(message, left);
                let variables =
                    self.scope.loops.iter().rev().flat_map(|l| [&l.first, &l.second]).flatten();
                let variables: Vec<_> = variables.map(String::as_str).collect();
                if !variables.is_empty() {
                    fault.tip = Some(format!("loop variables here: {}", variables.join(", ")));
                }
                Err(fault)
            }
        }
    }

    /// `#autoesc` needs an output format with escaping.
    pub(super) fn check_can_escape(&self, word: Word) -> Read<()> {
        if self.scope.format.markup {
            return Ok(());
        }
        let format = self.scope.format.describe();
        Err(self.semantic(format!("The current output format can't do escaping: {format}"), word))
    }
}

/// Why something cannot be used when escaping is forced.
pub(super) fn forced_message(what: &str) -> String {
    format!(
        "{what} can't be used when the \"auto_escaping_policy\" configuration setting was set to \"force\" (FORCE_AUTO_ESCAPING_POLICY)."
    )
}

/// The fault of an output format without escaping where escaping is forced.
pub(super) fn forced_format_message(format: &Format) -> String {
    forced_message(&format!("Non-markup output format {}", format.describe()))
}

/// The value of a constant expression.
pub(super) enum Constant {
    Text(String),
    Number(f64),
    Bool(bool),
    Sequence,
    Hash,
}

/// The value of an expression that FreeMarker evaluates while it parses; `None`: it is not constant.
pub(super) fn constant(expr: &Expr) -> Option<Constant> {
    Some(match &expr.kind {
        ExprKind::String(literal) if literal.parts.is_empty() => {
            Constant::Text(literal.value.clone())
        }
        ExprKind::Number(number) => Constant::Number(number.parse().unwrap_or(0.0)),
        ExprKind::Bool(value) => Constant::Bool(*value),
        ExprKind::Paren(inner) => return constant(inner),
        ExprKind::List(items) => {
            items.iter().all(|item| constant(item).is_some()).then_some(Constant::Sequence)?
        }
        ExprKind::Hash(entries) => entries
            .iter()
            .all(|(key, value)| constant(key).is_some() && constant(value).is_some())
            .then_some(Constant::Hash)?,
        ExprKind::Prefix(operators, operand) => match (constant(operand)?, operators.first()?.0) {
            (Constant::Bool(value), PrefixOp::Not) => {
                Constant::Bool(value ^ (operators.len() % 2 == 1))
            }
            (Constant::Number(value), PrefixOp::Plus) => Constant::Number(value),
            (Constant::Number(value), PrefixOp::Minus) => Constant::Number(-value),
            _ => return None,
        },
        ExprKind::Infix(first, rest) => {
            let mut value = constant(first)?;
            for infix in rest {
                value = combine(value, infix.op, constant(&infix.right)?)?;
            }
            value
        }
        _ => return None,
    })
}

fn combine(left: Constant, op: InfixOp, right: Constant) -> Option<Constant> {
    use InfixOp::*;
    Some(match (left, right) {
        (Constant::Text(left), Constant::Text(right)) => match op {
            Add => Constant::Text(left + &right),
            Equal => Constant::Bool(left == right),
            NotEqual => Constant::Bool(left != right),
            _ => return None,
        },
        (Constant::Bool(left), Constant::Bool(right)) => Constant::Bool(match op {
            And => left && right,
            Or => left || right,
            Equal => left == right,
            NotEqual => left != right,
            _ => return None,
        }),
        // Which number it is makes no difference to any parameter, so that a double will do.
        (Constant::Number(left), Constant::Number(right)) => match op {
            Add => Constant::Number(left + right),
            Sub => Constant::Number(left - right),
            Mul => Constant::Number(left * right),
            Div | Mod if right == 0.0 => return None,
            Div => Constant::Number(left / right),
            Mod => Constant::Number(left % right),
            Equal => Constant::Bool(left == right),
            NotEqual => Constant::Bool(left != right),
            Less => Constant::Bool(left < right),
            LessOrEqual => Constant::Bool(left <= right),
            Greater => Constant::Bool(left > right),
            GreaterOrEqual => Constant::Bool(left >= right),
            And | Or => return None,
        },
        (Constant::Sequence, Constant::Sequence) if op == Add => Constant::Sequence,
        (Constant::Hash, Constant::Hash) if op == Add => Constant::Hash,
        _ => return None,
    })
}

/// What FreeMarker takes for a boolean in some old places.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" => Some(true),
        "n" | "no" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// A fault without place: the parser never got to the text.
pub(super) fn limit(message: String) -> ParseError {
    let position = crate::source::Position { line: 1, column: 1 };
    let span = crate::source::Span::default();
    ParseError {
        kind: ParseErrorKind::Limit,
        message,
        span,
        position,
        tip: None,
        related: Vec::new(),
    }
}
