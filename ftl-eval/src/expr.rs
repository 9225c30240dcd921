//! Expressions to values.

use std::rc::Rc;

use ftl_parser::Span;
use ftl_parser::ast::{InfixOp, PrefixOp, RangeOp};

use crate::builtins::Call;
use crate::env::{Env, LoopVar, LoopVarKind};
use crate::error::{Error, ErrorKind, Result};
use crate::items::{Iter, LazySequence};
use crate::ops;
use crate::output::OutputFormat;
use crate::program::*;
use crate::special::Special;
use crate::value::hash::OrderedHash;
use crate::value::{Hash, Method, Number, Range, Sequence, Str, Value, Variables};

impl<'a> Env<'a> {
    /// The value of `expr`; missing where its last step is.
    pub(crate) fn eval(&mut self, expr: &'a Expr) -> Result<Value<'a>> {
        match &expr.kind {
            ExprKind::Chain(chain) => self.chain(chain),
            ExprKind::Name(name) => {
                self.variable(name).map_err(|error| self.blame(error, expr.span))
            }
            ExprKind::Text(text) => Ok(Value::String(Str::Borrowed(text))),
            ExprKind::Number(number) => Ok(Value::Number(number.clone())),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Compare(op, operands, op_span) => {
                self.compare(*op, &operands.0, &operands.1, *op_span, expr.span).map(Value::Bool)
            }
            ExprKind::And(operands) => self.all(operands, true).map(Value::Bool),
            ExprKind::Or(operands) => self.all(operands, false).map(Value::Bool),
            ExprKind::Arithmetic(first, rest) => self.arithmetic(first, rest, expr.span),
            ExprKind::Prefix(ops, operand) => self.prefix(ops, operand, expr.span),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::List(items) => {
                let items =
                    items.iter().map(|item| self.eval_present(item)).collect::<Result<_>>()?;
                Ok(Value::list(items))
            }
            ExprKind::Hash(entries) => self.hash_literal(entries),
            ExprKind::Range(op, start, end) => self.range(*op, start, end.as_deref()),
            ExprKind::LoopState(state, index, args) => self.loop_state_value(*state, *index, args),
            ExprKind::Special(special) => self.special(special),
            ExprKind::Error(error) => Err(self.blame((**error).clone(), expr.span)),
        }
    }

    /// The value of `expr`, which must not be missing.
    pub(crate) fn eval_present(&mut self, expr: &'a Expr) -> Result<Value<'a>> {
        match self.eval(expr)? {
            Value::Missing => Err(self.missing(expr.span)),
            value => Ok(value),
        }
    }

    /// An error for a missing value.
    #[cold]
    pub(crate) fn missing(&self, span: Span) -> Error {
        self.blame(Error::missing(), span)
    }

    /// `expr`, where any missing step makes it missing if it stands in parentheses.
    pub(crate) fn eval_tolerant(&mut self, expr: &'a Expr) -> Result<Value<'a>> {
        if !expr.is_paren() {
            return self.eval(expr);
        }
        let (context, loops) = (self.context(), self.frames[self.frame].loops.len());
        match self.eval(expr) {
            Err(error) if error.kind() == ErrorKind::Missing => {
                self.switch(context);
                self.frames[self.frame].loops.truncate(loops);
                Ok(Value::Missing)
            }
            result => result,
        }
    }

    /// A condition. Where it is not boolean, FreeMarker blames what stands within parentheses.
    pub(crate) fn eval_bool(&mut self, expr: &'a Expr) -> Result<bool> {
        let expr = without_parens(expr);
        match self.eval(expr)? {
            Value::Bool(value) => Ok(value),
            value => match value.as_bool() {
                Some(value) => Ok(value),
                None => Err(self.unexpected("boolean", &value, expr.span)),
            },
        }
    }

    pub(crate) fn eval_number(&mut self, expr: &'a Expr) -> Result<Number> {
        match self.eval(expr)? {
            Value::Number(number) => Ok(number),
            value => Err(self.unexpected("number", &value, expr.span)),
        }
    }

    /// The value as text: numbers, dates and booleans formatted; markup is an error.
    pub(crate) fn eval_text(&mut self, expr: &'a Expr) -> Result<Str<'a>> {
        let value = self.eval(expr)?;
        self.to_text(&value, expr.span)
    }

    /// An error about a value of the wrong type; about a missing one if it is missing.
    #[cold]
    pub(crate) fn unexpected(&self, expected: &str, value: &Value<'a>, span: Span) -> Error {
        if value.is_missing() {
            return self.missing(span);
        }
        if let Some(error) = value.failure() {
            return error;
        }
        let (a, actual) = (article(expected), value.type_name());
        let message = format!(
            "Expected {a} {expected}, but this has evaluated to {} {actual}:",
            article(actual)
        );
        let error = Error::new(ErrorKind::Type, message).with_role();
        self.blame(crate::tips::for_type(error, expected, value), span)
    }

    /// `&&` with `until` true: stops at the first that differs.
    fn all(&mut self, operands: &'a [Expr], until: bool) -> Result<bool> {
        for operand in operands {
            if self.eval_bool(operand)? != until {
                return Ok(!until);
            }
        }
        Ok(until)
    }

    pub(crate) fn compare(
        &mut self,
        op: InfixOp,
        left: &'a Expr,
        right: &'a Expr,
        op_span: Span,
        span: Span,
    ) -> Result<bool> {
        let a = self.eval(left)?;
        let b = self.eval(right)?;
        if a.is_missing() {
            return Err(self.missing(left.span));
        }
        if b.is_missing() {
            return Err(self.missing(right.span));
        }
        let text = self.source().slice(op_span);
        ops::compare(self, op, text, &a, &b, Some((left.span, right.span)))
            .map_err(|error| self.blame(error, span))
    }

    fn arithmetic(
        &mut self,
        first: &'a Expr,
        rest: &'a [(InfixOp, Expr)],
        span: Span,
    ) -> Result<Value<'a>> {
        let mut left = self.eval(first)?;
        let mut left_span = first.span;
        let mut joined: Option<String> = None;
        for (at, (op, operand)) in rest.iter().enumerate() {
            // `+` looks at its operands when it has both, others at the left one first.
            if *op != InfixOp::Add && joined.is_none() && !matches!(left, Value::Number(_)) {
                return Err(self.unexpected("number", &left, left_span));
            }
            let right = self.eval(operand)?;
            let whole = Span::new(span.start, operand.span.end);
            if *op == InfixOp::Add {
                // `a + b + c` of strings grows one text instead of copying it at each step.
                if let Some(text) = &mut joined {
                    if !right.is_missing() && !matches!(right, Value::Markup(_) | Value::Multi(_)) {
                        self.write_text(&right, operand.span, text)?;
                        self.engine.limits.check_text(text.len())?;
                        left_span = whole;
                        continue;
                    }
                    left = Value::string(joined.take().unwrap_or_default());
                }
                if let (Value::String(a), Some((InfixOp::Add, _)), false) = (
                    &left,
                    rest.get(at + 1),
                    matches!(right, Value::Markup(_) | Value::Missing | Value::Multi(_)),
                ) {
                    let mut text = String::with_capacity(a.len() * 2 + 32);
                    text.push_str(a);
                    self.write_text(&right, operand.span, &mut text)?;
                    joined = Some(text);
                    left_span = whole;
                    continue;
                }
                left = ops::add(self, left, left_span, right, operand.span).map_err(|error| {
                    // Markup that cannot be joined is blamed, arithmetic is not.
                    match error.kind() {
                        ErrorKind::Type => self.blame(error, whole),
                        _ => self.within(error, whole),
                    }
                })?;
            } else {
                if let Some(text) = joined.take() {
                    left = Value::string(text);
                }
                let a = match left {
                    Value::Number(number) => number,
                    value => return Err(self.unexpected("number", &value, left_span)),
                };
                let b = match right {
                    Value::Number(number) => number,
                    value => return Err(self.unexpected("number", &value, operand.span)),
                };
                let result = ops::arithmetic(self, *op, &a, &b);
                let result = result.map_err(|error| self.within(error, whole))?;
                left = Value::Number(result);
            }
            left_span = whole;
        }
        Ok(match joined {
            Some(text) => Value::string(text),
            None => left,
        })
    }

    fn prefix(
        &mut self,
        ops: &'a [(PrefixOp, Span)],
        operand: &'a Expr,
        span: Span,
    ) -> Result<Value<'a>> {
        if ops.iter().all(|(op, _)| *op == PrefixOp::Not) {
            let value = self.eval_bool(operand)?;
            return Ok(Value::Bool(value ^ (ops.len() % 2 == 1)));
        }
        let number = self.eval_number(operand)?;
        let minus = ops.iter().filter(|(op, _)| *op == PrefixOp::Minus).count();
        if minus % 2 == 0 {
            return Ok(Value::Number(number));
        }
        ops::negate(&number).map(Value::Number).map_err(|error| self.within(error, span))
    }

    /// A string literal with interpolations.
    fn template(&mut self, parts: &'a [Part]) -> Result<Value<'a>> {
        let mut result: Option<Value<'a>> = None;
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Print(print) => {
                    let value = self.eval(&print.expr)?;
                    if let Some(range) = print.decimals {
                        let number = match value {
                            Value::Number(number) => number,
                            value => {
                                return Err(self.unexpected("number", &value, print.expr.span));
                            }
                        };
                        self.write_decimals(&number, range, &mut text)?;
                    } else if let Value::Markup(markup) = value {
                        // Markup makes the whole markup; the literal's own text is escaped.
                        let before = Value::string(std::mem::take(&mut text));
                        let before = match result.take() {
                            Some(value) => ops::concat(value, before)?,
                            None => before,
                        };
                        result = Some(
                            ops::concat(before, Value::Markup(markup))
                                .map_err(|error| self.blame(error, print.expr.span))?,
                        );
                    } else {
                        let span = print.expr.span;
                        let written = self.write_text(&value, span, &mut text);
                        written.map_err(|error| self.not_printable(error, &value, span))?;
                    }
                }
            }
            self.engine.limits.check_text(text.len())?;
        }
        match result {
            Some(value) => ops::concat(value, Value::string(text)),
            None => Ok(Value::string(text)),
        }
    }

    fn hash_literal(&mut self, entries: &'a [(Expr, Expr)]) -> Result<Value<'a>> {
        let mut hash = OrderedHash::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.eval_text(key)?;
            hash.insert(key, self.eval_present(value)?);
        }
        Ok(Value::map(hash))
    }

    fn range(&mut self, op: RangeOp, start: &'a Expr, end: Option<&'a Expr>) -> Result<Value<'a>> {
        let start = self.eval_number(start)?.to_i32();
        let Some(end) = end else {
            let range = Range { start, len: None, step: 1, adaptive: true, inclusive: true };
            return Ok(Value::Sequence(Sequence::Range(range)));
        };
        let end = self.eval_number(end)?.to_i32();
        let (step, len) = match op {
            RangeOp::Inclusive | RangeOp::Exclusive => {
                // FreeMarker counts in Java ints, which may wrap around.
                let step = if start <= end { 1 } else { -1 };
                let distance = end.wrapping_sub(start).wrapping_abs();
                let len = distance.wrapping_add(i32::from(op == RangeOp::Inclusive));
                (step, u64::try_from(len).unwrap_or(0))
            }
            RangeOp::Length => {
                // FreeMarker adds them as Java ints, which may wrap around.
                let wrapped = start.wrapping_add(end);
                let step = if start <= wrapped { 1 } else { -1 };
                (step, (i64::from(wrapped) - i64::from(start)).unsigned_abs())
            }
        };
        let range = Range {
            start,
            len: Some(u32::try_from(len).unwrap_or(u32::MAX)),
            step,
            adaptive: op == RangeOp::Length,
            inclusive: op == RangeOp::Inclusive,
        };
        Ok(Value::Sequence(Sequence::Range(range)))
    }

