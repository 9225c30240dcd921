use proptest::prelude::*;

use super::{Accuracy, DateFormat, DatePattern, write_iso};
use crate::format::locale::Locale;
use crate::format::zone::Zone;
use crate::value::datetime::{DateKind, DateTime};

/// 2024-02-29T12:00Z, the current time of the recorded cases.
const NOW: i64 = 1_709_208_000_000;

/// Each case and its recorded answer, without the comments.
fn cases(table: &'static str) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut fields: Vec<_> = line.split('\t').collect();
        let answer = fields.pop().unwrap();
        (fields, answer)
    })
}

#[test]
fn agrees_with_java() {
    let mut wrong = Vec::new();
    for (case, expected) in cases(include_str!("cases.tsv")) {
        let actual = answer(&case);
        if actual != expected {
            wrong.push(format!("{case:?}\n  expected {expected}\n  got      {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn answer(case: &[&str]) -> String {
    match *case {
        ["id", id] => {
            let zone = Zone::java(id);
            format!("{} {}", zone.id(), zone.standard_offset())
        }
        ["zone", zone, millis] => {
            let offsets = Zone::java(zone).offsets(millis.parse().unwrap());
            format!("{} {}", offsets.raw, offsets.dst)
        }
        ["wall", zone, wall] => {
            let offsets = Zone::java(zone).offsets_at_wall(wall.parse().unwrap());
            format!("{} {}", offsets.raw, offsets.dst)
        }
        ["style", locale, style, kind, millis] => {
            let format = DateFormat::new(style, kind_of(kind), &Locale::parse(locale), &Zone::UTC);
            escape(&formatted(&format.unwrap(), millis.parse().unwrap()))
        }
        [command, locale, zone, pattern, value] => {
            let (zone, value) = (Zone::java(zone), unescape(value));
            let pattern = match DatePattern::compile(&unescape(pattern), &Locale::parse(locale)) {
                Ok(pattern) => pattern,
                Err(error) => return format!("! {error}"),
            };
            if command == "format" {
                let mut out = String::new();
                pattern.format(value.parse().unwrap(), &zone, &mut out);
                return escape(&out);
            }
            match pattern.parse(&value, &zone, &|| NOW) {
                Some(parsed) => {
                    format!("{} {}", parsed.millis, parsed.zone.unwrap_or(zone).id())
                }
                None => format!("! Unparseable date: \"{}\"", escape(&value)),
            }
        }
        _ => panic!("{case:?}"),
    }
}

#[test]
fn agrees_with_freemarker() {
    let zone = Zone::java("America/New_York");
    let mut wrong = Vec::new();
    for (case, expected) in cases(include_str!("iso_cases.tsv")) {
        let actual = match *case.as_slice() {
            ["format", kind, text, millis] => {
                match DateFormat::new(text, kind_of(kind), &Locale::default(), &zone) {
                    Ok(format) => formatted(&format, millis.parse().unwrap()),
                    Err(error) => format!("! {error}"),
                }
            }
            ["parse", kind, format, text] => {
                let format =
                    DateFormat::new(format, kind_of(kind), &Locale::default(), &zone).unwrap();
                match format.parse(text, &|| NOW) {
                    Ok(parsed) => parsed.millis.to_string(),
                    Err(error) => format!("! {error}"),
                }
            }
            ["iso", kind, zone, suffix, millis] => {
                let accuracy = match suffix.trim_end_matches("_nz") {
                    "_ms" => Accuracy::Millis,
                    "_m" => Accuracy::Minutes,
                    "_h" => Accuracy::Hours,
                    _ => Accuracy::Seconds,
                };
                let date = DateTime::new(millis.parse().unwrap(), kind_of(kind));
                let mut out = String::new();
                write_iso(date, accuracy, !suffix.ends_with("_nz"), &Zone::java(zone), &mut out);
                out
            }
            ["named", id] => Zone::named(id).map_or("!".to_owned(), |zone| {
                let mut out = String::new();
                let epoch = DateTime::new(0, DateKind::DateTime);
                write_iso(epoch, Accuracy::Seconds, true, &zone, &mut out);
                out
            }),
            _ => panic!("{case:?}"),
        };
        let matches = match expected.strip_suffix('…') {
            Some(begin) => actual.starts_with(begin),
            None => actual == expected,
        };
        if !matches {
            wrong.push(format!("{case:?}\n  expected {expected}\n  got      {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keeps_the_zone_that_a_text_names() {
    // Recorded from real FreeMarker: ${"2020-01-01 10:00 PST"?datetime(f)?string(f)} ${0?number_to_datetime?string(f)}
    let text = "2020-01-01 10:00 PST";
    let format =
        DateFormat::new("yyyy-MM-dd HH:mm z", DateKind::DateTime, &Locale::default(), &Zone::UTC);
    let format = format.unwrap();
    let parsed = format.parse(text, &|| NOW).unwrap();
    assert_eq!(formatted(&format, parsed.millis), "2020-01-01 18:00 UTC");
    let format = format.in_zone(parsed.zone.unwrap());
    assert_eq!(formatted(&format, parsed.millis), text);
    assert_eq!(formatted(&format, 0), "1969-12-31 16:00 PST");
    assert!(format.parse(text, &|| NOW).unwrap().zone.is_none());
}

fn formatted(format: &DateFormat, millis: i64) -> String {
    let mut out = String::new();
    format.format(DateTime::new(millis, format.kind()), &mut out);
    out
}

fn kind_of(name: &str) -> DateKind {
    match name {
        "date" => DateKind::Date,
        "time" => DateKind::Time,
        _ => DateKind::DateTime,
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

fn unescape(text: &str) -> String {
    text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
}

const LETTERS: &str = "[GyMdkHmsSEDFwWahKzZYuXL]{1,4}";

fn zone() -> impl Strategy<Value = Zone> {
    const IDS: &[&str] = &[
        "UTC",
        "America/New_York",
        "Europe/Dublin",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "Australia/Lord_Howe",
        "GMT+23:59",
        "Antarctica/Troll",
    ];
    prop::sample::select(IDS).prop_map(Zone::java)
}

fn locale() -> impl Strategy<Value = Locale> {
    const NAMES: &[&str] = &["en_US", "de_DE", "ar_EG", "ja_JP", "th_TH", "fa", "hi_IN", "xx", ""];
    prop::sample::select(NAMES).prop_map(Locale::parse)
}

fn kind() -> impl Strategy<Value = DateKind> {
    prop::sample::select(
        &[DateKind::Date, DateKind::Time, DateKind::DateTime, DateKind::Unknown][..],
    )
}

proptest! {
    #[test]
    fn never_panics(
        text in "\\PC*", pattern in prop_oneof!["\\PC*", LETTERS, "([GyMdkHmsSEDFwWahKzZYuXL]{1,3}[-: ']?){1,6}", "(iso|xs)[ _a-z]{0,8}"],
        millis: i64, now: i64, zone in zone(), locale in locale(), kind in kind(),
    ) {
        if let Ok(format) = DateFormat::new(&pattern, kind, &locale, &zone) {
            let printed = formatted(&format, millis);
            let _ = format.parse(&printed, &|| now);
            let _ = format.parse(&text, &|| now);
        }
    }

    #[test]
    fn reads_numbers_of_any_size(
        pattern in "([GyMdkHmsSEDFwWahKYu]-){1,8}", numbers in prop::collection::vec(prop_oneof![any::<i128>().prop_map(|n| n.to_string()), any::<i32>().prop_map(|n| n.to_string()), "[0-9]E-?[0-9]{1,12}"], 8),
        now: i64, zone in zone(), locale in locale(),
    ) {
        let text: String = numbers.iter().map(|number| format!("{number}-")).collect();
        let pattern = DatePattern::compile(&pattern, &locale).unwrap();
        let _ = pattern.parse(&text, &zone, &|| now);
    }

    /// What says all about an instant is read as that instant.
    #[test]
    fn reads_what_it_writes(millis in -200_000_000_000_000_000_i64..200_000_000_000_000_000, zone in zone()) {
        for pattern in ["G yyyy-MM-dd HH:mm:ss.SSS", "SSS s m K a D yyyy G", "MMMM d, y G, h:mm:ss.SSS a"] {
            let pattern = DatePattern::compile(pattern, &Locale::default()).unwrap();
            let mut text = String::new();
            pattern.format(millis, &Zone::UTC, &mut text);
            prop_assert_eq!(pattern.parse(&text, &Zone::UTC, &|| NOW).map(|parsed| parsed.millis), Some(millis));
        }
        // With an offset, the zone does not matter, as long as the offset is of whole minutes.
        let pattern = DatePattern::compile("G yyyy-MM-dd HH:mm:ss.SSS XXX", &Locale::default()).unwrap();
        let mut text = String::new();
        pattern.format(millis, &zone, &mut text);
        let whole = zone.offsets(millis).total() % 60_000 == 0;
        let read = pattern.parse(&text, &Zone::UTC, &|| NOW).map(|parsed| parsed.millis);
        prop_assert!(!whole || read == Some(millis), "{} {:?}", text, read);
        for text in ["iso", "iso ms", "iso u", "xs", "xs ms"] {
            let format = DateFormat::new(text, DateKind::DateTime, &Locale::default(), &zone).unwrap();
            let printed = formatted(&format, millis);
            let read = format.parse(&printed, &|| NOW).map(|parsed| parsed.millis);
            prop_assert!(!whole || read == Ok(millis), "{} {:?}", printed, read);
        }
    }
}
