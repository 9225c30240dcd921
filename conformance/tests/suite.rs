//! The project's own cases, held against our engine.

use conformance::coverage::Coverage;
use conformance::judge::Judge;
use conformance::known::KnownDifferences;
use conformance::ours::Ours;
use conformance::report::Report;
use conformance::suite;
use std::collections::BTreeSet;

#[test]
fn every_case_is_complete_and_in_canonical_form() {
    let root = suite::own_cases();
    let mut faults = Vec::new();
    for path in suite::files(&[root]).expect("the case directory") {
        let text = std::fs::read_to_string(&path).expect("a case file");
        let file = suite::read(&path).expect("a sound case file");
        if file.to_string() != text {
            let path = path.display();
            faults.push(format!("{path} is not as it would be written (`conformance record` it)"));
        }
        for case in file.complete() {
            if case.expected.is_none() || case.authority.is_none() {
                faults.push(format!(
                    "{}: {}: no expectation or no authority",
                    path.display(),
                    case.title
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_part_of_the_language_has_its_cases() {
    let cases = suite::load(&[suite::own_cases()]).expect("sound case files");
    let coverage = Coverage::new(&cases);
    assert!(coverage.thin().is_empty(), "{coverage}");
}

/// All cases in one go, with one table, so that a failure shows the whole picture.
#[test]
fn our_engine_answers_as_freemarker_does() {
    let cases = suite::load(&[suite::own_cases()]).expect("sound case files");
    let text = std::fs::read_to_string(KnownDifferences::own_path())
        .expect("the list of known differences");
    let known = KnownDifferences::parse(&text).expect("a sound list");

    let bare: Vec<_> = cases.iter().map(|located| located.case.clone()).collect();
    let report = Report::new(&cases, Ours.answers(&bare).expect("answers"));
    let differing: BTreeSet<String> =
        report.differences.iter().map(|difference| difference.located.id()).collect();

    let mut faults = String::new();
    for difference in report.differences.iter().filter(|d| !known.contains(&d.located.id())) {
        faults.push_str(&format!("{difference}\n"));
    }
    for id in known.reasons.keys().filter(|id| !differing.contains(*id)) {
        faults.push_str(&format!(
            "{id}: agrees (or is gone): take it off the list (`conformance known`)\n"
        ));
    }
    assert!(faults.is_empty(), "{faults}\n{report}");
}
