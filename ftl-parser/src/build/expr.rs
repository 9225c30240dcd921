//! Expressions: operators by one precedence table, steps after a primary expression, literals.

use super::literal::{Place, decode};
use super::reader::{Closable, Read, Reader, quote};
use super::words::{self, Kind, Word};
use crate::ast::*;
use crate::error::{ParseError, ParseErrorKind};
use crate::names;
use crate::source::Span;

/// `!!`, `-` or `+` before an operand.
type Prefixes = Vec<(PrefixOp, Span)>;

/// The number of parameters of a lambda that has not just one, and where it begins.
type OddLambda = Option<(usize, Word)>;

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
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

/// Whether an expression can begin with this word.
pub(super) fn starts_expression(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        String
            | Number
            | Name
            | True
            | False
            | Dot
            | Plus
            | Minus
            | Exclamation
            | OpenBracket
            | OpenParen
            | OpenBrace
    )
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

/// What has been read of a `Reader`, to go back to.
struct Checkpoint {
    at: usize,
    before: u32,
    blank_is_word: bool,
    named: super::reader::Named,
    parens: u32,
    naming: NamingConvention,
    naming_decided: bool,
    shifted: usize,
    complained: bool,
}

impl<'a> Reader<'a> {
    /// ```text
    /// expression     = or
    /// or             = and ("||" and)*
    /// and            = equality ("&&" equality)*
    /// equality       = relational (("==" | "=" | "!=") relational)?
    /// relational     = range (("<" | "<=" | ">" | ">=") range)?
    /// range          = additive (("..<" | "..*") additive | ".." additive?)?
    /// additive       = multiplicative (("+" | "-") multiplicative)*
    /// multiplicative = unary (("*" | "/" | "%") unary)*
    /// ```
    pub(super) fn expression(&mut self) -> Read<Expr> {
        self.enter()?;
        let result = self.operands();
        self.scope.depth -= 1;
        result
    }

    fn operands(&mut self) -> Read<Expr> {
        let left = self.unary()?;
        self.climb(left, Level::Or)
    }

    /// Counts the depth of what is read next; `scope.depth -= 1` ends it.
    fn enter(&mut self) -> Read<()> {
        if self.scope.depth >= self.scope.max_depth {
            return Err(self.too_deep());
        }
        self.scope.depth += 1;
        Ok(())
    }

    fn too_deep(&self) -> Box<ParseError> {
        let message =
            format!("The expression is nested deeper than {} levels", self.scope.max_depth);
        self.fault_at(ParseErrorKind::Limit, message, self.peek())
    }

