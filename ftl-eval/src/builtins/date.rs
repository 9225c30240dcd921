//! Built-ins: date.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
