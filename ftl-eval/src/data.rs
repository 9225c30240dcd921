//! stub
use crate::error::{Error, ErrorKind};
use std::borrow::Cow;
/// stub
pub struct Data<'a>(serde_json::Value, std::marker::PhantomData<&'a ()>);
/// stub
pub struct OwnedData(serde_json::Value);
impl OwnedData {
    /// stub
    pub fn root(&self) -> Node<'_> {
        Node(&self.0)
    }
}
/// stub
#[derive(Clone, Copy)]
pub struct Node<'d>(&'d serde_json::Value);
/// stub
pub enum Kind {
    /// a
    Null,
    /// a
    Bool,
    /// a
    Number,
    /// a
    String,
    /// a
    Array,
    /// a
    Object,
}
impl<'a> Data<'a> {
    /// stub
    pub fn parse(b: &'a [u8]) -> Result<Self, Error> {
        serde_json::from_slice(b)
            .map(|v| Data(v, std::marker::PhantomData))
            .map_err(|e| Error::new(ErrorKind::Data, e.to_string()))
    }
    /// stub
    pub fn root(&self) -> Node<'_> {
        Node(&self.0)
    }
}
impl<'d> Node<'d> {
    pub(crate) fn kind(self) -> Kind {
        match self.0 {
            serde_json::Value::Null => Kind::Null,
            serde_json::Value::Bool(_) => Kind::Bool,
            serde_json::Value::Number(_) => Kind::Number,
            serde_json::Value::String(_) => Kind::String,
            serde_json::Value::Array(_) => Kind::Array,
            serde_json::Value::Object(_) => Kind::Object,
        }
    }
    pub(crate) fn as_bool(self) -> Option<bool> {
        self.0.as_bool()
    }
    pub(crate) fn as_i64(self) -> Option<i64> {
        self.0.as_i64()
    }
    pub(crate) fn number_text(self) -> &'d str {
        "0"
    }
    pub(crate) fn string(self) -> Cow<'d, str> {
        Cow::Borrowed(self.0.as_str().unwrap_or(""))
    }
    pub(crate) fn len(self) -> usize {
        match self.0 {
            serde_json::Value::Array(a) => a.len(),
            serde_json::Value::Object(a) => a.len(),
            _ => 0,
        }
    }
    pub(crate) fn get(self, k: &str) -> Option<Node<'d>> {
        self.0.get(k).map(Node)
    }
    pub(crate) fn index(self, k: usize) -> Option<Node<'d>> {
        self.0.get(k).map(Node)
    }
    pub(crate) fn entries(self) -> impl Iterator<Item = (Cow<'d, str>, Node<'d>)> {
        self.0.as_object().into_iter().flatten().map(|(k, v)| (Cow::Borrowed(&**k), Node(v)))
    }
}
