//! Properties of the case format and the protocol.

use conformance::case::{Answer, Authority, Case, CaseFile, Failure, Kind, Profile};
use conformance::protocol;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any text, often with what the format must protect.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z${}<>#/ ]{0,6}",
        "\\PC{0,4}",
        any::<String>(),
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\t",
            " ",
            "\\",
            "\n--- data",
            "=== a\n",
            "--- note",
            "\u{feff}",
            "\u{301}",
            "🎉",
            ""
        ])
        .prop_map(String::from),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z_0-9./]{0,8}"
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map(word(), text(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn answer() -> impl Strategy<Value = Answer> {
    let kind = prop::sample::select(vec![Kind::Parse, Kind::Runtime, Kind::Setting, Kind::Limit]);
    let failure = (kind, option::of((1u32..99, 1u32..99)), option::of(word()), text());
    prop_oneof![
        text().prop_map(Answer::Output),
        failure.prop_map(|(kind, place, template, message)| {
            // A place is what names a template.
            let template = template.filter(|_| place.is_some());
            Answer::Error(Failure { kind, place, template, message })
        }),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let data = prop::sample::select(vec![
        "{}",
        "{\"a\": 1}",
        "{\n  \"a\": 123456789012345678901234567890\n}",
    ]);
    let profile = prop::sample::select(vec![Profile::FreeMarker, Profile::Amplitude]);
    let authority = word().prop_map(Authority::Observed);
    let heads = (
        "[a-z0-9]([ -~]{0,12}[a-z0-9])?",
        vec("[a-z][ -~]{0,9}[a-z]", 0..2),
        option::of(authority),
        option::of(profile),
        option::of(word()),
    );
    (heads, pairs(), option::of(data), pairs(), text(), option::of(answer())).prop_map(
        |((title, notes, authority, profile, iface), settings, data, files, template, expected)| {
            Case {
                title,
                notes,
                authority,
                profile,
                iface,
                name: None,
                decimals: None,
                settings,
                data: data.map(String::from),
                files,
                template,
                expected,
            }
        },
    )
}

proptest! {
    #[test]
    fn a_case_file_reads_back_as_it_was_written(defaults in case(), mut cases in vec(case(), 0..4)) {
        for (index, case) in cases.iter_mut().enumerate() {
            case.title.push_str(&format!(" {index}"));
        }
        let defaults = Case { title: String::new(), template: String::new(), expected: None, ..defaults };
        let file = CaseFile { comment: vec!["About this file.".into()], defaults, cases };
        let written = file.to_string();
        let read = CaseFile::parse(&written);
        prop_assert_eq!(read.as_ref(), Ok(&file), "{}", written);
        let windows = CaseFile::parse(&written.replace('\n', "\r\n"));
        prop_assert_eq!(windows.as_ref(), Ok(&file));
    }

    #[test]
    fn any_text_is_read_or_refused(source in text()) {
        let _ = CaseFile::parse(&source);
    }

    #[test]
    fn a_case_crosses_the_wire(case in case(), id: u32) {
        let sent = Case { title: String::new(), notes: Vec::new(), authority: None, expected: None, ..case };
        let line = protocol::case_line(id.into(), &sent);
        prop_assert_eq!(line.matches('\n').count(), 1);
        let (read_id, read) = protocol::read_case(&line);
        let one_line = |data: String| data.replace('\n', " ");
        let expected = Case { data: sent.data.clone().map(one_line), ..sent };
        prop_assert_eq!((read_id, read), (id.to_string(), Ok(expected)));
    }

    #[test]
    fn an_answer_crosses_the_wire(answer in answer(), id: u32) {
        let line = protocol::answer_line(&id.to_string(), &answer);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(protocol::read_answer(&line), Ok((id.into(), answer)));
    }
}

#[test]
fn faults_are_found_on_their_line() {
    let table = [
        ("=== a\n--- output\nx\n", 1, "case without a template"),
        (
            "=== a\n--- template\nx\n\n=== a\n--- template\ny\n",
            5,
            "second case with the title \"a\"",
        ),
        ("=== a\n--- template\nx\n--- output\n1\n--- output\n2\n", 6, "second `--- output`"),
        ("=== a\n--- template\nx\n--- outptu\n1\n", 4, "unknown section `--- outptu`"),
        (
            "=== a\n--- data\n{\n--- template\nx\n",
            2,
            "data is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        ("=== a\n--- template\nx\n--- error oops\n", 4, "unknown kind of error: \"oops\""),
        (
            "=== a\n--- template\nx\n--- error parse 12\n",
            4,
            "a place is written LINE:COLUMN, not \"12\"",
        ),
        ("--- template\nx\n", 1, "`--- template` before the first title"),
        ("=== a\n--- template escaped\nx\\q\n", 2, "unknown escape \\q"),
        ("=== a\n--- template\nx\n--- template\ny\n", 4, "second `--- template`"),
    ];
    for (source, line, message) in table {
        let error = CaseFile::parse(source).expect_err(source);
        assert_eq!((error.line, error.message.as_str()), (line, message));
    }
}

#[test]
fn defaults_of_a_file_hold_unless_a_case_has_its_own() {
    let source = "About.\n\n--- observed FreeMarker 2.3.35\n--- settings\nlocale=de\nc_format=XS\n--- data\n{\"a\": 1}\n\n\
        === one\n--- template\n${a}\n--- output\n1\n\n\
        === two\n--- settings\nlocale=fr\n--- data\n{\"a\": 2}\n--- template\n${a}\n--- output\n2\n";
    let file = CaseFile::parse(source).expect("a sound file");
    assert_eq!(file.to_string(), source);
    let cases = file.complete();
    let authority = Some(Authority::Observed("FreeMarker 2.3.35".into()));
    assert_eq!([&cases[0].authority, &cases[1].authority], [&authority, &authority]);
    assert_eq!(
        [cases[0].data.as_deref(), cases[1].data.as_deref()],
        [Some("{\"a\": 1}"), Some("{\"a\": 2}")]
    );
    let settings = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(cases[0].settings, settings(&[("locale", "de"), ("c_format", "XS")]));
    assert_eq!(cases[1].settings, settings(&[("c_format", "XS"), ("locale", "fr")]));
}
