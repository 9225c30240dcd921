//! What the tape is made of: one `u64` for each value and each name.

/// A value or a name: what it is and where it stands.
///
/// | bits | scalar | container |
/// |---|---|---|
/// | 0..4 | [`Tag`] | [`Tag`] |
/// | 4..32 | its length in bytes | number of its items or members |
/// | 32..64 | offset of its first byte in the text | index in the tape of its first item or name |
///
/// A string begins with its opening quote; its length is that of its text and one quote. The items of an array stand side by
/// side on the tape, and so do the members of an object, each as name and value: reading item `i`
/// or passing over a value is one step, however much it contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

/// Texts are shorter than this, so that each length and each count fits in its 28 bits.
pub(super) const TEXT_LIMIT: usize = 1 << 28;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    Null,
    False,
    True,
    /// A number without fraction and exponent.
    Integer,
    /// A number with a fraction, an exponent or both.
    Decimal,
    /// A string without escapes.
    String,
    /// A string with escapes; each has been checked.
    EscapedString,
    Array,
    Object,
    /// An object some of whose names have escapes.
    EscapedObject,
    /// An object with many names: distinct, and followed by an index (see [`super::index`]).
    IndexedObject,
}

impl Word {
    pub(super) const NULL: Word = Word(Tag::Null as u64);

    /// `first` and `count` are less than [`TEXT_LIMIT`].
    #[inline(always)]
    pub(super) const fn new(tag: Tag, first: usize, count: usize) -> Word {
        Word(tag as u64 | (count as u64) << 4 | (first as u64) << 32)
    }

    /// The string between the quotes at `open` and `close`.
    #[inline(always)]
    pub(super) const fn string(tag: Tag, open: usize, close: usize) -> Word {
        // Ends come in the order of the text, so that no string closes before it opens.
        Word::new(tag, open, close.wrapping_sub(open))
    }

    #[inline(always)]
    pub(super) const fn tag(self) -> Tag {
        const TAGS: [Tag; 16] = {
            let mut tags = [Tag::Null; 16];
            let all = [
                Tag::Null,
                Tag::False,
                Tag::True,
                Tag::Integer,
                Tag::Decimal,
                Tag::String,
                Tag::EscapedString,
                Tag::Array,
                Tag::Object,
                Tag::EscapedObject,
                Tag::IndexedObject,
            ];
            let mut at = 0;
            while at < all.len() {
                tags[all[at] as usize] = all[at];
                at += 1;
            }
            tags
        };
        TAGS[(self.0 & 15) as usize]
    }

    #[inline(always)]
    pub(super) const fn first(self) -> usize {
        (self.0 >> 32) as usize
    }

    #[inline(always)]
    pub(super) const fn count(self) -> usize {
        (self.0 as u32 >> 4) as usize
    }

    /// Tag and length: what all names without escapes of one length share.
    #[inline(always)]
    pub(super) const fn low(self) -> u32 {
        self.0 as u32
    }
}
