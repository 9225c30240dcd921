//! The commands, a file each.

mod render;
mod test;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ftl_eval::{Engine, TemplateLoader};

use crate::args::{Args, Command, EngineArgs, Profile};

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that was asked for failed; already reported.
    Failed,
    /// The command line, or a file it names, is not usable.
    Usage(String),
    /// Nobody reads the output any more.
    OutputClosed,
}

pub(crate) type CommandResult = Result<(), Failure>;

/// Runs a command; gives the exit code.
pub fn run(args: Args) -> ExitCode {
    let result = match args.command {
        Command::Render(render) => render::run(&render),
        Command::Test(test) => test::run(&test),
    };
    match result {
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Failed) => ExitCode::from(1),
        Err(Failure::Usage(message)) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Usage(format!("cannot write the output: {error}")),
        }
    }
}

impl From<crate::records::RecordError> for Failure {
    fn from(error: crate::records::RecordError) -> Self {
        Failure::Usage(error.to_string())
    }
}

/// Writes a message for a person to standard error.
pub(crate) fn complain(message: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "hookmarker: {message}");
}

/// The engine that the command line asks for.
pub(crate) fn engine(args: &EngineArgs) -> Result<Engine, Failure> {
    let mut builder = match args.profile {
        Profile::Amplitude => Engine::builder().amplitude(),
        Profile::Freemarker => Engine::builder().input_variable(),
    };
    for (name, value) in &args.settings {
        builder = builder.setting(name, value);
    }
    if let Some(folder) = &args.templates {
        builder = builder.loader(Folder::new(folder)?);
    }
    builder.build().map_err(|error| Failure::Usage(format!("--set: {error:#}")))
}

/// Templates of a folder; nothing outside it.
struct Folder {
    root: PathBuf,
}

impl Folder {
    fn new(path: &str) -> Result<Self, Failure> {
        let root = Path::new(path).canonicalize();
        let root = root.map_err(|error| Failure::Usage(format!("--templates {path}: {error}")))?;
        Ok(Self { root })
    }
}

impl TemplateLoader for Folder {
    fn load(&self, name: &str) -> Result<Option<String>, String> {
        let Ok(path) = self.root.join(name).canonicalize() else { return Ok(None) };
        // A link may lead out of the folder; then it is as if there were no such template.
        if !path.starts_with(&self.root) || !path.is_file() {
            return Ok(None);
        }
        std::fs::read_to_string(&path).map(Some).map_err(|error| error.to_string())
    }

    fn description(&self) -> String {
        format!("the folder {}", self.root.display())
    }
}