    fn loop_state_value(
        &mut self,
        state: LoopState,
        index: u32,
        args: &'a [Expr],
    ) -> Result<Value<'a>> {
        let (at, has_next) = self.loop_state(index);
        let odd = at % 2 == 0;
        Ok(match state {
            LoopState::Index => (at as i64).into(),
            LoopState::Counter => (at as i64 + 1).into(),
            LoopState::HasNext => has_next.into(),
            LoopState::IsFirst => (at == 0).into(),
            LoopState::IsLast => (!has_next).into(),
            LoopState::IsOddItem => odd.into(),
            LoopState::IsEvenItem => (!odd).into(),
            LoopState::ItemParity => if odd { "odd" } else { "even" }.into(),
            LoopState::ItemParityCap => if odd { "Odd" } else { "Even" }.into(),
            LoopState::ItemCycle => {
                let mut values =
                    args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>>>()?;
                if values.is_empty() {
                    return Err(Error::value(
                        "?item_cycle(...) expects 1 or more (unlimited) arguments but has received none.",
                    ));
                }
                let chosen = at % values.len();
                values.swap_remove(chosen)
            }
        })
    }

    fn special(&mut self, special: &'a Special) -> Result<Value<'a>> {
        let name = |program: &'a Program| program.source.name().map_or(Value::Missing, Value::from);
        Ok(match special {
            Special::AutoEsc(on) => (*on).into(),
            // A combined format has no name of its own.
            Special::OutputFormat(OutputFormat::Combined(_)) => "".into(),
            Special::OutputFormat(format) => format.name().into(),
            Special::Now => {
                let millis = self.engine.now();
                Value::Date(crate::value::DateTime {
                    millis,
                    kind: crate::value::DateKind::DateTime,
                })
            }
            Special::DataModel => Value::Hash(Hash::Variables(Variables::DataModel)),
            Special::Globals => Value::Hash(Hash::Variables(Variables::Globals)),
            Special::Vars => Value::Hash(Hash::Variables(Variables::All)),
            Special::Locals if self.macro_call().is_none() => Value::Missing,
            Special::Locals => Value::Hash(Hash::Variables(Variables::Locals)),
            Special::Main => Value::Hash(Hash::Namespace(0)),
            Special::Namespace => Value::Hash(Hash::Namespace(self.namespace)),
            Special::Version => "2.3.35".into(),
            Special::IncompatibleImprovements => self.engine.settings.improvements_text().into(),
            Special::TemplateName => Value::string(self.template_name().unwrap_or("")),
            Special::MainTemplateName => name(self.main),
            Special::CurrentTemplateName => {
                self.template_name().map_or(Value::Missing, Value::from)
            }
            Special::Locale | Special::LocaleObject => self.settings.locale.to_string().into(),
            Special::Lang => self.settings.locale.language().to_owned().into(),
            Special::TimeZone => self.settings.time_zone.id().to_owned().into(),
            Special::OutputEncoding => option(self.settings.output_encoding.clone()),
            Special::UrlEscapingCharset => option(self.settings.url_escaping_charset.clone()),
            Special::Error => match self.recovered.last() {
                Some(error) => Value::String(Str::Owned(error.clone())),
                None => {
                    return Err(Error::value(
                        ".error is not available outside of a #recover block",
                    ));
                }
            },
            Special::GetOptionalTemplate => Value::Method(Method::GetOptionalTemplate),
            Special::Args => return self.args_special(),
            Special::CallerTemplateName => match self.macro_call() {
                Some(call) => call.site.0.source.name().unwrap_or("").into(),
                None => {
                    let message = "Can't get .caller_template_name here, as there's no macro or function (that's \
                                   implemented in the template) call in context.";
                    return Err(Error::value(message));
                }
            },
            Special::Pass => Value::Macro(crate::call::pass()),
            Special::Node => Value::Missing,
        })
    }

    /// The name of the template whose text runs; what `?interpret` made runs under its parent's name.
    pub(crate) fn template_name(&self) -> Option<&'a str> {
        self.program.source.name()
    }

    /// `a.b[c](d)?e`
    fn chain(&mut self, chain: &'a Chain) -> Result<Value<'a>> {
        self.chain_steps(chain, &chain.steps)
    }

    /// The first steps of a chain.
    pub(crate) fn chain_steps(&mut self, chain: &'a Chain, steps: &'a [Step]) -> Result<Value<'a>> {
        let start = chain.base.span.start;
        let mut end = chain.base.span.end;
        let tolerant = match chain.steps.first() {
            Some(step) => step.kind.tolerates() == Tolerance::Parenthesized,
            None => false,
        };
        let mut value =
            if tolerant { self.eval_tolerant(&chain.base)? } else { self.eval(&chain.base)? };
        let mut steps = steps.iter();
        while let Some(step) = steps.next() {
            if value.is_missing() && step.kind.tolerates() == Tolerance::None {
                let span = Span::new(start, end);
                return Err(self.missing(match step.kind {
                    StepKind::Then(_) => condition_span(chain, span),
                    _ => span,
                }));
            }
            value = match &step.kind {
                StepKind::Key { key, .. } => match &value {
                    Value::Hash(hash) => self.hash_get(hash, key)?,
                    _ => self.key_of_other(
                        &value,
                        key,
                        Span::new(start, end),
                        Span::new(start, step.end),
                    )?,
                },
                StepKind::BuiltIn(site) => {
                    let target = Span::new(start, end);
                    let whole = Span::new(start, step.end);
                    if site.built_in.formats && site.args.is_none() {
                        // `n?string.computer` needs no value of several types.
                        if let Some(next) = steps.as_slice().first()
                            && let Some(result) =
                                self.format_directly(&value, site, next, target, whole)?
                        {
                            end = next.end;
                            steps.next();
                            value = result;
                            continue;
                        }
                    }
                    self.built_in(site, value, target, whole)?
                }
                StepKind::Index(index) => {
                    self.index(value, index, Span::new(start, end), Span::new(start, step.end))?
                }
                StepKind::Call(args) => {
                    self.call_value(value, args, Span::new(start, end), Span::new(start, step.end))?
                }
                StepKind::Then(branches) => match value.as_bool() {
                    Some(true) => self.eval_present(&branches.0)?,
                    Some(false) => self.eval_present(&branches.1)?,
                    None => {
                        let span = condition_span(chain, Span::new(start, end));
                        return Err(self.unexpected("boolean", &value, span));
                    }
                },
                StepKind::Switch(args) => self.switch_built_in(
                    &value,
                    args,
                    Span::new(start, end),
                    Span::new(start, step.end),
                )?,
                StepKind::Lazy(lazy) => {
                    self.lazy(value, lazy, Span::new(start, end), Span::new(start, step.end))?
                }
                StepKind::Exists => Value::Bool(!value.is_missing()),
                StepKind::Default(values) if value.is_missing() => self.default(values)?,
                StepKind::Default(_) => value,
                StepKind::DefaultCall(values) if values.is_empty() => {
                    return Err(Error::value(
                        "?default(...) expects 1 or more (unlimited) arguments but has received none.",
                    ));
                }
                StepKind::DefaultCall(values) => {
                    let mut values = values.iter();
                    let mut found = value;
                    while found.is_missing() {
                        let Some(next) = values.next() else { break };
                        found = self.eval_tolerant(next)?;
                    }
                    found
                }
            };
            end = step.end;
        }
        Ok(value)
    }

    /// `!`, `!b`, `!b!c`
    fn default(&mut self, values: &'a [Option<Expr>]) -> Result<Value<'a>> {
        for (at, value) in values.iter().enumerate() {
            let Some(expr) = value else { return Ok(Value::Empty) };
            let last = at + 1 == values.len();
            let value = if last { self.eval(expr)? } else { self.eval_tolerant(expr)? };
            if !value.is_missing() {
                return Ok(value);
            }
        }
        Ok(Value::Missing)
    }

    /// `.key` of what is no plain hash.
    fn key_of_other(
        &mut self,
        value: &Value<'a>,
        key: &str,
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        match value {
            Value::Multi(_) => match crate::builtins::multi_key(self, value, key) {
                Some(result) => result.map_err(|error| self.blame(error, whole)),
                None => Err(self.unexpected("hash", value, target)),
            },
            _ => match value.as_hash() {
                Some(hash) => self.hash_get(&hash, key).map_err(|error| self.blame(error, whole)),
                None => Err(self.unexpected("hash", value, target)),
            },
        }
    }

    /// `target[index]`
    fn index(
        &mut self,
        value: Value<'a>,
        index: &'a Expr,
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        let key = self.eval_present(index)?;
        match key {
            Value::Number(number) => {
                let at = number.to_i32();
                if let Some(sequence) = value.as_sequence() {
                    return self.item(&sequence, at);
                }
                let text = self.text_to_slice(&value, target)?;
                crate::slice::character(&text, at)
            }
            Value::Sequence(Sequence::Range(range)) => {
                if let Some(sequence) = value.as_sequence() {
                    return crate::slice::of_sequence(self, &sequence, range)
                        .map_err(|error| self.blame(error, index.span));
                }
                let text = self.text_to_slice(&value, target)?;
                crate::slice::of_text(&text, range).map_err(|error| self.blame(error, index.span))
            }
            key => match key.as_str() {
                Some(key) => match &value {
                    Value::Hash(hash) => {
                        self.hash_get(hash, key).map_err(|error| self.blame(error, whole))
                    }
                    _ => self.key_of_other(&value, key, target, whole),
                },
                None => Err(self.unexpected("number, range, or string", &key, index.span)),
            },
        }
    }

    fn text_to_slice(&mut self, value: &Value<'a>, target: Span) -> Result<Str<'a>> {
        self.to_text(value, target).map_err(|error| match error.kind() {
            ErrorKind::Type => self.unexpected(
                "sequence or string or something automatically convertible to string (number, date or boolean)",
                value,
                target,
            ),
            _ => error,
        })
    }

    /// The item at a Java index: missing where there is none.
    fn item(&mut self, sequence: &Sequence<'a>, index: i32) -> Result<Value<'a>> {
        if let Sequence::Range(range) = sequence {
            let out = index < 0 || range.len.is_some_and(|len| index as u32 >= len);
            if index < 0 || out && range.len.is_none() {
                return Err(Error::value(format!("Range item index {index} is out of bounds.")));
            }
        }
        if let Sequence::Lazy(lazy) = sequence {
            let mut iter = lazy.take()?;
            let mut at = 0;
            while index >= 0 && iter.has_next(self)? {
                let item = iter.next(self)?;
                if at == index {
                    return Ok(item);
                }
                at += 1;
            }
            return Ok(Value::Missing);
        }
        Ok(usize::try_from(index).map_or(Value::Missing, |index| sequence.get(index)))
    }

    fn switch_built_in(
        &mut self,
        value: &Value<'a>,
        args: &'a [Expr],
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        let mut pairs = args.chunks_exact(2);
        for pair in &mut pairs {
            let case = self.eval_present(&pair[0])?;
            let spans = Some((target, pair[0].span));
            let equal = ops::compare(self, InfixOp::Equal, "==", value, &case, spans);
            if equal.map_err(|error| self.blame(error, whole))? {
                return self.eval_present(&pair[1]);
            }
        }
        match pairs.remainder() {
            [default] => self.eval_present(default),
            _ => {
                // The misspelling is FreeMarker's.
                let message = "The value before ?switch(case1, value1, case2, value2, ...) didn't match any of the \
                               case parameters, and there was no default value parameter (an additional last \
                               parameter) eithter.";
                Err(self.blame(Error::value(message), whole))
            }
        }
    }

    fn lazy(
        &mut self,
        value: Value<'a>,
        step: &'a LazyStep,
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        let Some(sequence) = value.as_sequence() else {
            return Err(self.unexpected("sequence or collection", &value, target));
        };
        let mapper = match &step.mapper {
            Mapper::Lambda { param, body } => crate::items::Callable::Lambda { param, body },
            Mapper::Function(expr) => {
                let function = self.eval_present(expr)?;
                crate::items::Callable::Function { value: function, span: expr.span }
            }
        };
        let iter =
            Iter::of(&sequence)?.with(step.kind, mapper, self.program, whole, step.stay_lazy);
        if step.stay_lazy {
            return Ok(Value::Sequence(Sequence::Lazy(Rc::new(LazySequence::new(iter)))));
        }
        let items = iter.collect(self)?;
        Ok(Value::list(items))
    }

    /// `body` with `name` as `value`.
    pub(crate) fn eval_lambda(
        &mut self,
        name: &'a str,
        value: Value<'a>,
        body: &'a Expr,
    ) -> Result<Value<'a>> {
        self.step()?;
        let frame = self.frame;
        let height = self.frames[frame].loops.len();
        self.frames[frame].loops.push(LoopVar { name, value, kind: LoopVarKind::Lambda });
        let result = self.eval(body);
        self.frames[frame].loops.truncate(height);
        result
    }

    fn built_in(
        &mut self,
        site: &'a Site,
        value: Value<'a>,
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        let Some(args) = &site.args else {
            return Call { env: self, site, args: &[], target, whole, called: false }.run(value);
        };
        let value =
            if args.is_empty() { value } else { site.built_in.accept(self, value, target)? };
        // Arguments are few: no allocation for up to three.
        match &**args {
            [] => Call { env: self, site, args: &[], target, whole, called: true }.run(value),
            [one] => {
                let args = [self.eval(one)?];
                Call { env: self, site, args: &args, target, whole, called: true }.run(value)
            }
            [one, two] => {
                let args = [self.eval(one)?, self.eval(two)?];
                Call { env: self, site, args: &args, target, whole, called: true }.run(value)
            }
            more => {
                let args = more.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>>>()?;
                Call { env: self, site, args: &args, target, whole, called: true }.run(value)
            }
        }
    }

    /// `n?string.computer`, `n?string["0.0"]`, `"…"?date.iso` at once; `None`: the long way.
    fn format_directly(
        &mut self,
        value: &Value<'a>,
        site: &'a Site,
        next: &'a Step,
        target: Span,
        whole: Span,
    ) -> Result<Option<Value<'a>>> {
        let StepKind::Key { key, .. } = &next.kind else { return Ok(None) };
        let whole = Span::new(whole.start, next.end);
        crate::builtins::format_by_key(self, value, site.built_in, key, target)
            .map_err(|error| self.blame(error, whole))
    }
}

