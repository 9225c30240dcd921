//! The queue over restarts, commands of other processes, limits, and that nothing is left behind.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use common::{Folder, Jumping, Scripted, endpoint, options};
use proptest::prelude::*;
use webhook_sink::{
    Batch, Control, DeadFilter, DeadReason, Endpoint, ErrorKind, Policy, Record, RenderFailure,
    Response, Sink,
};

const LONG: Duration = Duration::from_secs(30);

/// How many rows each table of the queue has.
fn rows(folder: &Path, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(folder.join("queue.db")).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn with_policy(key: &str, change: impl FnOnce(&mut Policy)) -> Endpoint {
    let mut policy = Policy::default();
    change(&mut policy);
    Endpoint::builder(key, "http://receiver.example/").policy(policy).build().unwrap()
}

#[test]
fn a_body_that_was_sent_stays_over_a_restart() {
    let folder = Folder::new("restart");
    let clock = Jumping::new();
    let count = Arc::new(AtomicU64::new(0));
    let client = Scripted::new(&clock, |sent| {
        Ok(Response::status(if sent.attempt < 2 { 400 } else { 200 }))
    });
    let open = || {
        let counted = count.clone();
        let mut options = options(&clock, client.clone());
        options.make_body = Arc::new(move |_, record| {
            let n = counted.fetch_add(1, Ordering::Relaxed);
            Ok(webhook_sink::Body::new([record, format!(" {n}").as_bytes()].concat()))
        });
        Sink::open(folder.path(), [endpoint("a")], options).unwrap()
    };
    clock.until.store(10_000, Ordering::Relaxed);
    let sink = open();
    let a = sink.endpoint("a").unwrap();
    sink.accept((0..100).map(|n| Record::new(format!("r{n}"), [a])).collect()).unwrap();
    assert!(!sink.wait_until_empty(Duration::from_millis(300)));
    sink.shutdown(LONG);
    assert_eq!(client.sent().len(), 100);
    clock.until.store(u64::MAX, Ordering::Relaxed);
    let sink = open();
    assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
    sink.shutdown(LONG);
    assert_eq!(count.load(Ordering::Relaxed), 100, "each body was made once");
    let mut bodies: std::collections::BTreeMap<String, Vec<Vec<u8>>> = Default::default();
    for sent in client.sent() {
        bodies.entry(sent.id).or_default().push(sent.body);
    }
    assert_eq!(bodies.len(), 100);
    for sent in bodies.values() {
        assert_eq!(sent.len(), 3);
        assert!(sent.iter().all(|body| *body == sent[0]));
    }
    for table in ["block", "data", "turn", "dead"] {
        assert_eq!(rows(folder.path(), table), 0, "{table}");
    }
}

/// F21 of the fault table, as far as it is the sink's: a record is delivered once, however many
/// threads hand records in at once. (Doubles are told apart on the way in.)
#[test]
fn many_producers_at_once() {
    let folder = Folder::new("producers");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let sink = Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
    let a = sink.endpoint("a").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let sink = &sink;
            scope.spawn(move || {
                for n in 0..50 {
                    sink.accept(vec![Record::new(format!("{thread} {n}"), [a])]).unwrap();
                }
            });
        }
    });
    assert!(sink.wait_until_empty(LONG));
    let mut bodies: Vec<_> = client.sent().into_iter().map(|sent| sent.body).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!((bodies.len(), client.sent().len()), (800, 800));
}

