//! How blocks and lists are written as bytes. Reading trusts nothing: the file may be damaged.

use crate::queue::{BlockId, Place};

/// Several items in one run of bytes: their number, where each ends, then the items.
///
/// All integers are little-endian `u32`.
pub(crate) fn write_items<'a>(items: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let total: usize = items.clone().map(<[u8]>::len).sum();
    let mut out = Vec::with_capacity(4 + 4 * items.len() + total);
    put_u32(&mut out, items.len());
    let mut end = 0;
    for item in items.clone() {
        end += item.len();
        put_u32(&mut out, end);
    }
    for item in items {
        out.extend_from_slice(item);
    }
    out
}

/// Item `index` of what [`write_items`] wrote.
pub(crate) fn item(data: &[u8], index: usize) -> Option<&[u8]> {
    let count = get_u32(data, 0)?;
    if index >= count {
        return None;
    }
    let base = 4 + 4 * count;
    let start = if index == 0 { 0 } else { get_u32(data, 4 * index)? };
    let end = get_u32(data, 4 + 4 * index)?;
    data.get(base.checked_add(start)?..base.checked_add(end)?)
}

fn put_u32(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
}

fn get_u32(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

/// Reads a run of bytes from its front.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        Some(*self.bytes(1)?.first()?)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.bytes(2)?.try_into().ok()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    /// A length in a `u32`, then so many bytes.
    pub(crate) fn run(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.u32()?).ok()?;
        self.bytes(count)
    }
}

