//! Our engine as a judge.

use crate::case::{Answer, Case, Failure, Kind, Profile};
use crate::judge::{Judge, JudgeError};
use ftl_eval::{Data, Engine, Error, ErrorKind};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `ftl-eval`, with a fresh engine for each case.
#[derive(Default)]
pub struct Ours;

impl Judge for Ours {
    fn name(&self) -> String {
        format!("ftl-eval {}", env!("CARGO_PKG_VERSION"))
    }

    fn answers(&mut self, cases: &[Case]) -> Result<Vec<Answer>, JudgeError> {
        // The engine promises to hold its limits on a thread of Rust's default stack size.
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| cases.iter().map(answer).collect());
            worker.join().map_err(|_| JudgeError::new("our engine's thread ended"))
        })
    }
}

/// Renders one case.
pub fn answer(case: &Case) -> Answer {
    // A panic is a defect of the engine, and to be told like any other difference.
    let rendered = catch_unwind(AssertUnwindSafe(|| render(case)));
    match rendered {
        Ok(Ok(output)) => Answer::Output(output),
        Ok(Err(error)) => Answer::Error(failure(case, &error)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
            Answer::Error(Failure {
                kind: Kind::Crash,
                place: None,
                template: None,
                message: text.to_owned(),
            })
        }
    }
}

fn render(case: &Case) -> Result<String, Error> {
    let mut builder = Engine::builder();
    if let Some(iface) = &case.iface {
        builder = builder.setting("incompatible_improvements", iface);
    }
    if case.profile == Some(Profile::Amplitude) {
        builder = builder.amplitude_variables();
    }
    for (name, value) in &case.settings {
        builder = builder.setting(name, value);
    }
    // The main template can be included by its own name, too.
    let mut files: HashMap<String, String> = case.files.iter().cloned().collect();
    files.insert(case.name().to_owned(), case.template.clone());
    let engine = builder.loader(files).build()?;
    let template = engine.compile(case.name(), case.template.as_str())?;
    let data = Data::parse(case.data.as_deref().unwrap_or("{}").as_bytes())?;
    template.render(&data)
}

fn failure(case: &Case, error: &Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Parse => Kind::Parse,
        ErrorKind::Limit => Kind::Limit,
        ErrorKind::Unsupported => Kind::Unsupported,
        ErrorKind::Setting if error.place().is_none() => Kind::Setting,
        _ => Kind::Runtime,
    };
    let template =
        error.place().and_then(|place| place.source.name()).filter(|name| *name != case.name());
    Failure {
        kind,
        place: error.position().map(|position| (position.line, position.column)),
        template: template.map(str::to_owned),
        message: error.description(),
    }
}
