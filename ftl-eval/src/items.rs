//! Items one by one: what `#list` and the built-ins that take lambdas walk over.

use std::cell::RefCell;
use std::rc::Rc;

use ftl_parser::Span;

use crate::builtins::Matches;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::program::{Expr, LazyKind, Program};
use crate::value::{Sequence, Value};

/// The result of `?filter` and its kin where nothing needs all items at once. Can be walked over once.
pub struct LazySequence<'a>(RefCell<Option<Iter<'a>>>);

impl<'a> LazySequence<'a> {
    pub(crate) fn new(iter: Iter<'a>) -> Self {
        Self(RefCell::new(Some(iter)))
    }

    pub(crate) fn take(&self) -> Result<Iter<'a>> {
        let iter = self.0.borrow_mut().take();
        iter.ok_or_else(|| Error::value("A lazily made sequence can be listed only once"))
    }

    /// Number of items where it is known without making them.
    pub(crate) fn len(&self) -> Option<usize> {
        self.0.borrow().as_ref().and_then(Iter::known_len)
    }
}

/// Walks over the items of a sequence.
pub(crate) enum Iter<'a> {
    Sequence {
        sequence: Sequence<'a>,
        next: usize,
        len: usize,
    },
    Entries {
        items: std::vec::IntoIter<Value<'a>>,
    },
    Stage(Box<Stage<'a>>),
    Slice(Box<LazySlice<'a>>),
    /// The items of `?matches`, which are not looked for yet.
    Matches(Rc<Matches<'a>>),
    /// Items that cannot be read.
    Failing {
        len: usize,
        error: Box<Error>,
    },
}

/// A step of `xs?filter(…)?map(…)`.
pub(crate) struct Stage<'a> {
    inner: Iter<'a>,
    kind: LazyKind,
    callable: Callable<'a>,
    /// Where it stands.
    program: &'a Program,
    whole: Span,
    /// The next item, found while looking whether there is one.
    pending: Option<Value<'a>>,
    /// What goes wrong does so while somebody else takes the items.
    lazy: bool,
    /// `?take_while`: no more items; `?drop_while`: no longer dropping.
    settled: bool,
}

/// `lazy[from..to]`
pub(crate) struct LazySlice<'a> {
    pub(crate) inner: Iter<'a>,
    pub(crate) skip: usize,
    /// `None`: to the end.
    pub(crate) left: Option<usize>,
    /// Ends early without an error.
    pub(crate) adaptive: bool,
    pub(crate) at: usize,
    pub(crate) last: i64,
}

/// What is called for each item.
pub(crate) enum Callable<'a> {
    Lambda { param: &'a str, body: &'a Expr },
    Function { value: Value<'a>, span: Span },
}

impl<'a> Iter<'a> {
    pub(crate) fn of(sequence: &Sequence<'a>) -> Result<Self> {
        Ok(match sequence {
            Sequence::Lazy(lazy) => lazy.take()?,
            other => {
                let len = other.len().unwrap_or(usize::MAX);
                Iter::Sequence { sequence: other.clone(), next: 0, len }
            }
        })
    }

    pub(crate) fn with(
        self,
        kind: LazyKind,
        callable: Callable<'a>,
        program: &'a Program,
        whole: Span,
        lazy: bool,
    ) -> Self {
        let pending = None;
        let stage =
            Stage { inner: self, kind, callable, program, whole, pending, lazy, settled: false };
        Iter::Stage(Box::new(stage))
    }

    pub(crate) fn known_len(&self) -> Option<usize> {
        match self {
            Iter::Sequence { len, .. } => (*len != usize::MAX).then_some(*len),
            Iter::Entries { items } => Some(items.len()),
            Iter::Stage(stage) if stage.kind == LazyKind::Map => stage.inner.known_len(),
            Iter::Failing { len, .. } => Some(*len),
            Iter::Stage(_) | Iter::Slice(_) | Iter::Matches(_) => None,
        }
    }

    #[inline]
    pub(crate) fn has_next(&mut self, env: &mut Env<'a>) -> Result<bool> {
        match self {
            Iter::Sequence { next, len, .. } => Ok(next < len),
            Iter::Entries { items } => Ok(items.len() > 0),
            Iter::Stage(stage) => stage.has_next(env).map_err(|error| stage.failed(error)),
            Iter::Slice(slice) => slice.has_next(env),
            Iter::Matches(matches) => {
                let items = matches.items(env)?.to_vec().into_iter();
                *self = Iter::Entries { items };
                self.has_next(env)
            }
            Iter::Failing { len, .. } => Ok(*len > 0),
        }
    }

