//! The rules of delivery, in virtual time.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Folder, Jumping, Scripted, endpoint, options};
use webhook_sink::{
    AttemptFilter, Body, DeadFilter, DeadReason, Options, Record, RenderFailure, Response, Sink,
    TransportError, TransportErrorKind,
};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn what_is_accepted_is_delivered_once_to_each_endpoint() {
    let folder = Folder::new("once");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let sink =
        Sink::open(folder.path(), [endpoint("a"), endpoint("b")], options(&clock, client.clone()))
            .unwrap();
    let (a, b) = (sink.endpoint("a").unwrap(), sink.endpoint("b").unwrap());
    let records = (0..1_000)
        .map(|n| Record::new(format!("{n}"), if n % 2 == 0 { vec![a] } else { vec![a, b] }))
        .collect();
    sink.accept(records).unwrap();
    assert!(sink.wait_until_empty(LONG), "{:?}", sink.report());
    let report = sink.shutdown(LONG);
    assert_eq!((report.accepted, report.delivered, report.pending), (1_000, 1_500, 0));
    assert!(report.problems.is_empty(), "{report:?}");
    let counts = client.counts();
    assert_eq!(counts.len(), 1_500);
    assert!(counts.values().all(|count| *count == 1));
}

/// F7 of the fault table.
#[test]
fn a_receiver_that_never_takes_it_gets_ten_attempts_within_four_hours() {
    type Answer = fn() -> Result<Response, TransportError>;
    let lost = || Err(TransportError::new(TransportErrorKind::Timeout, "time is up"));
    let answers: [(&str, u32, Answer); 4] = [
        ("503", 30, || Ok(Response::status(503))),
        ("429", 30, || Ok(Response::status(429))),
        ("400", 10, || Ok(Response::status(400))),
        ("timeout", 10, lost),
    ];
    for (name, requests, answer) in answers {
        let folder = Folder::new("never");
        let clock = Jumping::new();
        let client = Scripted::new(&clock, move |_| answer());
        let sink =
            Sink::open(folder.path(), [endpoint("a")], options(&clock, client.clone())).unwrap();
        let a = sink.endpoint("a").unwrap();
        sink.accept(vec![Record::new("{\"a\":1}", [a])]).unwrap();
        assert!(sink.wait_until_empty(LONG), "{name}: {:?}", sink.report());
        let sent = client.sent();
        assert_eq!(sent.len(), requests as usize, "{name}");
        let starts: Vec<Duration> =
            sent.iter().filter(|sent| sent.request == 0).map(|sent| sent.at).collect();
        assert_eq!(starts.len(), 10, "{name}");
        assert!(starts[9] - starts[0] < Duration::from_secs(4 * 3_600), "{name}: {starts:?}");
        for (pair, minutes) in starts.windows(2).zip([1, 2, 4, 8, 15, 25, 40, 60, 80]) {
            let delay = (pair[1] - pair[0]).as_secs_f64() / 60.0;
            let least = 0.9 * f64::from(minutes);
            assert!((least..f64::from(minutes) + 0.05).contains(&delay), "{name}: {delay}");
        }
        assert!(sent.iter().all(|s| s.id == sent[0].id && s.body == sent[0].body), "{name}");
        let dead = sink.control().dead_letters(&DeadFilter::default(), 10).unwrap();
        assert_eq!(dead.len(), 1, "{name}");
        assert_eq!((dead[0].reason, dead[0].attempts), (DeadReason::Expired, 10), "{name}");
        let content = sink.control().dead_letter(dead[0].number).unwrap();
        assert_eq!(content.record, b"{\"a\":1}");
        assert_eq!(content.body.as_deref(), Some(&b"{\"a\":1}"[..]));
        let report = sink.shutdown(LONG);
        assert_eq!((report.delivered, report.dead, report.retried), (0, 1, 9), "{name}");
        let control = webhook_sink::Control::open(folder.path()).unwrap();
        let attempts = control.attempts(&AttemptFilter::default()).unwrap();
        assert_eq!(attempts.len(), requests as usize, "{name}");
    }
}

