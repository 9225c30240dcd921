//! Reads case files.

use super::{Answer, Authority, Case, CaseError, CaseFile, Failure, Kind, Profile, text};

/// A heading and the lines below it.
struct Section<'a> {
    line: usize,
    heading: &'a str,
    body: Vec<&'a str>,
}

pub(super) fn file(source: &str) -> Result<CaseFile, CaseError> {
    let mut file = CaseFile::default();
    let mut current: Option<Section<'_>> = None;
    let mut sections = Vec::new();
    for (index, line) in source.lines().enumerate() {
        if text::is_heading(line) {
            sections.extend(current.replace(Section {
                line: index + 1,
                heading: line,
                body: Vec::new(),
            }));
        } else if let Some(section) = &mut current {
            section.body.push(line);
        } else {
            file.comment.push(line.to_owned());
        }
    }
    sections.extend(current);
    drop_trailing_blanks(&mut file.comment);

    let mut has_template = true;
    let mut last_case_line = 0;
    for mut section in sections {
        drop_trailing_blanks(&mut section.body);
        let fail = |message: String| CaseError { line: section.line, message };
        if let Some(title) = section.heading.strip_prefix("=== ") {
            if !has_template {
                return Err(CaseError {
                    line: last_case_line,
                    message: "case without a template".into(),
                });
            }
            if !section.body.is_empty() {
                return Err(fail("text between title and first section".into()));
            }
            if file.cases.iter().any(|case| case.title == title) {
                return Err(fail(format!("second case with the title {title:?}")));
            }
            file.cases.push(Case { title: title.to_owned(), ..Case::default() });
            (has_template, last_case_line) = (false, section.line);
            continue;
        }
        let in_case = !file.cases.is_empty();
        let case = file.cases.last_mut().unwrap_or(&mut file.defaults);
        if read_section(&section, case, in_case).map_err(fail)? {
            if has_template {
                return Err(fail("second `--- template`".into()));
            }
            has_template = true;
        }
    }
    if !has_template {
        return Err(CaseError { line: last_case_line, message: "case without a template".into() });
    }
    Ok(file)
}

fn drop_trailing_blanks<S: AsRef<str>>(lines: &mut Vec<S>) {
    while lines.last().is_some_and(|line| line.as_ref().is_empty()) {
        lines.pop();
    }
}

/// Adds a section to `case`; true if it was the template.
fn read_section(section: &Section<'_>, case: &mut Case, in_case: bool) -> Result<bool, String> {
    let heading = section.heading.strip_prefix("--- ").unwrap_or_default();
    let (word, argument) = heading.split_once(' ').unwrap_or((heading, ""));
    // A file may be called "escaped"; no other heading takes a free argument and a body.
    let (argument, escaped) = match argument.strip_suffix("escaped") {
        Some(rest) if rest.is_empty() || rest.ends_with(' ') => (rest.trim_end(), true),
        _ => (argument, false),
    };
    let content = || match escaped {
        true => text::unescape(section.body.iter().copied()),
        false => Ok(section.body.join("\n")),
    };
    let line = || match section.body.is_empty() && !escaped && !argument.is_empty() {
        true => Ok(argument.to_owned()),
        false => Err(format!("`--- {word}` takes one value on its line")),
    };
    if !in_case && matches!(word, "template" | "output" | "error") {
        return Err(format!("`--- {word}` before the first title"));
    }
    match word {
        "note" => case.notes.push(heading.split_once(' ').map_or("", |(_, note)| note).to_owned()),
        "observed" => once(&mut case.authority, word, Authority::Observed(line()?))?,
        "manual" => once(&mut case.authority, word, Authority::Manual(line()?))?,
        "profile" => {
            let profile =
                Profile::from_name(&line()?).ok_or("the profiles are freemarker and amplitude")?;
            once(&mut case.profile, word, profile)?;
        }
        "iface" => once(&mut case.iface, word, line()?)?,
        "name" => once(&mut case.name, word, line()?)?,
        "decimals" => once(&mut case.decimals, word, line()?)?,
        "settings" => {
            for line in section.body.iter().filter(|line| !line.is_empty()) {
                let setting =
                    if escaped { text::unescape([*line].into_iter())? } else { (*line).to_owned() };
                let (name, value) =
                    setting.split_once('=').ok_or("a setting is written name=value")?;
                add(&mut case.settings, name, value.to_owned())?;
            }
        }
        "data" => {
            let data = content()?;
            if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&data) {
                return Err(format!("data is not JSON: {error}"));
            }
            once(&mut case.data, word, data)?;
        }
        "file" if argument.is_empty() => return Err("`--- file` needs a name".into()),
        "file" => add(&mut case.files, argument, content()?)?,
        "template" => {
            case.template = content()?;
            return Ok(true);
        }
        "output" => once(&mut case.expected, word, Answer::Output(content()?))?,
        "error" => once(&mut case.expected, word, Answer::Error(failure(argument, content()?)?))?,
        _ => return Err(format!("unknown section `--- {word}`")),
    }
    Ok(false)
}

/// `KIND [LINE:COLUMN] [in TEMPLATE]`
fn failure(argument: &str, message: String) -> Result<Failure, String> {
    let (rest, template) = match argument.split_once(" in ") {
        Some((rest, template)) => (rest, Some(template.to_owned())),
        None => (argument, None),
    };
    let (kind, place) = rest.split_once(' ').unwrap_or((rest, ""));
    let kind = Kind::from_name(kind).ok_or_else(|| format!("unknown kind of error: {kind:?}"))?;
    let place = match place.split_once(':').map(|(line, column)| (line.parse(), column.parse())) {
        Some((Ok(line), Ok(column))) => Some((line, column)),
        None if place.is_empty() => None,
        _ => return Err(format!("a place is written LINE:COLUMN, not {place:?}")),
    };
    Ok(Failure { kind, place, template, message })
}

fn once<T>(slot: &mut Option<T>, word: &str, value: T) -> Result<(), String> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("second `--- {word}`")),
    }
}

fn add(list: &mut Vec<(String, String)>, name: &str, value: String) -> Result<(), String> {
    if list.iter().any(|(other, _)| other == name) {
        return Err(format!("{name} twice"));
    }
    list.push((name.to_owned(), value));
    Ok(())
}