/// Writes a length in a `u32`, then the bytes.
pub(crate) fn put_run(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u32(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// What a record's item holds: its own id, if any, then its bytes.
pub(crate) fn write_record(id: Option<&str>, data: &[u8], out: &mut Vec<u8>) {
    let id = id.unwrap_or_default();
    // Ids are 64 bytes at most; `accept` checks it.
    out.push(u8::try_from(id.len()).unwrap_or(0));
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(data);
}

/// The parts of a record's item.
pub(crate) fn read_record(item: &[u8]) -> Option<(Option<&str>, &[u8])> {
    let mut input = Input(item);
    let length = usize::from(input.u8()?);
    let id = std::str::from_utf8(input.bytes(length)?).ok()?;
    Some(((length > 0).then_some(id), input.0))
}

/// A body that has been made, with all that the delivery needs from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MadeItem {
    /// The records it was made of: one, or several in a batch.
    pub(crate) sources: Vec<Place>,
    pub(crate) id: Box<str>,
    pub(crate) accepted: i64,
    pub(crate) first_attempt: i64,
    pub(crate) repaired: bool,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn write_made(made: &MadeItem, out: &mut Vec<u8>) {
    out.push(u8::from(made.repaired));
    out.extend_from_slice(&made.accepted.to_le_bytes());
    out.extend_from_slice(&made.first_attempt.to_le_bytes());
    put_run(out, made.id.as_bytes());
    put_u32(out, made.sources.len());
    for source in &made.sources {
        out.extend_from_slice(&source.block.0.to_le_bytes());
        out.extend_from_slice(&source.item.to_le_bytes());
    }
    out.extend_from_slice(&made.body);
}

pub(crate) fn read_made(item: &[u8]) -> Option<MadeItem> {
    let mut input = Input(item);
    let repaired = input.u8()? != 0;
    let accepted = input.i64()?;
    let first_attempt = input.i64()?;
    let id = std::str::from_utf8(input.run()?).ok()?.into();
    let count = input.u32()?;
    let mut sources = Vec::new();
    for _ in 0..count {
        sources.push(Place { block: BlockId(input.i64()?), item: input.u16()? });
    }
    Some(MadeItem { sources, id, accepted, first_attempt, repaired, body: input.0.to_vec() })
}

/// Who has yet to get which items of a block: endpoint numbers, each with the items' places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Todo(pub(crate) Vec<(u32, Vec<u16>)>);

/// Stands for "all items" in place of a count; blocks are kept smaller than this.
const ALL: u16 = u16::MAX;

impl Todo {
    /// Reads what [`Todo::write`] wrote; `items` is how many the block has.
    pub(crate) fn read(bytes: &[u8], items: u16) -> Option<Todo> {
        let mut input = Input(bytes);
        let mut entries = Vec::new();
        while !input.0.is_empty() {
            let endpoint = input.u32()?;
            let count = input.u16()?;
            let places = if count == ALL {
                (0..items).collect()
            } else {
                let mut places = Vec::with_capacity(usize::from(count));
                for _ in 0..count {
                    places.push(input.u16().filter(|place| *place < items)?);
                }
                places
            };
            entries.push((endpoint, places));
        }
        Some(Todo(entries))
    }

    pub(crate) fn write(&self, items: u16) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 * self.0.len());
        for (endpoint, places) in &self.0 {
            out.extend_from_slice(&endpoint.to_le_bytes());
            // The places are distinct and below `items`, so a full count means all of them.
            if places.len() == usize::from(items) {
                out.extend_from_slice(&ALL.to_le_bytes());
                continue;
            }
            out.extend_from_slice(&u16::try_from(places.len()).unwrap_or(ALL - 1).to_le_bytes());
            for place in places {
                out.extend_from_slice(&place.to_le_bytes());
            }
        }
        out
    }

    /// Adds one item for one endpoint.
    pub(crate) fn add(&mut self, endpoint: u32, item: u16) {
        match self.0.last_mut() {
            Some((last, places)) if *last == endpoint => places.push(item),
            _ => match self.0.iter_mut().find(|(other, _)| *other == endpoint) {
                Some((_, places)) => places.push(item),
                None => self.0.push((endpoint, vec![item])),
            },
        }
    }

    /// Removes one item of one endpoint; gives whether it was there.
    pub(crate) fn remove(&mut self, endpoint: u32, item: u16) -> bool {
        let Some(at) = self.0.iter().position(|(other, _)| *other == endpoint) else {
            return false;
        };
        let Some((_, places)) = self.0.get_mut(at) else { return false };
        let Some(place) = places.iter().position(|place| *place == item) else { return false };
        places.remove(place);
        if places.is_empty() {
            self.0.remove(at);
        }
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|(_, places)| places.len()).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back() {
        let items: [&[u8]; 4] = [b"one", b"", b"three", b"4"];
        let data = write_items(items.iter().copied());
        for (index, expected) in items.iter().enumerate() {
            assert_eq!(item(&data, index), Some(*expected));
        }
        assert_eq!(item(&data, 4), None);
        assert_eq!(item(&write_items([].iter().copied()), 0), None);
    }

    #[test]
    fn damaged_bytes_are_refused_without_panic() {
        let made = MadeItem {
            sources: vec![Place { block: BlockId(7), item: 3 }],
            id: "msg_1".into(),
            accepted: 5,
            first_attempt: 6,
            repaired: true,
            body: b"{}".to_vec(),
        };
        let mut bytes = Vec::new();
        write_made(&made, &mut bytes);
        assert_eq!(read_made(&bytes), Some(made));
        let data = write_items([&bytes[..], b"x"].into_iter());
        for cut in 0..data.len() {
            let mut damaged = data[..cut].to_vec();
            for index in 0..3 {
                item(&damaged, index).map(read_made);
            }
            damaged.resize(data.len(), 0xff);
            for index in 0..3 {
                item(&damaged, index).map(read_made);
                item(&damaged, index).map(read_record);
            }
            Todo::read(&damaged, 4);
        }
    }

    #[test]
    fn todo_is_written_short_and_comes_back() {
        let mut todo = Todo::default();
        for item in 0..100 {
            todo.add(1, item);
        }
        todo.add(2, 5);
        let bytes = todo.write(100);
        assert_eq!(bytes.len(), 4 + 2 + 4 + 2 + 2);
        assert_eq!(Todo::read(&bytes, 100), Some(todo.clone()));
        assert!(todo.remove(2, 5) && !todo.remove(2, 5) && todo.remove(1, 99));
        assert_eq!(todo.len(), 99);
        assert_eq!(Todo::read(&todo.write(100), 100), Some(todo));
        assert_eq!(Todo::read(&bytes, 5), None);
    }

    #[test]
    fn records_keep_their_id() {
        for id in [None, Some("msg_abc")] {
            let mut bytes = Vec::new();
            write_record(id, b"{}", &mut bytes);
            assert_eq!(read_record(&bytes), Some((id, &b"{}"[..])));
        }
    }
}
