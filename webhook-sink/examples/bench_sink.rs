//! What the sink does per second, beside what the machine and the raw client do:
//!
//!     cargo run --release -p webhook-sink --example bench_sink [seconds per row]
//!
//! Everything runs in one process on this machine, the receiver included.

mod bench_support;

use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bench_support::{
    Folder, Receiver, body, cpu_seconds, memory_mib, percentile, reset_peak, threads,
};
use webhook_sink::{Client, Endpoint, Network, Options, Policy, Record, Request, Sink, UreqClient};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, folder, count] = &arguments[..]
        && mode == "fill"
    {
        fill(folder, count.parse().expect("a number of records"));
        return;
    }
    let seconds = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(5.0);
    let time = Duration::from_secs_f64(seconds);
    let wanted = arguments.get(1).map_or("", String::as_str);
    let is_wanted = |part: &str| wanted.is_empty() || wanted == part;
    say("records of 2 KB; rates per second; CPU is user and system time of the whole process");
    if is_wanted("accept") {
        acceptance(time);
    }
    if is_wanted("deliver") {
        delivery(time, arguments.get(2).map_or("", String::as_str));
    }
    if is_wanted("latency") {
        latency(time);
    }
    if is_wanted("long") {
        long_queue(1_000_000);
    }
}

fn say(text: &str) {
    // A program that prints a table writes to its output.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

fn endpoint(key: &str, port: u16) -> Endpoint {
    let mut policy = Policy::default();
    policy.max_in_flight = 2_048;
    Endpoint::builder(key, &format!("http://127.0.0.1:{port}/hook"))
        .network(Network::loopback())
        .policy(policy)
        .build()
        .expect("a good endpoint")
}

/// How fast the disk takes bytes for good.
fn commit_limit(time: Duration, batch: usize) -> f64 {
    let folder = Folder::new("limit");
    let mut file = std::fs::File::create(folder.path().join("file")).expect("a file");
    let bytes = vec![7_u8; 2_048 * batch];
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < time {
        // As a log that is begun again from time to time.
        if count % 64 == 0 {
            file.seek(SeekFrom::Start(0)).expect("a seek");
        }
        file.write_all(&bytes).expect("a write");
        file.sync_data().expect("a sync");
        count += 1;
    }
    (count * batch) as f64 / start.elapsed().as_secs_f64()
}

fn acceptance(time: Duration) {
    say("\naccepted and durable            rate   share of the commit limit");
    for (name, producers, batch) in
        [("one at a time", 1, 1), ("batches of 100", 1, 100), ("64 producers", 64, 1)]
    {
        let limit = commit_limit(time / 2, if producers > 1 { producers } else { batch });
        let folder = Folder::new("accept");
        let held = Endpoint::builder("held", "http://127.0.0.1:9/")
            .hold(true)
            .build()
            .expect("a good endpoint");
        let sink = Sink::open(folder.path(), [held], Options::default()).expect("a sink");
        let to = [sink.endpoint("held").expect("it is there")];
        let total = AtomicU64::new(0);
        let data = body(1);
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..producers {
                scope.spawn(|| {
                    while start.elapsed() < time {
                        let records = (0..batch).map(|_| Record::new(data.clone(), to)).collect();
                        sink.accept(records).expect("accepted");
                        total.fetch_add(batch as u64, Ordering::Relaxed);
                    }
                });
            }
        });
        let rate = total.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
        say(&format!("  {name:<24} {rate:>10.0}   {:.2} of {limit:.0}", rate / limit));
    }
}

/// Requests per second and per second of CPU of the client alone, with `workers` threads.
fn raw_client(time: Duration, workers: usize, delay: Duration) -> (f64, f64) {
    let receiver = Receiver::start(delay, false);
    let client = UreqClient::new();
    let endpoint = endpoint("raw", receiver.port);
    let data = body(1);
    measure(time, workers, || {
        let request = Request::to(&endpoint, "msg_1", &data);
        client.send(&request).is_ok()
    })
}

/// The same with nothing but sockets.
fn raw_sockets(time: Duration, workers: usize) -> (f64, f64) {
    let receiver = Receiver::start(Duration::ZERO, false);
    let mut message = b"POST /hook HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nuser-agent: Amplitude/Webhook/1.0\r\ncontent-length: 2048\r\n\r\n".to_vec();
    message.extend_from_slice(&body(1));
    thread_local! {
        static STREAM: std::cell::RefCell<Option<TcpStream>> = const { std::cell::RefCell::new(None) };
    }
    measure(time, workers, || {
        STREAM.with_borrow_mut(|stream| {
            let stream = stream.get_or_insert_with(|| {
                let stream =
                    TcpStream::connect(("127.0.0.1", receiver.port)).expect("a connection");
                stream.set_nodelay(true).expect("no delay");
                stream
            });
            let mut answer = [0; 256];
            stream.write_all(&message).is_ok() && stream.read(&mut answer).is_ok()
        })
    })
}

