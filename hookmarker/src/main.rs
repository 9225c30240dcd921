//! The `hookmarker` program.

fn main() {}