    /// Goes on after the operand `left` with the operators that bind at least as tightly as `min`.
    fn climb(&mut self, mut left: Expr, min: Level) -> Read<Expr> {
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
    fn unary(&mut self) -> Read<Expr> {
        let prefix = self.prefix_operators();
        let atom = self.atom()?;
        let primary = self.steps(atom)?;
        Ok(prefixed(prefix, primary))
    }

    fn prefix_operators(&mut self) -> Prefixes {
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

    /// ```text
    /// atom = number | string | "true" | "false" | name | "." name
    ///      | "(" expression ")" | "[" arguments "]" | "{" (expression (":" | ",") expression),* "}"
    /// ```
    fn atom(&mut self) -> Read<Expr> {
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

    /// The steps after a primary expression, `a.b[c](d)?e??!f`.
    fn steps(&mut self, mut expr: Expr) -> Read<Expr> {
        self.plain_steps(&mut expr)?;
        if self.kind() == Kind::Exclamation { self.defaults(expr) } else { Ok(expr) }
    }

    /// The steps other than `!` with a right side.
    fn plain_steps(&mut self, expr: &mut Expr) -> Read<()> {
        loop {
            match self.kind() {
                Kind::Dot => self.dot_step(expr)?,
                Kind::OpenBracket => self.index_step(expr)?,
                Kind::OpenParen => self.call_step(expr)?,
                Kind::BuiltIn => self.built_in(expr)?,
                Kind::Exists => {
                    let word = self.next();
                    push_step(expr, self.word_span(word), PostfixOp::Exists);
                }
                Kind::ExclamationBlank => {
                    let word = self.next();
                    let span = self.place.span(word.start, word.start + 1);
                    push_step(expr, span, PostfixOp::Default(vec![None]));
                }
                Kind::Bad(bad) => return Err(self.bad(self.peek(), bad)),
                _ => return Ok(()),
            }
        }
    }

    fn defaults(&mut self, expr: Expr) -> Read<Expr> {
        let mut ahead = false;
        let result = self.default_chain(expr, &mut ahead);
        if ahead { self.leave_ahead(result) } else { result }
    }

    /// `"!" expression?`, and what may follow. Where the right side is again a primary expression with a `!`, it is
    /// read here and not in a recursion, for `a!b!c` may be long.
    fn default_chain(&mut self, mut expr: Expr, ahead: &mut bool) -> Read<Expr> {
        let mut pending: Vec<(Expr, Word)> = Vec::new();
        let last = loop {
            self.plain_steps(&mut expr)?;
            if self.kind() != Kind::Exclamation {
                if pending.is_empty() {
                    return Ok(expr);
                }
                break self.right_side(expr)?;
            }
            let word = self.next();
            if !*ahead {
                *ahead = true;
                self.ahead += 1;
            }
            let Some((prefix, atom)) = self.optional_operand()? else {
                if pending.is_empty() {
                    *ahead = false;
                    self.ahead -= 1;
                }
                push_step(&mut expr, self.word_span(word), PostfixOp::Default(vec![None]));
                continue;
            };
            pending.push((std::mem::replace(&mut expr, atom), word));
            if !prefix.is_empty() {
                break self.prefixed_side(prefix, expr)?;
            }
        };
        Ok(self.with_defaults(pending, last))
    }

    /// The right side of `!` that begins with `primary`.
    fn right_side(&mut self, primary: Expr) -> Read<Expr> {
        self.enter()?;
        let result = self.climb(primary, Level::Or);
        self.scope.depth -= 1;
        result
    }

    /// The right side of `!` that begins with prefix operators and `atom`.
    fn prefixed_side(&mut self, prefix: Prefixes, atom: Expr) -> Read<Expr> {
        self.enter()?;
        let result =
            self.steps(atom).and_then(|primary| self.climb(prefixed(prefix, primary), Level::Or));
        self.scope.depth -= 1;
        result
    }

    /// `a!b!c` from `(a, !), (b, !)` and `c`.
    fn with_defaults(&self, pending: Vec<(Expr, Word)>, last: Expr) -> Expr {
        let end = last.span;
        let mut chain = pending.into_iter();
        let Some((mut first, word)) = chain.next() else { return last };
        let mut sides: Vec<_> = chain.map(|(expr, _)| Some(expr)).collect();
        let span = self.word_span(word).to(end);
        match last {
            Expr { span, kind: ExprKind::Postfix(base, mut steps) } if matches!(&steps.last(), Some(Postfix { op: PostfixOp::Default(sides), .. }) if sides == &[None]) =>
            {
                // `a!b!`
                steps.pop();
                sides.push(Some(match steps.last() {
                    Some(step) => {
                        let span = Span::new(span.start, step.span.end);
                        Expr { span, kind: ExprKind::Postfix(base, steps) }
                    }
                    None => *base,
                }));
                sides.push(None);
            }
            last => sides.push(Some(last)),
        }
        push_step(&mut first, span, PostfixOp::Default(sides));
        first
    }

    /// The right side of `!` or `..`, up to its first primary expression: FreeMarker looks ahead whether there is
    /// one, so that `(a!)(1, 2)` may be written `a!(1, 2)`.
    fn optional_operand(&mut self) -> Read<Option<(Prefixes, Expr)>> {
        match self.kind() {
            Kind::Name | Kind::Number | Kind::String | Kind::True | Kind::False => {
                return Ok(Some((Vec::new(), self.atom()?)));
            }
            Kind::Bad(bad) => return Err(self.bad(self.peek(), bad)),
            kind if !starts_expression(kind) => return Ok(None),
            _ => (),
        }
        if self.failed.contains(&self.at) {
            return Ok(None);
        }
        let checkpoint = self.checkpoint();
        let prefix = self.prefix_operators();
        match self.atom() {
            Ok(atom) => Ok(Some((prefix, atom))),
            Err(fault) if !is_syntax(&fault) => Err(fault),
            Err(_) => {
                let operators = prefix.len();
                self.go_back(&checkpoint);
                // Another look at this word, or at a `!` after it, would end the same way.
                self.failed.extend(self.at..self.at + operators.max(1));
                Ok(None)
            }
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.at,
            before: self.before,
            blank_is_word: self.blank_is_word,
            named: self.named,
            parens: self.parens,
            naming: self.scope.naming,
            naming_decided: self.scope.naming_decided_by.is_some(),
            shifted: self.scope.shifted.len(),
            complained: self.complaint.is_some(),
        }
    }

    fn go_back(&mut self, to: &Checkpoint) {
        self.at = to.at;
        self.before = to.before;
        self.blank_is_word = to.blank_is_word;
        self.named = to.named;
        self.parens = to.parens;
        self.scope.naming = to.naming;
        if !to.naming_decided {
            self.scope.naming_decided_by = None;
        }
        self.scope.shifted.truncate(to.shifted);
        if !to.complained {
            self.complaint = None;
        }
    }

    /// `"." (name | keyword | "*" | "**")`
    fn dot_step(&mut self, left: &mut Expr) -> Read<()> {
        let dot = self.next();
        let word = self.peek();
        let text = self.slice(word);
        match word.kind {
            Kind::Name | Kind::Times | Kind::DoubleStar => (),
            Kind::Less | Kind::LessOrEqual | Kind::Greater | Kind::GreaterOrEqual
                if !text.starts_with('>') =>
            {
                if !text.starts_with(char::is_alphabetic) {
                    self.complain(
                        self.semantic(format!("{text} is not a valid identifier."), word),
                    )?;
                }
            }
            Kind::False | Kind::True | Kind::In | Kind::As | Kind::Using => (),
            _ => return Err(self.unexpected(&[])),
        }
        let name = self.ident();
        self.not_literal(left, Literal::List, "hash")?;
        self.not_literal(left, Literal::String, "hash")?;
        self.not_literal(left, Literal::Bool, "hash")?;
        push_step(left, self.word_span(dot).to(name.span), PostfixOp::Dot(name));
        Ok(())
    }

    /// `"[" expression "]"`
    fn index_step(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.next();
        let index = self.expression()?;
        let close = self.expect_after(Kind::CloseBracket, "\"]\"", &["\"[\""])?;
        self.not_literal(left, Literal::Bool, "list or hash")?;
        self.not_literal(left, Literal::Number, "list or hash")?;
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Index(index));
        Ok(())
    }

    /// `"(" arguments ")"`
    fn call_step(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.next();
        let args = self.positional_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }

    /// `arguments = (expression (","? expression)*)?`
    pub(super) fn positional_args(&mut self) -> Read<Vec<Expr>> {
        let mut args = Vec::new();
        if starts_expression(self.kind()) {
            args.push(self.expression()?);
            while self.take(Kind::Comma).is_some() || starts_expression(self.kind()) {
                args.push(self.expression()?);
            }
        }
        Ok(args)
    }

    /// `"?" name`, and the arguments where the built-in decides their form.
    fn built_in(&mut self, left: &mut Expr) -> Read<()> {
        match self.built_in_name(left)? {
            Some(name @ ("then" | "switch")) => self.branches(name, left),
            Some("filter" | "map" | "take_while" | "drop_while") => self.lambda_call(left),
            _ => Ok(()),
        }
    }

    /// `"?" name`; its snake_case name, if there is such a built-in.
    fn built_in_name(&mut self, left: &mut Expr) -> Read<Option<&'static str>> {
        let question = self.next();
        let word = self.peek();
        self.require_name()?;
        let name = self.ident();
        self.check_convention(word)?;
        let canonical = names::canonical_builtin(&name.name);
        match canonical {
            Some(canonical) => {
                if let Err(fault) = self.check_built_in(canonical, &name.name, left, word) {
                    self.complain(fault)?;
                }
            }
            None => self.complain(self.unknown_built_in(&name.name, word))?,
        }
        push_step(left, self.word_span(question).to(name.span), PostfixOp::BuiltIn(name));
        Ok(canonical)
    }

    /// The arguments of `?then` and `?switch`.
    fn branches(&mut self, built_in: &str, left: &mut Expr) -> Read<()> {
        let open = self.expect_only(Kind::OpenParen, "\"(\"", &[])?;
        let args = self.positional_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        match built_in {
            "then" if args.len() != 2 => {
                self.wrong_count("requires exactly 2", left, open, close)?
            }
            "switch" if args.len() < 2 => {
                self.wrong_count("must have at least 2", left, open, close)?
            }
            _ => (),
        }
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }

    /// The argument of `?map` and the like.
    fn lambda_call(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.expect_only(Kind::OpenParen, "\"(\"", &[])?;
        let (args, odd) = self.lambda_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        if args.len() != 1 {
            self.wrong_count("requires exactly 1", left, open, close)?;
        } else if let Some((count, lambda)) = odd {
            self.wrong_lambda(count, left, lambda)?;
        }
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }

    fn wrong_count(&mut self, wanted: &str, left: &Expr, open: Word, close: Word) -> Read<()> {
        let message = format!("?{}(...) {wanted} parameters", last_built_in(left));
        let span = self.place.span(open.start, close.end);
        self.complain(self.fault(ParseErrorKind::Semantic, message, span, open.start))
    }

    fn wrong_lambda(&mut self, count: usize, left: &Expr, lambda: Word) -> Read<()> {
        let message = format!(
            "?{}(...) parameter lambda expression must declare exactly 1 parameter, but it declared {count}.",
            last_built_in(left)
        );
        self.complain(self.semantic(message, lambda))
    }

    /// `(lambda (","? lambda)*)?`
    fn lambda_args(&mut self) -> Read<(Vec<Expr>, OddLambda)> {
        let mut args = Vec::new();
        let mut odd = None;
        while starts_expression(self.kind()) || !args.is_empty() && self.kind() == Kind::Comma {
            if !args.is_empty() {
                self.take(Kind::Comma);
            }
            args.push(self.lambda(&mut odd)?);
        }
        Ok((args, odd))
    }

    /// `lambda = (name | "(" (name ("," name)*)? ")") "->" expression | expression`
    fn lambda(&mut self, odd: &mut OddLambda) -> Read<Expr> {
        let first = self.peek();
        let parenthesized = first.kind == Kind::OpenParen;
        let Some(count) = self.lambda_params()? else { return self.expression() };
        let mut param = None;
        while self.kind() != Kind::Arrow {
            if self.kind() == Kind::Name {
                let name = self.ident();
                param.get_or_insert(name);
            } else {
                self.next();
            }
        }
        self.next();
        if count != 1 && odd.is_none() {
            *odd = Some((count, first));
        }
        let body = self.expression()?;
        let span = self.word_span(first).to(body.span);
        let kind = match param {
            Some(param) => ExprKind::Lambda { param, parenthesized, body: Box::new(body) },
            None => ExprKind::Error,
        };
        Ok(Expr { span, kind })
    }

    /// How many parameters the lambda has that begins here; `None`: none begins.
    fn lambda_params(&self) -> Read<Option<usize>> {
        if self.kind() == Kind::Name {
            return Ok((self.kind_ahead(1)? == Kind::Arrow).then_some(1));
        }
        if self.kind() != Kind::OpenParen {
            return Ok(None);
        }
        let mut ahead = 1;
        let mut count = 0;
        if self.kind_ahead(ahead)? == Kind::Name {
            count = 1;
            ahead += 1;
            while self.kind_ahead(ahead)? == Kind::Comma
                && self.kind_ahead(ahead + 1)? == Kind::Name
            {
                count += 1;
                ahead += 2;
            }
        }
        let is_lambda = self.kind_ahead(ahead)? == Kind::CloseParen
            && self.kind_ahead(ahead + 1)? == Kind::Arrow;
        Ok(is_lambda.then_some(count))
    }

    /// A name, or a word in the place of one.
    pub(super) fn ident(&mut self) -> Ident {
        let word = self.next();
        let mut name = self.slice(word).to_owned();
        if name.contains('\\') {
            name.retain(|c| c != '\\');
        }
        Ident { span: self.word_span(word), name, quoted: false }
    }

    fn require_name(&self) -> Read<()> {
        if self.kind() == Kind::Name { Ok(()) } else { Err(self.unexpected_only("<ID>", &[])) }
    }

    /// A name at a place where nothing else may stand.
    pub(super) fn expect_ident(&mut self) -> Read<Ident> {
        self.require_name()?;
        Ok(self.ident())
    }

    /// A string literal; with interpolations, if it has live ones.
    pub(super) fn string(&mut self, word: Word, interpolate: Interpolate) -> Read<StringLiteral> {
        let text = self.slice(word);
        if text.starts_with('r') {
            return Ok(StringLiteral {
                raw: true,
                value: text[2..text.len() - 1].to_owned(),
                parts: Vec::new(),
            });
        }
        let inside = &text[1..text.len() - 1];
        let live = interpolate == Interpolate::Yes
            && has_interpolation(inside, self.scope.interpolation_syntax);
        if !live && !inside.contains('\\') {
            return Ok(StringLiteral { raw: false, value: inside.to_owned(), parts: Vec::new() });
        }
        let decoded = decode(inside, word.start + 1, self.place);
        let mut parts = Vec::new();
        if live
            && decoded.text.encode_utf16().count() > 3
            && has_interpolation(&decoded.text, self.scope.interpolation_syntax)
        {
            if decoded.shifted {
                self.scope.shifted.push(decoded.table(self.word_span(word)));
            }
            parts = match self.literal_parts(&decoded) {
                Ok(parts) => parts,
                Err(fault) if fault.kind == ParseErrorKind::Limit => return Err(fault),
                // FreeMarker parses the text of the literal when it has read the expression that it is part of.
                Err(fault) => {
                    self.complain(fault)?;
                    Vec::new()
                }
            };
        }
        Ok(StringLiteral { raw: false, value: decoded.text, parts })
    }

    /// The text and interpolations of a string literal.
    fn literal_parts(&mut self, decoded: &super::literal::Decoded) -> Read<Vec<StringPart>> {
        self.enter()?;
        let words = words::literal(&decoded.text, self.scope.interpolation_syntax);
        let around = self.scope.enter_literal();
        let mut inner = Reader::new(&decoded.text, &words, Place::Literal(decoded), self.scope);
        let parts = inner.parts();
        self.scope.leave_literal(around);
        self.scope.depth -= 1;
        parts
    }

    fn parts(&mut self) -> Read<Vec<StringPart>> {
        let mut parts = Vec::new();
        loop {
            let word = self.peek();
            match word.kind {
                Kind::End => return Ok(parts),
                Kind::Text => {
                    self.next();
                    parts.push(StringPart::Text(self.slice(word).to_owned()));
                }
                _ => {
                    let mut interpolation = self.interpolation()?;
                    // What a literal is made of is escaped once, when the whole is printed.
                    interpolation.auto_escape = false;
                    let span = self.place.span(word.start, self.before);
                    parts.push(StringPart::Interpolation(span, Box::new(interpolation)));
                }
            }
        }
    }

    /// `"${" expression "}"`, `"[=" expression "]"` or `"#{" expression (";" format)? "}"`
    pub(super) fn interpolation(&mut self) -> Read<Interpolation> {
        let open = self.peek();
        let syntax = match open.kind {
            Kind::Dollar => InterpolationKind::Dollar,
            Kind::Hash => InterpolationKind::Hash,
            Kind::Square => InterpolationKind::Square,
            _ => return Err(self.unexpected(&[])),
        };
        self.next();
        let expr = self.expression()?;
        let mut format = None;
        if syntax == InterpolationKind::Hash {
            self.number_only(&expr)?;
            if self.take(Kind::Semicolon).is_some() {
                let word = self.peek();
                self.require_name()?;
                self.next();
                format = Some(word);
            }
        }
        let closable: Closable =
            if syntax == InterpolationKind::Square { &["\"[\""] } else { &["\"{\""] };
        match (syntax, format) {
            (InterpolationKind::Hash, None) => self.expect(Kind::InterpolationEnd, closable)?,
            (InterpolationKind::Hash, Some(_)) => {
                self.expect_only(Kind::InterpolationEnd, "\"}\"", closable)?
            }
            (InterpolationKind::Dollar, _) => {
                self.expect_after(Kind::InterpolationEnd, "\"}\"", closable)?
            }
            (InterpolationKind::Square, _) => {
                self.expect_after(Kind::InterpolationEnd, "\"]\"", closable)?
            }
        };
        if syntax != InterpolationKind::Hash {
            const PRINTABLE: &str =
                "string or something automatically convertible to string (number, date or boolean)";
            self.not_literal(&expr, Literal::Hash, PRINTABLE)?;
            self.not_literal(&expr, Literal::List, PRINTABLE)?;
        }
        let format = format.map(|word| self.numeric_format(word)).transpose()?;
        Ok(Interpolation { syntax, expr, auto_escape: self.scope.auto_escaping, format })
    }

    /// `m1M3`
    fn numeric_format(&self, word: Word) -> Read<NumericFormat> {
        let text = self.slice(word);
        let (mut min, mut max): (Option<i64>, Option<i64>) = (None, None);
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let slot = match letter {
                'm' => &mut min,
                'M' => &mut max,
                _ => return Err(self.semantic(format!("Invalid format specifier {text}"), word)),
            };
            rest = &rest[1..];
            if rest.is_empty() {
                break;
            }
            // Java's tokens: a letter m or M, or what stands between two of them.
            let len = if rest.starts_with(['m', 'M']) {
                1
            } else {
                rest.find(['m', 'M']).unwrap_or(rest.len())
            };
            if slot.is_some() {
                return Err(self.semantic(format!("Invalid format specifier {text}"), word));
            }
            let Ok(digits) = rest[..len].parse::<i32>() else {
                let message = format!("Invalid number in the format specifier {text}");
                return Err(self.semantic(message, word));
            };
            *slot = Some(i64::from(digits));
            rest = &rest[len..];
        }
        let (min, max) = match (min, max) {
            (None, None) => {
                let message =
                    "Invalid format specification, at least one of m and M must be specified!";
                return Err(self.semantic(message, word));
            }
            (Some(min), None) => (min, min),
            (min, Some(max)) => (min.unwrap_or(0), max),
        };
        if min > max {
            let message = "Invalid format specification, min cannot be greater than max!";
            return Err(self.semantic(message, word));
        }
        match (u8::try_from(min), u8::try_from(max)) {
            (Ok(min), Ok(max @ 0..=50)) => {
                Ok(NumericFormat { span: self.word_span(word), min, max })
            }
            _ => Err(self.semantic("Cannot specify more than 50 fraction digits", word)),
        }
    }

