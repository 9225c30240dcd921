//! The built-ins: a row and a function each, a table per chapter of the manual.

mod boolean;
mod date;
mod expert;
mod hash;
mod multi;
mod number;
mod sequence;
mod string;
mod string_encoding;
mod string_regexp;
mod types;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::LazyLock;

use ftl_parser::Span;

use crate::call::{BoundKind, BoundMethod};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::expr::{Tolerance, article};
use crate::program::Site;
use crate::value::{Hash, Method, Number, Sequence, Str, Value};

pub(crate) use expert::with_args;
pub(crate) use multi::{format_by_key, is_callable, multi_call, multi_key};
pub(crate) use string_regexp::{Cached, Captures, Matches, Patterns, prepare};

/// A built-in.
pub(crate) struct BuiltIn {
    /// In snake_case.
    pub(crate) name: &'static str,
    min: usize,
    max: usize,
    /// Takes arguments in parentheses.
    pub(crate) is_method: bool,
    /// Works without parentheses too.
    optional: bool,
    /// Takes the items of its left side one by one.
    pub(crate) takes_lazily: bool,
    /// What it does about a missing left side.
    pub(crate) tolerance: Tolerance,
    /// One of `?string`, `?date`, `?time`, `?datetime`: a format may follow after a dot.
    pub(crate) formats: bool,
    /// Arguments are converted to text before they are counted.
    coerces: bool,
    run: Run,
}

/// Bytes of text that a built-in goes over for one step of the render.
const BYTES_PER_STEP: usize = 1 << 10;

