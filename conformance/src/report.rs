//! The table by area, and what differs.

use crate::case::Answer;
use crate::compare::Comparison;
use crate::suite::Located;
use std::collections::BTreeMap;
use std::fmt;

/// Sums over the cases of an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All cases.
    pub cases: usize,
    /// Cases that agree in everything.
    pub agreeing: usize,
    /// Cases with an expected output.
    pub outputs: usize,
    /// Of these, those with the same output.
    pub equal_outputs: usize,
    /// Cases with an expected error.
    pub errors: usize,
    /// Of these, those with an error of the same kind,
    pub kinds: usize,
    /// the same kind and line,
    pub lines: usize,
    /// the same kind, line and column,
    pub columns: usize,
    /// the same kind and message.
    pub messages: usize,
}

impl Tally {
    fn add(&mut self, expected: &Answer, comparison: Comparison) {
        self.cases += 1;
        self.agreeing += usize::from(comparison.agrees());
        match expected {
            Answer::Output(_) => self.outputs += 1,
            Answer::Error(_) => self.errors += 1,
        }
        match comparison {
            Comparison::Output { equal } => self.equal_outputs += usize::from(equal),
            Comparison::Error { kind, line, column, message } => {
                self.kinds += usize::from(kind);
                self.lines += usize::from(kind && line);
                self.columns += usize::from(kind && column);
                self.messages += usize::from(kind && message);
            }
            Comparison::Unsupported => (),
        }
    }
}

/// A case whose answer is not the expected one.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The case.
    pub located: Located,
    /// The answer that was given.
    pub actual: Answer,
    /// How far it agrees.
    pub comparison: Comparison,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Sums by area.
    pub areas: BTreeMap<String, Tally>,
    /// What differs, in the order of the cases.
    pub differences: Vec<Difference>,
    /// Cases without an expectation.
    pub unrecorded: usize,
}

impl Report {
    /// Compares each case with its answer.
    pub fn new(cases: &[Located], answers: Vec<Answer>) -> Report {
        let mut report = Report::default();
        for (located, actual) in cases.iter().zip(answers) {
            let Some(expected) = &located.case.expected else {
                report.unrecorded += 1;
                continue;
            };
            let comparison = Comparison::of(expected, &actual);
            report.areas.entry(located.area().to_owned()).or_default().add(expected, comparison);
            if !comparison.agrees() {
                report.differences.push(Difference {
                    located: located.clone(),
                    actual,
                    comparison,
                });
            }
        }
        report
    }

    /// Sums over all areas.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for area in self.areas.values() {
            total.cases += area.cases;
            total.agreeing += area.agreeing;
            total.outputs += area.outputs;
            total.equal_outputs += area.equal_outputs;
            total.errors += area.errors;
            total.kinds += area.kinds;
            total.lines += area.lines;
            total.columns += area.columns;
            total.messages += area.messages;
        }
        total
    }
}

/// The table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = [
            "area", "cases", "agree", "%", "outputs", "equal", "errors", "kind", "line", "column",
            "message",
        ];
        write!(f, "{:<20}", heads[0])?;
        for head in &heads[1..] {
            write!(f, "{head:>8}")?;
        }
        writeln!(f)?;
        let total = self.total();
        let total_name = String::from("total");
        for (area, tally) in self.areas.iter().chain([(&total_name, &total)]) {
            let share = 100.0 * tally.agreeing as f64 / tally.cases.max(1) as f64;
            write!(f, "{area:<20}{:>8}{:>8}{share:>8.1}", tally.cases, tally.agreeing)?;
            for number in [tally.outputs, tally.equal_outputs, tally.errors, tally.kinds] {
                write!(f, "{number:>8}")?;
            }
            writeln!(f, "{:>8}{:>8}{:>8}", tally.lines, tally.columns, tally.messages)?;
        }
        if self.unrecorded > 0 {
            writeln!(f, "{} cases have no expectation yet", self.unrecorded)?;
        }
        Ok(())
    }
}

/// Case, expected and actual answer.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.located.id())?;
        for line in self.located.case.template.lines().take(12) {
            writeln!(f, "    {line}")?;
        }
        if let Some(expected) = &self.located.case.expected {
            writeln!(f, "  expected {}", Shown(expected))?;
        }
        writeln!(f, "  actual   {}", Shown(&self.actual))
    }
}

/// An answer on one line.
pub struct Shown<'a>(pub &'a Answer);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Answer::Output(output) => write!(f, "{output:?}"),
            Answer::Error(failure) => {
                write!(f, "{} error", failure.kind)?;
                if let Some((line, column)) = failure.place {
                    write!(f, " {line}:{column}")?;
                }
                if let Some(template) = &failure.template {
                    write!(f, " in {template}")?;
                }
                write!(f, " {:?}", failure.message.lines().next().unwrap_or_default())
            }
        }
    }
}
