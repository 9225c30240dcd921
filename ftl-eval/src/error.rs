//! What goes wrong: one error type, whose text is made when it is shown.

use std::borrow::Cow;
use std::fmt;

use ftl_parser::{ParseError, Position, Source, Span};

/// A template that cannot be compiled or rendered.
///
/// `Display` gives FreeMarker's sentence, then the place with an excerpt, tips and the calls;
/// `{:#}` gives the sentence and the place on one line. See also [`Error::freemarker_message`].
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    detail: Detail,
    blamed: Option<Place>,
    /// FreeMarker tells of no expression: `blamed` is for the excerpt only.
    elsewhere: bool,
    /// What is told instead of the place of what is blamed.
    told: Option<Position>,
    element: Option<Place>,
    frames: Vec<Frame>,
    tips: Vec<Cow<'static, str>>,
    role: Option<String>,
    wants_role: bool,
    cause: Option<Error>,
}

/// Kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source is not valid; see [`Error::parse_errors`].
    Parse,
    /// Something is absent or null.
    Missing,
    /// A value has another type than is needed here.
    Type,
    /// A value of the right type that cannot be used: a bad format, an index out of bounds, ….
    Value,
    /// `#stop`
    Stop,
    /// A template that is included or imported cannot be had.
    TemplateNotFound,
    /// A function or directive of the host failed.
    Function,
    /// A limit was reached; [`Error::limit_name`] tells which one.
    Limit,
    /// Something that this engine does not offer.
    Unsupported,
    /// A setting of the host has a bad value.
    Setting,
    /// The data is not JSON.
    Data,
    /// Writing the output failed.
    Io,
}

/// A place in a template.
#[derive(Clone, Debug)]
pub struct Place {
    /// The template.
    pub source: Source,
    /// What is meant.
    pub span: Span,
}

#[derive(Clone)]
enum Detail {
    Missing,
    Text(Cow<'static, str>),
    Parse(Vec<ParseError>),
    Limit { name: &'static str, text: String },
}

/// One line of the FTL stack trace.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The call, include or `#nested`.
    pub place: Place,
    /// In which macro or function it stands.
    pub within: Option<String>,
    /// `#nested` and the like: the line is about nesting, not about calls.
    pub nested: bool,
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a host's function or directive.
    pub fn function(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Function, message.into())
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with(kind, Detail::Text(message.into()))
    }

    /// A run-time error that is neither about a type nor about something missing.
    pub(crate) fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    pub(crate) fn missing() -> Self {
        Self::with(ErrorKind::Missing, Detail::Missing)
    }

    pub(crate) fn parse(source: &Source, errors: Vec<ParseError>) -> Self {
        let blamed = errors.first().map(|error| Place { source: source.clone(), span: error.span });
        let mut error = Self::with(ErrorKind::Parse, Detail::Parse(errors));
        error.0.blamed = blamed;
        error
    }

    /// A limit was reached. `name` as in [`crate::Limits`].
    pub(crate) fn limit(name: &'static str, text: impl Into<String>) -> Self {
        Self::with(ErrorKind::Limit, Detail::Limit { name, text: text.into() })
    }

    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    fn with(kind: ErrorKind, detail: Detail) -> Self {
        Self(Box::new(Inner {
            kind,
            detail,
            blamed: None,
            elsewhere: false,
            told: None,
            element: None,
            frames: Vec::new(),
            tips: Vec::new(),
            role: None,
            wants_role: false,
            cause: None,
        }))
    }

    /// An error in place of another, which it tells as its cause.
    pub(crate) fn hiding(message: &str, cause: Error) -> Self {
        let mut error = Self::value(message.to_owned());
        error.0.cause = Some(cause);
        error.0.elsewhere = true;
        error
    }

    /// Whether it stands in place of another.
    pub(crate) fn is_hidden(&self) -> bool {
        self.0.cause.is_some()
    }

    /// Blames `span`, unless something is blamed already.
    pub(crate) fn at(mut self, source: &Source, span: Span) -> Self {
        if self.0.blamed.is_none() {
            self.0.blamed = Some(Place { source: source.clone(), span });
        }
        self
    }

    /// Blames no expression: FreeMarker names the directive or interpolation.
    pub(crate) fn unplaced(mut self) -> Self {
        self.0.elsewhere |= self.0.blamed.is_none();
        self
    }

    /// Notes where it went wrong, unless that is known, for an error for which FreeMarker names only the
    /// directive or interpolation: a method's complaint about an argument, say.
    pub(crate) fn within(mut self, source: &Source, span: Span) -> Self {
        if self.0.blamed.is_none() {
            self.0.elsewhere = true;
        }
        self.at(source, span)
    }