/// What a step does about a missing value before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tolerance {
    None,
    /// Of the last step only.
    LastStep,
    /// Of the last step, and of any step within parentheses.
    Parenthesized,
}

impl StepKind {
    #[inline]
    fn tolerates(&self) -> Tolerance {
        match self {
            StepKind::Exists | StepKind::Default(_) | StepKind::DefaultCall(_) => {
                Tolerance::Parenthesized
            }
            StepKind::BuiltIn(site) => site.built_in.tolerance,
            _ => Tolerance::None,
        }
    }
}

fn option<'a>(text: Option<String>) -> Value<'a> {
    text.map_or(Value::Missing, Value::from)
}

fn without_parens(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

/// What is blamed for the condition at `span`, which may be all of the chain's base.
fn condition_span(chain: &Chain, span: Span) -> Span {
    if span == chain.base.span { without_parens(&chain.base).span } else { span }
}

/// An error about the type of a value that FreeMarker does not show the expression of.
pub(crate) fn unexpected_result(expected: &str, value: &Value<'_>) -> Error {
    let actual = value.type_name();
    let message = format!(
        "Expected {} {expected}, but the expression has evaluated to {} {actual}.",
        article(expected),
        article(actual)
    );
    Error::new(ErrorKind::Type, message)
}

/// "a", "an" or "a(n)", as FreeMarker chooses.
pub(crate) fn article(noun: &str) -> &'static str {
    let noun = noun.to_ascii_lowercase();
    let mut chars = noun.chars();
    match chars.next() {
        Some('a' | 'e' | 'i') => "an",
        Some('h') if noun.starts_with("ht") => "an",
        Some('h') if noun.starts_with("has") || noun.starts_with("hi") => "a",
        Some('u' | 'o') => "a(n)",
        Some('x') if !matches!(chars.next(), Some('a' | 'e' | 'i' | 'o' | 'u')) => "an",
        _ => "a",
    }
}
