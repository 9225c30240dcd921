//! Built-ins: number.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
