//! Measures parsing: a small template, a large one, and inputs meant to be slow at 1, 10 and 100 times the size.
//!
//!     cargo run --release -p ftl-parser --example bench_parse [TEMPLATE]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ftl_parser::{ParseOptions, Source, parse};

const SMALL: &str = r#"{
  "user_id": "${input.user_id!""}",
  "event": "${input.event_type}",
  "props": {<#list input.event_properties?keys as key>
    "${key?json_string}": "${input.event_properties[key]?json_string}"<#sep>,</#list>
  },
  <#if input.revenue?? && (input.revenue > 0)>"revenue": ${input.revenue?c},</#if>
  "time": ${input.time?c}
}
"#;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Some(path) = std::env::args().nth(1) {
        let text = std::fs::read_to_string(&path)?;
        return report(&mut out, &path, &text);
    }
    report(&mut out, "small template", SMALL)?;
    report(&mut out, "200 KB template", &SMALL.repeat(200 * 1024 / SMALL.len() + 1))?;
    for (name, unit) in CASES {
        for times in [1, 10, 100] {
            let repeated = unit.1.repeat(1_000 * times);
            report(
                &mut out,
                &format!("{name} x {times}k"),
                &format!("{}{repeated}{}", unit.0, unit.2),
            )?;
        }
    }
    Ok(())
}

/// Name, and what stands before, repeatedly within, and behind.
const CASES: &[(&str, (&str, &str, &str))] = &[
    ("text", ("", "Lorem ipsum dolor. ", "")),
    ("${x}", ("", "${x}", "")),
    ("${x} on lines", ("", "  ${x}\n", "")),
    ("<", ("", "<", "")),
    ("<#", ("", "<#", "")),
    ("${", ("", "${", "")),
    ("unclosed string", ("${\"", "abc ", "")),
    ("unclosed comment", ("<#--", "<#-- ", "")),
    ("unclosed comments", ("", "<#-- a -->", "<#--")),
    ("unclosed noparse", ("<#noparse>", "</noparse ", "")),
    ("unclosed tag", ("<#if ", "a + ", "")),
    ("sum", ("${a", " + a", "}")),
    ("dots", ("${a", ".a", "}")),
    ("built-ins", ("${a", "?trim", "}")),
    ("defaults", ("${a", "!a", "}")),
    ("defaults, empty", ("${a", "!", "}")),
    ("nots", ("${", "!", "a}")),
    ("minuses", ("${", "- ", "a}")),
    ("parentheses", ("${", "(", "")),
    ("brackets", ("${", "[", "")),
    ("braces", ("${", "{1:", "")),
    ("default of a call", ("${", "a!(1,", "")),
    ("default of calls", ("${", "a!(1,2)", "}")),
    ("default and plus", ("${a", "!a + a", "}")),
    ("comparisons", ("${a", " < a", "}")),
    ("ranges", ("${a", "..", "}")),
    ("nested if", ("", "<#if a>", "")),
    ("nested calls", ("", "<@a>", "")),
    ("nested literals", ("${", "\"${", "")),
    ("else", ("<#if a>", "<#elseif a>", "</#if>")),
    ("trims on a line", ("", "<#t>", "\na\n")),
    ("trims before lines", ("<#t><#t><#t><#t><#t><#t><#t><#t>", " a\n", "")),
    ("trims and blank lines", ("<#rt><#rt>", "\n", "${x}")),
    ("calls on a line", ("", " <@a/>", "\n")),
    ("comments on a line", ("", " <#-- a -->", "\n")),
    ("blank lines and tags", ("", "  <#if a>\n </#if>\n", "")),
    ("assignments", ("<#assign", " a=1", ">")),
    ("literals with escapes", ("", "${\"\\n${x}\\n${x}\"}", "")),
    ("escapes in a literal", ("${\"", "\\n", "${x}\"}")),
    ("faults", ("", "${a b}", "")),
    ("unknown directives", ("", "<#foo>", "")),
    ("wrong end tags", ("", "</#if>", "")),
    ("separators", ("<#list a as b>", "<#sep>", "</#list>")),
];

fn report(out: &mut impl std::io::Write, name: &str, text: &str) -> std::io::Result<()> {
    let options = ParseOptions::default();
    let run = |times: u32| {
        let (start, busy_start) = (Instant::now(), busy());
        for _ in 0..times {
            let source = Source::new("bench.ftl", black_box(text));
            black_box(parse(&source, &options));
        }
        // The scheduler's clock is coarse.
        match busy_start.zip(busy()) {
            Some((start, end)) if end.saturating_sub(start) > Duration::from_millis(20) => {
                (end - start) / times
            }
            _ => start.elapsed() / times,
        }
    };
    let once = run(1);
    let times =
        (Duration::from_millis(100).as_nanos() / once.as_nanos().max(1)).clamp(1, 5_000) as u32;
    let time = if times > 1 { run(times) } else { once };
    let errors = parse(&Source::new("bench.ftl", text), &options).errors.len();
    let speed = text.len() as f64 / 1e6 / time.as_secs_f64();
    writeln!(
        out,
        "{name:<32} {:>9} bytes {time:>12.2?} {speed:>8.2} MB/s {errors:>6} faults",
        text.len()
    )
}

/// How long this thread has been running; on a busy machine more telling than the time of day.
fn busy() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split(' ').next()?.parse().ok()?))
}
