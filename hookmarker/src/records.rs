//! Event files: JSON objects in whatever form they come.
//!
//! A file or standard input may hold one object, an array of objects, objects on lines or one after
//! the other, compressed with gzip or not; a zip (Amplitude's export archive) holds such files.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

/// A record: the text of one JSON object, not looked into yet.
#[derive(Debug)]
pub struct Record {
    /// Its JSON text.
    pub json: Vec<u8>,
    /// The file it came from; `-` is standard input, a member of an archive follows a `!`.
    pub file: String,
    /// The line at which it starts, from 1.
    pub line: u64,
    /// The next one must be waited for: what was written so far should be seen.
    pub is_last_at_hand: bool,
}

/// What is wrong with an event file.
#[derive(Debug)]
pub struct RecordError {
    /// The file, as in [`Record::file`].
    pub file: String,
    /// The line, where it is known.
    pub line: Option<u64>,
    /// What is wrong, and what helps.
    pub message: String,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for RecordError {}

/// Longest single record. Longer input is not an event.
const MAX_RECORD_BYTES: usize = 64 << 20;

const BUFFER_BYTES: usize = 64 << 10;

/// Calls `each` with every record of `path` (`-`: standard input), in order. Stops at the first error
/// of the file or of `each`.
///
/// # Errors
/// What cannot be read, with its place; or what `each` gives.
pub fn read<E: From<RecordError>>(
    path: &str,
    each: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let fault = |error: io::Error| RecordError {
        file: path.to_owned(),
        line: None,
        message: error.to_string(),
    };
    if path == "-" {
        return read_stream("-", BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock()), each);
    }
    if Path::new(path).is_dir() {
        return read_directory(path, each);
    }
    let file = File::open(path).map_err(fault)?;
    read_stream(path, BufReader::with_capacity(BUFFER_BYTES, file), each)
}

/// All files of a directory with a known ending, by name.
fn read_directory<E: From<RecordError>>(
    path: &str,
    each: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let fault = |error: io::Error| RecordError {
        file: path.to_owned(),
        line: None,
        message: error.to_string(),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let known = path
            .extension()
            .is_some_and(|end| ["json", "ndjson", "jsonl", "gz", "zip"].iter().any(|e| end == *e));
        if known && path.is_file() {
            names.push(path.to_string_lossy().into_owned());
        }
    }
    names.sort();
    if names.is_empty() {
        let message = "the folder holds no .json, .ndjson, .jsonl, .gz or .zip file".to_owned();
        return Err(RecordError { file: path.to_owned(), line: None, message }.into());
    }
    names.iter().try_for_each(|name| read(name, each))
}

fn read_stream<E: From<RecordError>>(
    name: &str,
    mut input: impl BufRead,
    each: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let fault = |error: io::Error| RecordError {
        file: name.to_owned(),
        line: None,
        message: error.to_string(),
    };
    let start = input.fill_buf().map_err(fault)?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return read_text(name, BufReader::new(MultiGzDecoder::new(input)), each);
    }
    if start.starts_with(b"PK\x03\x04") {
        // The directory of a zip is at its end: it must be there as a whole.
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(fault)?;
        return read_archive(name, bytes, each);
    }
    read_text(name, input, each)
}

fn read_archive<E: From<RecordError>>(
    name: &str,
    bytes: Vec<u8>,
    each: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let fault = |error: zip::result::ZipError| RecordError {
        file: name.to_owned(),
        line: None,
        message: format!("not a readable zip archive: {error}"),
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(fault)?;
    let names: Result<Vec<String>, _> =
        archive.file_names().map(|name| name.map(Into::into)).collect();
    let mut names = names.map_err(fault)?;
    names.sort_by_key(|name| export_order(name));
    for member in names {
        if member.ends_with('/') || member.starts_with("__MACOSX") {
            continue;
        }
        let file = archive.by_name(&member).map_err(fault)?;
        let label = format!("{name}!{member}");
        let mut input = BufReader::new(file);
        let start = input.fill_buf().map_err(|error| RecordError {
            file: label.clone(),
            line: None,
            message: error.to_string(),
        })?;
        if start.starts_with(&[0x1f, 0x8b]) {
            read_text(&label, BufReader::new(MultiGzDecoder::new(input)), each)?;
        } else {
            read_text(&label, input, each)?;
        }
    }
    Ok(())
}

/// Amplitude names members `PROJECT_2026-11-24_7#0.json.gz`: hours without a leading zero, so that
/// the order of names is not the order of time.
fn export_order(name: &str) -> (String, u32, u32) {
    let split = name.rsplit_once('_').and_then(|(day, rest)| {
        let (hour, part) = rest.split_once('#')?;
        let part = part.split('.').next()?;
        Some((day.to_owned(), hour.parse().ok()?, part.parse().ok()?))
    });
    split.unwrap_or_else(|| (name.to_owned(), 0, 0))
}

/// Where the splitter stands between records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Before anything.
    Start,
    /// Objects one after the other.
    Stream,
    /// In an array, before an item.
    Item,
    /// In an array, after an item.
    AfterItem,
    /// After the array's end.
    Done,
}

