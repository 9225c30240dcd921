//! What the commands do.

use crate::args::{Args, Command};
use conformance::case::{Answer, Authority, Case, CaseFile, Failure, Kind};
use conformance::compare::Comparison;
use conformance::corpus;
use conformance::coverage::Coverage;
use conformance::fuzz;
use conformance::judge::Judge;
use conformance::known::KnownDifferences;
use conformance::oracle::{Oracle, Setup};
use conformance::ours::Ours;
use conformance::report::{Difference, Report, Shown};
use conformance::suite::Located;
use conformance::{message, protocol, suite};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Record { java, refresh, paths } => record(java.into(), refresh, &paths),
        Command::Check { java, oracle, paths } => check(oracle.then(|| java.into()), paths),
        Command::Run { area, failures, paths } => {
            run_cases(area.as_deref(), failures.as_deref(), paths)
        }
        Command::Known { add } => known(add.as_deref()),
        Command::Coverage { paths } => coverage(paths),
        Command::Fuzz { java, oracle, seed, cases, keep, only, found, histogram } => {
            let options = fuzz::Options { seed, cases, keep, only, ..fuzz::Options::default() };
            fuzz_cases(&options, oracle.then(|| java.into()), found.as_deref(), histogram)
        }
        Command::Corpus { java, failures, roots } => {
            corpus_templates(java.into(), failures.as_deref(), &roots)
        }
        Command::Eval => answer_lines(&mut Ours),
        Command::Oracle { java } => answer_lines(&mut Oracle::new(java.into())?),
    }
}

fn or_own(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    if paths.is_empty() { vec![suite::own_cases()] } else { paths }
}

