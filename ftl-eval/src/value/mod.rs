//! What a template computes with.

pub(crate) mod eval_json;
pub(crate) mod hash;
pub(crate) mod json;
pub(crate) mod number;
mod text;

use std::fmt;
use std::rc::Rc;

use crate::builtins::{Captures, Matches};
use crate::call::{BoundMethod, CallableMacro, InterpretedTemplate};
use crate::data::Node;
use crate::function::{DirectiveModel, Function, HashModel, SequenceModel};
use crate::items::LazySequence;
use crate::output::Markup;

use hash::OrderedHash;
pub use number::Number;
pub use text::Str;

/// A value of a template.
///
/// It borrows from the data and from the template; cloning is cheap.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Absent or null: FreeMarker does not tell one from the other.
    #[default]
    Missing,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Str<'a>),
    /// A date, time or date-time.
    Date(DateTime),
    /// A sequence.
    Sequence(Sequence<'a>),
    /// A hash.
    Hash(Hash<'a>),
    /// Text of an output format, as `?esc`, `?no_esc` and captured blocks give it.
    Markup(Rc<Markup<'a>>),
    /// A macro or function of a template.
    Macro(Rc<CallableMacro<'a>>),
    /// A function of the host, or a built-in that waits for its arguments.
    Method(Method<'a>),
    /// A directive of the host, or what `?interpret` makes.
    Directive(Directive<'a>),
    /// What `nothing!` gives: an empty string, sequence and hash at once.
    Empty,
    /// A value of several types at once, as some built-ins give it.
    Multi(Rc<Multi<'a>>),
}

pub use datetime::{DateKind, DateTime};
pub(crate) mod datetime;

/// A sequence.
#[derive(Clone)]
#[non_exhaustive]
pub enum Sequence<'a> {
    /// A JSON array.
    #[doc(hidden)]
    Json(&'a [serde_json::Value]),
    /// A JSON array of a [`crate::Data`].
    #[doc(hidden)]
    Data(Node<'a>),
    /// Made while rendering.
    List(Rc<Vec<Value<'a>>>),
    /// `h?keys`, `h?values`: a collection too.
    #[doc(hidden)]
    Keys(Rc<Vec<Value<'a>>>),
    /// `a..b`
    Range(Range),
    /// Made item by item; only between built-ins.
    #[doc(hidden)]
    Lazy(Rc<LazySequence<'a>>),
    /// A sequence of the host.
    Model(&'a dyn SequenceModel),
}

/// `a..b` and its kin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The first number.
    pub start: i32,
    /// How many; `None`: endless.
    pub len: Option<u32>,
    /// 1 or -1.
    pub step: i32,
    /// Ends at the end of what it slices: `a..*n` and `a..`.
    pub adaptive: bool,
    /// Written with `..`: then `"x"[n..n-1]` is empty instead of an error.
    pub inclusive: bool,
}

impl Range {
    /// The item at `index`, which must be less than the length.
    pub(crate) fn item(self, index: u64) -> i64 {
        i64::from(self.start).saturating_add((index as i64).saturating_mul(i64::from(self.step)))
    }
}

/// A hash.
#[derive(Clone)]
#[non_exhaustive]
pub enum Hash<'a> {
    /// A JSON object.
    #[doc(hidden)]
    Json(&'a serde_json::Map<String, serde_json::Value>),
    /// A JSON object of a [`crate::Data`].
    #[doc(hidden)]
    Data(Node<'a>),
    /// Made while rendering.
    #[doc(hidden)]
    Map(Rc<MapHash<'a>>),
    /// `a + b` where one of them cannot be listed.
    #[doc(hidden)]
    Concat(Rc<(Hash<'a>, Hash<'a>)>),
    /// A namespace, by its number.
    #[doc(hidden)]
    Namespace(usize),
    /// `.vars`, `.globals`, `.locals`, `.data_model`
    #[doc(hidden)]
    Variables(Variables),
    /// A hash of the host.
    Model(&'a dyn HashModel),
}

/// A hash made while rendering. Opaque.
#[derive(Clone)]
pub struct MapHash<'a>(pub(crate) OrderedHash<'a>);

/// Which variables a special variable shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables {
    /// `.vars`
    All,
    /// `.globals`
    Globals,
    /// `.locals`
    Locals,
    /// `.data_model`
    DataModel,
}

/// Something that can be called in an expression.
#[derive(Clone)]
#[non_exhaustive]
pub enum Method<'a> {
    /// A function of the host.
    Function(&'a dyn Function),
    /// `"x"?left_pad` without arguments.
    #[doc(hidden)]
    BuiltIn(Rc<BoundMethod<'a>>),
    /// `.get_optional_template`
    #[doc(hidden)]
    GetOptionalTemplate,
}

/// Something that can be called by `<@…>` and is no macro.
#[derive(Clone)]
#[non_exhaustive]
pub enum Directive<'a> {
    /// A directive of the host.
    Model(&'a dyn DirectiveModel),
    /// What `?interpret` makes.
    #[doc(hidden)]
    Interpreted(Rc<InterpretedTemplate<'a>>),
    /// `include` of what `.get_optional_template` gives.
    #[doc(hidden)]
    Include(IncludedTemplate<'a>),
}

/// A template that can be included. Opaque.
#[derive(Clone, Copy)]
pub struct IncludedTemplate<'a>(pub(crate) &'a crate::program::Program);

/// A value of several types at once. Opaque.
pub struct Multi<'a> {
    pub(crate) kind: MultiKind<'a>,
}

/// The built-ins whose results are of several types.
pub(crate) enum MultiKind<'a> {
    /// `n?string`: text, hash of formats, function of a format.
    NumberString { number: Number, text: Str<'a> },
    /// `d?string`
    DateString { date: DateTime, text: Result<Str<'a>, crate::Error> },
    /// `b?string`: text and function of the two words.
    BoolString { value: bool, text: Result<Str<'a>, crate::Error> },
    /// `"…"?date`: date, hash of formats, function of a format.
    DateParser { text: Str<'a>, kind: DateKind, date: Result<DateTime, crate::Error> },
    /// `s?matches(r)`: boolean, sequence of matches.
    Matches(Rc<Matches<'a>>),
    /// An item of `s?matches(r)`: text with `?groups`.
    Match { text: Str<'a>, source: Str<'a>, captures: Captures },
    /// `s?dedent`: text and function of a prefix.
    Dedent { source: Str<'a>, text: Str<'a> },
}

/// The types that built-ins and operators ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Kind {
    Missing,
    Boolean,
    Number,
    String,
    Date,
    Sequence,
    Hash,
    Markup,
    Macro,
    Function,
    Method,
    Directive,
}

impl<'a> Value<'a> {
    /// Whether it is absent or null.
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing)
    }

    /// Its main type.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Missing => Kind::Missing,
            Value::Bool(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) | Value::Empty => Kind::String,
            Value::Date(_) => Kind::Date,
            Value::Sequence(_) => Kind::Sequence,
            Value::Hash(_) => Kind::Hash,
            Value::Markup(_) => Kind::Markup,
            Value::Macro(callable) if callable.def.function => Kind::Function,
            Value::Macro(_) => Kind::Macro,
            Value::Method(_) => Kind::Method,
            Value::Directive(_) => Kind::Directive,
            Value::Multi(multi) => match &multi.kind {
                MultiKind::DateParser { .. } => Kind::Date,
                MultiKind::Matches(_) => Kind::Boolean,
                _ => Kind::String,
            },
        }
    }

    /// FreeMarker's name of its type, as error messages use it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Missing => "Null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Date(_) => "date_or_time_or_datetime",
            Value::Sequence(Sequence::Range(_)) => "sequence",
            Value::Sequence(_) => "sequence",
            Value::Hash(Hash::Namespace(_) | Hash::Variables(Variables::Locals)) => "namespace",
            Value::Hash(hash) if hash.is_listable() => "extended_hash",
            Value::Hash(_) => "hash",
            Value::Markup(_) => "markup_output",
            Value::Macro(callable) if callable.def.function => "function+misc_template_model",
            Value::Macro(_) => "macro+misc_template_model",
            Value::Method(_) => "method",
            Value::Directive(Directive::Interpreted(_)) => "transform",
            Value::Directive(_) => "directive",
            Value::Empty => "sequence+extended_hash+string",
            Value::Multi(multi) => match &multi.kind {
                MultiKind::NumberString { .. } | MultiKind::DateString { .. } => {
                    "method+hash+string"
                }
                MultiKind::BoolString { .. } | MultiKind::Dedent { .. } => "method+string",
                MultiKind::DateParser { .. } => "method+hash+date_or_time_or_datetime",
                MultiKind::Matches(_) => "sequence+boolean",
                MultiKind::Match { .. } => "string",
            },
        }
    }

    /// The text of a string; nothing is converted.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            Value::Empty => Some(""),
            Value::Multi(multi) => match &multi.kind {
                MultiKind::NumberString { text, .. }
                | MultiKind::Match { text, .. }
                | MultiKind::Dedent { text, .. } => Some(text),
                MultiKind::DateString { text: Ok(text), .. }
                | MultiKind::BoolString { text: Ok(text), .. } => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The error that keeps it from being the boolean that it is otherwise.
    pub(crate) fn failure(&self) -> Option<crate::Error> {
        match self {
            Value::Multi(multi) => match &multi.kind {
                MultiKind::Matches(matches) => matches.whole().err(),
                _ => None,
            },
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            Value::Multi(multi) => match &multi.kind {
                MultiKind::Matches(matches) => matches.whole().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The value with parts of several types reduced to those of a sequence.
    pub(crate) fn as_sequence(&self) -> Option<Sequence<'a>> {
        match self {
            Value::Sequence(sequence) => Some(sequence.clone()),
            Value::Empty => Some(Sequence::empty()),
            Value::Multi(multi) => match &multi.kind {
                MultiKind::Matches(matches) => Some(matches.sequence()),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn as_hash(&self) -> Option<Hash<'a>> {
        match self {
            Value::Hash(hash) => Some(hash.clone()),
            Value::Empty => Some(Hash::Map(Rc::new(MapHash(OrderedHash::new())))),
            _ => None,
        }
    }

    /// A string that was just made.
    pub(crate) fn string(text: impl Into<Str<'a>>) -> Self {
        Value::String(text.into())
    }

    /// A sequence that was just made.
    pub(crate) fn list(items: Vec<Value<'a>>) -> Self {
        Value::Sequence(Sequence::List(Rc::new(items)))
    }

    /// A hash that was just made.
    pub(crate) fn map(map: OrderedHash<'a>) -> Self {
        Value::Hash(Hash::Map(Rc::new(MapHash(map))))
    }
}

impl<'a> Sequence<'a> {
    pub(crate) fn empty() -> Self {
        Sequence::List(Rc::new(Vec::new()))
    }

    /// Number of items; `None`: endless.
    pub fn len(&self) -> Option<usize> {
        match self {
            Sequence::Json(items) => Some(items.len()),
            Sequence::Data(node) => Some(node.len()),
            Sequence::List(items) | Sequence::Keys(items) => Some(items.len()),
            Sequence::Range(range) => range.len.map(|len| len as usize),
            Sequence::Lazy(lazy) => lazy.len(),
            Sequence::Model(model) => Some(model.len()),
        }
    }

    /// Whether it has no item.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The item at `index`; missing beyond the end.
    pub fn get(&self, index: usize) -> Value<'a> {
        match self {
            Sequence::Json(items) => items.get(index).map_or(Value::Missing, json::value),
            Sequence::Data(node) => node.index(index).map_or(Value::Missing, json::node_value),
            Sequence::List(items) | Sequence::Keys(items) => {
                items.get(index).cloned().unwrap_or_default()
            }
            Sequence::Range(range) => match range.len {
                Some(len) if index >= len as usize => Value::Missing,
                _ => Value::Number(Number::Int(range.item(index as u64))),
            },
            Sequence::Lazy(_) => Value::Missing,
            Sequence::Model(model) => model.get(index),
        }
    }
}

impl<'a> Hash<'a> {
    /// Whether `?keys`, `?size` and `<#list h as k, v>` work on it.
    pub(crate) fn is_listable(&self) -> bool {
        match self {
            Hash::Json(_) | Hash::Data(_) | Hash::Map(_) | Hash::Namespace(_) => true,
            Hash::Variables(which) => matches!(which, Variables::DataModel | Variables::Locals),
            Hash::Concat(_) => false,
            Hash::Model(model) => model.keys().is_some(),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => value.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Date(date) => date.fmt(f),
            other => match other.as_str() {
                Some(text) => text.fmt(f),
                None => f.write_str(other.type_name()),
            },
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Number(Number::Int(value))
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Number(Number::Double(value))
    }
}

impl From<Number> for Value<'_> {
    fn from(value: Number) -> Self {
        Value::Number(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::string(value)
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Value::string(value)
    }
}

impl<'a> From<Str<'a>> for Value<'a> {
    fn from(value: Str<'a>) -> Self {
        Value::String(value)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Value::list(items)
    }
}

impl<'a> From<&'a serde_json::Value> for Value<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        json::value(value)
    }
}

/// Puts entries in the order in which a Java `HashMap` of the same insertions lists them.
pub(crate) fn java_hash_order<K: std::ops::Deref<Target = str>, V>(entries: &mut [(K, V)]) {
    let mut capacity = 16;
    while entries.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let bucket = |text: &str| {
        let hash = text
            .encode_utf16()
            .fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
        (hash ^ hash >> 16) & (capacity as u32 - 1)
    };
    entries.sort_by_cached_key(|(key, _)| bucket(key));
}
