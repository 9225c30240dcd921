//! Flags, and patterns that are compiled once.

use std::collections::HashMap;
use std::sync::{OnceLock, RwLock};

use super::between;
use super::regexp::{self, Regexp, ReplaceError, StepLimit, Steps, Which};
use crate::builtins::Call;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::utf16;
use crate::program::{ExprKind, Site};
use crate::value::{Str, Value};
use ftl_parser::Span;

/// What the last argument of `?replace` and its kin says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::builtins) struct Flags {
    /// `r`
    pub(in crate::builtins) regexp: bool,
    /// `i`
    pub(in crate::builtins) ignore_case: bool,
    /// `f`
    pub(super) first_only: bool,
    /// `m`
    multi_line: bool,
    /// `s`
    dot_all: bool,
    /// `c`
    comments: bool,
}

impl Flags {
    /// Letters that mean nothing are passed over, as in FreeMarker, which logs a warning.
    pub(in crate::builtins) fn parse(text: &str) -> Self {
        let has = |flag| text.contains(flag);
        Self {
            regexp: has('r'),
            ignore_case: has('i'),
            first_only: has('f'),
            multi_line: has('m'),
            dot_all: has('s'),
            comments: has('c'),
        }
    }

    /// Fails if there is a flag that only regular expressions have.
    pub(in crate::builtins) fn check_literal(self, call: &Call<'_, '_>) -> Result<()> {
        let flag = match self {
            Self { multi_line: true, .. } => 'm',
            Self { dot_all: true, .. } => 's',
            Self { comments: true, .. } => 'c',
            _ => return Ok(()),
        };
        let name = call.spelled();
        Err(Error::value(format!(
            "{name} doesn't support the \"{flag}\" flag without the \"r\" flag."
        )))
    }

    fn of_pattern(self) -> regexp::Flags {
        let flags = [
            (self.ignore_case, regexp::Flags::CASE_INSENSITIVE),
            (self.multi_line, regexp::Flags::MULTILINE),
            (self.dot_all, regexp::Flags::DOTALL),
            (self.comments, regexp::Flags::COMMENTS),
        ];
        let set = flags.into_iter().filter(|(set, _)| *set);
        set.fold(regexp::Flags::NONE, |flags, (_, flag)| flags | flag)
    }
}

/// The pattern of one place in a template; most are always the same.
#[derive(Default)]
pub(crate) struct Cached(OnceLock<(Box<str>, regexp::Flags, Regexp)>);

/// Patterns by flags and text.
#[derive(Default)]
pub(crate) struct Patterns(RwLock<HashMap<regexp::Flags, HashMap<Box<str>, Regexp>>>);

/// More patterns than this are not kept for one set of flags: a template could make them up.
const MAX_PATTERNS: usize = 256;

/// Longer patterns are compiled each time: compiled ones take many times their length.
const MAX_KEPT_BYTES: usize = 1 << 10;

/// Bytes of a pattern that are compiled for one step of the render.
const BYTES_PER_STEP: usize = 16;

fn compile(pattern: &str, flags: regexp::Flags) -> Result<Regexp> {
    Regexp::compile(pattern, flags)
        .map_err(|error| Error::value(format!("Malformed regular expression: {error}")))
}

impl Patterns {
    fn get(&self, pattern: &str, flags: regexp::Flags, env: &mut Env<'_>) -> Result<Regexp> {
        if let Ok(known) = self.0.read()
            && let Some(regexp) = known.get(&flags).and_then(|known| known.get(pattern))
        {
            return Ok(regexp.clone());
        }
        env.steps((pattern.len() / BYTES_PER_STEP) as u64)?;
        let regexp = compile(pattern, flags)?;
        if pattern.len() <= MAX_KEPT_BYTES
            && let Ok(mut known) = self.0.write()
        {
            let known = known.entry(flags).or_default();
            if known.len() < MAX_PATTERNS {
                known.insert(pattern.into(), regexp.clone());
            }
        }
        Ok(regexp)
    }
}