    pub(crate) fn tip(mut self, tip: impl Into<Cow<'static, str>>) -> Self {
        self.0.tips.push(tip.into());
        self
    }

    /// Notes the element that failed, unless it is known.
    pub(crate) fn in_element(&mut self, source: &Source, span: Span) {
        if self.0.element.is_none() {
            self.0.element = Some(Place { source: source.clone(), span });
        }
    }

    pub(crate) fn has_element(&self) -> bool {
        self.0.element.is_some()
    }

    pub(crate) fn push_frame(&mut self, frame: Frame) {
        if self.0.frames.len() < 20 {
            self.0.frames.push(frame);
        }
    }

    /// FreeMarker tells this place instead of that of what is blamed.
    pub(crate) fn tell(&mut self, position: Position) {
        self.0.told = Some(position);
    }

    pub(crate) fn blamed(&self) -> Option<&Place> {
        self.0.blamed.as_ref()
    }

    /// Its sentence begins with the part that the blamed expression plays.
    pub(crate) fn with_role(mut self) -> Self {
        self.0.wants_role = true;
        self
    }

    pub(crate) fn wants_role(&self) -> bool {
        self.0.wants_role
    }

    /// Notes the part that the blamed expression plays: `"#if" condition`.
    pub(crate) fn set_role(&mut self, role: Option<String>) {
        if !self.0.elsewhere {
            self.0.role = role;
        }
    }

    /// Which kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The name of the limit that was reached.
    pub fn limit_name(&self) -> Option<&'static str> {
        match self.0.detail {
            Detail::Limit { name, .. } => Some(name),
            _ => None,
        }
    }

    /// All faults of the source that can be told apart, FreeMarker's first.
    pub fn parse_errors(&self) -> &[ParseError] {
        match &self.0.detail {
            Detail::Parse(errors) => errors,
            _ => &[],
        }
    }

    /// The first sentence, as FreeMarker words it; no place, no tips.
    pub fn message(&self) -> Cow<'_, str> {
        let text = match &self.0.detail {
            Detail::Missing => "The following has evaluated to null or missing:".into(),
            Detail::Text(text) => text.as_ref().into(),
            Detail::Parse(errors) => errors.first().map_or("", |error| &error.message).into(),
            Detail::Limit { text, .. } => text.as_str().into(),
        };
        match &self.0.role {
            Some(role) => format!("For {role}: {text}").into(),
            None => text,
        }
    }

    /// The sentence and, where an expression is blamed, `==> expression  [in template …]`: what
    /// FreeMarker gives as description.
    pub fn description(&self) -> String {
        let mut text = self.message().into_owned();
        let is_told = self.0.kind != ErrorKind::Parse && !self.0.elsewhere;
        if let (Some(place), true) = (&self.0.blamed, is_told) {
            let position = self.0.told.unwrap_or_else(|| place.source.position(place.span.start));
            let Position { line, column } = position;
            let name = match place.source.name() {
                Some(name) => format!("template \"{name}\""),
                None => "nameless template".to_owned(),
            };
            let expr = place.source.slice(place.span).replace('\n', "\n    ");
            if !text.ends_with(':') {
                text.push_str("\nThe blamed expression:");
            }
            text.push_str(&format!("\n==> {expr}  [in {name} at line {line}, column {column}]"));
        }
        text
    }

    /// What is to blame: an expression, a tag, or a fault of the source.
    pub fn place(&self) -> Option<&Place> {
        self.0.blamed.as_ref().or(self.0.element.as_ref())
    }

    /// The directive or interpolation that failed.
    pub fn element(&self) -> Option<&Place> {
        self.0.element.as_ref()
    }

    /// The blamed bytes.
    pub fn span(&self) -> Option<Span> {
        self.place().map(|place| place.span)
    }

    /// Line and column as FreeMarker tells them.
    pub fn position(&self) -> Option<Position> {
        if let Detail::Parse(errors) = &self.0.detail {
            return errors.first().map(|error| error.position);
        }
        if let (Some(position), false) = (self.0.told, self.0.elsewhere) {
            return Some(position);
        }
        let element = if self.0.elsewhere { self.element() } else { None };
        element.or_else(|| self.place()).map(|place| place.source.position(place.span.start))
    }

    /// Remedies, the best first.
    pub fn tips(&self) -> &[Cow<'static, str>] {
        &self.0.tips
    }

    /// The calls that led here, innermost first.
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// Whether `#attempt` may catch it.
    pub(crate) fn is_catchable(&self) -> bool {
        !matches!(self.0.kind, ErrorKind::Limit | ErrorKind::Io)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut message = self.message();
        if message.lines().nth(3).is_some() {
            // FreeMarker lists all names there are; the nearest is among the tips.
            message = message.lines().next().unwrap_or("").to_owned().into();
        }
        f.write_str(message.strip_suffix(':').unwrap_or(&message))?;
        if let (Some(place), true) = (&self.0.blamed, message.ends_with(':')) {
            let expr = place.source.slice(place.span);
            write!(f, ": {}", expr.split_whitespace().collect::<Vec<_>>().join(" "))?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, "\n  because: {cause:#}")?;
        }
        if f.alternate() {
            if let (Some(place), Some(position)) = (self.place(), self.position()) {
                let name = place.source.name().unwrap_or("nameless template");
                write!(f, " ({name}:{}:{})", position.line, position.column)?;
            }
            return Ok(());
        }
        // What went wrong, even where FreeMarker names only the directive around it.
        if let Some(place) = self.0.blamed.as_ref().or(self.0.element.as_ref()) {
            f.write_str("\n")?;
            ftl_parser::write_snippet(f, &place.source, place.span)?;
        }
        if let (Detail::Missing, Some(place)) = (&self.0.detail, &self.0.blamed) {
            let expr = place.source.slice(place.span);
            let tip = match expr.contains(['.', '[']) {
                true => format!(
                    "its last step is missing; give it a default, as in {expr}!\"-\", or ({expr})!\"-\" if any step may be missing"
                ),
                false => {
                    format!("give it a default, as in {expr}!\"-\", or test it with <#if {expr}??>")
                }
            };
            write!(f, "\n   = tip: {tip}")?;
        }
        let more: Vec<&ParseError> = self.parse_errors().iter().skip(1).collect();
        for tip in self
            .tips()
            .iter()
            .chain(&self.parse_errors().first().and_then(|e| e.tip.clone().map(Cow::Owned)))
        {
            write!(f, "\n   = tip: {tip}")?;
        }
        for frame in &self.0.frames {
            let position = frame.place.source.position(frame.place.span.start);
            let name = frame.place.source.name().unwrap_or("nameless template");
            let what = if frame.nested { "nested content" } else { "call" };
            write!(f, "\n   = in: {what} at {name}:{}:{}", position.line, position.column)?;
            if let Some(within) = &frame.within {
                write!(f, ", in macro {within}")?;
            }
        }
        for error in more {
            let Position { line, column } = error.position;
            write!(f, "\nalso at {line}:{column}: {}", error.message.lines().next().unwrap_or(""))?;
        }
        Ok(())
    }
}

