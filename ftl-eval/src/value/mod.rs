//! What a template computes with.

pub(crate) mod number;
