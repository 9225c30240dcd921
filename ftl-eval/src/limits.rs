//! What one render may use.

use std::time::Duration;

use crate::error::{Error, Result};

/// Limits of one compile or render. Reaching one is an error of kind [`crate::ErrorKind::Limit`],
/// which `#attempt` does not catch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Deepest nesting of an expression. Default: 256.
    pub expression_depth: usize,
    /// Deepest nesting of directives. Default: 256.
    pub directive_depth: usize,
    /// Deepest nesting of macro, function, include and interpret calls. Default: 1,000.
    pub call_depth: usize,
    /// Deepest nesting of JSON. Default: 1,000.
    pub json_depth: usize,
    /// Longest template source, in bytes. Default: 4 MiB.
    pub source_bytes: usize,
    /// Elements executed, items listed, calls made. Default: 10,000,000.
    pub steps: u64,
    /// Longest time, by the engine's clock. Default: 10 s.
    pub time: Duration,
    /// Longest output and longest single string, in bytes. Default: 16 MiB.
    pub text_bytes: usize,
    /// Most items of a sequence that the template makes. Default: 1,000,000.
    pub sequence_items: usize,
    /// Most steps of one match of a regular expression. Default: 1,000,000.
    pub regexp_steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expression_depth: 256,
            directive_depth: 256,
            call_depth: 1_000,
            json_depth: 1_000,
            source_bytes: 4 << 20,
            steps: 10_000_000,
            time: Duration::from_secs(10),
            text_bytes: 16 << 20,
            sequence_items: 1_000_000,
            regexp_steps: 1_000_000,
        }
    }
}

impl Limits {
    /// Fails if a string of `bytes` is too long.
    pub(crate) fn check_text(&self, bytes: usize) -> Result<()> {
        if bytes <= self.text_bytes {
            return Ok(());
        }
        let limit = self.text_bytes;
        Err(Error::limit(
            "text_bytes",
            format!("A text of more than {limit} bytes would be made (limit: text_bytes)"),
        ))
    }

    /// Fails if a sequence of `items` is too long.
    pub(crate) fn check_items(&self, items: usize) -> Result<()> {
        if items <= self.sequence_items {
            return Ok(());
        }
        let limit = self.sequence_items;
        Err(Error::limit(
            "sequence_items",
            format!("A sequence of more than {limit} items would be made (limit: sequence_items)"),
        ))
    }
}

/// What is left of the limits of one render.
pub(crate) struct Budget {
    steps: u64,
    /// Steps at which the clock is looked at next.
    next_look: u64,
    deadline: Option<i64>,
}

/// Steps between two looks at the clock: about a millisecond.
const LOOK_EVERY: u64 = 1 << 14;

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: limits.steps,
            next_look: limits.steps.saturating_sub(LOOK_EVERY),
            deadline: None,
        }
    }

    /// Steps that are left.
    pub(crate) fn left(&self) -> u64 {
        self.steps
    }

    /// Takes `steps`. `Ok(true)`: look at the clock and call [`Budget::check_time`].
    #[inline]
    pub(crate) fn take(&mut self, steps: u64, limits: &Limits) -> Result<bool> {
        if self.steps < steps {
            self.steps = 0;
            let limit = limits.steps;
            return Err(Error::limit(
                "steps",
                format!("The template took more than {limit} steps (limit: steps)"),
            ));
        }
        self.steps -= steps;
        Ok(self.steps < self.next_look)
    }

    #[cold]
    pub(crate) fn check_time(&mut self, now_millis: i64, limits: &Limits) -> Result<()> {
        self.next_look = self.steps.saturating_sub(LOOK_EVERY);
        let limit = i64::try_from(limits.time.as_millis()).unwrap_or(i64::MAX);
        let deadline = *self.deadline.get_or_insert(now_millis.saturating_add(limit));
        if now_millis <= deadline {
            return Ok(());
        }
        Err(Error::limit("time", format!("Rendering took longer than {limit} ms (limit: time)")))
    }
}
