//! F2 to F4: a disk that is full, slow, broken, or that lost its power.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use webhook_sink::{Client, Options, Request, Response, Sink, TransportError};

use super::kill::acknowledged;
use super::{Collector, Dice, Folder, Form, Verdict, child, number_of};

/// Compiles the library that fails on demand.
fn library(folder: &Path) -> Result<PathBuf, Verdict> {
    if !cfg!(target_os = "linux") {
        return Err(Verdict::Skipped("needs Linux".to_owned()));
    }
    let library = folder.join("io.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/faults/io.c");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let result = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O2", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .output();
    match result {
        Ok(output) if output.status.success() => Ok(library),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(Verdict::Failed(format!("io.c cannot be compiled: {text}")))
        }
        Err(_) => Err(Verdict::Skipped("needs a C compiler".to_owned())),
    }
}

fn with_library(run: impl FnOnce(&Folder, &str) -> Result<String, String>) -> Verdict {
    let folder = Folder::new("disk");
    match library(folder.path()) {
        Ok(library) => Verdict::of(run(&folder, &library.display().to_string())),
        Err(verdict) => verdict,
    }
}

/// What a child says, as it comes.
#[derive(Default)]
struct Said {
    accepted: Vec<(u64, u64)>,
    refused: Vec<String>,
    last_accepted: Option<Instant>,
}

struct Producer {
    process: std::process::Child,
    said: Arc<Mutex<Said>>,
}

impl Producer {
    fn start(queue: &Path, port: u16, first: u64, who: (u64, u64), env: &[(&str, &str)]) -> Self {
        let (producers, batch) = who;
        let role = format!("produce|{}|{port}|{first}|{producers}|{batch}", queue.display());
        let mut process = child::start(&role, env);
        let out = BufReader::new(process.stdout.take().expect("it is piped"));
        let said = Arc::new(Mutex::new(Said::default()));
        let saying = said.clone();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let mut said = saying.lock().expect("no one panics");
                if let Some(batch) = acknowledged(&line) {
                    said.accepted.push(batch);
                    said.last_accepted = Some(Instant::now());
                } else if let Some(kind) = line.strip_prefix("- ") {
                    said.refused.push(kind.to_owned());
                }
            }
        });
        Producer { process, said }
    }

    fn accepted(&self) -> u64 {
        self.said.lock().expect("no one panics").accepted.iter().map(|(_, count)| count).sum()
    }

    fn refused(&self) -> usize {
        self.said.lock().expect("no one panics").refused.len()
    }

    fn last_refusal(&self) -> String {
        self.said.lock().expect("no one panics").refused.last().cloned().unwrap_or_default()
    }

    fn kill(mut self) -> Vec<(u64, u64)> {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
        // The pipe is read to its end soon after.
        std::thread::sleep(Duration::from_millis(100));
        self.said.lock().expect("no one panics").accepted.clone()
    }
}