fn measure(time: Duration, workers: usize, send: impl Fn() -> bool + Sync) -> (f64, f64) {
    let total = AtomicU64::new(0);
    let (start, cpu) = (Instant::now(), cpu_seconds());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while start.elapsed() < time {
                    assert!(send(), "the receiver answers");
                    total.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let total = total.load(Ordering::Relaxed) as f64;
    (total / start.elapsed().as_secs_f64(), total / (cpu_seconds() - cpu))
}

/// Rows whose name begins with `wanted`.
fn delivery(time: Duration, wanted: &str) {
    say("\nclient alone                    rate   per CPU second   CPU each");
    for workers in if wanted.len() > 5 { vec![] } else { vec![2, 8, 32] } {
        let (rate, per_cpu) = raw_sockets(time / 2, workers);
        row(&format!("sockets, {workers} threads"), rate, per_cpu);
    }
    let mut best: f64 = 0.0;
    for (workers, delay) in [(2, 0), (8, 0), (32, 0), (256, 20), (256, 200), (1_024, 200)] {
        if wanted.len() > 5 && workers != 2 {
            continue;
        }
        let (rate, per_cpu) = raw_client(time / 2, workers, Duration::from_millis(delay));
        best = best.max(per_cpu);
        row(&format!("ureq, {workers} threads, {delay} ms"), rate, per_cpu);
    }
    say(
        "\naccepted to delivered           rate   per CPU second   CPU each   of ureq   threads   MiB at most",
    );
    for (destinations, delay, in_flight) in
        [(1, 0, 256), (10, 0, 256), (1_000, 0, 256), (1, 20, 256), (1, 200, 256), (1, 200, 1_024)]
    {
        let name = format!("{destinations} to, {delay} ms, {in_flight} at once");
        if !name.starts_with(wanted) {
            continue;
        }
        let through = Through::run(time, destinations, Duration::from_millis(delay), in_flight);
        let Through { rate, per_cpu, threads, memory } = through;
        say(&format!(
            "  {name:<24} {rate:>10.0}   {per_cpu:>14.0}   {:>5.1} us   {:>7.2}   {threads:>7}   {memory:>6.1}",
            1e6 / per_cpu,
            per_cpu / best
        ));
    }
}

fn row(name: &str, rate: f64, per_cpu: f64) {
    say(&format!("  {name:<24} {rate:>10.0}   {per_cpu:>14.0}   {:>5.1} us", 1e6 / per_cpu));
}

struct Through {
    rate: f64,
    per_cpu: f64,
    threads: usize,
    memory: f64,
}

impl Through {
    /// Accepts as fast as deliveries keep up, and counts arrivals.
    fn run(time: Duration, destinations: usize, delay: Duration, in_flight: usize) -> Through {
        let receiver = Receiver::start(delay, false);
        let folder = Folder::new("through");
        let endpoints = (0..destinations).map(|n| endpoint(&format!("e{n}"), receiver.port));
        let mut options = Options::default();
        options.max_in_flight = in_flight;
        let sink = Sink::open(folder.path(), endpoints, options).expect("a sink");
        let to: Vec<_> = (0..destinations)
            .map(|n| sink.endpoint(&format!("e{n}")).expect("it is there"))
            .collect();
        let data = body(1);
        reset_peak();
        let base = memory_mib().0;
        let sent = AtomicU64::new(0);
        let is_over = AtomicBool::new(false);
        // Warm up first: connections and caps.
        let warm = time / 4;
        let mut most_threads = 0;
        let (mut rate, mut per_cpu) = (0.0, 0.0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut next = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let waiting = sent.load(Ordering::Relaxed).saturating_sub(receiver.received());
                    if waiting > 20_000 {
                        std::thread::sleep(Duration::from_millis(1));
                        continue;
                    }
                    let records = (0..100)
                        .map(|_| {
                            next = (next + 1) % to.len();
                            Record::new(data.clone(), [to[next]])
                        })
                        .collect();
                    sink.accept(records).expect("accepted");
                    sent.fetch_add(100, Ordering::Relaxed);
                }
            });
            std::thread::sleep(warm);
            let (start, cpu, before) = (Instant::now(), cpu_seconds(), receiver.received());
            std::thread::sleep(time);
            let count = (receiver.received() - before) as f64;
            most_threads = threads().max(most_threads);
            rate = count / start.elapsed().as_secs_f64();
            per_cpu = count / (cpu_seconds() - cpu);
            is_over.store(true, Ordering::Relaxed);
        });
        let memory = memory_mib().1 - base;
        sink.shutdown(Duration::from_secs(1));
        Through { rate, per_cpu, threads: most_threads, memory }
    }
}

