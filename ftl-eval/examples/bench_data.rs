//! Time from JSON bytes to what a template reads, beside serde_json in the same run.
//!
//!     cargo run --release -p ftl-eval --example bench_data [FILE...]
//!
//! Without files it measures an event like Amplitude's (about 2 KB), the same with white space,
//! 400 events that differ in the lengths of their strings and numbers (so that the processor
//! cannot learn one text by heart), and an array of 1,000 small objects.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ftl_eval::{Data, TapeBuf};
use serde_json::Value;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        let event = event(0);
        let value: Value = serde_json::from_str(&event).expect("the event is JSON");
        let pretty = serde_json::to_string_pretty(&value).expect("a value can be written");
        texts("event", std::slice::from_ref(&event));
        texts("event, indented", &[pretty]);
        texts("400 different events", &(0..400).map(event_of).collect::<Vec<_>>());
        texts("1,000 objects", &[objects(1000)]);
        lookups(&event);
    }
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        texts(&file, &[text]);
    }
}

fn event_of(seed: u64) -> String {
    event(seed + 1)
}

fn texts(name: &str, texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{name}: {} bytes", bytes / texts.len());
    let row = |what: &str, time: Time| {
        let count = texts.len() as f64;
        let (median, fastest) = (time.median / count, time.fastest / count);
        let speed = bytes as f64 / time.median;
        println!("  {what:<40} {median:>9.0} ns {fastest:>9.0} ns fastest {speed:>6.2} GB/s");
    };
    let mut buffer = TapeBuf::default();
    row(
        "Data::parse_into, one buffer",
        measure(|| {
            for text in texts {
                black_box(Data::parse_into(black_box(text.as_bytes()), &mut buffer).is_ok());
            }
        }),
    );
    row(
        "Data::parse",
        measure(|| {
            for text in texts {
                black_box(Data::parse(black_box(text.as_bytes())).is_ok());
            }
        }),
    );
    row(
        "serde_json, checked only (IgnoredAny)",
        measure(|| {
            for text in texts {
                let text = black_box(text.as_bytes());
                black_box(serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok());
            }
        }),
    );
    row(
        "serde_json::Value",
        measure(|| {
            for text in texts {
                black_box(serde_json::from_slice::<Value>(black_box(text.as_bytes())).is_ok());
            }
        }),
    );
}

fn lookups(event: &str) {
    println!("reading the event");
    let data = Data::parse_str(event).expect("the event is JSON");
    let value: Value = serde_json::from_str(event).expect("the event is JSON");
    let row = |what: &str, time: Time, count: usize| {
        let (median, fastest) = (time.median / count as f64, time.fastest / count as f64);
        println!("  {what:<40} {median:>9.1} ns {fastest:>9.1} ns fastest");
    };
    let names: Vec<&str> = value.as_object().into_iter().flatten().map(|(k, _)| &**k).collect();
    row(
        &format!("get, mean of {} names", names.len()),
        measure(|| {
            for name in &names {
                black_box(data.root().get(black_box(name)));
            }
        }),
        names.len(),
    );
    row(
        "get, a name that is not there",
        measure(|| {
            black_box(data.root().get(black_box("event_tipe")));
        }),
        1,
    );
    row(
        "serde_json::Map::get, mean",
        measure(|| {
            for name in &names {
                black_box(value.get(black_box(*name)));
            }
        }),
        names.len(),
    );
    row(
        "path user_properties.email, its text",
        measure(|| {
            let node = data.root().path(black_box(&["user_properties", "email"]));
            black_box(node.map(|node| node.string()));
        }),
        1,
    );
    row(
        "all entries",
        measure(|| {
            for entry in data.root().entries() {
                black_box(entry);
            }
        }),
        1,
    );
    row(
        "integer",
        measure(|| {
            black_box(data.root().get("session_id").and_then(|node| node.as_i64()));
        }),
        1,
    );
}

/// Nanoseconds of one run.
struct Time {
    median: f64,
    /// What the machine can do when nothing else runs on it.
    fastest: f64,
}