/// How the left side is handed over.
enum Run {
    /// As text: numbers, dates and booleans are formatted first.
    Text(for<'a> fn(Str<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    /// Text to text.
    Write(fn(&str, &mut String)),
    Number(for<'a> fn(&Number, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    Sequence(for<'a> fn(Sequence<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    /// A sequence whose items are taken one by one.
    Items(for<'a> fn(Sequence<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    /// A hash that can be listed.
    Hash(for<'a> fn(Hash<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    /// Anything but missing, unless `tolerance` says otherwise.
    Any(for<'a> fn(Value<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>),
    /// Anything but missing; the result is text and goes straight to the output.
    Print(for<'a> fn(&Value<'a>, &mut Call<'_, 'a>, &mut String) -> Result<()>),
}

impl BuiltIn {
    const fn new(name: &'static str, args: RangeInclusive<usize>, run: Run) -> Self {
        let (min, max) = (*args.start(), *args.end());
        Self {
            name,
            min,
            max,
            is_method: max > 0,
            optional: max > 0 && min == 0,
            takes_lazily: false,
            tolerance: Tolerance::None,
            formats: false,
            coerces: false,
            run,
        }
    }

    /// Left side: text.
    const fn string(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(Str<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Text(run))
    }

    /// Text to text, without arguments.
    const fn text(name: &'static str, run: fn(&str, &mut String)) -> Self {
        Self::new(name, 0..=0, Run::Write(run))
    }

    const fn number(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(&Number, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Number(run))
    }

    const fn sequence(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(Sequence<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Sequence(run))
    }

    /// Takes items one by one, so that `?filter` and `?map` before it make no sequence.
    const fn items(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(Sequence<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Items(run)).lazily()
    }

    const fn hash(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(Hash<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Hash(run))
    }

    const fn any(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(Value<'a>, &mut Call<'_, 'a>) -> Result<Value<'a>>,
    ) -> Self {
        Self::new(name, args, Run::Any(run))
    }

    /// The result is text that can be written where it is printed.
    const fn print(
        name: &'static str,
        args: RangeInclusive<usize>,
        run: for<'a> fn(&Value<'a>, &mut Call<'_, 'a>, &mut String) -> Result<()>,
    ) -> Self {
        Self::new(name, args, Run::Print(run))
    }

    /// Gives a value without parentheses too, though not with empty ones.
    const fn or_bare(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Takes a missing left side: that of the last step, or any in parentheses.
    const fn tolerant(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Takes items one by one, so that `?filter` and `?map` before it make no sequence.
    const fn lazily(mut self) -> Self {
        self.takes_lazily = true;
        self
    }

    const fn formatting(mut self) -> Self {
        self.formats = true;
        self
    }

    /// Arguments are converted to text before they are counted.
    const fn coercing(mut self) -> Self {
        self.coerces = true;
        self
    }

    /// The left side, if it is of the right type; as text if that is wanted. FreeMarker looks at it
    /// before it evaluates arguments.
    pub(crate) fn accept<'a>(
        &self,
        env: &mut Env<'a>,
        value: Value<'a>,
        target: Span,
    ) -> Result<Value<'a>> {
        let (accepted, expected) = match self.run {
            Run::Text(_) | Run::Write(_) => {
                return match value {
                    Value::String(_) => Ok(value),
                    value => env.to_text(&value, target).map(Value::String),
                };
            }
            Run::Sequence(_) => (value.as_sequence().is_some(), "sequence"),
            Run::Items(_) => (value.as_sequence().is_some(), "sequence or collection"),
            _ => (true, ""),
        };
        if accepted { Ok(value) } else { Err(env.unexpected(expected, &value, target)) }
    }

    /// Whether it works without its parentheses.
    pub(crate) fn needs_args(&self) -> bool {
        self.is_method && !self.optional
    }
}

/// The built-in of that name, in either spelling. The parser lets only known names through; one
/// that is not built yet says so when it is executed.
pub(crate) fn by_name(name: &str) -> &'static BuiltIn {
    static BY_NAME: LazyLock<HashMap<String, &'static BuiltIn>> = LazyLock::new(|| {
        let tables = [
            boolean::TABLE,
            date::TABLE,
            expert::TABLE,
            hash::TABLE,
            multi::TABLE,
            number::TABLE,
            sequence::TABLE,
            string::TABLE,
            string_encoding::TABLE,
            string_regexp::TABLE,
            types::TABLE,
        ];
        let rows = tables.into_iter().flatten();
        rows.flat_map(|row| [(row.name.to_owned(), row), (camel_case(row.name), row)]).collect()
    });
    static UNSUPPORTED: BuiltIn = BuiltIn::any("", 0..=0, |_, call| {
        let name = call.env.source().slice(call.site.name);
        Err(Error::unsupported(format!("not supported yet: ?{name}")))
    });
    BY_NAME.get(name).copied().unwrap_or(&UNSUPPORTED)
}

/// `upper_case` as `upperCase`; the parts `nz` and `fz` become `NZ` and `FZ`.
fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, part) in name.split('_').enumerate() {
        match part {
            "nz" | "fz" if at > 0 => out.push_str(&part.to_ascii_uppercase()),
            _ if at == 0 => out.push_str(part),
            _ => {
                let (first, rest) = part.split_at(part.len().min(1));
                out.push_str(&first.to_ascii_uppercase());
                out.push_str(rest);
            }
        }
    }
    out
}

/// A built-in that runs: its arguments and its place.
pub(crate) struct Call<'e, 'a> {
    pub(crate) env: &'e mut Env<'a>,
    pub(crate) site: &'a Site,
    pub(crate) args: &'e [Value<'a>],
    /// The left side.
    pub(crate) target: Span,
    /// Left side, name and arguments.
    pub(crate) whole: Span,
    /// Written with parentheses.
    pub(crate) called: bool,
}

