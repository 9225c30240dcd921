//! Real FreeMarker as a judge: starts our driver in a Java virtual machine and keeps many cases in flight.

mod java;

use crate::case::{Answer, Case, Failure, Kind};
use crate::judge::{Judge, JudgeError};
use crate::protocol;
pub use java::Setup;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The driver ends with this status after a case that ran out of time; see `oracle/Driver.java`.
const TIMED_OUT: i32 = 4;

/// A Java process with real FreeMarker, started when it is needed and again after a case that killed it.
pub struct Oracle {
    setup: Setup,
    version: String,
    process: Option<Process>,
}

struct Process {
    child: Child,
    stdin: BufWriter<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Oracle {
    /// Finds Java and the jars (fetching them if need be), compiles the driver, and asks for FreeMarker's version.
    pub fn new(setup: Setup) -> Result<Oracle, JudgeError> {
        let mut command = setup.command()?;
        let output = command
            .arg("--version")
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| JudgeError::io("cannot start java", error))?;
        if !output.status.success() {
            return Err(JudgeError::new(format!("the driver failed with {}", output.status)));
        }
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Oracle { setup, version, process: None })
    }

    fn process(&mut self) -> Result<Process, JudgeError> {
        match self.process.take() {
            Some(process) => Ok(process),
            None => Process::start(self.setup.command()?),
        }
    }

    /// Answers cases from the first one until all are answered or the process ends.
    fn some_answers(&mut self, cases: &[Case]) -> Result<Vec<Answer>, JudgeError> {
        let mut process = self.process()?;
        let Process { stdin, stdout, .. } = &mut process;
        let answers = std::thread::scope(|scope| {
            // A write fails when the process has ended; the reader notices that too, and knows how far it came.
            scope.spawn(move || {
                for (id, case) in cases.iter().enumerate() {
                    if stdin.write_all(protocol::case_line(id as u64, case).as_bytes()).is_err() {
                        return;
                    }
                }
                let _ = stdin.flush();
            });
            read_answers(stdout, cases.len())
        })?;
        if answers.len() == cases.len() {
            self.process = Some(process);
            return Ok(answers);
        }
        let status =
            process.child.wait().map_err(|error| JudgeError::io("the driver's end", error))?;
        if status.code() == Some(TIMED_OUT) && !answers.is_empty() {
            return Ok(answers);
        }
        let message = format!("the Java process ended: {status}");
        let crash = Failure { kind: Kind::Crash, place: None, template: None, message };
        Ok(answers.into_iter().chain([Answer::Error(crash)]).collect())
    }
}

fn read_answers(
    stdout: &mut BufReader<ChildStdout>,
    count: usize,
) -> Result<Vec<Answer>, JudgeError> {
    let mut answers = Vec::with_capacity(count);
    let mut line = String::new();
    while answers.len() < count {
        line.clear();
        let length = stdout
            .read_line(&mut line)
            .map_err(|error| JudgeError::io("the driver's answer", error))?;
        if length == 0 {
            break;
        }
        let (id, answer) = protocol::read_answer(&line).map_err(JudgeError::new)?;
        if id != answers.len() as u64 {
            return Err(JudgeError::new(format!("answer {id} came for case {}", answers.len())));
        }
        answers.push(answer);
    }
    Ok(answers)
}

impl Judge for Oracle {
    fn name(&self) -> String {
        format!("FreeMarker {}", self.version)
    }

    fn answers(&mut self, cases: &[Case]) -> Result<Vec<Answer>, JudgeError> {
        let mut answers = Vec::with_capacity(cases.len());
        while answers.len() < cases.len() {
            answers.extend(self.some_answers(&cases[answers.len()..])?);
        }
        Ok(answers)
    }
}

impl Process {
    fn start(mut command: Command) -> Result<Process, JudgeError> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| JudgeError::io("cannot start java", error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => {
                Ok(Process { child, stdin: BufWriter::new(stdin), stdout: BufReader::new(stdout) })
            }
            _ => Err(JudgeError::new("cannot start java: no pipes")),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        if let Some(Process { mut child, stdin, stdout }) = self.process.take() {
            // Closed standard input is the driver's sign to end.
            drop((stdin, stdout));
            let _ = child.wait();
        }
    }
}
