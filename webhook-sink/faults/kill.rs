//! F1 and F6: a process that is killed.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use webhook_sink::{Options, Sink};

use super::{Collector, Dice, Folder, Form, Verdict, child};

/// Kills a process that accepts and delivers, again and again; then lets everything be delivered.
pub(crate) fn kill(form: Form) -> Verdict {
    Verdict::of(try_kill(if form == Form::Long { 200 } else { 5 }))
}

fn try_kill(rounds: u64) -> Result<String, String> {
    let folder = Folder::new("kill");
    let collector = Collector::start();
    let mut dice = Dice::new(1);
    let mut accepted = Vec::new();
    let mut most_repeated = 0;
    let mut producing = Duration::ZERO;
    for round in 0..rounds {
        let first = round * 100_000_000;
        let role = format!("produce|{}|{}|{first}|4|50", folder.path().display(), collector.port);
        let before = repeated(&collector);
        let mut process = child::start(&role, &[]);
        let out = BufReader::new(process.stdout.take().expect("it is piped"));
        let reader = std::thread::spawn(move || {
            let mut accepted = Vec::new();
            let mut begun = None;
            for line in out.lines().map_while(Result::ok) {
                // A test program begins the line with the test's name.
                if line.ends_with("open") {
                    begun = Some(Instant::now());
                }
                accepted.extend(acknowledged(&line));
            }
            (accepted, begun.map(|begun| begun.elapsed()))
        });
        std::thread::sleep(Duration::from_millis(100 + dice.below(500)));
        process.kill().expect("killed");
        process.wait().expect("gone");
        let (of_round, time) = reader.join().expect("no panic");
        accepted.extend(of_round);
        producing += time.unwrap_or_default();
        most_repeated = most_repeated.max(repeated(&collector) - before);
    }
    let before = repeated(&collector);
    let sink =
        Sink::open(folder.path(), [child::endpoint(collector.port, false)], Options::default())
            .map_err(|error| error.to_string())?;
    if !sink.wait_until_empty(Duration::from_secs(120)) {
        return Err(format!("not empty: {:?}", sink.report()));
    }
    let report = sink.shutdown(Duration::from_secs(5));
    most_repeated = most_repeated.max(repeated(&collector) - before);
    let counts = collector.counts.lock().expect("no one panics");
    let total: u64 = accepted.iter().map(|(_, count)| count).sum();
    let lost: Vec<u64> = accepted
        .iter()
        .flat_map(|(first, count)| *first..first + count)
        .filter(|number| !counts.contains_key(number))
        .collect();
    let damaged = collector.damaged.load(std::sync::atomic::Ordering::Relaxed);
    if !lost.is_empty() || damaged > 0 || !report.problems.is_empty() {
        return Err(format!("{} of {total} lost, {damaged} damaged, {report:?}", lost.len()));
    }
    // In flight, the acknowledgements of one block, and those that came while it was written.
    if most_repeated > 64 + 2 * 256 {
        return Err(format!("{most_repeated} repeated after one kill"));
    }
    let rate = total as f64 / producing.as_secs_f64();
    Ok(format!(
        "{rounds} kills at {rate:.0}/s: {total} accepted, 0 lost, 0 damaged, at most {most_repeated} repeated after one"
    ))
}

/// How many arrivals were not the first of their number.
fn repeated(collector: &Collector) -> u64 {
    let counts = collector.counts.lock().expect("no one panics");
    counts.values().map(|count| u64::from(count - 1)).sum()
}

/// The batch that a line of the child says is durable.
pub(super) fn acknowledged(line: &str) -> Option<(u64, u64)> {
    let (first, count) = line.strip_prefix("+ ")?.split_once(' ')?;
    Some((first.parse().ok()?, count.parse().ok()?))
}

/// Opens a long queue after its owner was killed; as root with an empty page cache.
pub(crate) fn long_queue(form: Form) -> Verdict {
    // The short form runs beside other tests, and without optimization.
    let (count, most) = if form == Form::Long { (1_000_000, 500) } else { (20_000, 5_000) };
    Verdict::of(try_long_queue(form, count, Duration::from_millis(most)))
}

fn try_long_queue(form: Form, count: u64, most: Duration) -> Result<String, String> {
    let folder = Folder::new("long");
    let role = format!("fill|{}|{count}", folder.path().display());
    let mut process = child::start(&role, &[]);
    let out = BufReader::new(process.stdout.take().expect("it is piped"));
    let is_full = out.lines().map_while(Result::ok).any(|line| line.ends_with("full"));
    process.kill().expect("killed");
    process.wait().expect("gone");
    if !is_full {
        return Err("the queue could not be filled".to_owned());
    }
    let is_cold = form == Form::Long && std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
    let collector = Collector::start();
    let start = Instant::now();
    let sink =
        Sink::open(folder.path(), [child::endpoint(collector.port, false)], Options::default())
            .map_err(|error| error.to_string())?;
    while collector.distinct() == 0 {
        if start.elapsed() > Duration::from_secs(60) {
            return Err(format!("nothing arrives: {:?}", sink.report()));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    let first = start.elapsed();
    let cache = if is_cold { "cold" } else { "warm" };
    let text = format!("{count} queued, {cache} cache: first delivery after {first:.0?}");
    sink.shutdown(Duration::from_secs(1));
    if first > most { Err(text) } else { Ok(text) }
}