impl<'e, 'a> Call<'e, 'a> {
    /// Runs the built-in on its left side.
    pub(crate) fn run(mut self, value: Value<'a>) -> Result<Value<'a>> {
        let built_in = self.site.built_in;
        let program = self.env.program;
        if built_in.is_method && !self.called && !built_in.optional {
            let value = built_in.accept(self.env, value, self.target)?;
            return self.bind(value);
        }
        if self.called
            && let Err(error) = self.check_count()
        {
            for at in 0..if built_in.coerces { self.args.len() } else { 0 } {
                self.text_arg(at)?;
            }
            return Err(self.elsewhere(error));
        }
        let whole = self.whole;
        let result = match built_in.run {
            Run::Text(run) => {
                let text = match value {
                    Value::String(text) => text,
                    value => self.env.to_text(&value, self.target)?,
                };
                self.charge(text.len())?;
                run(text, &mut self)
            }
            Run::Write(run) => {
                let text = self.env.to_text(&value, self.target)?;
                self.charge(text.len())?;
                let mut out = String::with_capacity(text.len() + 8);
                run(&text, &mut out);
                self.check_text(out.len()).map(|()| Value::string(out))
            }
            Run::Number(run) => match value {
                Value::Number(number) => run(&number, &mut self),
                value => return Err(self.env.unexpected("number", &value, self.target)),
            },
            Run::Sequence(run) => match value.as_sequence() {
                Some(Sequence::Lazy(lazy)) => {
                    let items = lazy.take()?.collect(self.env)?;
                    run(Sequence::List(Rc::new(items)), &mut self)
                }
                Some(sequence) => run(sequence, &mut self),
                None => return Err(self.env.unexpected("sequence", &value, self.target)),
            },
            Run::Items(run) => match value.as_sequence() {
                Some(sequence) => run(sequence, &mut self),
                None => {
                    return Err(self.env.unexpected("sequence or collection", &value, self.target));
                }
            },
            Run::Hash(run) => match value.as_hash().filter(Hash::is_listable) {
                Some(hash) => run(hash, &mut self),
                None => return Err(self.env.unexpected("extended hash", &value, self.target)),
            },
            Run::Any(run) => run(value, &mut self),
            Run::Print(run) => {
                let mut out = String::new();
                let result = run(&value, &mut self, &mut out);
                result.and_then(|()| self.check_text(out.len())).map(|()| Value::string(out))
            }
        };
        if let Ok(Value::String(text)) = &result {
            self.charge(text.len())?;
        }
        result.map_err(|error| match error.kind() {
            // What only Java objects or XML can do is refused where it is asked for.
            ErrorKind::Unsupported => error.at(&program.source, whole),
            _ => error.within(&program.source, whole),
        })
    }

    /// An error for which FreeMarker names no expression.
    #[cold]
    pub(crate) fn elsewhere(&self, error: Error) -> Error {
        error.within(self.env.source(), self.whole)
    }

    /// Counts steps for text that is gone over, so that the clock is looked at while it is long.
    #[inline]
    fn charge(&mut self, bytes: usize) -> Result<()> {
        if bytes < BYTES_PER_STEP {
            Ok(())
        } else {
            self.env.steps((bytes / BYTES_PER_STEP) as u64)
        }
    }

    /// Where FreeMarker itself breaks: its sentence, and what led to it.
    #[cold]
    fn unchecked(&self, reason: &str) -> Error {
        let message = format!(
            "Expression has thrown an unchecked exception; see the cause exception.\n{reason}"
        );
        self.env.blame(Error::value(message), self.whole)
    }

    /// Runs it and writes the text it gives. Only for those that [`writes`] tells.
    pub(crate) fn write(mut self, value: &Value<'a>, out: &mut String) -> Result<()> {
        let start = out.len();
        match self.site.built_in.run {
            Run::Write(run) => match value {
                Value::String(text) => run(text, out),
                value => run(&self.env.to_text(value, self.target)?, out),
            },
            Run::Print(run) => {
                let (program, whole) = (self.env.program, self.whole);
                run(value, &mut self, out).map_err(|error| error.within(&program.source, whole))?;
            }
            _ => (),
        }
        self.charge(out.len().saturating_sub(start))
    }

    /// The built-in as a value that waits for its arguments.
    fn bind(self, value: Value<'a>) -> Result<Value<'a>> {
        let kind = BoundKind::BuiltIn {
            site: self.site,
            program: self.env.program,
            value,
            target: self.target,
        };
        Ok(Value::Method(Method::BuiltIn(Rc::new(BoundMethod { kind }))))
    }

    fn check_count(&self) -> Result<()> {
        let (min, max, got) = (self.site.built_in.min, self.site.built_in.max, self.args.len());
        if (min..=max).contains(&got) {
            return Ok(());
        }
        let expected = match (min, max) {
            // `?sort_by` takes more, but does not say so.
            (1, 1 | usize::MAX) => "1 argument".to_owned(),
            (min, max) if min == max => format!("{min} arguments"),
            (0, 1) => "0 or 1 argument".to_owned(),
            (min, max) if max - min == 1 => format!("{min} or {max} arguments"),
            (min, max) => format!("{min} to {max} arguments"),
        };
        let received = if got == 0 { "none".to_owned() } else { got.to_string() };
        let name = self.name();
        Err(Error::value(format!("{name} expects {expected} but has received {received}.")))
    }

    /// `?name`, as the template spells it.
    pub(crate) fn spelled(&self) -> String {
        format!("?{}", self.env.source().slice(self.site.name))
    }

    /// `?name(...)`, as messages call it.
    pub(crate) fn name(&self) -> String {
        self.spelled() + "(...)"
    }

    /// Where argument `at` stands.
    fn arg_span(&self, at: usize) -> Span {
        let arg = self.site.args.as_ref().and_then(|args| args.get(at));
        arg.map_or(self.whole, |arg| arg.span)
    }

    /// Whether argument `at` was given.
    pub(crate) fn has(&self, at: usize) -> bool {
        at < self.args.len()
    }

    /// A string argument; nothing is converted.
    pub(crate) fn string_arg(&self, at: usize) -> Result<&'e str> {
        let arg = self.args.get(at);
        let text = arg.and_then(Value::as_str);
        text.ok_or_else(|| self.bad_arg(at, "string", arg.unwrap_or(&Value::Missing)))
    }

    pub(crate) fn opt_string_arg(&self, at: usize) -> Result<Option<&'e str>> {
        if self.has(at) { self.string_arg(at).map(Some) } else { Ok(None) }
    }

