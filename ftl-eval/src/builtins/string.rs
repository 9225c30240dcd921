//! Built-ins: string.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