/// Compiles the regular expression of a built-in when the template is compiled, if its text tells it.
/// Otherwise, what is wrong with it and where.
pub(crate) fn prepare(site: &Site) -> Result<(), (Error, Span)> {
    let args = site.args.as_deref().unwrap_or_default();
    let text = |at: usize| match args.get(at).map(|arg| &arg.kind) {
        Some(ExprKind::Text(text)) => Some(&**text),
        _ => None,
    };
    let flags = match (site.built_in.name, args.len()) {
        ("matches", 1) | ("ensure_starts_with", 2) => Some("r"),
        ("replace" | "ensure_starts_with", _) => text(2),
        (
            "matches" | "split" | "keep_after" | "keep_after_last" | "keep_before"
            | "keep_before_last",
            _,
        ) => text(1),
        _ => None,
    };
    let (Some(flags), Some(pattern)) = (flags.map(Flags::parse), text(0)) else { return Ok(()) };
    if !flags.regexp && site.built_in.name != "matches" {
        return Ok(());
    }
    let flags = flags.of_pattern();
    let regexp = compile(pattern, flags).map_err(|error| (error, args[0].span))?;
    let _ = site.regexp.0.set((pattern.into(), flags, regexp));
    Ok(())
}

/// `pattern`, compiled.
pub(super) fn compiled(pattern: &str, flags: Flags, call: &mut Call<'_, '_>) -> Result<Regexp> {
    let flags = flags.of_pattern();
    let Cached(cached) = &call.site.regexp;
    if let Some((known, known_flags, regexp)) = cached.get()
        && **known == *pattern
        && *known_flags == flags
    {
        return Ok(regexp.clone());
    }
    let regexp = call.env.engine.patterns.get(pattern, flags, call.env)?;
    if pattern.len() <= MAX_KEPT_BYTES {
        // Where patterns change, the first one keeps the place.
        let _ = cached.set((pattern.into(), flags, regexp.clone()));
    }
    Ok(regexp)
}

/// Steps of a regular expression that count as one step of the render, as they are that much shorter.
const STEPS_PER_STEP: u64 = 8;

/// Runs `search` with steps that are left, and takes those that it used.
pub(super) fn with_steps<'a, T, E>(
    env: &mut Env<'a>,
    search: impl FnOnce(&mut Steps) -> Result<T, E>,
    failed: impl FnOnce(E) -> Option<Error>,
) -> Result<T> {
    let per_match = env.engine.limits.regexp_steps;
    let total = env.budget.left().saturating_add(1).saturating_mul(STEPS_PER_STEP);
    let mut steps = Steps::new(per_match, total);
    let result = search(&mut steps);
    let used = total - steps.left();
    let spent = env.steps(used.div_ceil(STEPS_PER_STEP));
    match result {
        Ok(found) => spent.map(|()| found),
        Err(error) => match failed(error) {
            Some(error) => Err(error),
            None => spent.and(Err(Error::limit(
                "regexp_steps",
                format!(
                    "A match of a regular expression took more than {per_match} steps (limit: regexp_steps)"
                ),
            ))),
        },
    }
}

fn step_limit(_: StepLimit) -> Option<Error> {
    None
}

/// Whether the text begins with a match.
pub(in crate::builtins) fn starts(
    text: &str,
    pattern: &str,
    flags: Flags,
    call: &mut Call<'_, '_>,
) -> Result<bool> {
    let regexp = compiled(pattern, flags, call)?;
    with_steps(call.env, |steps| regexp.looking_at(text, steps), step_limit)
        .map(|found| found.is_some())
}

/// Where the first match is.
pub(in crate::builtins) fn find(
    text: &str,
    pattern: &str,
    flags: Flags,
    call: &mut Call<'_, '_>,
) -> Result<Option<(usize, usize)>> {
    let regexp = compiled(pattern, flags, call)?;
    with_steps(call.env, |steps| regexp.matcher(text).find_span(steps), step_limit)
}