    /// An argument as text: numbers, dates and booleans are formatted.
    pub(crate) fn text_arg(&mut self, at: usize) -> Result<Str<'a>> {
        let span = self.arg_span(at);
        match self.args.get(at) {
            Some(arg) => self.env.to_text(arg, span),
            None => Err(self.env.missing(span)),
        }
    }

    pub(crate) fn number_arg(&self, at: usize) -> Result<&Number> {
        let arg = self.args.get(at).unwrap_or(&Value::Missing);
        arg.as_number().ok_or_else(|| self.bad_arg(at, "number", arg))
    }

    pub(crate) fn opt_number_arg(&self, at: usize) -> Result<Option<&Number>> {
        if self.has(at) { self.number_arg(at).map(Some) } else { Ok(None) }
    }

    pub(crate) fn bool_arg(&self, at: usize) -> Result<bool> {
        let arg = self.args.get(at).unwrap_or(&Value::Missing);
        arg.as_bool().ok_or_else(|| self.bad_arg(at, "boolean", arg))
    }

    /// `?f(...) expects a string as argument #1, but received a number.`
    #[cold]
    pub(crate) fn bad_arg(&self, at: usize, expected: &str, got: &Value<'_>) -> Error {
        let (name, number, actual) = (self.name(), at + 1, got.type_name());
        let message = format!(
            "{name} expects {} {expected} as argument #{number}, but received {} {actual}.",
            article(expected),
            article(actual)
        );
        Error::new(ErrorKind::Type, message)
    }

    /// `?f(...) argument #1 MESSAGE`
    #[cold]
    pub(crate) fn invalid_arg(&self, at: usize, message: &str) -> Error {
        let (name, number) = (self.name(), at + 1);
        Error::value(format!("{name} argument #{number} {message}"))
    }

    /// Fails if a text of `bytes` would be too long.
    pub(crate) fn check_text(&self, bytes: usize) -> Result<()> {
        self.env.engine.limits.check_text(bytes)
    }
}

/// Whether [`Call::write`] works for it as it is written.
pub(crate) fn writes(site: &Site) -> bool {
    site.args.is_none()
        && matches!(site.built_in.run, Run::Write(_) | Run::Print(_))
        && !site.built_in.needs_args()
}
