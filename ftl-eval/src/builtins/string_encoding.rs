//! Built-ins that encode strings: `?html`, `?json_string`, `?url` and their kin.

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::format::escape;
use crate::ops::PRINTABLE;
use crate::output::{OutputFormat, Simple};
use crate::value::{Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::any("html", 0..=0, html),
    BuiltIn::text("j_string", escape::j_string),
    BuiltIn::text("js_string", escape::js_string),
    BuiltIn::text("json_string", escape::json_string),
    BuiltIn::any("rtf", 0..=0, |value, call| legacy(value, call, escape::rtf, &[Simple::Rtf])),
    BuiltIn::string("url", 1..=1, |text, call| url(text, call, escape::url)).coercing().or_bare(),
    BuiltIn::string("url_path", 1..=1, |text, call| url(text, call, escape::url_path))
        .coercing()
        .or_bare(),
    // Like `?html`, but it knows no markup.
    BuiltIn::any("web_safe", 0..=0, |value, call| {
        let escape = html_escape(call);
        legacy(value, call, escape, &[])
    }),
    BuiltIn::any("xhtml", 0..=0, |value, call| {
        legacy(value, call, escape::xhtml, &[Simple::Html, Simple::Xhtml])
    }),
    BuiltIn::any("xml", 0..=0, |value, call| {
        legacy(value, call, escape::xml, &[Simple::Html, Simple::Xhtml, Simple::Xml])
    }),
];

fn html<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let escape = html_escape(call);
    legacy(value, call, escape, &[Simple::Html, Simple::Xhtml])
}

fn html_escape(call: &Call<'_, '_>) -> fn(&str, &mut String) {
    match call.env.engine.settings.improvements >= (2, 3, 20) {
        true => escape::xhtml,
        false => escape::html_keeping_apostrophes,
    }
}

/// Escapes text; markup of the formats `bypassed` is left as it is.
fn legacy<'a>(
    value: Value<'a>,
    call: &mut Call<'_, 'a>,
    escape: fn(&str, &mut String),
    bypassed: &[Simple],
) -> Result<Value<'a>> {
    let text = match &value {
        Value::Markup(markup) => {
            let mut outer = &markup.format;
            while let OutputFormat::Combined(pair) = outer {
                outer = &pair.0;
            }
            if matches!(outer, OutputFormat::Simple(simple) if bypassed.contains(simple)) {
                return Ok(value);
            }
            call.env.to_text(&value, call.target)?
        }
        Value::Sequence(_)
        | Value::Hash(_)
        | Value::Macro(_)
        | Value::Method(_)
        | Value::Directive(_) => {
            return Err(call.env.unexpected(PRINTABLE, &value, call.target));
        }
        value => call.env.to_text(value, call.target)?,
    };
    let mut out = String::with_capacity(text.len() + 8);
    escape(&text, &mut out);
    call.check_text(out.len())?;
    Ok(out.into())
}

/// Percent-encodes text in the charset `args[0]`, or in that of the settings.
fn url<'a, E>(
    text: Str<'a>,
    call: &mut Call<'_, 'a>,
    encode: fn(&str, &str, &mut String) -> Result<(), E>,
) -> Result<Value<'a>> {
    let charset = if call.called { Some(call.text_arg(0)?) } else { None };
    let settings = &call.env.settings;
    let charset = match &charset {
        Some(charset) => &**charset,
        None => {
            match settings.url_escaping_charset.as_ref().or(settings.output_encoding.as_ref()) {
                Some(charset) => charset,
                None => return Err(call.elsewhere(Error::value(NO_CHARSET))),
            }
        }
    };
    let mut out = String::with_capacity(text.len() + 8);
    encode(&text, charset, &mut out)
        .map_err(|_| call.elsewhere(Error::value("Failed to execute URL encoding.")))?;
    call.check_text(out.len())?;
    Ok(out.into())
}

const NO_CHARSET: &str = "To do URL encoding, the framework that encloses FreeMarker must specify the \
    \"output_encoding\" setting or the \"url_escaping_charset\" setting, so ask the programmers to set them. Or, \
    as a last chance, you can set the url_encoding_charset setting in the template, e.g. \
    <#setting url_escaping_charset='ISO-8859-1'>, or give the charset explicitly to the built-in, e.g. \
    foo?url('ISO-8859-1').";
