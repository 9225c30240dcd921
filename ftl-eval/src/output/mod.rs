//! Output formats and auto-escaping.

mod markup;

use std::sync::Arc;

use crate::format::escape;
use crate::format::utf16::is_whitespace;

pub(crate) use markup::Markup;

/// An output format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// One of those with a fixed name.
    Simple(Simple),
    /// `Outer{Inner}`
    Combined(Arc<(OutputFormat, OutputFormat)>),
}

/// The formats with a fixed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub(crate) enum Simple {
    Undefined,
    Html,
    Xhtml,
    Xml,
    Rtf,
    PlainText,
    Css,
    JavaScript,
    Json,
}

const SIMPLE: [(Simple, &str, Option<&str>); 9] = [
    (Simple::Undefined, "undefined", None),
    (Simple::Html, "HTML", Some("text/html")),
    (Simple::Xhtml, "XHTML", Some("application/xhtml+xml")),
    (Simple::Xml, "XML", Some("application/xml")),
    (Simple::Rtf, "RTF", Some("text/rtf")),
    (Simple::PlainText, "plainText", Some("text/plain")),
    (Simple::Css, "CSS", Some("text/css")),
    (Simple::JavaScript, "JavaScript", Some("application/javascript")),
    (Simple::Json, "JSON", Some("application/json")),
];

impl OutputFormat {
    pub(crate) const UNDEFINED: OutputFormat = OutputFormat::Simple(Simple::Undefined);

    /// The format of that name; combined names (`XML{HTML}`) too.
    pub(crate) fn by_name(name: &str) -> Option<OutputFormat> {
        if let Some((outer, inner)) = name.strip_suffix('}').and_then(|name| name.split_once('{')) {
            let (outer, inner) = (Self::by_name(outer)?, Self::by_name(inner)?);
            return (outer.is_markup() && inner.is_markup())
                .then(|| OutputFormat::Combined(Arc::new((outer, inner))));
        }
        SIMPLE.iter().find(|row| row.1 == name).map(|row| OutputFormat::Simple(row.0))
    }

    pub(crate) fn name(&self) -> String {
        match self {
            OutputFormat::Simple(simple) => {
                SIMPLE.iter().find(|row| row.0 == *simple).map_or("", |row| row.1).to_owned()
            }
            OutputFormat::Combined(pair) => format!("{}{{{}}}", pair.0.name(), pair.1.name()),
        }
    }

    /// Whether it has markup that text can be escaped into.
    pub(crate) fn is_markup(&self) -> bool {
        match self {
            OutputFormat::Simple(simple) => {
                matches!(simple, Simple::Html | Simple::Xhtml | Simple::Xml | Simple::Rtf)
            }
            OutputFormat::Combined(_) => true,
        }
    }

    /// Whether markup of any other format may be printed in it.
    pub(crate) fn is_mixed(&self) -> bool {
        *self == Self::UNDEFINED
    }

    /// As messages name it: `HTML(mimeType="text/html", …)`.
    pub(crate) fn describe(&self) -> String {
        let name = self.name();
        let class = match self {
            OutputFormat::Simple(Simple::Undefined) => "Undefined",
            OutputFormat::Simple(Simple::PlainText) => "PlainText",
            OutputFormat::Simple(_) => &name,
            OutputFormat::Combined(_) => "CombinedMarkup",
        };
        let mime = self.mime_type().map_or("null".to_owned(), |mime| format!("\"{mime}\""));
        format!("{name}(mimeType={mime}, class=f.c.{class}OutputFormat)")
    }

    pub(crate) fn mime_type(&self) -> Option<&'static str> {
        match self {
            OutputFormat::Simple(simple) => {
                SIMPLE.iter().find(|row| row.0 == *simple).and_then(|row| row.2)
            }
            OutputFormat::Combined(pair) => pair.0.mime_type(),
        }
    }

    /// Writes `text` so that it shows as itself.
    pub(crate) fn escape(&self, text: &str, out: &mut String) {
        match self {
            OutputFormat::Simple(Simple::Html | Simple::Xhtml) => escape::xhtml(text, out),
            OutputFormat::Simple(Simple::Xml) => escape::xml(text, out),
            OutputFormat::Simple(Simple::Rtf) => escape::rtf(text, out),
            OutputFormat::Simple(_) => out.push_str(text),
            OutputFormat::Combined(pair) => {
                let mut inner = String::new();
                pair.1.escape(text, &mut inner);
                pair.0.escape(&inner, out);
            }
        }
    }
}

/// `#compress`: in what was written from `start` on, each run of white space becomes one line break
/// if it held one (the first, as it was written), else one blank; none is left at the ends.
pub(crate) fn compress(out: &mut String, start: usize) {
    let text = out[start..].to_owned();
    out.truncate(start);
    let mut pending: Option<&str> = None;
    let mut begun = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_whitespace(c) {
            let space = match c {
                '\r' if chars.peek() == Some(&'\n') => "\r\n",
                '\r' => "\r",
                '\n' => "\n",
                _ => " ",
            };
            if pending.is_none_or(|before| before == " ") {
                pending = Some(space);
            }
            continue;
        }
        if let (Some(space), true) = (pending.take(), begun) {
            out.push_str(space);
        }
        pending = None;
        begun = true;
        out.push(c);
    }
}
