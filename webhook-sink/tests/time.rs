//! Clocks that are set, long outages, limits of the rate: in virtual time.

mod common;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Folder, Jumping, Scripted, endpoint, options};
use webhook_sink::{Endpoint, Policy, Record, Response, Sink};

const LONG: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600_000;

/// F17 of the fault table: the wall clock is set while retries wait.
#[test]
fn a_clock_that_is_set_makes_one_attempt_early_at_most() {
    for (name, start, shift) in [
        ("an hour ahead", 1_700_000_000, HOUR),
        ("an hour back", 1_700_000_000, -HOUR),
        ("over 2038", 2_147_483_000, HOUR),
        ("a year back", 2_147_483_000, -365 * 24 * HOUR),
    ] {
        let folder = Folder::new("clock");
        let clock = Jumping::starting_at(Duration::from_secs(start));
        let setting = clock.clone();
        let client = Scripted::new(&clock, move |sent| {
            if sent.attempt == 2 && sent.request == 0 {
                setting.shift_ms.store(shift, Ordering::Relaxed);
            }
            Ok(Response::status(500))
        });
        let sink =
            Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
        let a = sink.endpoint("a").unwrap();
        sink.accept(vec![Record::new("{}", [a])]).unwrap();
        assert!(sink.wait_until_empty(LONG), "{name}: {:?}", sink.report());
        let starts: Vec<f64> = client
            .sent()
            .iter()
            .filter(|sent| sent.request == 0)
            .map(|sent| sent.at.as_secs_f64() / 60.0)
            .collect();
        assert_eq!(starts.len(), 10, "{name}");
        let planned = [1.0, 2.0, 4.0, 8.0, 15.0, 25.0, 40.0, 60.0, 80.0];
        let mut early = 0;
        for (pair, planned) in starts.windows(2).zip(planned) {
            let delay = pair[1] - pair[0];
            assert!(delay <= planned + 0.1, "{name}: {delay} of {planned}");
            early += u32::from(delay < 0.9 * planned);
        }
        assert!(early <= 1, "{name}: {starts:?}");
    }
}

/// The same over a restart: what is planned too far ahead, because the clock was set back, still
/// comes.
#[test]
fn retries_come_after_a_restart_with_the_clock_set_back() {
    let folder = Folder::new("restart");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |sent| {
        Ok(Response::status(if sent.attempt < 2 { 500 } else { 200 }))
    });
    // Stands still before the first retry.
    clock.until.store(10_000, Ordering::Relaxed);
    let sink = Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.accept(vec![Record::new("{}", [a])]).unwrap();
    assert!(!sink.wait_until_empty(Duration::from_millis(300)));
    sink.shutdown(LONG);
    assert_eq!(client.sent().len(), 3);
    clock.until.store(u64::MAX, Ordering::Relaxed);
    clock.shift_ms.store(-HOUR, Ordering::Relaxed);
    let before = client.sent()[2].at;
    let sink = Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
    assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
    let sent = client.sent();
    assert_eq!(sent.len(), 7);
    let waited = sent[3].at - before;
    assert!(waited <= Duration::from_secs(61 * 60), "{waited:?}");
    assert!(sent.iter().all(|s| s.id == sent[0].id));
}

/// F18 of the fault table: four hours of outage under load, then everything is delivered evenly.
#[test]
fn after_an_outage_the_receiver_is_not_flooded() {
    let folder = Folder::new("outage");
    let clock = Jumping::new();
    let is_up = Arc::new(AtomicBool::new(false));
    let answers = is_up.clone();
    let client = Scripted::new(&clock, move |sent| {
        let up = answers.load(Ordering::Relaxed) || sent.at > Duration::from_secs(4 * 3_600);
        Ok(Response::status(if up { 200 } else { 503 }))
    });
    let mut policy = Policy::default();
    policy.tries = 1;
    policy.max_in_flight = 4;
    policy.rate = Some(1.0);
    let limited =
        Endpoint::builder("a", "http://receiver.example/").policy(policy).build().unwrap();
    let sink = Sink::open(folder.path(), [limited], options(&clock, client.clone())).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.accept((0..250).map(|n| Record::new(format!("{n}"), [a])).collect()).unwrap();
    assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
    let report = sink.report();
    assert_eq!((report.delivered + report.dead, report.pending), (250, 0));
    assert!(report.delivered > 0, "{report:?}");
    // By minute, over all of it: never more than the rate allows, which is the mean while busy.
    let mut minutes: HashMap<u64, u32> = HashMap::new();
    for sent in client.sent() {
        *minutes.entry(sent.at.as_secs() / 60).or_default() += 1;
    }
    let most = minutes.values().max().copied().unwrap_or(0);
    assert!(most <= 62, "{most} in a minute");
}

#[test]
fn retry_after_is_honoured_when_asked_to() {
    for (asked, honour, expected) in [
        ("120", true, 120.0..121.0),
        ("120", false, 54.0..61.0),
        ("1000000000", true, 4_800.0..4_801.0),
    ] {
        let folder = Folder::new("asked");
        let clock = Jumping::new();
        let client = Scripted::new(&clock, move |sent| {
            let mut answer = Response::status(if sent.attempt == 0 { 429 } else { 200 });
            answer.retry_after = Some(asked.to_owned());
            Ok(answer)
        });
        let mut policy = Policy::default();
        policy.honour_retry_after = honour;
        let endpoint =
            Endpoint::builder("a", "http://receiver.example/").policy(policy).build().unwrap();
        let sink = Sink::open(folder.path(), [endpoint], options(&clock, client.clone())).unwrap();
        let a = sink.endpoint("a").unwrap();
        sink.accept(vec![Record::new("{}", [a])]).unwrap();
        assert!(sink.wait_until_empty(LONG));
        let sent = client.sent();
        let last = sent.len() - 1;
        let waited = (sent[last].at - sent[last - 1].at).as_secs_f64();
        assert!(expected.contains(&waited), "{asked} {honour}: {waited}");
    }
}
