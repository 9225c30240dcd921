//! Rarely used built-ins and those that look at the template itself.

use super::BuiltIn;
use crate::env::Env;
use crate::error::Result;
use crate::value::Value;

pub(super) static TABLE: &[BuiltIn] = &[];

/// `f?with_args(args)`
pub(crate) fn with_args<'a>(
    env: &mut Env<'a>,
    callee: &Value<'a>,
    args: &[Value<'a>],
    last: bool,
) -> Result<Value<'a>> {
    let _ = (env, callee, args, last);
    Err(crate::env::unsupported("?with_args"))
}
