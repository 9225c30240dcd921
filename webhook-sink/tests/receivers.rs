//! Receivers that misbehave, over real sockets on this machine.

mod common;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Folder, local};
use webhook_sink::{
    Client, Endpoint, Network, Options, Policy, Record, Request, Response, Sink, TransportError,
    TransportErrorKind, UreqClient,
};

type Answer = Result<Response, TransportError>;

/// Listens on a free port and hands each connection to `serve`, on a thread of its own.
fn receiver(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Reads one request; gives its head and its body.
fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end + 4].to_vec()).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            while bytes.len() < end + 4 + length {
                let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
                bytes.extend_from_slice(&buffer[..read]);
            }
            return Some((head, bytes[end + 4..].to_vec()));
        }
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// Answers every request with these bytes and closes.
fn answering(bytes: &'static [u8]) -> u16 {
    receiver(move |mut stream| {
        if read_request(&mut stream).is_some() {
            let _ = stream.write_all(bytes);
        }
    })
}

fn endpoint(port: u16, timeout_ms: u64) -> Endpoint {
    let mut policy = Policy::default();
    policy.timeout = Duration::from_millis(timeout_ms);
    Endpoint::builder("a", &format!("http://127.0.0.1:{port}/hook?x=1"))
        .network(Network::loopback())
        .header("X-Own", "mine")
        .policy(policy)
        .build()
        .unwrap()
}

fn post(client: &UreqClient, endpoint: &Endpoint, body: &[u8]) -> (Answer, Duration) {
    let start = Instant::now();
    (client.send(&Request::to(endpoint, "msg_1", body)), start.elapsed())
}

fn kind(answer: &Answer) -> Option<TransportErrorKind> {
    answer.as_ref().err().map(|error| error.kind)
}

#[test]
fn a_request_has_the_endpoints_headers_and_three_more() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let port = receiver(move |mut stream| {
        while let Some(request) = read_request(&mut stream) {
            noted.lock().unwrap().push(request);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    });
    let client = UreqClient::new();
    let endpoint = endpoint(port, 5_000);
    let large = vec![b'x'; 100_000];
    for body in [&b"{}"[..], b"", &large] {
        let (answer, _) = post(&client, &endpoint, body);
        assert_eq!(answer.unwrap().body, b"ok");
    }
    let seen = seen.lock().unwrap();
    for ((head, body), expected) in seen.iter().zip([&b"{}"[..], b"", &large]) {
        let mut lines: Vec<&str> = head.trim_end().split("\r\n").collect();
        assert_eq!(lines.remove(0), "POST /hook?x=1 HTTP/1.1");
        lines.retain(|line| !line.eq_ignore_ascii_case("connection: keep-alive"));
        lines.sort_unstable();
        let host = format!("host: 127.0.0.1:{port}");
        let length = format!("content-length: {}", expected.len());
        let mut wanted = vec![
            "content-type: application/json",
            "user-agent: Amplitude/Webhook/1.0",
            "x-own: mine",
            &host,
            &length,
        ];
        wanted.sort_unstable();
        assert_eq!(lines, wanted);
        assert_eq!(body, expected);
    }
    assert_eq!(seen.len(), 3);
}

/// F9 of the fault table.
#[test]
fn a_receiver_that_hangs_or_drips_ends_at_the_deadline() {
    let drip = |head: &'static [u8]| {
        move |mut stream: TcpStream| {
            read_request(&mut stream);
            let _ = stream.write_all(head);
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    };
    let cases = [
        (
            "no answer",
            receiver(|mut stream| drop((read_request(&mut stream), stream.read(&mut [0])))),
        ),
        ("in the header", receiver(drip(b"HTTP/1.1 200 OK\r\nx-drip: "))),
        ("in the body", receiver(drip(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"))),
        ("without a length", receiver(drip(b"HTTP/1.1 200 OK\r\n\r\n"))),
    ];
    std::thread::scope(|scope| {
        for (name, port) in cases {
            scope.spawn(move || {
                let (answer, time) = post(&UreqClient::new(), &endpoint(port, 700), b"{}");
                assert_eq!(kind(&answer), Some(TransportErrorKind::Timeout), "{name}: {answer:?}");
                let over = time.saturating_sub(Duration::from_millis(700));
                // 100 ms are allowed; a busy machine may wake us later than that.
                assert!(time >= Duration::from_millis(690), "{name}: {time:?}");
                assert!(over < Duration::from_millis(400), "{name}: {time:?}");
            });
        }
    });
}

/// F11 of the fault table: of a huge answer little is read and the connection dropped.
#[test]
fn a_huge_answer_is_cut_off() {
    let written = Arc::new(AtomicU64::new(0));
    let count = written.clone();
    let port = receiver(move |mut stream| {
        read_request(&mut stream);
        let length = 256_u64 << 20;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
        let block = [b'x'; 16 * 1024];
        for _ in 0..length / block.len() as u64 {
            match stream.write(&block) {
                Ok(bytes) => count.fetch_add(bytes as u64, Ordering::Relaxed),
                Err(_) => break,
            };
        }
    });
    let client = UreqClient::new();
    let endpoint = endpoint(port, 5_000);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let (answer, _) = post(&client, &endpoint, b"{}");
                let answer = answer.unwrap();
                assert_eq!((answer.status, answer.body.len()), (200, 1_024));
            });
        }
    });
    // What the kernel's buffers took, and no more.
    assert!(written.load(Ordering::Relaxed) < 64 * (8 << 20), "{written:?}");
}

