//! How far two answers agree.

use crate::case::{Answer, Kind};
use crate::message::headline;

/// An answer beside the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The whole output is expected.
    Output {
        /// The output is the same.
        equal: bool,
    },
    /// An error is expected.
    Error {
        /// There is an error of the same kind.
        kind: bool,
        /// In the same template and line (or FreeMarker tells none).
        line: bool,
        /// In the same column too.
        column: bool,
        /// With the same first line of its message.
        message: bool,
    },
    /// Our engine answers that it does not know the feature.
    Unsupported,
}

impl Comparison {
    /// Compares `actual` with `expected`.
    pub fn of(expected: &Answer, actual: &Answer) -> Comparison {
        match (expected, actual) {
            (Answer::Output(_), Answer::Error(actual)) if actual.kind == Kind::Unsupported => {
                Comparison::Unsupported
            }
            (Answer::Output(expected), Answer::Output(actual)) => {
                Comparison::Output { equal: expected == actual }
            }
            (Answer::Output(_), Answer::Error(_)) => Comparison::Output { equal: false },
            (Answer::Error(_), Answer::Output(_)) => {
                Comparison::Error { kind: false, line: false, column: false, message: false }
            }
            (Answer::Error(expected), Answer::Error(actual)) => {
                // Where FreeMarker tells no place, ours is as good as any.
                let line = expected.place.is_none_or(|(line, _)| {
                    actual.place.is_some_and(|place| place.0 == line)
                        && expected.template == actual.template
                });
                // What only Java objects or XML can do has an error of its own kind and wording in our engine.
                let java_only = actual.kind == Kind::Unsupported
                    && expected.kind == Kind::Runtime
                    && !actual.message.starts_with("not supported yet");
                Comparison::Error {
                    kind: expected.kind == actual.kind || java_only,
                    line,
                    column: line
                        && (java_only
                            || expected.place.is_none()
                            || expected.place == actual.place),
                    message: java_only || headline(&expected.message) == headline(&actual.message),
                }
            }
        }
    }

    /// Whether everything that is compared is the same.
    pub fn agrees(self) -> bool {
        match self {
            Comparison::Output { equal } => equal,
            Comparison::Error { kind, line, column, message } => kind && line && column && message,
            Comparison::Unsupported => false,
        }
    }

    /// Whether output, or kind and line of the error, are the same.
    pub fn agrees_in_line(self) -> bool {
        match self {
            Comparison::Output { equal } => equal,
            Comparison::Error { kind, line, .. } => kind && line,
            Comparison::Unsupported => false,
        }
    }
}
