//! Finding a name among many.
//!
//! Up to [`LINEAR`] names are compared one by one, which is faster than hashing and costs nothing
//! while the text is read. An object with more gets an index after its members, so that reading
//! all of them by name stays linear however large it is. Its duplicate names are settled at the
//! same time.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::quality::RandomState;

use super::string;
use super::tape::Tape;
use super::word::{Tag, Word};

/// Most names that are looked for one by one.
pub(super) const LINEAR: usize = 64;

/// Seeded anew for each process, so that nobody can prepare names that collide.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Moves the members of an object to the tape, one for each name: in the place of the first
/// duplicate, with the value of the last. Adds an index if it still has many.
///
/// The index is a hash table of `u32`, two to a word: 0, or the number of a member from 1 on.
#[cold]
#[inline(never)]
pub(super) fn append(text: &str, tag: Tag, members: &mut [u64], tape: &mut Tape) -> Word {
    let members = members.as_chunks_mut::<2>().0;
    let mut table = Table::new(members.len());
    let mut count = 0;
    for at in 0..members.len() {
        let Some(&[name, value]) = members.get(at) else { break };
        let text_of_name = string::read(text, Word(name));
        let (kept, rest) = members.split_at_mut(count);
        let found = table.find_or_insert(hash(&text_of_name), count, |number| {
            kept.get(number)
                .is_some_and(|&[other, _]| string::read(text, Word(other)) == text_of_name)
        });
        match found {
            Some(number) => {
                if let Some(member) = kept.get_mut(number) {
                    member[1] = value;
                }
            }
            None => {
                if let Some(member) = rest.first_mut() {
                    *member = [name, value];
                }
                count += 1;
            }
        }
    }
    let first = tape.used();
    let kept = members.get(..count).unwrap_or_default();
    tape.push(kept.as_flattened());
    if count <= LINEAR {
        return Word::new(tag, first, count);
    }
    if table.slots.len() != slot_count(count) {
        table = Table::new(count);
        for (number, &[name, _]) in kept.iter().enumerate() {
            table.find_or_insert(hash(&string::read(text, Word(name))), number, |_| false);
        }
    }
    let slots = table.slots.as_chunks().0.iter().map(|&[low, high]| pack(low, high));
    tape.push(&slots.collect::<Vec<_>>());
    Word::new(Tag::IndexedObject, first, count)
}

/// The value of `name` in an object of [`Tag::IndexedObject`].
pub(super) fn get(text: &str, tape: &[u64], object: Word, name: &str) -> Option<Word> {
    let count = object.count();
    let (members, rest) = tape.get(object.first()..)?.split_at_checked(2 * count)?;
    let members = members.as_chunks::<2>().0;
    let slots = slot_count(count);
    let mut slot = hash(name) as usize & (slots - 1);
    loop {
        let pair = *rest.get(slot / 2)?;
        let number = (pair >> (32 * (slot % 2))) as u32;
        let [found, value] = *members.get((number as usize).checked_sub(1)?)?;
        if string::read(text, Word(found)) == name {
            return Some(Word(value));
        }
        slot = (slot + 1) & (slots - 1);
    }
}

fn hash(name: &str) -> u64 {
    HASHER.hash_one(name)
}

/// At most half of the slots are taken.
fn slot_count(members: usize) -> usize {
    (2 * members).next_power_of_two()
}

fn pack(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

struct Table {
    slots: Vec<u32>,
}

impl Table {
    fn new(members: usize) -> Self {
        Table { slots: vec![0; slot_count(members)] }
    }

    /// The number of the member with this hash for which `is_same`; if there is none, remembers
    /// `number`.
    fn find_or_insert(
        &mut self,
        hash: u64,
        number: usize,
        is_same: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(taken) = self.slots.get_mut(slot) {
            match *taken {
                0 => {
                    *taken = number as u32 + 1;
                    return None;
                }
                other if is_same(other as usize - 1) => return Some(other as usize - 1),
                _ => slot = (slot + 1) & mask,
            }
        }
        None
    }
}
