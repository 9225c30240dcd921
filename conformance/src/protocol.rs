//! The case protocol: a case, then its answer, each as one line of JSON.

use crate::case::{Answer, Case, Failure, Kind, Profile};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
struct CaseOut<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    template: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    files: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iface: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
}

/// The case as a line, with its line break.
pub fn case_line(id: u64, case: &Case) -> String {
    // RawValue goes out as it stands, so what breaks lines in JSON must not.
    let data = case
        .data
        .as_ref()
        .and_then(|data| RawValue::from_string(data.replace(['\n', '\r'], " ")).ok());
    let map = |list: &[(String, String)]| {
        list.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect()
    };
    let out = CaseOut {
        id,
        name: case.name.as_deref(),
        template: &case.template,
        data: data.as_deref(),
        settings: map(&case.settings),
        files: map(&case.files),
        iface: case.iface.as_deref(),
        decimals: case.decimals.as_deref(),
        profile: case.profile.map(Profile::name),
    };
    // A struct of strings and raw JSON has a JSON form.
    let mut line = serde_json::to_string(&out).unwrap_or_default();
    line.push('\n');
    line
}

#[derive(Deserialize)]
struct CaseIn<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    name: Option<String>,
    template: String,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    files: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    iface: Option<String>,
    #[serde(default)]
    decimals: Option<String>,
    #[serde(default)]
    profile: Option<String>,
}

/// Reads a line written by [`case_line`] or another program: the id as raw JSON (`null` without one), and the
/// case or what is wrong with it.
pub fn read_case(line: &str) -> (String, Result<Case, String>) {
    let case: CaseIn<'_> = match serde_json::from_str(line) {
        Ok(case) => case,
        Err(error) => return ("null".into(), Err(error.to_string())),
    };
    let id = case.id.map_or("null", RawValue::get).to_owned();
    let profile = match case.profile.as_deref().map(|name| (name, Profile::from_name(name))) {
        Some((name, None)) => return (id, Err(format!("unknown profile: {name}"))),
        other => other.and_then(|(_, profile)| profile),
    };
    let list = |map: serde_json::Map<String, serde_json::Value>| -> Vec<(String, String)> {
        map.into_iter()
            .map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
            .collect()
    };
    let case = Case {
        profile,
        iface: case.iface,
        name: case.name,
        decimals: case.decimals,
        settings: list(case.settings),
        data: case.data.map(|data| data.get().to_owned()).filter(|data| data != "null"),
        files: list(case.files),
        template: case.template,
        ..Case::default()
    };
    (id, Ok(case))
}

#[derive(Serialize)]
struct AnswerOut<'a> {
    id: &'a RawValue,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
}

/// The answer as a line, with its line break; `id` is raw JSON.
pub fn answer_line(id: &str, answer: &Answer) -> String {
    let null = RawValue::NULL;
    let id = serde_json::from_str(id).unwrap_or(null);
    let empty = AnswerOut {
        id,
        ok: true,
        output: None,
        kind: None,
        message: None,
        line: None,
        column: None,
        template: None,
    };
    let out = match answer {
        Answer::Output(output) => AnswerOut { output: Some(output), ..empty },
        Answer::Error(failure) => AnswerOut {
            ok: false,
            kind: Some(failure.kind.name()),
            message: Some(&failure.message),
            line: failure.place.map(|(line, _)| line),
            column: failure.place.map(|(_, column)| column),
            template: failure.template.as_deref(),
            ..empty
        },
    };
    let mut line = serde_json::to_string(&out).unwrap_or_default();
    line.push('\n');
    line
}

#[derive(Deserialize)]
struct AnswerIn {
    #[serde(default)]
    id: serde_json::Value,
    ok: bool,
    #[serde(default)]
    output: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    message: String,
    line: Option<u32>,
    column: Option<u32>,
    template: Option<String>,
}

/// Reads an answer's line: its id (0 if it is no number) and the answer, or what is wrong with the line.
pub fn read_answer(line: &str) -> Result<(u64, Answer), String> {
    let answer: AnswerIn =
        serde_json::from_str(line).map_err(|error| format!("{error} in answer {line:?}"))?;
    let id = answer.id.as_u64().unwrap_or(0);
    if answer.ok {
        return Ok((id, Answer::Output(answer.output)));
    }
    let kind =
        Kind::from_name(&answer.kind).ok_or_else(|| format!("unknown kind in answer {line:?}"))?;
    let place = answer.line.map(|line| (line, answer.column.unwrap_or(1)));
    Ok((
        id,
        Answer::Error(Failure { kind, place, template: answer.template, message: answer.message }),
    ))
}
