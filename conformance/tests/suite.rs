//! The project's own cases.

use conformance::suite;

#[test]
fn every_case_is_complete_and_in_canonical_form() {
    let root = suite::own_cases();
    let mut faults = Vec::new();
    for path in suite::files(&[root]).expect("the case directory") {
        let text = std::fs::read_to_string(&path).expect("a case file");
        let file = suite::read(&path).expect("a sound case file");
        if file.to_string() != text {
            faults.push(format!(
                "{} is not as it would be written (run `conformance record` on it)",
                path.display()
            ));
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