#[test]
fn other_processes_look_and_command() {
    let folder = Folder::new("control");
    assert_eq!(Control::open(folder.path()).err().map(|e| e.kind()), Some(ErrorKind::NotFound));
    let clock = Jumping::new();
    let is_up = Arc::new(AtomicBool::new(false));
    let up = is_up.clone();
    let client = Scripted::new(&clock, move |_| {
        Ok(Response::status(if up.load(Ordering::Relaxed) { 200 } else { 404 }))
    });
    let open = || {
        let once = with_policy("a", |policy| policy.schedule = vec![]);
        Sink::open(folder.path(), [once, endpoint("b")], options(&clock, client.clone()))
    };
    let sink = open().unwrap();
    assert_eq!(open().err().map(|e| e.kind()), Some(ErrorKind::InUse));
    let a = sink.endpoint("a").unwrap();
    sink.accept((0..10).map(|n| Record::new(format!("{n}"), [a])).collect()).unwrap();
    assert!(sink.wait_until_empty(LONG));

    // As another process would: by the file alone, while the owner works.
    let control = Control::open(folder.path()).unwrap();
    let status = control.status().unwrap();
    assert!(status.is_running);
    assert_eq!((&*status.endpoints[0].key, status.endpoints[0].dead), ("a", 10));
    let filter = |change: fn(&mut DeadFilter)| {
        let mut filter = DeadFilter::default();
        change(&mut filter);
        filter
    };
    let counts = [
        (filter(|_| ()), 10),
        (filter(|f| f.endpoint = Some("b".into())), 0),
        (filter(|f| f.reason = Some(DeadReason::Expired)), 10),
        (filter(|f| f.reason = Some(DeadReason::Discarded)), 0),
        (filter(|f| f.status = Some(404)), 10),
        (filter(|f| f.ids = vec![2, 3, 99]), 2),
        (filter(|f| f.after_id = Some(7)), 3),
        (filter(|f| f.since_millis = Some(0)), 10),
        (filter(|f| f.before_millis = Some(0)), 0),
    ];
    for (filter, expected) in counts {
        assert_eq!(control.count_dead(&filter).unwrap(), expected, "{filter:?}");
        assert_eq!(control.dead_letters(&filter, 100).unwrap().len() as u64, expected);
    }
    assert_eq!(control.dead_letters(&DeadFilter::default(), 3).unwrap().len(), 3);
    control.pause("a").unwrap();
    is_up.store(true, Ordering::Relaxed);
    assert_eq!(control.replay(&filter(|f| f.ids = vec![1, 2]), false).unwrap(), 2);
    assert!(!sink.wait_until_empty(Duration::from_millis(300)));
    control.resume("a").unwrap();
    assert!(sink.wait_until_empty(LONG));
    assert_eq!(control.replay(&filter(|f| f.max_id = Some(5)), true).unwrap(), 3);
    assert!(sink.wait_until_empty(LONG));
    assert_eq!(client.sent().len(), 15);
    sink.shutdown(LONG);

    // And while there is no owner.
    assert!(!control.status().unwrap().is_running);
    assert_eq!(control.purge(&filter(|f| f.ids = vec![6])).unwrap(), 1);
    assert_eq!(control.replay(&DeadFilter::default(), false).unwrap(), 4);
    assert_eq!(control.pause("x").unwrap_err().kind(), ErrorKind::NotFound);
    let sink = open().unwrap();
    assert!(sink.wait_until_empty(LONG));
    sink.shutdown(LONG);
    assert_eq!(client.sent().len(), 19);
    for table in ["block", "data", "turn", "dead"] {
        assert_eq!(rows(folder.path(), table), 0, "{table}");
    }
}

#[test]
fn producers_are_refused_while_the_queue_is_full() {
    let folder = Folder::new("full");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let mut options = options(&clock, client);
    options.max_queue_bytes = 1 << 20;
    options.max_record_bytes = 100_000;
    let sink = Sink::open(folder.path(), [endpoint("a")], options).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.control().pause("a").unwrap();
    let accept = |bytes: usize| sink.accept(vec![Record::new(vec![b'x'; bytes], [a])]);
    let mut accepted = 0;
    let error = loop {
        match accept(10_000) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Full);
    assert!(error.is_temporary());
    assert!((50..105).contains(&accepted), "{accepted}");
    assert_eq!(accept(100_001).unwrap_err().kind(), ErrorKind::TooLarge);
    sink.control().resume("a").unwrap();
    assert!(sink.wait_until_empty(LONG));
    accept(10_000).unwrap();
    assert!(sink.wait_until_empty(LONG));
    assert_eq!(sink.report().delivered, accepted + 1);
}

#[test]
fn marks_are_kept_with_the_records() {
    let folder = Folder::new("marks");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let sink = Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
    let a = sink.endpoint("a").unwrap();
    assert_eq!(sink.mark("file").unwrap(), None);
    sink.accept_with_marks(vec![Record::new("x", [a])], vec![("file".into(), b"17".to_vec())])
        .unwrap();
    sink.accept_with_marks(vec![], vec![("file".into(), b"18".to_vec())]).unwrap();
    sink.shutdown(LONG);
    let sink = Sink::open(folder.path(), [endpoint("a")], options(&clock, client)).unwrap();
    assert_eq!(sink.mark("file").unwrap().as_deref(), Some(&b"18"[..]));
}

#[test]
fn records_are_sent_together_when_asked_to() {
    let folder = Folder::new("batch");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |sent| {
        Ok(Response::status(if sent.attempt == 0 && sent.body.len() > 20 { 400 } else { 200 }))
    });
    let together = with_policy("a", |policy| {
        policy.batch = Some(Batch { max_records: 10, max_bytes: 30 });
    });
    let mut options = options(&clock, client.clone());
    options.make_body = Arc::new(|_, record| match record {
        b"13" => Err(RenderFailure::new("unlucky")),
        _ => Ok(webhook_sink::Body::new(record)),
    });
    let sink = Sink::open(folder.path(), [together], options).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.accept((0..100).map(|n| Record::new(format!("{n}"), [a])).collect()).unwrap();
    assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
    let report = sink.shutdown(LONG);
    assert_eq!((report.delivered, report.dead, report.pending), (99, 1, 0));
    let mut numbers: Vec<u32> = Vec::new();
    for sent in client.sent().iter().filter(|s| s.attempt > 0 || s.body.len() <= 20) {
        let text = String::from_utf8(sent.body.clone()).unwrap();
        assert!(text.len() <= 30 && text.starts_with('[') && text.ends_with(']'), "{text}");
        numbers.extend(text[1..text.len() - 1].split(',').map(|n| n.parse::<u32>().unwrap()));
    }
    numbers.sort_unstable();
    let expected: Vec<u32> = (0..100).filter(|n| *n != 13).collect();
    assert_eq!(numbers, expected);
    assert!(client.sent().len() < 60, "{}", client.sent().len());
    for (table, count) in [("dead", 1), ("block", 1), ("turn", 0)] {
        assert_eq!(rows(folder.path(), table), count, "{table}");
    }
}

