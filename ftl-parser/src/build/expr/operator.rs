//! Operators before and between operands, by one precedence table.

use crate::ast::*;
use crate::build::reader::{Read, Reader};
use crate::build::words::{Kind, Word};
use crate::source::Span;

/// `!!`, `-` or `+` before an operand.
pub(super) type Prefixes = Vec<(PrefixOp, Span)>;

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Equality,
    Relational,
    Range,
    Additive,
    Multiplicative,
    Unary,
}

#[derive(Clone, Copy)]
enum Operator {
    Infix(InfixOp),
    Range(RangeOp),
}

/// The operators of FTL between two operands.
fn operator(kind: Kind) -> Option<(Level, Operator)> {
    use Operator::{Infix, Range};
    Some(match kind {
        Kind::Or => (Level::Or, Infix(InfixOp::Or)),
        Kind::And => (Level::And, Infix(InfixOp::And)),
        Kind::Equals | Kind::DoubleEquals => (Level::Equality, Infix(InfixOp::Equal)),
        Kind::NotEquals => (Level::Equality, Infix(InfixOp::NotEqual)),
        Kind::Less => (Level::Relational, Infix(InfixOp::Less)),
        Kind::LessOrEqual => (Level::Relational, Infix(InfixOp::LessOrEqual)),
        Kind::Greater => (Level::Relational, Infix(InfixOp::Greater)),
        Kind::GreaterOrEqual => (Level::Relational, Infix(InfixOp::GreaterOrEqual)),
        Kind::Range => (Level::Range, Range(RangeOp::Inclusive)),
        Kind::RangeExclusive => (Level::Range, Range(RangeOp::Exclusive)),
        Kind::RangeLength => (Level::Range, Range(RangeOp::Length)),
        Kind::Plus => (Level::Additive, Infix(InfixOp::Add)),
        Kind::Minus => (Level::Additive, Infix(InfixOp::Sub)),
        Kind::Times => (Level::Multiplicative, Infix(InfixOp::Mul)),
        Kind::Divide => (Level::Multiplicative, Infix(InfixOp::Div)),
        Kind::Modulo => (Level::Multiplicative, Infix(InfixOp::Mod)),
        _ => return None,
    })
}

impl Level {
    /// Not to be chained: `a < b < c` is a fault.
    fn single(self) -> bool {
        matches!(self, Level::Equality | Level::Relational | Level::Range)
    }

    fn below(self) -> Option<Level> {
        use Level::*;
        Some(match self {
            Or => return None,
            And => Or,
            Equality => And,
            Relational => Equality,
            Range => Relational,
            Additive => Range,
            Multiplicative => Additive,
            Unary => Multiplicative,
        })
    }

    fn above(self) -> Level {
        use Level::*;
        match self {
            Or => And,
            And => Equality,
            Equality => Relational,
            Relational => Range,
            Range => Additive,
            Additive => Multiplicative,
            Multiplicative | Unary => Unary,
        }
    }
}

impl Reader<'_> {
    /// Goes on after the operand `left` with the operators that bind at least as tightly as `min`.
    pub(super) fn climb(&mut self, mut left: Expr, min: Level) -> Read<Expr> {
        let mut max = Level::Unary;
        loop {
            let word = self.peek();
            let Some((level, operator)) = operator(word.kind) else { return Ok(left) };
            if level < min || level > max {
                return Ok(left);
            }
            self.next();
            match operator {
                Operator::Infix(op) => {
                    let right = self.unary()?;
                    let right = self.climb(right, level.above())?;
                    self.check_operands(op, &left, &right)?;
                    left = infix(left, op, self.word_span(word), right, level);
                }
                Operator::Range(op) => left = self.range(left, op, word)?,
            }
            if level.single() {
                match level.below() {
                    Some(below) => max = below,
                    None => return Ok(left),
                }
            }
        }
    }

    /// `range = additive (("..<" | "..*") additive | ".." additive?)?`, after the operator
    fn range(&mut self, start: Expr, op: RangeOp, word: Word) -> Read<Expr> {
        let end = if op == RangeOp::Inclusive {
            self.ahead += 1;
            let end = self.range_end();
            self.leave_ahead(end)?
        } else {
            let first = self.unary()?;
            Some(self.climb(first, Level::Additive)?)
        };
        self.number_only(&start)?;
        if let Some(end) = &end {
            self.number_only(end)?;
        }
        let op_span = self.word_span(word);
        let span = start.span.to(end.as_ref().map_or(op_span, |end| end.span));
        let kind = ExprKind::Range { start: Box::new(start), op, op_span, end: end.map(Box::new) };
        Ok(Expr { span, kind })
    }

    /// `additive?`, after `..`
    fn range_end(&mut self) -> Read<Option<Expr>> {
        let Some((prefix, atom)) = self.optional_operand()? else {
            self.open_range = Some(self.at);
            return Ok(None);
        };
        let primary = self.steps(atom)?;
        Ok(Some(self.climb(prefixed(prefix, primary), Level::Additive)?))
    }

    /// `unary = ("+" | "-")? primary | "!"+ primary`
    pub(super) fn unary(&mut self) -> Read<Expr> {
        let prefix = self.prefix_operators();
        let atom = self.atom()?;
        let primary = self.steps(atom)?;
        Ok(prefixed(prefix, primary))
    }

    pub(super) fn prefix_operators(&mut self) -> Prefixes {
        let op = match self.kind() {
            Kind::Minus => PrefixOp::Minus,
            Kind::Plus => PrefixOp::Plus,
            Kind::Exclamation => PrefixOp::Not,
            _ => return Vec::new(),
        };
        let word = self.next();
        let mut operators = vec![(op, self.word_span(word))];
        while op == PrefixOp::Not
            && let Some(word) = self.take(Kind::Exclamation)
        {
            operators.push((op, self.word_span(word)));
        }
        operators
    }
}

pub(super) fn prefixed(prefix: Prefixes, operand: Expr) -> Expr {
    match prefix.first() {
        Some(&(_, span)) => {
            Expr { span: span.to(operand.span), kind: ExprKind::Prefix(prefix, Box::new(operand)) }
        }
        None => operand,
    }
}

fn infix(left: Expr, op: InfixOp, op_span: Span, right: Expr, level: Level) -> Expr {
    let span = left.span.to(right.span);
    let same_level = |rest: &[Infix]| rest.first().is_some_and(|first| level_of(first.op) == level);
    match left.kind {
        ExprKind::Infix(first, mut rest) if !level.single() && same_level(&rest) => {
            rest.push(Infix { op, op_span, right });
            Expr { span, kind: ExprKind::Infix(first, rest) }
        }
        _ => {
            Expr { span, kind: ExprKind::Infix(Box::new(left), vec![Infix { op, op_span, right }]) }
        }
    }
}

pub(super) fn level_of(op: InfixOp) -> Level {
    use InfixOp::*;
    match op {
        Or => Level::Or,
        And => Level::And,
        Equal | NotEqual => Level::Equality,
        Less | LessOrEqual | Greater | GreaterOrEqual => Level::Relational,
        Add | Sub => Level::Additive,
        Mul | Div | Mod => Level::Multiplicative,
    }
}
