//! `?matches`, `?groups`

use std::cell::OnceCell;
use std::rc::Rc;

use super::between;
use super::pattern::{compiled, with_steps};
use super::regexp::{Captures, Regexp, StepLimit, Steps};
use crate::builtins::Call;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::items::{Iter, LazySequence};
use crate::value::{Multi, MultiKind, Sequence, Str, Value};

/// What `s?matches(r)` gives: true if all of `s` matches, and the sequence of all matches in it, which
/// is made when it is asked for.
pub(crate) struct Matches<'a> {
    text: Str<'a>,
    regexp: Regexp,
    /// The match of the whole text; or the limit that it reached, which concerns only those who want
    /// to know of it.
    whole: Result<Option<Captures>>,
    items: OnceCell<Rc<Vec<Value<'a>>>>,
}

impl<'a> Matches<'a> {
    /// Whether the whole text matches.
    pub(crate) fn whole(&self) -> Result<bool> {
        match &self.whole {
            Ok(whole) => Ok(whole.is_some()),
            Err(error) => Err(error.clone()),
        }
    }

    /// All matches, as a sequence.
    pub(crate) fn sequence(self: &Rc<Self>) -> Sequence<'a> {
        match self.items.get() {
            Some(items) => Sequence::List(items.clone()),
            None => {
                let iter = Iter::Matches(self.clone());
                Sequence::Lazy(Rc::new(LazySequence::new(iter)))
            }
        }
    }

    /// All matches.
    pub(crate) fn items(&self, env: &mut Env<'a>) -> Result<Rc<Vec<Value<'a>>>> {
        if let Some(items) = self.items.get() {
            return Ok(items.clone());
        }
        let limit = env.engine.limits.sequence_items;
        let items = with_steps(env, |steps| self.find_all(limit, steps), |_| None)?;
        env.engine.limits.check_items(items.len())?;
        Ok(self.items.get_or_init(|| Rc::new(items)).clone())
    }

    /// All matches, for who has no environment; `None`: it would take too long.
    pub(crate) fn all(&self) -> Option<Rc<Vec<Value<'a>>>> {
        if let Some(items) = self.items.get() {
            return Some(items.clone());
        }
        let mut steps = Steps::new(Steps::PER_MATCH, Steps::PER_MATCH);
        let items = self.find_all(usize::MAX - 1, &mut steps).ok()?;
        Some(self.items.get_or_init(|| Rc::new(items)).clone())
    }

    /// At most one more than `limit`.
    fn find_all(&self, limit: usize, steps: &mut Steps) -> Result<Vec<Value<'a>>, StepLimit> {
        let mut matcher = self.regexp.matcher(&self.text);
        let mut items = Vec::new();
        while let Some((start, end)) = matcher.find_span(steps)? {
            let text = between(&self.text, start, end);
            let kind =
                MultiKind::Match { text, source: self.text.clone(), captures: matcher.captures() };
            items.push(Value::Multi(Rc::new(Multi { kind })));
            if items.len() > limit {
                break;
            }
        }
        Ok(items)
    }
}

/// Whether the text matches `args[0]`, and what in it does.
pub(super) fn matches<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let pattern = call.text_arg(0)?;
    let flags = super::flags_arg(call, 1)?;
    let regexp = compiled(&pattern, flags, call)?;
    let whole = with_steps(call.env, |steps| regexp.matches(&text, steps), |_| None);
    if let Err(error) = &whole
        && error.limit_name() != Some("regexp_steps")
    {
        return Err(error.clone());
    }
    let matches = Matches { text, regexp, whole, items: OnceCell::new() };
    Ok(Value::Multi(Rc::new(Multi { kind: MultiKind::Matches(Rc::new(matches)) })))
}

/// The match and its groups: of the whole text, or of an item of `?matches`.
pub(super) fn groups<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let Value::Multi(multi) = &value else {
        return Err(call.env.unexpected("regular expression matcher", &value, call.target));
    };
    let (text, captures, absent) = match &multi.kind {
        MultiKind::Match { source, captures, .. } => (source, captures, Value::Missing),
        MultiKind::Matches(matches) => match &matches.whole {
            Err(error) => return Err(error.clone()),
            Ok(Some(captures)) => (&matches.text, captures, Value::String("".into())),
            Ok(None) => {
                // There are as many groups as ever; reading one is what fails.
                let len = matches.regexp.group_count() + 1;
                let error = Error::value("Failed to read regular expression match group");
                let error = call.elsewhere(error);
                let iter = Iter::Failing { len, error: Box::new(error) };
                return Ok(Value::Sequence(Sequence::Lazy(Rc::new(LazySequence::new(iter)))));
            }
        },
        _ => return Err(call.env.unexpected("regular expression matcher", &value, call.target)),
    };
    let group = |group| match captures.span(group) {
        Some((start, end)) => between(text, start, end).into(),
        None => absent.clone(),
    };
    Ok(Value::list((0..captures.len()).map(group).collect()))
}
