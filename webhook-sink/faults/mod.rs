//! Faults of processes, disks and files, and what must hold after them. Run in a short form by
//! `cargo test`, in a long form by the example `faults`.
#![allow(dead_code, reason = "the test and the example use different parts")]

pub(crate) mod child;
mod damage;
mod disk;
mod kill;

use std::collections::HashMap;
use std::fmt;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Some seconds each.
    Short,
    /// As the fault table asks.
    Long,
}

/// What came out of one fault.
#[derive(Debug)]
pub(crate) enum Verdict {
    Passed(String),
    Failed(String),
    /// Something that it needs is not there.
    Skipped(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Passed(text) => write!(f, "passed   {text}"),
            Verdict::Failed(text) => write!(f, "FAILED   {text}"),
            Verdict::Skipped(text) => write!(f, "skipped  {text}"),
        }
    }
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        !matches!(self, Verdict::Failed(_))
    }

    fn of(result: Result<String, String>) -> Verdict {
        match result {
            Ok(text) => Verdict::Passed(text),
            Err(text) => Verdict::Failed(text),
        }
    }
}

/// A row of the table: its name, and what finds out.
pub(crate) type Row = (&'static str, &'static str, fn(Form) -> Verdict);

pub(crate) const ROWS: &[Row] = &[
    ("F1", "kill -9 at random times", kill::kill),
    ("F2", "disk full, then freed", disk::full),
    ("F3", "fsync 5 ms slower", disk::slow),
    ("F3", "fsync fails", disk::broken),
    ("F4", "unsynced writes dropped or torn", disk::torn),
    ("F5", "bit flips and truncation", damage::damage),
    ("F6", "a long queue after kill -9", kill::long_queue),
];

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("webhook-sink-{name}-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Chance that can be repeated.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if limit == 0 { 0 } else { (self.0 >> 33) % limit }
    }
}

/// A body of about `bytes` bytes that tells its number and can be checked.
pub(crate) fn body(number: u64, bytes: usize) -> Vec<u8> {
    let mut text = format!("{number} ").into_bytes();
    let mut dice = Dice::new(number);
    while text.len() < bytes {
        text.push(b'a' + dice.below(26) as u8);
    }
    text
}

/// The number of a body, if it is as [`body`] made it.
pub(crate) fn number_of(found: &[u8]) -> Option<u64> {
    let digits = found.split(|byte| *byte == b' ').next()?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (body(number, found.len()) == found).then_some(number)
}

/// A receiver that counts what it took, and refuses every twentieth.
pub(crate) struct Collector {
    pub(crate) port: u16,
    pub(crate) counts: Arc<Mutex<HashMap<u64, u32>>>,
    pub(crate) damaged: Arc<AtomicU64>,
}

impl Collector {
    pub(crate) fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let counts = Arc::new(Mutex::new(HashMap::new()));
        let damaged = Arc::new(AtomicU64::new(0));
        let collector = Collector { port, counts: counts.clone(), damaged: damaged.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counts, damaged) = (counts.clone(), damaged.clone());
                std::thread::spawn(move || drop(collect(stream, &counts, &damaged)));
            }
        });
        collector
    }

    pub(crate) fn distinct(&self) -> usize {
        self.counts.lock().expect("no one panics").len()
    }
}

fn collect(
    mut stream: TcpStream,
    counts: &Mutex<HashMap<u64, u32>>,
    damaged: &AtomicU64,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let mut requests = 0_u64;
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            bytes.extend_from_slice(&buffer[..read]);
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        while bytes.len() < end + length {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            bytes.extend_from_slice(&buffer[..read]);
        }
        requests += 1;
        if requests.is_multiple_of(20) {
            stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")?;
        } else {
            match number_of(&bytes[end..end + length]) {
                Some(number) => {
                    *counts.lock().expect("no one panics").entry(number).or_default() += 1;
                }
                None => drop(damaged.fetch_add(1, Ordering::Relaxed)),
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
        bytes.drain(..end + length);
    }
}