/// Measures 101 batches, each long enough for the clock.
fn measure(mut run: impl FnMut()) -> Time {
    let mut batch = |repeats: u32| {
        let start = Instant::now();
        for _ in 0..repeats {
            run();
        }
        start.elapsed()
    };
    let mut repeats = 1;
    while batch(repeats) < Duration::from_millis(1) {
        repeats *= 2;
    }
    let mut times: Vec<Duration> = (0..101).map(|_| batch(repeats)).collect();
    times.sort_unstable();
    let nanos = |time: Option<&Duration>| {
        time.copied().unwrap_or_default().as_nanos() as f64 / f64::from(repeats)
    };
    Time { median: nanos(times.get(50)), fastest: nanos(times.first()) }
}

/// An event as Amplitude sends it; `seed` 0 gives the usual lengths, others vary them.
fn event(seed: u64) -> String {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut vary = |text: &str| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let cut = if seed == 0 { 0 } else { random % 8 };
        let keep = text.len() - (cut as usize).min(text.len() / 2);
        text.get(..keep).unwrap_or(text).to_owned()
    };
    let mut out = String::from("{");
    for (at, line) in EVENT.lines().enumerate() {
        let (name, value) = line.split_once(' ').unwrap_or((line, "null"));
        let value = match value.as_bytes() {
            [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
                format!("\"{}\"", vary(std::str::from_utf8(inner).unwrap_or_default()))
            }
            [b'1'..=b'9', ..] if !value.contains('.') => vary(value),
            _ => value.to_owned(),
        };
        let comma = if at > 0 { "," } else { "" };
        out.push_str(&format!("{comma}\"{name}\":{value}"));
    }
    out + "}"
}

fn objects(count: usize) -> String {
    let one = |at: usize| {
        format!(
            r#"{{"id":{at},"name":"item {at}","price":{at}.5,"tags":["a","b{at}"],"paid":true,"note":null}}"#
        )
    };
    format!("{{\"items\":[{}]}}", (0..count).map(one).collect::<Vec<_>>().join(","))
}

const EVENT: &str = r#"server_received_time "2026-03-02 18:41:12.310"
app 310522
device_carrier "Verizon Wireless"
$schema 13
city "San Francisco"
user_id "datamonster@example.com"
uuid "8f1c2e5a-7d6b-11ee-b962-0242ac120002"
event_time "2026-03-02 18:41:10.123"
platform "iOS"
os_version "17.3.1"
amplitude_id 584921774310
processed_time "2026-03-02 18:41:13.998"
version_name "4.21.0"
ip_address "203.0.113.42"
paying true
dma "San Francisco-Oakland-San Jose, CA"
group_properties {"company":{"Amplitude Demo, Inc.":{"plan":"enterprise","seats":240}}}
user_properties {"email":"datamonster@example.com","plan":"premium","signup_date":"2023-11-05","lifetime_value":1289.5,"newsletter":true,"favorite_genres":["indie","jazz","lo-fi"],"referrer":"https://www.example.com/landing?utm_source=newsletter&utm_campaign=spring","cohort_ids":["c_1029","c_2210"],"nps":9}
client_upload_time "2026-03-02 18:41:11.702"
$insert_id "5f0b1c9e-46d2-4a09-9f0e-5b3f1f0d9a77"
event_type "Song Played"
library "amplitude-ios/8.17.1"
amplitude_attribution_ids null
device_type "Apple iPhone 15 Pro"
device_manufacturer "Apple"
device_brand "Apple"
device_model "iPhone16,1"
start_version "3.9.2"
location_lng -122.4194
location_lat 37.7749
server_upload_time "2026-03-02 18:41:12.455"
event_id 4711
os_name "ios"
groups {"company":["Amplitude Demo, Inc."],"team":["growth","data"]}
event_properties {"song_title":"Don't Stop \"Me\" Now","artist":"Queen","duration_ms":209320,"price":0.99,"is_offline":false,"playlist":{"id":"pl_88412","name":"Morning Run","owner":{"id":"u_7781","display_name":"Mia Müller"}},"tags":["rock","70s","classic"],"variant":"treatment"}
data {"path":"/2/httpapi","first_event":false}
device_id "C8F9E604-F01A-4BD9-95C6-8E5357DF265D"
language "English"
country "United States"
region "California"
session_id 1772476800123
device_family "Apple iPhone"
sample_rate null
client_event_time "2026-03-02 18:41:09.981"
idfa "AEBE52E7-03EE-455A-B3C4-E57283966239"
adid null
user_creation_time "2023-11-05 09:12:44.003"
plan {"branch":"main","source":"web","version":"7"}
global_user_properties {"lang":"en","tz":"America/Los_Angeles"}"#;