    fn unknown_built_in(&self, name: &str, word: Word) -> Box<ParseError> {
        let mut message = format!(
            "Unknown built-in: {}. Help (latest version): https://freemarker.apache.org/docs/ref_builtins.html; \
             you're using FreeMarker 2.3.35.\nThe alphabetical list of built-ins:",
            quote(name)
        );
        let mut letter = None;
        for name in names::spelled(names::builtin_names(), self.scope.naming) {
            let separator = match letter {
                None => "\n",
                Some(last) if name.starts_with(last) => ", ",
                Some(_) => ", \n",
            };
            message.push_str(separator);
            message.push_str(name);
            letter = name.chars().next();
        }
        let mut fault = self.fault_at(ParseErrorKind::UnknownName, message, word);
        fault.tip = crate::suggest::tip(
            "?",
            name,
            names::spelled(names::builtin_names(), self.scope.naming),
        );
        fault
    }

    /// `"." name`
    fn special_variable(&mut self) -> Read<Expr> {
        let dot = self.next();
        let word = self.peek();
        let name = self.expect_ident()?;
        self.check_convention(word)?;
        if name.name == "args" && self.scope.within == super::scope::Within::Template {
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
}

/// Whether a string literal's interpolations are live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interpolate {
    Yes,
    No,
}

fn has_interpolation(text: &str, syntax: InterpolationSyntax) -> bool {
    match syntax {
        InterpolationSyntax::Legacy => text.contains("${") || text.contains("#{"),
        InterpolationSyntax::Dollar => text.contains("${"),
        InterpolationSyntax::SquareBracket => text.contains("[="),
    }
}

fn is_syntax(fault: &ParseError) -> bool {
    use ParseErrorKind::{Nesting, Syntax, UnexpectedEnd};
    matches!(fault.kind, Syntax | Nesting | UnexpectedEnd)
}

fn prefixed(prefix: Prefixes, operand: Expr) -> Expr {
    match prefix.first() {
        Some(&(_, span)) => {
            Expr { span: span.to(operand.span), kind: ExprKind::Prefix(prefix, Box::new(operand)) }
        }
        None => operand,
    }
}

/// Adds a step to what is before it.
fn push_step(expr: &mut Expr, span: Span, op: PostfixOp) {
    let whole = expr.span.to(span);
    let step = Postfix { span, op };
    match &mut expr.kind {
        ExprKind::Postfix(_, steps) => {
            steps.push(step);
            expr.span = whole;
        }
        _ => {
            let base = std::mem::replace(expr, Expr { span: whole, kind: ExprKind::Error });
            expr.kind = ExprKind::Postfix(Box::new(base), vec![step]);
        }
    }
}

/// The spelling of the built-in that is the last step.
fn last_built_in(expr: &Expr) -> &str {
    match &expr.kind {
        ExprKind::Postfix(_, steps) => match steps.last() {
            Some(Postfix { op: PostfixOp::BuiltIn(name), .. }) => &name.name,
            _ => "",
        },
        _ => "",
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

fn level_of(op: InfixOp) -> Level {
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

/// Kinds of literals that some operands must not be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    String,
    Number,
    Bool,
    Hash,
    List,
}

impl Literal {
    fn of(expr: &Expr) -> Option<Literal> {
        Some(match expr.kind {
            ExprKind::String(_) => Literal::String,
            ExprKind::Number(_) => Literal::Number,
            ExprKind::Bool(_) => Literal::Bool,
            ExprKind::Hash(_) => Literal::Hash,
            ExprKind::List(_) => Literal::List,
            _ => return None,
        })
    }
}

/// Literals at places where their type can never do.
impl Reader<'_> {
    pub(super) fn not_literal(
        &mut self,
        expr: &Expr,
        literal: Literal,
        expected: &str,
    ) -> Read<()> {
        if Literal::of(expr) != Some(literal) {
            return Ok(());
        }
        let text = crate::canonical::canonical(expr, self.scope.source.text());
        let message = match literal {
            Literal::String => format!("Found string literal: {text}. Expecting: {expected}"),
            Literal::Number => format!("Found number literal: {text}. Expecting {expected}"),
            Literal::Bool => format!("Found: {text} literal. Expecting {expected}"),
            Literal::Hash => format!("Found hash literal: {text}. Expecting {expected}"),
            Literal::List => format!("Found list literal: {text}. Expecting {expected}"),
        };
        self.complain(self.semantic_at(message, expr))
    }

    /// A fault of an expression.
    pub(super) fn semantic_at(&self, message: String, expr: &Expr) -> Box<ParseError> {
        let position = self.place.position_of_source(expr.span.start);
        Box::new(ParseError {
            kind: ParseErrorKind::Semantic,
            message,
            span: expr.span,
            position,
            tip: None,
            related: Vec::new(),
        })
    }

    fn number_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::String, Literal::List, Literal::Hash, Literal::Bool] {
            self.not_literal(expr, literal, "number")?;
        }
        Ok(())
    }

    fn string_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::Number, Literal::List, Literal::Hash, Literal::Bool] {
            self.not_literal(expr, literal, "string")?;
        }
        Ok(())
    }

    fn bool_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::String, Literal::List, Literal::Hash, Literal::Number] {
            self.not_literal(expr, literal, "boolean (true/false)")?;
        }
        Ok(())
    }

    fn check_operands(&mut self, op: InfixOp, left: &Expr, right: &Expr) -> Read<()> {
        match level_of(op) {
            Level::Or | Level::And => {
                self.bool_only(left)?;
                self.bool_only(right)
            }
            Level::Equality => {
                const OTHER: &str = "different type for equality check";
                self.not_literal(left, Literal::Hash, OTHER)?;
                self.not_literal(right, Literal::Hash, OTHER)?;
                self.not_literal(left, Literal::List, OTHER)?;
                self.not_literal(right, Literal::List, OTHER)
            }
            _ if op == InfixOp::Add => Ok(()),
            _ => {
                self.number_only(left)?;
                self.number_only(right)
            }
        }
    }
}
