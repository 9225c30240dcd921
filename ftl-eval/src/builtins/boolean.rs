//! Built-ins: boolean.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