#[test]
fn what_was_kept_long_enough_goes() {
    let folder = Folder::new("keep");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |sent| {
        Ok(Response::status(if sent.body.starts_with(b"bad") { 400 } else { 200 }))
    });
    let open = || {
        let mut options = options(&clock, client.clone());
        options.keep_delivered = Duration::from_secs(3_600);
        options.keep_dead = Duration::from_secs(7_200);
        let once = with_policy("a", |policy| policy.schedule = vec![]);
        Sink::open(folder.path(), [once], options).unwrap()
    };
    let sink = open();
    let a = sink.endpoint("a").unwrap();
    sink.accept(["good 1", "good 2", "bad"].map(|data| Record::new(data, [a])).to_vec()).unwrap();
    assert!(sink.wait_until_empty(LONG));
    sink.shutdown(LONG);
    let now = |minutes: i64| clock.shift_ms.store(minutes * 60_000, Ordering::Relaxed);
    let kept = |minutes| {
        now(minutes);
        let sink = open();
        // Something has to be written for old things to go.
        sink.accept_with_marks(vec![], vec![("x".into(), vec![])]).unwrap();
        sink.shutdown(LONG);
        ["delivered", "dead", "data"].map(|table| rows(folder.path(), table))
    };
    assert_eq!(kept(30), [2, 1, 2]);
    assert_eq!(kept(61), [0, 1, 2]);
    assert_eq!(kept(121), [0, 0, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Whatever receivers answer: each delivery ends once, and nothing is left in the file that no
    /// one needs.
    #[test]
    fn everything_ends_and_nothing_is_left(
        seed in any::<u64>(),
        batches in prop::collection::vec(1..60_usize, 1..6),
        together in any::<bool>(),
        good in 1..8_u64,
    ) {
        let folder = Folder::new("property");
        let clock = Jumping::new();
        let client = Scripted::new(&clock, move |sent| {
            let mut hash = seed ^ u64::from(sent.attempt) << 8 ^ u64::from(sent.request);
            for byte in sent.body.iter().chain(sent.endpoint.as_bytes()) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
            }
            let answers = [500, 429, 404, 301, 410];
            let place = (hash >> 20) % 8;
            let status = if place < good { 200 } else { answers[(hash >> 30) as usize % 5] };
            Ok(Response::status(status))
        });
        let endpoints = ["a", "b", "c"].map(|key| with_policy(key, |policy| {
            policy.schedule = vec![Duration::from_secs(60), Duration::ZERO, Duration::from_secs(5)];
            policy.stop_on_gone = key == "b";
            if together && key == "c" {
                policy.batch = Some(Batch { max_records: 7, max_bytes: 1_000 });
            }
        }));
        let sink = Sink::open(folder.path(), endpoints, options(&clock, client)).unwrap();
        let ids = ["a", "b", "c"].map(|key| sink.endpoint(key).unwrap());
        let mut deliveries = 0;
        for (batch, count) in batches.iter().enumerate() {
            let records: Vec<Record> = (0..*count)
                .map(|n| Record::new(format!("{batch} {n}"), &ids[..1 + (n + batch) % 3]))
                .collect();
            deliveries += records.iter().map(|record| record.to.len() as u64).sum::<u64>();
            sink.accept(records).unwrap();
        }
        prop_assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
        let control = sink.control();
        let dead = control.count_dead(&DeadFilter::default()).unwrap();
        let report = sink.report();
        prop_assert_eq!(report.delivered + dead, deliveries, "{:?}", report);
        prop_assert_eq!((report.dead, report.pending), (dead, 0));
        prop_assert!(report.problems.is_empty());
        // Some are tried once more with the same body, some with a new one, the rest is removed.
        let half = DeadFilter { max_id: Some(dead as i64 / 3), ..DeadFilter::default() };
        control.replay(&half, true).unwrap();
        prop_assert!(sink.wait_until_empty(LONG));
        let half = DeadFilter { max_id: Some(dead as i64 / 2), ..DeadFilter::default() };
        control.replay(&half, false).unwrap();
        prop_assert!(sink.wait_until_empty(LONG));
        control.purge(&DeadFilter::default()).unwrap();
        sink.shutdown(LONG);
        for table in ["block", "data", "turn", "dead"] {
            prop_assert_eq!(rows(folder.path(), table), 0, "{}", table);
        }
    }
}
