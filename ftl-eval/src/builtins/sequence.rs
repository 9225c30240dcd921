//! Built-ins: sequence.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