    /// The next item. Only after [`Self::has_next`] said so.
    #[inline]
    pub(crate) fn next(&mut self, env: &mut Env<'a>) -> Result<Value<'a>> {
        match self {
            Iter::Sequence { sequence, next, .. } => {
                let item = sequence.get(*next);
                *next += 1;
                Ok(item)
            }
            Iter::Entries { items } => Ok(items.next().unwrap_or_default()),
            Iter::Stage(stage) => stage.next(env).map_err(|error| stage.failed(error)),
            Iter::Slice(slice) => slice.next(env),
            Iter::Matches(_) => Ok(Value::Missing),
            Iter::Failing { error, .. } => Err((**error).clone()),
        }
    }

    /// All items.
    pub(crate) fn collect(mut self, env: &mut Env<'a>) -> Result<Vec<Value<'a>>> {
        let mut items = Vec::with_capacity(self.known_len().unwrap_or(0).min(1 << 12));
        while self.has_next(env)? {
            env.step()?;
            items.push(self.next(env)?);
            env.engine.limits.check_items(items.len())?;
        }
        Ok(items)
    }
}

impl<'a> Stage<'a> {
    fn has_next(&mut self, env: &mut Env<'a>) -> Result<bool> {
        if self.pending.is_some() {
            return Ok(true);
        }
        match self.kind {
            LazyKind::Map => return self.inner.has_next(env),
            LazyKind::TakeWhile if self.settled => return Ok(false),
            _ => (),
        }
        while self.inner.has_next(env)? {
            env.step()?;
            let item = self.inner.next(env)?;
            let keep = match self.kind {
                LazyKind::DropWhile if self.settled => true,
                LazyKind::DropWhile => !self.test(env, &item)?,
                _ => self.test(env, &item)?,
            };
            if keep {
                self.settled |= self.kind == LazyKind::DropWhile;
                self.pending = Some(item);
                return Ok(true);
            }
            if self.kind == LazyKind::TakeWhile {
                self.settled = true;
                return Ok(false);
            }
        }
        Ok(false)
    }

    fn next(&mut self, env: &mut Env<'a>) -> Result<Value<'a>> {
        if self.kind == LazyKind::Map {
            let item = self.inner.next(env)?;
            let result = self.callable.call(env, self.program, item)?;
            if result.is_missing() {
                return Err(Error::value(
                    "The element mapper function has returned no return value (has returned null).",
                ));
            }
            return Ok(result);
        }
        if self.has_next(env)? {
            return Ok(self.pending.take().unwrap_or_default());
        }
        Ok(Value::Missing)
    }

    /// FreeMarker hides what went wrong in a lazy step behind a sentence of its own.
    fn failed(&self, error: Error) -> Error {
        if !self.lazy || !error.is_catchable() || error.is_hidden() {
            return error;
        }
        Error::hiding("Failed to transform element", error)
    }

    fn test(&self, env: &mut Env<'a>, item: &Value<'a>) -> Result<bool> {
        let result = self.callable.call(env, self.program, item.clone())?;
        match result.as_bool() {
            Some(keep) => Ok(keep),
            None => {
                let name = self.kind.name();
                let message = match result {
                    Value::Missing => format!(
                        "The filter expression has returned no value (has returned null), rather than a boolean (in ?{name})"
                    ),
                    other => format!(
                        "The filter expression had to return a boolean value, but it returned {} {} instead (in ?{name}).",
                        crate::expr::article(other.type_name()),
                        other.type_name()
                    ),
                };
                Err(Error::new(ErrorKind::Type, message).at(&self.program.source, self.whole))
            }
        }
    }
}

impl<'a> Callable<'a> {
    fn call(&self, env: &mut Env<'a>, program: &'a Program, item: Value<'a>) -> Result<Value<'a>> {
        match self {
            Callable::Lambda { param, body } => env.eval_lambda(param, item, body),
            Callable::Function { value, span } => {
                env.call_with_values(value, vec![item], (program, *span))
            }
        }
    }
}

impl<'a> LazySlice<'a> {
    fn skip(&mut self, env: &mut Env<'a>) -> Result<()> {
        while self.skip > 0 {
            if !self.inner.has_next(env)? {
                let (start, seen) = (self.at + self.skip, self.at);
                return Err(Error::value(format!(
                    "Range start index {start} is out of bounds, as the sliced sequence only has {seen} elements."
                )));
            }
            env.step()?;
            self.inner.next(env)?;
            self.skip -= 1;
            self.at += 1;
        }
        Ok(())
    }

    fn has_next(&mut self, env: &mut Env<'a>) -> Result<bool> {
        self.skip(env)?;
        if self.left == Some(0) {
            return Ok(false);
        }
        Ok(!self.adaptive || self.inner.has_next(env)?)
    }

    fn next(&mut self, env: &mut Env<'a>) -> Result<Value<'a>> {
        self.skip(env)?;
        if !self.inner.has_next(env)? {
            let (last, seen) = (self.last, self.at);
            return Err(Error::value(format!(
                "Range end index {last} is out of bounds, as sliced sequence only has {seen} elements."
            )));
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.at += 1;
        self.inner.next(env)
    }
}
