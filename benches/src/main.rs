//! Prints how fast templates are compiled and rendered, beside warmed-up JVM FreeMarker in the same
//! run: `cargo run --release -p benches [-- --seconds S] [--no-jvm]`.
//!
//! Machines are noisy: look at the ratios. Each figure is the median over batches of about a
//! millisecond; outputs are checked to be equal first.

#![allow(clippy::print_stdout)] // A table is what this program is for.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use conformance::oracle::Setup;
use ftl_eval::{Data, Engine, Template};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A template with data, and what it must give.
struct Workload {
    name: String,
    folder: PathBuf,
    source: String,
    data: Vec<u8>,
}

/// Nanoseconds.
struct Times {
    render: f64,
    whole: f64,
    parse: f64,
}

fn main() -> Result<()> {
    let mut seconds = 1.0;
    let mut jvm = true;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => seconds = args.next().ok_or("--seconds needs a number")?.parse()?,
            "--no-jvm" => jvm = false,
            other => {
                return Err(
                    format!("unknown option {other}; there are --seconds S and --no-jvm").into()
                );
            }
        }
    }
    let scratch = std::env::temp_dir().join(format!("hookmarker-benches-{}", std::process::id()));
    let workloads = workloads(&scratch)?;
    let jvm = if jvm { jvm_times(&workloads, seconds) } else { Err("left out by --no-jvm".into()) };
    if let Err(reason) = &jvm {
        println!("without the JVM: {reason}");
    }
    let jvm = jvm.unwrap_or_default();
    println!("{:<10} {:<14} {:>12} {:>12} {:>8}", "workload", "what", "here", "JVM", "faster");
    for workload in &workloads {
        let times = measure_workload(workload, seconds)?;
        let other = jvm.get(&workload.name);
        row(&workload.name, "render", times.render, other.map(|t| t.render));
        row("", "bytes to bytes", times.whole, other.map(|t| t.whole));
        row("", "compile", times.parse, other.map(|t| t.parse));
    }
    let _ = std::fs::remove_dir_all(&scratch);
    Ok(())
}

fn row(name: &str, what: &str, here: f64, jvm: Option<f64>) {
    let jvm_text = jvm.map_or("-".to_owned(), time);
    let ratio = jvm.map_or("-".to_owned(), |jvm| format!("{:.1}x", jvm / here));
    println!("{name:<10} {what:<14} {:>12} {jvm_text:>12} {ratio:>8}", time(here));
}

fn time(nanos: f64) -> String {
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} us", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

/// The shipped workloads, and large templates made of W1's: 20 KB and 200 KB.
fn workloads(scratch: &Path) -> Result<Vec<Workload>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads");
    let mut workloads = Vec::new();
    for name in ["W1", "W2", "W3", "W4"] {
        let folder = root.join(name);
        workloads.push(Workload {
            name: name.to_owned(),
            source: std::fs::read_to_string(folder.join("template.ftl"))?,
            data: std::fs::read(folder.join("data.json"))?,
            folder,
        });
    }
    for kilobytes in [20, 200] {
        let unit = &workloads[0].source;
        let source = unit.repeat(kilobytes * 1000 / unit.len() + 1);
        let folder = scratch.join(format!("{kilobytes}KB"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("template.ftl"), &source)?;
        std::fs::write(folder.join("data.json"), &workloads[0].data)?;
        let data = workloads[0].data.clone();
        workloads.push(Workload { name: format!("{kilobytes}KB"), folder, source, data });
    }
    Ok(workloads)
}

fn engine() -> Result<Engine> {
    Ok(Engine::builder().input_variable().build()?)
}

fn compile(workload: &Workload) -> Result<Template> {
    Ok(engine()?.compile("t", &*workload.source)?)
}

fn measure_workload(workload: &Workload, seconds: f64) -> Result<Times> {
    let template = compile(workload)?;
    let data = Data::parse(&workload.data)?;
    let output = template.render(&data)?;
    if let Ok(expected) = std::fs::read_to_string(workload.folder.join("expected.txt"))
        && output != expected
    {
        return Err(format!("{}: the output is not FreeMarker's", workload.name).into());
    }
    let mut out = String::with_capacity(output.len() * 2);
    let render = measure(seconds, || {
        out.clear();
        let _ = black_box(template.render_into(&data, &mut out));
    });
    let whole = measure(seconds, || {
        out.clear();
        let _ = black_box(template.render_json(&workload.data, &mut out));
    });
    let engine = engine()?;
    let parse = measure(seconds, || {
        let _ = black_box(engine.compile("t", &*workload.source));
    });
    Ok(Times { render, whole, parse })
}

/// Median over batches of about a millisecond.
#[allow(clippy::disallowed_methods)] // Timing is what this program is for.
fn measure(seconds: f64, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut n = 0u32;
    while start.elapsed() < Duration::from_secs_f64(seconds / 4.0) {
        work();
        n += 1;
    }
    let per = start.elapsed().as_nanos() / u128::from(n.max(1));
    let batch = (1_000_000 / per.max(1)).clamp(1, 1_000_000) as u32;
    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs_f64(seconds) || times.is_empty() {
        let from = Instant::now();
        for _ in 0..batch {
            work();
        }
        times.push(from.elapsed().as_nanos() as f64 / f64::from(batch));
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// FreeMarker's times by workload.
fn jvm_times(workloads: &[Workload], seconds: f64) -> Result<HashMap<String, Times>> {
    let setup = Setup::default();
    let jars = setup.class_path().map_err(|error| error.to_string())?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("jvm/Bench.java");
    let mut command = Command::new("java");
    // One file is compiled by `java` itself.
    command.arg("-cp").arg(jars).arg(source).arg(seconds.to_string());
    command.args(workloads.iter().map(|workload| &workload.folder));
    let output = command.output().map_err(|error| format!("java: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut times = HashMap::new();
    for (line, workload) in text.lines().zip(workloads) {
        let fields: Vec<_> = line.split('\t').collect();
        let [_, render, whole, parse, _] = fields.as_slice() else {
            return Err(format!("an unexpected line from java: {line}").into());
        };
        let times_here =
            Times { render: render.parse()?, whole: whole.parse()?, parse: parse.parse()? };
        times.insert(workload.name.clone(), times_here);
    }
    Ok(times)
}