/// Splits text into objects by counting brackets outside strings.
///
/// A broken line must not take the lines after it along. Outside of arrays, a record that began with its line ends
/// where it cannot go on: at a line end within a string, and before a line that begins with `{` where no value may
/// stand. It is handed on as it is; who parses it tells what is wrong. The same goes for a file that ends too early.
fn read_text<E: From<RecordError>>(
    name: &str,
    mut input: impl BufRead,
    each: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let fault = |line: u64, message: &str| RecordError {
        file: name.to_owned(),
        line: Some(line),
        message: message.to_owned(),
    };
    let mut between = Between::Start;
    let (mut record, mut depth, mut in_string, mut escaped) = (Vec::new(), 0usize, false, false);
    let (mut line, mut record_line) = (1u64, 1u64);
    // The last byte of the record that is neither white space nor within a string; whether a line begins here.
    let (mut last, mut line_begins, mut record_begins_line) = (0u8, true, false);
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(fault(line, &error.to_string()).into()),
        };
        if chunk.is_empty() {
            break;
        }
        let len = chunk.len();
        let mut start = 0;
        let mut finished = Vec::new();
        for (at, &byte) in chunk.iter().enumerate() {
            // A byte order mark.
            let is_mark = between == Between::Start && matches!(byte, 0xef | 0xbb | 0xbf);
            let begins_line = line_begins;
            line_begins = byte == b'\n' || (is_mark && begins_line);
            line += u64::from(byte == b'\n');
            let is_broken = record_begins_line
                && between == Between::Stream
                && match byte {
                    b'\n' => in_string,
                    b'{' => begins_line && !in_string && !matches!(last, b':' | b',' | b'['),
                    _ => false,
                };
            if depth > 0 && is_broken {
                record.extend_from_slice(&chunk[start..at]);
                finished.push((std::mem::take(&mut record), record_line));
                (depth, in_string, escaped) = (0, false, false);
            }
            if depth > 0 {
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => (),
                    }
                    continue;
                }
                if !byte.is_ascii_whitespace() {
                    last = byte;
                }
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => (),
                }
                if depth == 0 {
                    record.extend_from_slice(&chunk[start..=at]);
                    finished.push((std::mem::take(&mut record), record_line));
                    between =
                        if between == Between::Item { Between::AfterItem } else { Between::Stream };
                }
                continue;
            }
            match (byte, between) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => (),
                _ if is_mark => (),
                (b'{', Between::Start | Between::Stream | Between::Item) => {
                    if between == Between::Start {
                        between = Between::Stream;
                    }
                    (depth, start, record_line) = (1, at, line);
                    (last, record_begins_line) = (byte, begins_line);
                }
                (b'[', Between::Start) => between = Between::Item,
                (b',', Between::AfterItem) => between = Between::Item,
                (b']', Between::Item | Between::AfterItem) => between = Between::Done,
                (_, Between::Done) => {
                    return Err(fault(line, "text after the end of the array").into());
                }
                (b'[', _) => {
                    return Err(
                        fault(line, "an array within events; an event is a JSON object").into()
                    );
                }
                (byte, _) => {
                    let shown = char::from(byte).escape_default();
                    let message = format!(
                        "expected a JSON object here, found '{shown}'; events are objects: {{…}}"
                    );
                    return Err(fault(line, &message).into());
                }
            }
        }
        if depth > 0 {
            record.extend_from_slice(&chunk[start..]);
            if record.len() > MAX_RECORD_BYTES {
                let message = format!(
                    "a record of more than {MAX_RECORD_BYTES} bytes; is a bracket missing?"
                );
                return Err(fault(record_line, &message).into());
            }
        }
        input.consume(len);
        let count = finished.len();
        for (index, (json, line)) in finished.into_iter().enumerate() {
            let is_last_at_hand = index + 1 == count;
            each(Record { json, file: name.to_owned(), line, is_last_at_hand })?;
        }
    }
    if depth > 0 && between == Between::Stream {
        let file = name.to_owned();
        return each(Record { json: record, file, line: record_line, is_last_at_hand: true });
    }
    if depth > 0 {
        return Err(fault(record_line, "the file ends within this record").into());
    }
    if matches!(between, Between::Item | Between::AfterItem) {
        return Err(fault(line, "the file ends within the array: ']' is missing").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &[u8]) -> Result<Vec<String>, String> {
        // A small buffer puts its ends everywhere.
        let mut out = Vec::new();
        let input = BufReader::with_capacity(3, text);
        let mut each = |record: Record| {
            out.push(String::from_utf8_lossy(&record.json).into_owned());
            Ok::<_, RecordError>(())
        };
        read_text("f", input, &mut each).map_err(|error| error.to_string())?;
        Ok(out)
    }

    #[test]
    fn objects_in_every_form() {
        let a = r#"{"a":"}\"{"}"#;
        for text in [
            format!("{a}\n{a}\n"),
            format!("{a}{a}"),
            format!("[{a},\n{a}]"),
            format!("\u{feff}[ {a} , {a} ]\n"),
            format!("\r\n{a}\r\n\r\n{a}"),
        ] {
            assert_eq!(split(text.as_bytes()), Ok(vec![a.to_owned(), a.to_owned()]), "{text}");
        }
        assert_eq!(split(b""), Ok(vec![]));
        assert_eq!(split(b"[]"), Ok(vec![]));
    }

    #[test]
    fn faults_name_the_line() {
        for (text, message) in [
            ("[{}\n,{\"a\":", "f:2: the file ends within this record"),
            ("[{}", "f:1: the file ends within the array: ']' is missing"),
            ("{}\n\n7", "f:3: expected a JSON object here, found '7'; events are objects: {…}"),
            ("[{}] x", "f:1: text after the end of the array"),
            ("[[{}]]", "f:1: an array within events; an event is a JSON object"),
        ] {
            assert_eq!(split(text.as_bytes()), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn broken_lines_stay_alone() {
        let good = r#"{"a": {"b": [1, "}"]}}"#;
        for broken in [
            r#"{"a": oops"#,
            r#"{"a": "oops"#,
            r#"{"a": {"b": 1}"#,
            r#"{"a": "oops"#,
            r#"{"a": [1, 2"#,
            "{",
        ] {
            for end in ["\n", "\r\n", "\n\n"] {
                let text =
                    format!("\u{feff}{broken}{end}{good}{end}{broken}{end}{good}{end}{broken}");
                let found = split(text.as_bytes()).expect("records");
                let found: Vec<_> = found.iter().map(|record| record.trim_end()).collect();
                assert_eq!(found, [broken, good, broken, good, broken], "{text}");
            }
        }
        let laid_out = "{\"a\":\n{\"b\": [\n{},\n{}\n]}\n}";
        let text = format!("{laid_out}\n{laid_out}");
        assert_eq!(split(text.as_bytes()), Ok(vec![laid_out.to_owned(), laid_out.to_owned()]));
    }

    #[test]
    fn hours_of_an_export_come_in_order() {
        let mut names = vec![
            "1/1_2026-01-02_10#0.json.gz",
            "1/1_2026-01-02_9#1.json.gz",
            "1/1_2026-01-02_9#0.json.gz",
        ];
        names.sort_by_key(|name| export_order(name));
        assert_eq!(
            names,
            [
                "1/1_2026-01-02_9#0.json.gz",
                "1/1_2026-01-02_9#1.json.gz",
                "1/1_2026-01-02_10#0.json.gz"
            ]
        );
    }
}
