//! Amplitude webhook event streaming, outside Amplitude.

pub mod args;
pub mod commands;
pub mod records;
