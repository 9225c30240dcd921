//! Built-ins: string_encoding.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
