//! What a host adds to the data-model: functions, directives, hashes and sequences of its own.

use crate::error::Error;
use crate::value::{Str, Value};

/// A function that templates call as `f(a, b)`.
///
/// Every closure of the right form is one:
///
/// ```
/// use ftl_eval::{Engine, Error, Value};
///
/// fn shout<'a>(args: &[Value<'a>]) -> Result<Value<'a>, Error> {
///     let text = args.first().and_then(|arg| arg.as_str());
///     let text = text.ok_or_else(|| Error::function("shout expects a string"))?;
///     Ok(format!("{}!", text.to_uppercase()).into())
/// }
///
/// let engine = Engine::builder().function("shout", shout).build()?;
/// let template = engine.compile("t", r#"${shout("hi")}"#)?;
/// assert_eq!(template.render(&serde_json::json!({}))?, "HI!");
/// # Ok::<(), ftl_eval::Error>(())
/// ```
pub trait Function: Send + Sync {
    /// The result for `args`; an argument may be missing, and so may the result.
    ///
    /// # Errors
    /// What it returns stops the template, with the place of the call. See [`Error::function`].
    fn call<'a>(&'a self, args: &[Value<'a>]) -> Result<Value<'a>, Error>;
}

impl<F> Function for F
where
    F: for<'a> Fn(&[Value<'a>]) -> Result<Value<'a>, Error> + Send + Sync,
{
    fn call<'a>(&'a self, args: &[Value<'a>]) -> Result<Value<'a>, Error> {
        self(args)
    }
}

/// A directive that templates call as `<@d a=1>…</@d>`.
pub trait DirectiveModel: Send + Sync {
    /// Writes what the call prints to `out`. `body` renders what stands between the tags, as often
    /// as it is asked, with the values of the loop variables.
    ///
    /// # Errors
    /// What it returns stops the template, with the place of the call.
    fn call<'a>(
        &'a self,
        args: &[(Str<'a>, Value<'a>)],
        body: &mut dyn DirectiveBody<'a>,
        out: &mut String,
    ) -> Result<(), Error>;
}

/// What stands between the tags of a [`DirectiveModel`]'s call.
pub trait DirectiveBody<'a> {
    /// Whether there is a body (`<@d/>` has none).
    fn is_present(&self) -> bool;

    /// Renders it to `out`.
    ///
    /// # Errors
    /// Errors of the body; a directive passes them on.
    fn render(&mut self, loop_vars: &[Value<'a>], out: &mut String) -> Result<(), Error>;
}

/// A hash of the host.
pub trait HashModel: Send + Sync {
    /// The value of `key`, or [`Value::Missing`].
    ///
    /// # Errors
    /// What it returns stops the template, with the place of the expression.
    fn get<'a>(&'a self, key: &str) -> Result<Value<'a>, Error>;

    /// All keys in order. `None`: it cannot be listed.
    fn keys(&self) -> Option<Vec<Str<'_>>> {
        None
    }
}

/// A sequence of the host.
pub trait SequenceModel: Send + Sync {
    /// Number of items.
    fn len(&self) -> usize;

    /// The item at `index`, which is less than the length.
    fn get(&self, index: usize) -> Value<'_>;

    /// Whether it has no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