fn wait_for(
    what: &str,
    time: Duration,
    mut is_so: impl FnMut() -> bool,
) -> Result<Duration, String> {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > time {
            return Err(format!("{what}: not within {time:?}"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(start.elapsed())
}

/// Delivers what is left and looks for what was acknowledged.
fn check_all_arrive(
    queue: &Path,
    collector: &Collector,
    accepted: &[(u64, u64)],
) -> Result<u64, String> {
    let sink = Sink::open(queue, [child::endpoint(collector.port, false)], Options::default())
        .map_err(|error| error.to_string())?;
    if !sink.wait_until_empty(Duration::from_secs(60)) {
        return Err(format!("not empty: {:?}", sink.report()));
    }
    sink.shutdown(Duration::from_secs(5));
    let counts = collector.counts.lock().expect("no one panics");
    let numbers = accepted.iter().flat_map(|(first, count)| *first..first + count);
    let lost = numbers.filter(|number| !counts.contains_key(number)).count();
    if lost > 0 {
        return Err(format!("{lost} lost"));
    }
    Ok(accepted.iter().map(|(_, count)| count).sum())
}

/// F2: the disk is full for a while.
pub(crate) fn full(_: Form) -> Verdict {
    with_library(|folder, library| {
        let queue = folder.path().join("queue");
        let switch = folder.path().join("full");
        let collector = Collector::start();
        let env = [("LD_PRELOAD", library), ("FAULT_FULL", switch.to_str().expect("a name"))];
        let producer = Producer::start(&queue, collector.port, 0, (4, 20), &env);
        let text = (|| {
            let second = Duration::from_secs(1);
            wait_for("accepted", 20 * second, || producer.accepted() > 1_000)?;
            std::fs::write(&switch, "").map_err(|error| error.to_string())?;
            wait_for("refused", 5 * second, || producer.refused() > 20)?;
            let kind = producer.last_refusal();
            if kind != "DiskFull" && kind != "Full" {
                return Err(format!("refused as {kind}"));
            }
            std::thread::sleep(second / 2);
            let before = producer.accepted();
            std::fs::remove_file(&switch).map_err(|error| error.to_string())?;
            let back = wait_for("accepted again", second, || producer.accepted() > before)?;
            wait_for("goes on", 5 * second, || producer.accepted() > before + 2_000)?;
            Ok(back)
        })();
        let accepted = producer.kill();
        let back = text?;
        let total = check_all_arrive(&queue, &collector, &accepted)?;
        Ok(format!("refused with DiskFull, back after {back:.0?}; {total} accepted, 0 lost"))
    })
}

/// F3: each sync takes 5 ms more.
pub(crate) fn slow(form: Form) -> Verdict {
    with_library(|folder, library| {
        let queue = folder.path().join("queue");
        let collector = Collector::start();
        let env = [("LD_PRELOAD", library), ("FAULT_SLOW_US", "5000")];
        let producer = Producer::start(&queue, collector.port, 0, (64, 1), &env);
        let first = wait_for("accepted", Duration::from_secs(20), || producer.accepted() > 0);
        std::thread::sleep(Duration::from_millis(300));
        let (start, before) = (Instant::now(), producer.accepted());
        std::thread::sleep(Duration::from_secs(if form == Form::Long { 5 } else { 2 }));
        let rate = (producer.accepted() - before) as f64 / start.elapsed().as_secs_f64();
        let accepted = producer.kill();
        first?;
        check_all_arrive(&queue, &collector, &accepted)?;
        let text = format!("64 producers, one record at a time: {rate:.0}/s, 0 lost");
        // The rate is for an optimized build on a quiet machine.
        let least = if form == Form::Long { 8_000.0 } else { 1_000.0 };
        if rate < least { Err(text) } else { Ok(text) }
    })
}

/// F3: a sync fails. Nothing may be accepted afterwards, not even when syncs succeed again.
pub(crate) fn broken(_: Form) -> Verdict {
    with_library(|folder, library| {
        let queue = folder.path().join("queue");
        let switch = folder.path().join("broken");
        let collector = Collector::start();
        let env = [("LD_PRELOAD", library), ("FAULT_BROKEN", switch.to_str().expect("a name"))];
        let producer = Producer::start(&queue, collector.port, 0, (4, 20), &env);
        let result = (|| {
            let second = Duration::from_secs(1);
            wait_for("accepted", 20 * second, || producer.accepted() > 1_000)?;
            std::fs::write(&switch, "").map_err(|error| error.to_string())?;
            wait_for("refused", 5 * second, || producer.refused() > 4)?;
            let kind = producer.last_refusal();
            if kind != "Unavailable" {
                return Err(format!("refused as {kind}"));
            }
            std::fs::remove_file(&switch).map_err(|error| error.to_string())?;
            let before = producer.accepted();
            std::thread::sleep(second / 2);
            if producer.accepted() > before {
                return Err("accepted after a failed sync".to_owned());
            }
            Ok(())
        })();
        let accepted = producer.kill();
        result?;
        let total = check_all_arrive(&queue, &collector, &accepted)?;
        Ok(format!("refused with Unavailable until it is opened again; {total} accepted, 0 lost"))
    })
}

/// F4: the power fails: what was not synced is there, or not, or in part.
pub(crate) fn torn(form: Form) -> Verdict {
    let (states, records) = if form == Form::Long { (1_000, 3_000) } else { (25, 800) };
    with_library(|folder, library| {
        let queue = folder.path().join("queue");
        std::fs::create_dir_all(&queue).map_err(|error| error.to_string())?;
        let log = folder.path().join("writes");
        let role = format!("log|{}|{records}", queue.display());
        let env = [("LD_PRELOAD", library), ("FAULT_LOG", log.to_str().expect("a name"))];
        let mut process = child::start(&role, &env);
        process.wait().map_err(|error| error.to_string())?;
        let writes = read_log(&std::fs::read(&log).map_err(|error| error.to_string())?);
        if writes.len() < 100 {
            return Err(format!("only {} writes were noted", writes.len()));
        }
        let mut dice = Dice::new(4);
        let mut found = 0;
        for state in 0..states {
            let cut = dice.below(writes.len() as u64) as usize;
            let left = Folder::new("torn");
            let (accepted, delivered) = rebuild(&writes[..cut], left.path(), &mut dice);
            let here = open_and_collect(left.path())
                .map_err(|error| format!("state {state}, cut {cut}: {error}"))?;
            let lost =
                (0..accepted).filter(|n| !delivered.contains(n) && !here.contains(n)).count();
            if lost > 0 {
                return Err(format!("state {state}, cut {cut}: {lost} of {accepted} lost"));
            }
            found += here.len();
        }
        Ok(format!("{states} states of {} writes, each opens; {found} found, 0 lost", writes.len()))
    })
}

enum Op {
    Write { file: u8, offset: u64, bytes: Vec<u8> },
    Sync { file: u8 },
    Truncate { file: u8, length: u64 },
}

fn read_log(mut log: &[u8]) -> Vec<Op> {
    let mut ops = Vec::new();
    while let Some((head, rest)) = log.split_at_checked(14) {
        let (what, file) = (head[0], head[1]);
        let offset = u64::from_ne_bytes(head[2..10].try_into().expect("eight bytes"));
        let length = u32::from_ne_bytes(head[10..14].try_into().expect("four bytes")) as usize;
        log = rest;
        match what {
            b'W' => {
                let Some((bytes, rest)) = log.split_at_checked(length) else { break };
                ops.push(Op::Write { file, offset, bytes: bytes.to_vec() });
                log = rest;
            }
            b'S' => ops.push(Op::Sync { file }),
            _ => ops.push(Op::Truncate { file, length: offset }),
        }
    }
    ops
}

/// Writes the files as a disk may have them after these operations; gives how many records had been
/// acknowledged, and which had been delivered.
fn rebuild(ops: &[Op], folder: &Path, dice: &mut Dice) -> (u64, HashSet<u64>) {
    let (mut accepted, mut delivered) = (0, HashSet::new());
    for (file, name) in [(b'd', "queue.db"), (b'w', "queue.db-wal")] {
        let synced = ops.iter().rposition(|op| matches!(op, Op::Sync { file: f } if *f == file));
        let mut content: Vec<u8> = Vec::new();
        let mut exists = false;
        for (index, op) in ops.iter().enumerate() {
            let is_safe = synced.is_some_and(|synced| index < synced);
            match op {
                Op::Write { file: f, offset, bytes } if *f == file => {
                    exists = true;
                    let offset = *offset as usize;
                    for (part, sector) in bytes.chunks(512).enumerate() {
                        // All of an unsynced write, none, or any of its sectors.
                        let fate = if part == 0 { dice.below(3) } else { 2 };
                        if !is_safe && (fate == 0 || dice.below(4) == 0) {
                            continue;
                        }
                        let start = offset + 512 * part;
                        let end = start + sector.len();
                        if content.len() < end {
                            content.resize(end, 0);
                        }
                        content[start..end].copy_from_slice(sector);
                    }
                }
                Op::Truncate { file: f, length }
                    if *f == file && (is_safe || dice.below(2) == 0) =>
                {
                    content.resize(*length as usize, 0);
                }
                Op::Write { file: b'a', bytes, .. } if file == b'd' => {
                    for note in bytes.chunks_exact(9) {
                        let number = u64::from_le_bytes(note[1..].try_into().expect("eight"));
                        match note[0] {
                            b'A' => accepted = number,
                            _ => drop(delivered.insert(number)),
                        }
                    }
                }
                _ => (),
            }
        }
        if exists {
            std::fs::write(folder.join(name), content).expect("a file");
        }
    }
    (accepted, delivered)
}

/// A client that takes everything and notes the numbers.
#[derive(Default)]
pub(super) struct Taking {
    pub(super) numbers: Mutex<HashSet<u64>>,
    pub(super) damaged: Mutex<u64>,
}

impl Client for Taking {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        match number_of(request.body) {
            Some(number) => {
                self.numbers.lock().expect("no one panics").insert(number);
            }
            None => *self.damaged.lock().expect("no one panics") += 1,
        }
        Ok(Response::status(200))
    }
}

fn open_and_collect(folder: &Path) -> Result<HashSet<u64>, String> {
    let client = Arc::new(Taking::default());
    let mut options = Options::default();
    options.client = client.clone();
    let sink = Sink::open(folder, [child::endpoint(9, false)], options)
        .map_err(|error| error.to_string())?;
    if !sink.wait_until_empty(Duration::from_secs(30)) {
        return Err(format!("not empty: {:?}", sink.report()));
    }
    let report = sink.shutdown(Duration::from_secs(1));
    if !report.problems.is_empty() {
        return Err(report.problems.join("; "));
    }
    let numbers = client.numbers.lock().expect("no one panics").clone();
    Ok(numbers)
}