#[test]
fn a_body_is_made_once_and_stays() {
    let folder = Folder::new("body");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |sent| {
        Ok(Response::status(if sent.attempt < 3 { 500 } else { 200 }))
    });
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = count.clone();
    let mut options: Options = options(&clock, client.clone());
    options.make_body = Arc::new(move |key, record| {
        let n = counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Body::new(format!("{key} {} {n}", String::from_utf8_lossy(record))))
    });
    let sink = Sink::open(folder.path(), [endpoint("a")], options).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.accept(vec![Record::new("r", [a]).with_id("evt_1")]).unwrap();
    assert!(sink.wait_until_empty(LONG));
    let sent = client.sent();
    assert_eq!(sent.len(), 10);
    assert!(sent.iter().all(|sent| sent.body == b"a r 0" && sent.id == "evt_1"));
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 1);
    let metrics = sink.metrics();
    assert_eq!(metrics[0].1.success_after_retry, 1);
}

#[test]
fn what_cannot_be_rendered_is_a_dead_letter_until_it_is_replayed() {
    let folder = Folder::new("render");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let mut options: Options = options(&clock, client.clone());
    options.make_body = Arc::new(|_, record| match record {
        b"bad" => Err(RenderFailure::new("it is bad")),
        b"panic" => panic!("on purpose"),
        _ => Ok(Body::new(record)),
    });
    let sink = Sink::open(folder.path(), [endpoint("a")], options).unwrap();
    let a = sink.endpoint("a").unwrap();
    let records = ["good", "bad", "panic"].map(|data| Record::new(data, [a]));
    sink.accept(records.to_vec()).unwrap();
    assert!(sink.wait_until_empty(LONG));
    let control = sink.control();
    let dead = control.dead_letters(&DeadFilter::default(), 10).unwrap();
    let found: Vec<_> = dead.iter().map(|d| (d.reason, d.attempts, &*d.detail)).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&(DeadReason::Discarded, 0, "it is bad")), "{found:?}");
    assert_eq!(sink.report().dead, 2);

    sink.set_make_body(Arc::new(|_, _| Ok(Body::new("mended"))));
    assert_eq!(control.replay(&DeadFilter::default(), false).unwrap(), 2);
    assert!(sink.wait_until_empty(LONG));
    let bodies: Vec<_> = client.sent().into_iter().map(|sent| sent.body).collect();
    assert_eq!(bodies, [b"good".to_vec(), b"mended".to_vec(), b"mended".to_vec()]);
    assert_eq!(control.count_dead(&DeadFilter::default()).unwrap(), 0);
}

#[test]
fn paused_and_unknown_endpoints_keep_their_records() {
    let folder = Folder::new("paused");
    let clock = Jumping::new();
    let client = Scripted::new(&clock, |_| Ok(Response::status(200)));
    let sink =
        Sink::open(folder.path(), [endpoint("a"), endpoint("b")], options(&clock, client.clone()))
            .unwrap();
    let (a, b) = (sink.endpoint("a").unwrap(), sink.endpoint("b").unwrap());
    sink.control().pause("a").unwrap();
    assert!(sink.control().pause("x").is_err());
    sink.accept((0..10).map(|n| Record::new(format!("{n}"), [a, b])).collect()).unwrap();
    assert!(!sink.wait_until_empty(Duration::from_millis(300)));
    assert_eq!(client.sent().iter().filter(|sent| sent.endpoint == "b").count(), 10);
    assert_eq!(client.sent().len(), 10);
    sink.shutdown(LONG);

    let sink = Sink::open(folder.path(), [endpoint("b")], options(&clock, client.clone())).unwrap();
    let status = sink.control().status().unwrap();
    let of_a = &status.endpoints[0];
    assert_eq!((of_a.is_paused, of_a.queue.depth), (true, 10));
    sink.control().resume("a").unwrap();
    assert!(!sink.wait_until_empty(Duration::from_millis(300)));
    assert_eq!(client.sent().len(), 10);
    sink.reload([endpoint("a"), endpoint("b")]).unwrap();
    assert!(sink.wait_until_empty(LONG));
    assert_eq!(client.sent().len(), 20);
}
