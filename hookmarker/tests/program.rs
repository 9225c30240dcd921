//! The program as its users run it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hookmarker"))
        .args(args)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that has no use for its input may have ended already.
    let _ = child.stdin.take().expect("standard input is a pipe").write_all(input);
    child.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const DOCUMENTED: &str = "examples/templates/documented-event/template.ftl";

#[test]
fn the_readmes_first_command() {
    let output = run(&["render", DOCUMENTED, "examples/events"], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    assert_eq!(out.matches("\"name\" : ").count(), 8, "{out}");
    assert!(out.contains("\"name\" : \"Order Completed\""), "{out}");
}

#[test]
fn shipped_templates_give_what_freemarker_gave() {
    let output = run(&["test", "examples/templates", "--strict"], b"");
    assert_eq!(text(&output.stdout), "36 passed, 0 failed\n", "{}", text(&output.stderr));
    assert!(output.status.success());
}

#[test]
fn one_result_is_written_byte_for_byte() {
    let event = "examples/templates/documented-event/cases/order_completed_revenue.json";
    let output = run(&["render", DOCUMENTED, event], b"");
    let expected = std::fs::read(root().join(event).with_extension("expected-amplitude"))
        .expect("it is shipped");
    assert_eq!(text(&output.stdout), text(&expected));
}

#[test]
fn events_come_in_every_form() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let template = dir.path().join("t.ftl");
    std::fs::write(&template, "${input.n}").expect("the folder can be written");
    let template = template.to_str().expect("a plain path");
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all")
    };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("1/1_2026-01-01_10#0.json.gz", gzip(b"{\"n\":3}\n")),
        ("1/1_2026-01-01_9#0.json.gz", gzip(b"{\"n\":1}\n{\"n\":2}")),
    ] {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .expect("memory takes all");
        archive.write_all(&bytes).expect("memory takes all");
    }
    let archive = archive.finish().expect("memory takes all").into_inner();
    for input in [
        b"{\"n\":1}\n{\"n\":2}\n{\"n\":3}".to_vec(),
        b"[{\"n\":1},{\"n\":2},{\"n\":3}]".to_vec(),
        gzip(b"{\"n\":1}{\"n\":2} {\"n\":3}"),
        archive,
    ] {
        let output = run(&["render", template, "-"], &input);
        assert_eq!(text(&output.stdout), "1\n2\n3", "{}", text(&output.stderr));
        let file = dir.path().join("events.json");
        std::fs::write(&file, &input).expect("the folder can be written");
        let output = run(&["render", template, file.to_str().expect("a plain path")], b"");
        assert_eq!(text(&output.stdout), "1\n2\n3", "{}", text(&output.stderr));
    }
}

#[test]
fn errors_show_the_line_and_the_code_tells() {
    // A template that fails on a record: 1.
    let output =
        run(&["render", "-", "examples/events/minimal.json"], b"{\"user\": \"${input.user_id}\"}");
    assert_eq!(output.status.code(), Some(1));
    let err = text(&output.stderr);
    assert!(err.contains("The following has evaluated to null or missing: input.user_id"), "{err}");
    assert!(
        err.contains(" 1 | {\"user\": \"${input.user_id}\"}\n   |             ^^^^^^^^^^^^^"),
        "{err}"
    );
    // A template that is none: 1.
    let output = run(&["render", "-"], b"<#if x>");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("You have an unclosed #if"), "{}", text(&output.stderr));
    // Files and settings that are not there, events that are no JSON: 2.
    for args in [
        &["render", "no-such.ftl"][..],
        &["render", DOCUMENTED, "no-such.json"],
        &["render", DOCUMENTED, "--set", "no_such=1", "examples/events/minimal.json"],
        &["render", DOCUMENTED, "README.md"],
        &["test", "examples/events"],
        &["nonsense"],
    ] {
        let output = run(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn results_are_checked_to_be_json() {
    let template = b"{\"a\": \"${input.event_type}\",\n \"b\": ${input.event_type}}";
    let output = run(&["render", "-", "examples/events/minimal.json", "--json"], template);
    assert_eq!(output.status.code(), Some(1));
    let err = text(&output.stderr);
    assert!(err.contains("the result is not JSON"), "{err}");
    assert!(err.contains("written by standard input:2:7: \"b\": ${input.event_type}}"), "{err}");
    // The documented template does not escape what it writes, so events of plain text only.
    let plain = ["examples/events/minimal.json", "examples/events/order_completed_revenue.json"];
    let mut args = vec!["render", DOCUMENTED];
    args.extend(plain);
    args.extend(["--json", "--format", "json"]);
    let output = run(&args, b"");
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), plain.len());
    for line in text(&output.stdout).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        assert_eq!(line["ok"], true);
    }
}

#[test]
fn profiles_and_settings_matter() {
    let template = b"${input.event_id} ${input.paying!true}";
    let event = "examples/events/order_completed_revenue.json";
    let show = |args: &[&str]| {
        let mut all = vec!["render", "-", event];
        all.extend(args);
        let output = run(&all, template);
        text(&output.stdout)
    };
    assert_eq!(show(&[]), "118 true");
    assert_eq!(
        show(&["--set", "number_format=0.0", "--set", "boolean_format=ja,nein"]),
        "118.0 ja"
    );
    assert_eq!(show(&["--profile", "freemarker", "--set", "boolean_format=c"]), "118 true");
}

#[test]
fn included_templates_stay_within_their_folder() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let folder = dir.path().join("lib");
    std::fs::create_dir(&folder).expect("the folder can be written");
    std::fs::write(folder.join("a.ftl"), "A${input.event_type}")
        .expect("the folder can be written");
    std::fs::write(dir.path().join("secret.ftl"), "secret").expect("the folder can be written");
    let folder = folder.to_str().expect("a plain path");
    let event = "examples/events/minimal.json";
    let output = run(&["render", "-", event, "--templates", folder], b"<#include 'a.ftl'>");
    assert_eq!(text(&output.stdout), "Aping", "{}", text(&output.stderr));
    for path in ["../secret.ftl", "/../secret.ftl", "x/../../secret.ftl"] {
        let template = format!("<#include '{path}'>");
        let output = run(&["render", "-", event, "--templates", folder], template.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{path}: {}", text(&output.stdout));
        assert!(!text(&output.stdout).contains("secret"));
    }
    let output = run(&["render", "-", event], b"<#include 'a.ftl'>");
    assert!(text(&output.stderr).contains("Template inclusion failed"), "{}", text(&output.stderr));
}

#[test]
fn a_broken_line_costs_one_event() {
    let events = b"{\"event_type\": \"a\"}\n{\"event_type\": \"b\n{\"event_type\": \"c\"}\n{\"event_type\": ";
    let dir = tempfile::tempdir().expect("a folder for the test");
    let template = dir.path().join("t.ftl");
    std::fs::write(&template, "${input.event_type}").expect("the folder can be written");
    let template = template.to_str().expect("a plain path");
    let args = ["render", template, "--keep-going"];
    let output = run(&args, events);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "a\nc");
    let err = text(&output.stderr);
    assert!(err.contains("-:2: "), "{err}");
    assert!(err.contains("-:4: "), "{err}");
    let output = run(&args[..2], events);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "a");
}
