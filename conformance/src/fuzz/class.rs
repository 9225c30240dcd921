//! Kinds of differences, so that a thousand cases of one defect make one entry.

use crate::case::{Answer, Kind};
use crate::compare::Comparison;
use crate::message::headline;

/// A kind of difference.
pub(super) struct Class {
    /// Names it; the same for differences that probably have one cause.
    pub(super) name: String,
}

impl Class {
    /// How the answers differ; None if they do not.
    pub(super) fn of(expected: &Answer, actual: &Answer) -> Option<Class> {
        let name = match (Comparison::of(expected, actual), expected, actual) {
            (comparison, ..) if comparison.agrees() => return None,
            // An object's address tells it apart from itself in the next run.
            (
                Comparison::Error { kind: true, line: true, column: true, .. },
                Answer::Error(expected),
                _,
            ) if expected.message.contains("freemarker.core.Environment@") => {
                return None;
            }
            // The other engine goes on to whatever comes first in the template.
            (
                Comparison::Error { kind: false, .. },
                Answer::Error(expected),
                Answer::Error(actual),
            ) if expected.kind == Kind::Setting || actual.kind == Kind::Setting => {
                format!("{} error, not {}", actual.kind, expected.kind)
            }
            (
                Comparison::Error { kind: false, .. },
                Answer::Error(expected),
                Answer::Error(actual),
            ) => {
                format!(
                    "{} error, not {}: {} / {}",
                    actual.kind,
                    expected.kind,
                    general(&actual.message),
                    general(&expected.message)
                )
            }
            (
                Comparison::Error { message: false, .. },
                Answer::Error(expected),
                Answer::Error(actual),
            ) => {
                format!("message: {} / {}", general(&actual.message), general(&expected.message))
            }
            (Comparison::Error { line: false, .. }, Answer::Error(expected), _) => {
                format!("line: {}", general(&expected.message))
            }
            (Comparison::Error { .. }, Answer::Error(expected), Answer::Error(_)) => {
                format!("column: {}", general(&expected.message))
            }
            (_, Answer::Error(expected), Answer::Output(_)) => {
                format!("output, not {} error: {}", expected.kind, general(&expected.message))
            }
            (_, Answer::Output(_), Answer::Error(actual)) => {
                format!("{} error, not output: {}", actual.kind, general(&actual.message))
            }
            _ => "output".to_owned(),
        };
        Some(Class { name })
    }
}

/// A headline without what varies: quoted texts and numbers.
fn general(message: &str) -> String {
    let mut out = String::new();
    let mut quote = false;
    for c in headline(message).chars() {
        match c {
            '"' => {
                if !quote {
                    out.push_str("\"…\"");
                }
                quote = !quote;
            }
            _ if quote => (),
            '0'..='9' => {
                if !out.ends_with('#') {
                    out.push('#');
                }
            }
            _ => out.push(c),
        }
    }
    out.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::general;

    #[test]
    fn what_varies_is_left_out() {
        let message = "For \"?left_pad\" left-hand operand: got 12 of 3 (wrapper: f.t.X):\n==> a";
        assert_eq!(general(message), "For \"…\" left-hand operand: got # of #");
    }
}