/// Where the match is that starts last. Matches are looked for from the unit after the start of the one
/// before, which ends in an error if there is one at the end of the text.
pub(in crate::builtins) fn find_last(
    text: &str,
    pattern: &str,
    flags: Flags,
    call: &mut Call<'_, '_>,
) -> Result<Option<(usize, usize)>> {
    let regexp = compiled(pattern, flags, call)?;
    let search = |steps: &mut Steps| {
        let mut found = None;
        let mut from = 0;
        while let Some((start, end)) =
            regexp.find_at(text, from, steps)?.and_then(|captures| captures.span(0))
        {
            found = Some((start, end));
            if start == text.len() {
                return Ok(None);
            }
            from = next_unit(text, start);
        }
        Ok(Some(found))
    };
    let found = with_steps(call.env, search, step_limit)?;
    found.ok_or_else(|| {
        call.unchecked("Illegal start index: there is a match at the end of the text")
    })
}

/// The position of the UTF-16 unit after the one at `position`.
fn next_unit(text: &str, position: usize) -> usize {
    match text.get(position..).and_then(|rest| rest.chars().next()) {
        Some(c) if c > '\u{ffff}' => position + 2,
        Some(c) => position + c.len_utf8(),
        None => position + 2,
    }
}

/// The text with matches replaced.
pub(super) fn replace<'a>(
    text: &Str<'a>,
    pattern: &str,
    new: &str,
    which: Which,
    flags: Flags,
    call: &mut Call<'_, 'a>,
) -> Result<Value<'a>> {
    let regexp = compiled(pattern, flags, call)?;
    let limits = &call.env.engine.limits;
    let max = limits.text_bytes;
    let mut out = String::new();
    let mut no_group = None;
    let result = with_steps(
        call.env,
        |steps| regexp.replace(text, new, which, max, steps, &mut out),
        |error| match error {
            ReplaceError::StepLimit => None,
            ReplaceError::TooLong => limits.check_text(max.saturating_add(1)).err(),
            ReplaceError::IllegalArgument(reason) => Some(Error::value(reason)),
            ReplaceError::IndexOutOfBounds(reason) => {
                let error = Error::value(reason.clone());
                no_group = Some(reason);
                Some(error)
            }
        },
    );
    match no_group {
        Some(reason) => Err(call.unchecked(&reason)),
        None => result.map(|()| out.into()),
    }
}

/// The parts of the text between matches; empty ones at its end are dropped.
pub(super) fn split<'a>(
    text: &Str<'a>,
    pattern: &str,
    flags: Flags,
    call: &mut Call<'_, 'a>,
) -> Result<Vec<Value<'a>>> {
    let regexp = compiled(pattern, flags, call)?;
    let limits = &call.env.engine.limits;
    let mut parts: Vec<Value<'a>> = Vec::new();
    let mut from = 0;
    let search = |steps: &mut Steps| -> Result<Option<Error>, StepLimit> {
        let mut matcher = regexp.matcher(text);
        while let Some((start, end)) = matcher.find_span(steps)? {
            // Nothing is split off by an empty match at the start.
            if end > 0 {
                parts.push(between(text, from, start).into());
                from = end;
            }
            if let Err(error) = limits.check_items(parts.len() + 1) {
                return Ok(Some(error));
            }
        }
        Ok(None)
    };
    if let Some(error) = with_steps(call.env, search, step_limit)? {
        return Err(error);
    }
    if from == 0 {
        return Ok(vec![text.clone().into()]);
    }
    parts.push(between(text, from, text.len()).into());
    let is_empty = |part: &Value<'_>| part.as_str().is_none_or(str::is_empty);
    let kept = parts.iter().rposition(|part| !is_empty(part)).map_or(0, |last| last + 1);
    parts.truncate(kept);
    Ok(parts)
}

/// The position `units` UTF-16 units after `position`.
pub(super) fn forward(text: &str, position: usize, units: usize) -> Option<usize> {
    let (mut at, mut left) = (position, units);
    if utf16::is_between_halves(text, at) {
        if left == 0 {
            return Some(at);
        }
        (at, left) = (at + 2, left - 1);
    }
    for c in text.get(at..)?.chars() {
        match left.checked_sub(c.len_utf16()) {
            _ if left == 0 => break,
            Some(rest) => (at, left) = (at + c.len_utf8(), rest),
            // Between the halves of a pair.
            None => return Some(at + 2),
        }
    }
    (left == 0).then_some(at)
}
