//! Built-ins: types.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
