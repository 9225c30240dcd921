//! The `hookmarker` program.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = hookmarker::args::Args::parse();
    hookmarker::commands::run(args)
}