fn latency(time: Duration) {
    say(
        "\nfrom the call of accept to the arrival      p50        p99   (the client alone: p50, p99)",
    );
    for rate in [300_u64, 1_000] {
        let receiver = Receiver::start(Duration::ZERO, true);
        let folder = Folder::new("latency");
        let sink = Sink::open(folder.path(), [endpoint("a", receiver.port)], Options::default())
            .expect("a sink");
        let to = [sink.endpoint("a").expect("it is there")];
        let count = (time.as_secs_f64() * rate as f64) as u64;
        let begun = paced(rate, count, |number| {
            sink.submit(vec![Record::new(body(number), to)], |result| result.expect("accepted"));
        });
        sink.wait_until_empty(Duration::from_secs(10));
        let with_sink = latencies(&receiver, &begun);
        let receiver = Receiver::start(Duration::ZERO, true);
        let client = Arc::new(UreqClient::new());
        let endpoint = endpoint("a", receiver.port);
        let begun = paced(rate, count, |number| {
            let data = body(number);
            client.send(&Request::to(&endpoint, "msg_1", &data)).expect("an answer");
        });
        let alone = latencies(&receiver, &begun);
        say(&format!(
            "  {:<36} {:>8.2?} {:>10.2?}   ({:.2?}, {:.2?})",
            format!("{rate} per second"),
            percentile(&with_sink, 0.5),
            percentile(&with_sink, 0.99),
            percentile(&alone, 0.5),
            percentile(&alone, 0.99),
        ));
    }
}

/// Calls `send` at an even pace; gives when each call began.
fn paced(rate: u64, count: u64, mut send: impl FnMut(u64)) -> Vec<Instant> {
    let start = Instant::now();
    let mut begun = Vec::new();
    for number in 0..count {
        let at = start + Duration::from_secs_f64(number as f64 / rate as f64);
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        begun.push(Instant::now());
        send(number);
    }
    begun
}

fn latencies(receiver: &Receiver, begun: &[Instant]) -> Vec<Duration> {
    let arrivals = receiver.arrivals.lock().expect("no one panics");
    let mut all: Vec<Duration> = arrivals
        .iter()
        .filter_map(|(number, at)| {
            Some(at.saturating_duration_since(*begun.get(usize::try_from(*number).ok()?)?))
        })
        .collect();
    all.sort();
    all
}

/// Fills a queue whose endpoint is held, then waits to be killed.
fn fill(folder: &str, count: u64) {
    let held = Endpoint::builder("a", "http://127.0.0.1:9/").hold(true).build().expect("good");
    let sink = Sink::open(folder, [held], Options::default()).expect("a sink");
    let to = [sink.endpoint("a").expect("it is there")];
    for first in (0..count).step_by(100) {
        let records = (first..first + 100).map(|n| Record::new(body(n), to)).collect();
        sink.accept(records).expect("accepted");
    }
    say(&format!("{:.1}", memory_mib().0));
    let _ = std::io::stdout().flush();
    std::thread::sleep(Duration::from_secs(600));
}

fn long_queue(count: u64) {
    say(&format!("\n{count} records queued"));
    let folder = Folder::new("long");
    let own = std::env::current_exe().expect("this program");
    let mut child = Command::new(own)
        .args(["fill", &folder.path().display().to_string(), &count.to_string()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a second process");
    let mut line = String::new();
    let out = child.stdout.take().expect("it is piped");
    let mut out = std::io::BufReader::new(out);
    std::io::BufRead::read_line(&mut out, &mut line).expect("its memory");
    child.kill().expect("killed");
    child.wait().expect("gone");
    say(&format!("  memory while filling          {} MiB", line.trim()));
    // As root the page cache can be emptied; elsewhere the file is still in memory.
    let cold = std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
    let receiver = Receiver::start(Duration::ZERO, false);
    let base = memory_mib().0;
    let start = Instant::now();
    let sink = Sink::open(folder.path(), [endpoint("a", receiver.port)], Options::default())
        .expect("a sink");
    let opened = start.elapsed();
    while receiver.received() == 0 {
        std::thread::sleep(Duration::from_micros(200));
    }
    let first = start.elapsed();
    let cache = if cold { "cold cache" } else { "warm cache" };
    say(&format!("  opened after kill -9 ({cache}) {opened:.1?}, first delivery {first:.1?}"));
    let status = Instant::now();
    let depth = sink.control().status().map(|status| status.endpoints[0].queue.depth);
    say(&format!("  status of {depth:?} in {:.1?}", status.elapsed()));
    let (start, cpu, before) = (Instant::now(), cpu_seconds(), receiver.received());
    std::thread::sleep(Duration::from_secs(5));
    let drained = (receiver.received() - before) as f64;
    say(&format!(
        "  drained {:.0} per second, {:.0} per CPU second, memory +{:.1} MiB",
        drained / start.elapsed().as_secs_f64(),
        drained / (cpu_seconds() - cpu),
        memory_mib().1 - base
    ));
    sink.shutdown(Duration::from_secs(1));
}
