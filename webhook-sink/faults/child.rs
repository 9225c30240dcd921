//! What the process does that is to be killed. It is this same program, told by the environment.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use webhook_sink::{
    Client, Endpoint, ErrorKind, Network, Options, Policy, Record, Request, Response, Sink,
    TransportError,
};

use super::body;

const ROLE: &str = "FAULT_CHILD";

/// Plays the role the environment gives; `false` if it gives none.
pub(crate) fn play() -> bool {
    let Ok(role) = std::env::var(ROLE) else { return false };
    let words: Vec<&str> = role.split('|').collect();
    match words[..] {
        ["produce", folder, port, first, producers, batch] => produce(
            Path::new(folder),
            number(port) as u16,
            number(first),
            number(producers),
            number(batch),
        ),
        ["fill", folder, count] => fill(Path::new(folder), number(count)),
        ["log", folder, count] => log(Path::new(folder), number(count)),
        _ => panic!("the role {role:?} is not known"),
    }
    true
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

/// Starts a child in this role, its output piped.
pub(crate) fn start(role: &str, environment: &[(&str, &str)]) -> Child {
    let own = std::env::current_exe().expect("this program");
    let mut command = Command::new(own);
    // In a test program these run the one test that plays the role; the example takes no notice.
    command.args(["child_process", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).stdout(Stdio::piped());
    for (name, value) in environment {
        command.env(name, value);
    }
    command.spawn().expect("a second process")
}

/// Attempts come soon one after the other, so that a test sees retries.
pub(crate) fn endpoint(port: u16, hold: bool) -> Endpoint {
    let mut policy = Policy::default();
    policy.schedule = vec![Duration::from_millis(300); 20];
    policy.tries = 1;
    policy.max_in_flight = 64;
    Endpoint::builder("a", &format!("http://127.0.0.1:{port}/hook"))
        .network(Network::loopback())
        .policy(policy)
        .hold(hold)
        .build()
        .expect("a good endpoint")
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // The parent may have gone.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Accepts numbered records, each producer every so many numbers, until it is killed; says
/// `+ first count` for each batch that is durable, `- kind` for one that is refused.
fn produce(folder: &Path, port: u16, first: u64, producers: u64, batch: u64) {
    let mut options = Options::default();
    options.max_in_flight = 64;
    let sink = Sink::open(folder, [endpoint(port, false)], options).expect("a sink");
    let to = [sink.endpoint("a").expect("it is there")];
    let next = AtomicU64::new(first);
    say("open\n");
    std::thread::scope(|scope| {
        for _ in 0..producers {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(batch, Ordering::Relaxed);
                    let records =
                        (from..from + batch).map(|n| Record::new(body(n, 500), to)).collect();
                    match sink.accept(records) {
                        Ok(()) => say(&format!("+ {from} {batch}\n")),
                        Err(error) => {
                            say(&format!("- {:?}\n", error.kind()));
                            std::thread::sleep(Duration::from_millis(20));
                            let ends = [ErrorKind::Closed];
                            assert!(!ends.contains(&error.kind()), "{error}");
                        }
                    }
                }
            });
        }
    });
}

/// Fills a queue whose endpoint is held, says so, and waits to be killed.
fn fill(folder: &Path, count: u64) {
    let sink = Sink::open(folder, [endpoint(9, true)], Options::default()).expect("a sink");
    let to = [sink.endpoint("a").expect("it is there")];
    for first in (0..count).step_by(200) {
        let records = (first..first + 200).map(|n| Record::new(body(n, 2_000), to)).collect();
        sink.accept(records).expect("accepted");
    }
    say("full\n");
    std::thread::sleep(Duration::from_secs(600));
}

/// A client that notes each number before it says that it arrived.
struct Noting(std::fs::File);

impl Client for Noting {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        let number = super::number_of(request.body).expect("a body of ours");
        // Some come only in a later attempt, so that bodies are stored.
        if request.attempt == 0 && number.is_multiple_of(7) {
            return Ok(Response::status(503));
        }
        note(&self.0, b'D', number);
        Ok(Response::status(200))
    }
}

fn note(file: &std::fs::File, what: u8, number: u64) {
    let mut bytes = vec![what];
    bytes.extend_from_slice(&number.to_le_bytes());
    let mut file = file;
    file.write_all(&bytes).expect("a note");
}

/// Accepts and delivers, noting both in the order in which the files are written.
fn log(folder: &Path, count: u64) {
    let acks = std::fs::File::create(folder.join("acks")).expect("a file");
    let mut options = Options::default();
    options.client = Arc::new(Noting(acks.try_clone().expect("a file")));
    let sink = Sink::open(folder, [endpoint(9, false)], options).expect("a sink");
    let to = [sink.endpoint("a").expect("it is there")];
    let mut next = 0;
    let mut size = 1;
    while next < count {
        let records = (next..next + size).map(|n| Record::new(body(n, 700), to)).collect();
        sink.accept(records).expect("accepted");
        next += size;
        note(&acks, b'A', next);
        size = size % 40 + 13;
        std::thread::sleep(Duration::from_millis(1));
    }
    sink.wait_until_empty(Duration::from_millis(500));
    // Killed, as it were.
    std::process::exit(0);
}
