//! Differential fuzzing: random cases, answered by our engine and by real FreeMarker, and what differs made small.

mod class;
mod generate;
mod rng;
mod shrink;
mod table;

use crate::case::{Answer, Case, Kind};
use crate::compare::Comparison;
use crate::coverage::Coverage;
use crate::judge::{Judge, JudgeError};
use class::Class;
use rng::Rng;
use std::collections::BTreeMap;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// First seed; the same seed gives the same cases.
    pub seed: u64,
    /// How many cases.
    pub cases: usize,
    /// How many are in flight.
    pub batch: usize,
    /// How many differences of one class are kept.
    pub keep: usize,
    /// Keep only those whose class holds this text.
    pub only: String,
}

impl Default for Options {
    fn default() -> Options {
        Options { seed: 1, cases: 10_000, batch: 1_000, keep: 3, only: String::new() }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Cases answered by both engines.
    pub cases: usize,
    /// Of these, those that real FreeMarker rendered without an error.
    pub rendered: usize,
    /// Those that differ.
    pub differing: usize,
    /// Those that are not compared, by reason.
    pub skipped: BTreeMap<&'static str, usize>,
    /// How often each row of the language was in a case, and in how many that failed.
    pub coverage: Coverage,
    /// Small cases of each class of difference, with real FreeMarker's answer as expectation.
    pub found: BTreeMap<String, Found>,
}

/// Differences of one class.
#[derive(Debug, Default)]
pub struct Found {
    /// How many cases showed it.
    pub count: usize,
    /// Some of them, made small: the case, and what our engine answers.
    pub examples: Vec<(Case, Answer)>,
}

/// A random case for `seed`, for uses other than comparing.
pub fn random_case(seed: u64) -> Case {
    generate::case(seed, &mut generate::Uses::new())
}

/// Runs random cases in both engines. `progress` is told how many cases are done and how many of them differ.
pub fn run(
    options: &Options,
    ours: &mut (dyn Judge + Send),
    theirs: &mut (dyn Judge + Send),
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, JudgeError> {
    let mut outcome = Outcome::default();
    let mut uses = generate::Uses::new();
    let mut seeds = Rng::new(options.seed);
    while outcome.cases < options.cases {
        let count = options.batch.min(options.cases - outcome.cases).max(1);
        let cases: Vec<Case> =
            (0..count).map(|_| generate::case(seeds.next(), &mut uses)).collect();
        let (expected, actual) = both(ours, theirs, &cases)?;
        let mut differing = Vec::new();
        for ((case, expected), actual) in cases.into_iter().zip(expected).zip(actual) {
            outcome.cases += 1;
            let rendered = matches!(expected, Answer::Output(_));
            outcome.rendered += usize::from(rendered);
            outcome.coverage.add(&case, !rendered);
            if let Some(reason) = incomparable(&expected, &actual) {
                *outcome.skipped.entry(reason).or_default() += 1;
                continue;
            }
            if let Some(class) = Class::of(&expected, &actual) {
                outcome.differing += 1;
                differing.push((case, class));
            }
        }
        for (case, class) in differing {
            file(options, ours, theirs, &mut outcome, case, &class)?;
        }
        progress(outcome.cases, outcome.differing);
    }
    Ok(outcome)
}

/// Both engines at once; one waits for another process, so it costs no time.
fn both(
    ours: &mut (dyn Judge + Send),
    theirs: &mut (dyn Judge + Send),
    cases: &[Case],
) -> Result<(Vec<Answer>, Vec<Answer>), JudgeError> {
    std::thread::scope(|scope| {
        let theirs = scope.spawn(|| theirs.answers(cases));
        let actual = ours.answers(cases)?;
        let expected =
            theirs.join().map_err(|_| JudgeError::new("the oracle's thread ended"))??;
        Ok((expected, actual))
    })
}

/// Why two answers say nothing about each other.
fn incomparable(expected: &Answer, actual: &Answer) -> Option<&'static str> {
    let kind = |answer: &Answer| match answer {
        Answer::Output(_) => None,
        Answer::Error(failure) => Some(failure.kind),
    };
    match (kind(expected), kind(actual)) {
        (Some(Kind::Limit | Kind::Crash), _) => Some("FreeMarker ran out of time, stack or memory"),
        (_, Some(Kind::Limit)) => Some("a limit of ours"),
        _ => None,
    }
}

/// Makes a difference small and keeps it, if its class is not well known already.
fn file(
    options: &Options,
    ours: &mut (dyn Judge + Send),
    theirs: &mut (dyn Judge + Send),
    outcome: &mut Outcome,
    case: Case,
    class: &Class,
) -> Result<(), JudgeError> {
    let kept = outcome.found.get(&class.name).map_or(0, |found| found.examples.len());
    let mut example = None;
    if kept < options.keep && class.name.contains(&options.only) {
        let mut differs = |cases: &[Case]| -> Result<Vec<bool>, JudgeError> {
            let (expected, actual) = both(ours, theirs, cases)?;
            let same = |(expected, actual)| {
                Class::of(expected, actual).is_some_and(|other| other.name == class.name)
            };
            Ok(expected.iter().zip(&actual).map(same).collect())
        };
        let small = shrink::shrink(case, &mut differs)?;
        let (mut expected, mut actual) = both(ours, theirs, std::slice::from_ref(&small))?;
        if let (Some(expected), Some(actual)) = (expected.pop(), actual.pop()) {
            example = Some((Case { expected: Some(expected), ..small }, actual));
        }
    }
    let found = outcome.found.entry(class.name.clone()).or_default();
    found.count += 1;
    let known = |example: &(Case, Answer)| {
        found.examples.iter().any(|(case, _)| case.template == example.0.template)
    };
    if let Some(example) = example.filter(|example| !known(example)) {
        found.examples.push(example);
    }
    Ok(())
}

/// Whether two answers are the same in everything that is compared.
pub fn agree(expected: &Answer, actual: &Answer) -> bool {
    Comparison::of(expected, actual).agrees()
}
