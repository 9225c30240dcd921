//! Faults of processes, disks and files, in their short form.

#[path = "../faults/mod.rs"]
mod faults;

use faults::{Form, ROWS};

/// Not a test by itself: other tests start this program again, to play a role in it.
#[test]
fn child_process() {
    faults::child::play();
}

fn run(number: &str) {
    for (row, what, find_out) in ROWS.iter().filter(|(row, ..)| *row == number) {
        let verdict = find_out(Form::Short);
        eprintln!("{row} {what}: {verdict}");
        assert!(verdict.is_good(), "{row} {what}: {verdict}");
    }
}

#[test]
fn f1_kill() {
    run("F1");
}

#[test]
fn f2_disk_full() {
    run("F2");
}

#[test]
fn f3_slow_and_broken_disk() {
    run("F3");
}

#[test]
fn f4_power_failure() {
    run("F4");
}

#[test]
fn f5_damage() {
    run("F5");
}

#[test]
fn f6_long_queue() {
    run("F6");
}
