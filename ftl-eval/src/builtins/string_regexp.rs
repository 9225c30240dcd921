//! Built-ins: string_regexp.

use super::BuiltIn;

pub(super) static TABLE: &[BuiltIn] = &[];