impl Error {
    /// The whole message as FreeMarker lays it out: description, tips, FTL stack trace. What `.error`
    /// holds in a template.
    pub fn freemarker_message(&self) -> String {
        let mut out = self.description();
        // Writing to a String cannot fail.
        let _ = self.write_details(&mut out);
        out
    }

    fn write_details(&self, f: &mut String) -> fmt::Result {
        use fmt::Write;
        if !self.0.tips.is_empty() {
            f.write_str("\n")?;
            for tip in &self.0.tips {
                write!(f, "\n----\nTip: {tip}")?;
            }
            f.write_str("\n----")?;
        }
        if let Some(element) = &self.0.element {
            f.write_str("\n\n----\nFTL stack trace (\"~\" means nesting-related):")?;
            write_frame(f, "- Failed at", element, None)?;
            for frame in self.0.frames.iter().take(9) {
                let lead = if frame.nested { "~ Reached through" } else { "- Reached through" };
                write_frame(f, lead, &frame.place, frame.within.as_deref())?;
            }
            f.write_str("\n----")?;
        }
        Ok(())
    }
}

fn write_frame(
    f: &mut impl fmt::Write,
    lead: &str,
    place: &Place,
    within: Option<&str>,
) -> fmt::Result {
    let Position { line, column } = place.source.position(place.span.start);
    let text = place.source.slice(place.span);
    let text = text.lines().next().unwrap_or("");
    let text: String = text.chars().take(60).collect();
    let name =
        place.source.name().map_or("nameless template".into(), |n| format!("template \"{n}\""));
    write!(f, "\n\t{lead}: {text}  [in {name}")?;
    if let Some(within) = within {
        write!(f, " in macro \"{within}\"")?;
    }
    write!(f, " at line {line}, column {column}]")
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self:#}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}
