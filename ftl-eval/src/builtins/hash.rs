//! Built-ins: hash.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