fn record(setup: Setup, refresh: bool, paths: &[PathBuf]) -> Result<ExitCode> {
    let mut oracle = Oracle::new(setup)?;
    let mut out = io::stdout().lock();
    let mut refused = 0;
    for path in suite::files(paths)? {
        let mut file = suite::read(&path)?;
        let answers = oracle.answers(&file.complete())?.into_iter().map(as_recorded);
        let (mut recorded, mut changed) = (0, 0);
        for (case, answer) in file.cases.iter_mut().zip(answers) {
            if let Some(reason) = unusable(&answer) {
                writeln!(out, "{}: {}: {reason}", path.display(), case.title)?;
                refused += 1;
            } else if case.expected.is_none() {
                (case.expected, recorded) = (Some(answer), recorded + 1);
            } else if case.expected.as_ref() != Some(&answer) {
                changed += 1;
                writeln!(out, "{}: {}: not confirmed", path.display(), case.title)?;
                if refresh {
                    case.expected = Some(answer);
                }
            }
        }
        let has_authority = |case: &Case| case.authority.is_some();
        if !has_authority(&file.defaults) && !file.cases.iter().all(has_authority) {
            file.defaults.authority = Some(Authority::Observed(oracle.name()));
        }
        std::fs::write(&path, file.to_string())?;
        writeln!(
            out,
            "{}: {} cases, {recorded} recorded, {changed} not confirmed",
            path.display(),
            file.cases.len()
        )?;
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_recorded(answer: Answer) -> Answer {
    match answer {
        Answer::Error(failure) => {
            Answer::Error(Failure { message: message::recorded(&failure.message), ..failure })
        }
        output => output,
    }
}

/// Why an answer is no expectation.
fn unusable(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Error(failure)
            if matches!(failure.kind, Kind::Protocol | Kind::Crash | Kind::Limit) =>
        {
            Some(format!("{}: {}", failure.kind, failure.message))
        }
        // A Java object's identity differs from run to run.
        Answer::Error(failure) if failure.message.contains("freemarker.core.Environment@") => {
            Some("the message holds an address".into())
        }
        _ => None,
    }
}

fn check(setup: Option<Setup>, paths: Vec<PathBuf>) -> Result<ExitCode> {
    let mut out = io::stdout().lock();
    let cases = suite::load(&or_own(paths))?;
    let without = cases
        .iter()
        .filter(|located| located.case.expected.is_none() || located.case.authority.is_none());
    let mut faults = 0;
    for located in without {
        writeln!(out, "{}: no expectation or no authority", located.id())?;
        faults += 1;
    }
    let Some(setup) = setup else {
        writeln!(out, "{} cases, {faults} incomplete", cases.len())?;
        return Ok(ExitCode::from(u8::from(faults > 0)));
    };
    let mut oracle = Oracle::new(setup)?;
    let bare: Vec<Case> = cases.iter().map(|located| located.case.clone()).collect();
    let answers: Vec<Answer> = oracle.answers(&bare)?.into_iter().map(as_recorded).collect();
    for (located, answer) in cases.iter().zip(&answers) {
        if located.case.expected.as_ref().is_some_and(|expected| expected != answer) {
            faults += 1;
            writeln!(
                out,
                "{}: expected {:?}, {} answers {answer:?}",
                located.id(),
                located.case.expected,
                oracle.name()
            )?;
        }
    }
    write!(out, "{}", Report::new(&cases, answers))?;
    writeln!(out, "{} cases against {}: {faults} not confirmed", cases.len(), oracle.name())?;
    Ok(ExitCode::from(u8::from(faults > 0)))
}

fn run_cases(area: Option<&str>, failures: Option<&Path>, paths: Vec<PathBuf>) -> Result<ExitCode> {
    let mut cases = suite::load(&or_own(paths))?;
    cases.retain(|located| area.is_none_or(|area| located.area() == area));
    let bare: Vec<Case> = cases.iter().map(|located| located.case.clone()).collect();
    // A panic becomes an answer; its trace on standard error would only hide the table.
    std::panic::set_hook(Box::new(|_| ()));
    let report = Report::new(&cases, Ours.answers(&bare)?);
    let mut out = io::stdout().lock();
    write!(out, "{report}")?;
    match failures {
        Some(path) => {
            let text: String =
                report.differences.iter().map(|difference| format!("{difference}\n")).collect();
            std::fs::write(path, text)?;
        }
        None => {
            for difference in &report.differences {
                write!(out, "\n{difference}")?;
            }
        }
    }
    Ok(ExitCode::from(u8::from(!report.differences.is_empty())))
}

fn known(add: Option<&str>) -> Result<ExitCode> {
    std::panic::set_hook(Box::new(|_| ()));
    let cases = suite::load(&[suite::own_cases()])?;
    let bare: Vec<Case> = cases.iter().map(|located| located.case.clone()).collect();
    let report = Report::new(&cases, Ours.answers(&bare)?);
    let differing: BTreeSet<String> =
        report.differences.iter().map(|difference| difference.located.id()).collect();
    let path = KnownDifferences::own_path();
    let text = std::fs::read_to_string(&path)?;
    let listed = KnownDifferences::parse(&text)?;
    let added: Vec<String> = match add {
        Some(_) => differing.iter().filter(|id| !listed.contains(id)).cloned().collect(),
        None => Vec::new(),
    };
    let agreeing = |id: &str| !differing.contains(id);
    let gone = listed.reasons.keys().filter(|id| agreeing(id)).count();
    std::fs::write(
        &path,
        KnownDifferences::rewritten(&text, agreeing, &added, add.unwrap_or_default()),
    )?;
    writeln!(io::stdout().lock(), "{} off the list, {} onto it", gone, added.len())?;
    Ok(ExitCode::SUCCESS)
}

fn coverage(paths: Vec<PathBuf>) -> Result<ExitCode> {
    let coverage = Coverage::new(&suite::load(&or_own(paths))?);
    write!(io::stdout().lock(), "{coverage}")?;
    Ok(ExitCode::from(u8::from(!coverage.thin().is_empty())))
}

fn fuzz_cases(
    options: &fuzz::Options,
    setup: Option<Setup>,
    found: Option<&Path>,
    histogram: bool,
) -> Result<ExitCode> {
    std::panic::set_hook(Box::new(|_| ()));
    let mut theirs: Box<dyn Judge + Send> = match setup {
        Some(setup) => Box::new(Oracle::new(setup)?),
        None => Box::new(Ours),
    };
    let name = theirs.name();
    let terminal = io::stderr().is_terminal();
    let mut progress = |done: usize, differing: usize| {
        if terminal {
            eprint!("\r{done} cases, {differing} differ ");
        }
    };
    let outcome = fuzz::run(options, &mut Ours, &mut *theirs, &mut progress)?;
    if terminal {
        eprintln!();
    }
    let mut out = io::stdout().lock();
    if histogram {
        write!(out, "{}", outcome.coverage)?;
    }
    let mut file = CaseFile::default();
    let mut classes: Vec<_> = outcome.found.iter().collect();
    classes.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
    for (class, class_found) in classes {
        writeln!(out, "{:>6} {class}", class_found.count)?;
        for (case, actual) in &class_found.examples {
            let title = found_title(&file, &case.template);
            let located = Located { topic: "found".into(), case: Case { title, ..case.clone() } };
            let Some(expected) = &located.case.expected else { continue };
            let comparison = Comparison::of(expected, actual);
            file.cases.push(Case {
                notes: vec![class.replace('\n', " ")],
                expected: Some(as_recorded(expected.clone())),
                ..located.case.clone()
            });
            writeln!(out, "{}", Difference { located, actual: actual.clone(), comparison })?;
        }
    }
    if let Some(path) = found {
        file.defaults.authority = Some(Authority::Observed(name.clone()));
        std::fs::write(path, file.to_string())?;
    }
    let share = 100.0 * outcome.rendered as f64 / outcome.cases.max(1) as f64;
    writeln!(
        out,
        "{} cases with seed {} against {name}: {share:.1} % rendered, {} differ in {} ways",
        outcome.cases,
        options.seed,
        outcome.differing,
        outcome.found.len()
    )?;
    for (reason, count) in &outcome.skipped {
        writeln!(out, "{count} not compared: {reason}")?;
    }
    Ok(ExitCode::from(u8::from(outcome.differing > 0)))
}

fn corpus_templates(setup: Setup, failures: Option<&Path>, roots: &[PathBuf]) -> Result<ExitCode> {
    std::panic::set_hook(Box::new(|_| ()));
    let report = corpus::run(roots, &mut Ours, &mut Oracle::new(setup)?)?;
    let mut out = io::stdout().lock();
    write!(out, "{report}")?;
    let text: String = report
        .differences
        .iter()
        .map(|corpus::Difference { path, expected, actual }| {
            format!(
                "{}\n  expected {}\n  actual   {}\n\n",
                path.display(),
                Shown(expected),
                Shown(actual)
            )
        })
        .collect();
    match failures {
        Some(path) => std::fs::write(path, text)?,
        None => write!(out, "\n{text}")?,
    }
    Ok(ExitCode::from(u8::from(!report.differences.is_empty())))
}

/// The template on one line, made different from the titles that are there.
fn found_title(file: &CaseFile, template: &str) -> String {
    let shown =
        |c: char| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { '⏎' } else { c };
    let mut title: String = template.chars().map(shown).take(100).collect();
    title = title.trim().to_owned();
    let known = |title: &str| file.cases.iter().any(|case| case.title == title);
    if title.is_empty() || known(&title) {
        let numbered = (2..).map(|number| format!("{title} ({number})"));
        title = numbered.into_iter().find(|title| !known(title)).unwrap_or_default();
    }
    title
}

/// Speaks the case protocol on standard input and output.
fn answer_lines(judge: &mut dyn Judge) -> Result<ExitCode> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let (id, case) = protocol::read_case(&line);
        let answer = match case {
            Ok(case) => judge.answers(&[case])?.pop(),
            Err(message) => Some(Answer::Error(Failure {
                kind: Kind::Protocol,
                place: None,
                template: None,
                message,
            })),
        };
        if let Some(answer) = answer {
            out.write_all(protocol::answer_line(&id, &answer).as_bytes())?;
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
