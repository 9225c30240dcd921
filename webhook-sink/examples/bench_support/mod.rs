//! What the measuring programs share: a receiver on this machine, and the process' own figures.
#![allow(dead_code, reason = "each program uses some of it")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A receiver that answers 200 to every request, after a while.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    pub(crate) count: Arc<AtomicU64>,
    /// When each body that begins with a number arrived, if that is wanted.
    pub(crate) arrivals: Arc<Mutex<Vec<(u64, Instant)>>>,
}

impl Receiver {
    pub(crate) fn start(delay: Duration, notes_arrivals: bool) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let count = Arc::new(AtomicU64::new(0));
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let receiver = Receiver { port, count: count.clone(), arrivals: arrivals.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, arrivals) = (count.clone(), arrivals.clone());
                let arrivals = notes_arrivals.then_some(arrivals);
                let spawned = std::thread::Builder::new()
                    .stack_size(64 * 1024)
                    .spawn(move || drop(serve(stream, delay, &count, arrivals.as_deref())));
                drop(spawned);
            }
        });
        receiver
    }

    pub(crate) fn received(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

fn serve(
    mut stream: TcpStream,
    delay: Duration,
    count: &AtomicU64,
    arrivals: Option<&Mutex<Vec<(u64, Instant)>>>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    let mut filled = 0;
    loop {
        let (head, length) = loop {
            if let Some(found) = head_and_length(&buffer[..filled]) {
                break found;
            }
            let read = stream.read(&mut buffer[filled..])?;
            if read == 0 {
                return Ok(());
            }
            filled += read;
        };
        while filled < head + length {
            if buffer.len() < head + length {
                buffer.resize(head + length, 0);
            }
            let read = stream.read(&mut buffer[filled..])?;
            if read == 0 {
                return Ok(());
            }
            filled += read;
        }
        if let Some(arrivals) = arrivals {
            let body = &buffer[head..head + length];
            let digits = body.iter().take_while(|byte| byte.is_ascii_digit());
            let number = digits.fold(0, |n: u64, byte| n * 10 + u64::from(byte - b'0'));
            let now = Instant::now();
            arrivals.lock().expect("no one panics").push((number, now));
        }
        buffer.copy_within(head + length..filled, 0);
        filled -= head + length;
        count.fetch_add(1, Ordering::Relaxed);
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

fn head_and_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((head, length.unwrap_or(0)))
}

/// CPU time of this process, in seconds.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    // Fields 14 and 15 of the line; a tick is a hundredth of a second on every Linux.
    (ticks(11) + ticks(12)) / 100.0
}

/// Memory in use and its peak, in MiB.
pub(crate) fn memory_mib() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse::<f64>().ok())
            .unwrap_or(0.0)
            / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Forgets the peak of memory so far.
pub(crate) fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

pub(crate) fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("webhook-sink-{name}-{}", std::process::id()));
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

/// A body of about 2 KB that begins with a number.
pub(crate) fn body(number: u64) -> Vec<u8> {
    let mut text = format!("{number} {{\"event_type\":\"Order Completed\",\"filler\":\"");
    while text.len() < 2_046 {
        text.push_str("0123456789abcdef");
    }
    text.truncate(2_046);
    text.push_str("\"}");
    text.into_bytes()
}

/// The value at this share of the sorted ones.
pub(crate) fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}
