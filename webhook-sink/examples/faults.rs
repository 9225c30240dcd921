//! Prints the table of faults and what came of them:
//!
//!     cargo run --release -p webhook-sink --example faults -- [short|long] [F1 F2 …]

#[path = "../faults/mod.rs"]
mod faults;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use faults::{Form, ROWS};

fn main() -> ExitCode {
    if faults::child::play() {
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let form = if arguments.iter().any(|word| word == "long") { Form::Long } else { Form::Short };
    let wanted: Vec<&String> = arguments.iter().filter(|word| word.starts_with('F')).collect();
    let mut out = std::io::stdout();
    let mut is_good = true;
    for (row, what, find_out) in ROWS {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == row) {
            continue;
        }
        let start = Instant::now();
        let verdict = find_out(form);
        is_good &= verdict.is_good();
        let time = start.elapsed().as_secs_f64();
        let _ = writeln!(out, "{row:<4} {what:<34} {time:>6.1} s  {verdict}");
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