/// F12 of the fault table.
#[test]
fn nonsense_is_a_failed_attempt() {
    let many_headers = {
        let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
        for n in 0..100_000 {
            text.extend_from_slice(format!("x-{n}: y\r\n").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        &*text.leak()
    };
    let flood = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50_000).leak();
    let cases = [
        (
            "garbage",
            answering(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 nonsense \0\0\0\r\n\r\n"),
        ),
        ("closed at once", receiver(drop)),
        ("closed after the request", answering(b"")),
        ("half a header", answering(b"HTTP/1.1 200 OK\r\ncontent-le")),
        ("short body", answering(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")),
        (
            "short chunk",
            answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc"),
        ),
        ("bad chunk", answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc")),
        ("100,000 headers", answering(many_headers)),
        ("1xx flood", answering(flood)),
        ("no status", answering(b"HTTP/1.1 abc OK\r\n\r\n")),
    ];
    for (name, port) in cases {
        let (answer, _) = post(&UreqClient::new(), &endpoint(port, 2_000), b"{}");
        assert!(answer.is_err(), "{name}: {answer:?}");
    }
    // Nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (answer, _) = post(&UreqClient::new(), &endpoint(free, 2_000), b"{}");
    assert_eq!(kind(&answer), Some(TransportErrorKind::Connect), "{answer:?}");
    // TLS to a port that speaks plain HTTP.
    let plain = receiver(|mut stream| {
        let _ = stream.read(&mut [0; 1_024]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let tls = Endpoint::builder("a", &format!("https://127.0.0.1:{plain}/"))
        .network(Network::loopback())
        .build()
        .unwrap();
    let (answer, _) = post(&UreqClient::new(), &tls, b"{}");
    assert!(answer.is_err(), "{answer:?}");
}

/// F13 of the fault table.
#[test]
fn redirects_are_answers() {
    let inner = Arc::new(AtomicU64::new(0));
    let count = inner.clone();
    let inside = receiver(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: http://127.0.0.1:{inside}/\r\ncontent-length: 0\r\n\r\n"
        );
        let port = answering(answer.leak().as_bytes());
        let (answer, _) = post(&UreqClient::new(), &endpoint(port, 2_000), b"{}");
        assert_eq!(answer.map(|answer| answer.status), Ok(status));
    }
    assert_eq!(inner.load(Ordering::Relaxed), 0);
}

/// F14 of the fault table, as URLs: whatever the system makes of the host's spelling.
#[test]
fn no_spelling_reaches_a_private_address() {
    let touched = Arc::new(AtomicU64::new(0));
    let count = touched.clone();
    let port = receiver(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let hosts = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
    ];
    let client = UreqClient::new();
    for host in hosts {
        let mut policy = Policy::default();
        policy.timeout = Duration::from_secs(5);
        let endpoint = Endpoint::builder("a", &format!("http://{host}:{port}/"))
            .policy(policy)
            .build()
            .unwrap();
        let (answer, _) = post(&client, &endpoint, b"{}");
        let kind = kind(&answer);
        // Where the system does not know the spelling at all, that is as good.
        let blocked = [Some(TransportErrorKind::Blocked), Some(TransportErrorKind::Resolve)];
        assert!(blocked.contains(&kind), "{host}: {answer:?}");
    }
    assert_eq!(touched.load(Ordering::Relaxed), 0);
}

/// F15 of the fault table: a name that is public when it is looked up first and private later.
#[test]
fn the_address_that_was_checked_is_the_one_connected() {
    let touched = Arc::new(AtomicU64::new(0));
    let count = touched.clone();
    let port = receiver(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let asked = Arc::new(AtomicU64::new(0));
    let asking = asked.clone();
    let client = UreqClient::with_lookup(Arc::new(move |_| {
        let public = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
        let private = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Ok(if asking.fetch_add(1, Ordering::Relaxed) == 0 { vec![public] } else { vec![private] })
    }));
    // Documentation addresses stand in for public ones here; nothing is there to be reached.
    let mut policy = Policy::default();
    policy.timeout = Duration::from_millis(200);
    let endpoint = Endpoint::builder("a", &format!("http://rebind.example:{port}/"))
        .network(Network::default().allow("203.0.113.0/24".parse().unwrap()))
        .policy(policy)
        .build()
        .unwrap();
    for _ in 0..3 {
        assert!(post(&client, &endpoint, b"{}").0.is_err());
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "the answer is remembered");
    // A name that has a private address among others is reached at the others only.
    let client = UreqClient::with_lookup(Arc::new(|_| {
        Ok(vec![IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }));
    let endpoint = Endpoint::builder("a", &format!("http://mixed.example:{port}/"))
        .network(Network::loopback())
        .build()
        .unwrap();
    assert_eq!(post(&client, &endpoint, b"{}").0.unwrap().status, 200);
    assert_eq!(touched.load(Ordering::Relaxed), 1);
}

#[test]
fn a_kept_connection_that_was_closed_is_opened_again() {
    let connections = Arc::new(AtomicU64::new(0));
    let count = connections.clone();
    let port = receiver(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        // Says that it keeps the connection, and closes it after the second request came.
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        read_request(&mut stream);
    });
    let client = UreqClient::new();
    let endpoint = endpoint(port, 2_000);
    for _ in 0..3 {
        assert_eq!(post(&client, &endpoint, b"{}").0.unwrap().status, 200);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 3);
}

/// F10 of the fault table: one endpoint hangs, the others are as fast as ever.
#[test]
fn a_hanging_endpoint_does_not_slow_the_others() {
    let hanging = receiver(|mut stream| drop((read_request(&mut stream), stream.read(&mut [0]))));
    let arrived = Arc::new(AtomicU64::new(0));
    let count = arrived.clone();
    let healthy = receiver(move |mut stream| {
        while read_request(&mut stream).is_some() {
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let folder = Folder::new("isolation");
    let mut options = Options::default();
    options.max_in_flight = 32;
    let endpoints =
        (0..20).map(|n| local(&format!("e{n}"), if n == 0 { hanging } else { healthy }));
    let sink = Sink::open(folder.path(), endpoints, options).unwrap();
    let ids: Vec<_> = (0..20).map(|n| sink.endpoint(&format!("e{n}")).unwrap()).collect();
    let start = Instant::now();
    for _ in 0..20 {
        sink.accept(ids.iter().map(|id| Record::new("{}", [*id])).collect()).unwrap();
    }
    while arrived.load(Ordering::Relaxed) < 19 * 20 {
        assert!(start.elapsed() < Duration::from_secs(5), "{arrived:?} of {}", 19 * 20);
        std::thread::sleep(Duration::from_millis(5));
    }
    let report = sink.shutdown(Duration::from_millis(50));
    assert_eq!(report.delivered, 19 * 20);
    assert_eq!(report.pending, 20);
}

/// F19 of the fault table: the end comes when the requests under way have ended, and nothing is lost.
#[test]
fn shutting_down_waits_for_what_is_under_way() {
    let arrived = Arc::new(AtomicU64::new(0));
    let count = arrived.clone();
    let port = receiver(move |mut stream| {
        while read_request(&mut stream).is_some() {
            count.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(100));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let folder = Folder::new("shutdown");
    let sink = Sink::open(folder.path(), [local("a", port)], Options::default()).unwrap();
    let a = sink.endpoint("a").unwrap();
    sink.accept((0..500).map(|n| Record::new(format!("{n}"), [a])).collect()).unwrap();
    while arrived.load(Ordering::Relaxed) < 10 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let start = Instant::now();
    let first = sink.shutdown(Duration::from_secs(11));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(first.abandoned, 0);
    assert_eq!(first.delivered, arrived.load(Ordering::Relaxed));
    assert!(first.pending > 0);
    let sink = Sink::open(folder.path(), [local("a", port)], Options::default()).unwrap();
    assert!(sink.wait_until_empty(Duration::from_secs(20)), "{:?}", sink.report());
    assert_eq!(arrived.load(Ordering::Relaxed), 500, "each once");
}
