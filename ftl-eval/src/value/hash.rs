//! Hashes that a template makes: ordered, the last of equal keys wins.

use std::collections::HashMap;

use super::{Str, Value};

/// An ordered hash. Small ones are searched from end to end, larger ones by an index.
#[derive(Clone, Default)]
pub(crate) struct OrderedHash<'a> {
    entries: Vec<(Str<'a>, Value<'a>)>,
    index: Option<HashMap<Str<'a>, u32>>,
    /// Entries that a literal wrote, equal keys included: what `?size` of a literal tells.
    written: usize,
}

const INDEX_FROM: usize = 12;

impl<'a> OrderedHash<'a> {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// Sets `key`; a key that is there keeps its place.
    pub(crate) fn insert(&mut self, key: Str<'a>, value: Value<'a>) {
        match self.position(&key) {
            Some(at) => self.entries[at].1 = value,
            None => {
                if let Some(index) = &mut self.index {
                    index.insert(key.clone(), self.entries.len() as u32);
                }
                self.entries.push((key, value));
                if self.index.is_none() && self.entries.len() > INDEX_FROM {
                    let keys = self.entries.iter().enumerate();
                    self.index =
                        Some(keys.map(|(at, (key, _))| (key.clone(), at as u32)).collect());
                }
            }
        }
        self.written += 1;
    }

    /// What `?size` of a hash literal tells: FreeMarker counts equal keys there, though it lists them once.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// Forgets that equal keys were written.
    pub(crate) fn settle(&mut self) {
        self.written = self.entries.len();
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).map(|&at| at as usize),
            None => self.entries.iter().position(|(k, _)| **k == *key),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entries(&self) -> &[(Str<'a>, Value<'a>)] {
        &self.entries
    }
}
