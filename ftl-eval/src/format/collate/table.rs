//! The tables of `tables.txt`, read when a locale first needs them.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use crate::format::locale::Locale;

/// A collation element: primary in the upper half, then secondary and tertiary, a byte each.
pub(super) type Element = u32;

/// In place of an element: the text ends here. Java takes it so for the character that only a
/// contraction gives an order.
pub(super) const END: Element = u32::MAX;

/// What Java returns before the code of a character that has no order.
pub(super) const UNMAPPED: Element = 0x7fff_0000;

/// In place of an element: an index to `Table::expansions`.
const EXPANDED: Element = 0x7e00_0000;

/// In place of an element: an index to `Table::contractions`.
const CONTRACTED: Element = 0x7f00_0000;

/// Code points whose elements are in an array.
const DIRECT: usize = 0x250;

pub(super) struct Table {
    direct: Box<[Element; DIRECT]>,
    others: HashMap<u32, Element>,
    expansions: Vec<Box<[Element]>>,
    contractions: Vec<Contractions>,
    /// Accents count from the end of a text.
    pub(super) french: bool,
    /// Vowels that are written before a consonant are sorted after it.
    pub(super) thai: bool,
}

/// Contractions that begin with one character.
struct Contractions {
    /// The value of the character alone.
    own: Element,
    /// What may follow it and the value of both, longest first.
    tails: Vec<(Box<str>, Element)>,
}

/// What a character stands for, alone or with those after it.
pub(super) enum Value<'t> {
    One(Element),
    Several(&'t [Element]),
    Unmapped,
}

impl Table {
    /// The table of a locale.
    pub(super) fn of(locale: &Locale) -> &'static Table {
        let countries = FILE.locales.get(locale.language()).map_or(&[][..], Vec::as_slice);
        let of = |wanted| countries.iter().find(|(country, _)| *country == wanted);
        let section = of(locale.country()).or_else(|| of("")).map_or(0, |&(_, section)| section);
        FILE.table(section)
    }

    /// The element of a byte of ASCII, if it has just one whatever follows.
    #[inline]
    pub(super) fn ascii(&self, byte: u8) -> Option<Element> {
        let element = *self.direct.get(usize::from(byte))?;
        (byte < 0x80 && element < EXPANDED).then_some(element)
    }

    /// The value of a character, and how many bytes of `rest` belong to it.
    pub(super) fn value(&self, c: char, rest: &str) -> (Value<'_>, usize) {
        let index = u32::from(c);
        let found = match self.direct.get(index as usize) {
            Some(&element) => element,
            // Java looks up all planes in the first four.
            None => self.others.get(&(index & 0x3_ffff)).copied().unwrap_or(UNMAPPED),
        };
        match found {
            element if element < EXPANDED => (Value::One(element), 0),
            CONTRACTED..UNMAPPED => {
                let Some(Contractions { own, tails }) =
                    self.contractions.get((found - CONTRACTED) as usize)
                else {
                    return (Value::Unmapped, 0);
                };
                match tails.iter().find(|(tail, _)| rest.starts_with(&**tail)) {
                    Some((tail, element)) => (self.plain(*element), tail.len()),
                    None => (self.plain(*own), 0),
                }
            }
            element => (self.plain(element), 0),
        }
    }

    fn plain(&self, element: Element) -> Value<'_> {
        match element {
            UNMAPPED => Value::Unmapped,
            EXPANDED..CONTRACTED => match self.expansions.get((element - EXPANDED) as usize) {
                Some(elements) => Value::Several(elements),
                None => Value::Unmapped,
            },
            element => Value::One(element),
        }
    }
}

struct File {
    sections: Vec<Section>,
    /// For a language, countries (`""` for the language) with the number of their section.
    locales: HashMap<&'static str, Vec<(&'static str, usize)>>,
}

struct Section {
    flags: &'static str,
    lines: &'static str,
    table: OnceLock<Table>,
}

static FILE: LazyLock<File> = LazyLock::new(|| File::read(include_str!("tables.txt")));

impl File {
    fn read(text: &'static str) -> Self {
        let (head, rest) = text.split_once("\n[").unwrap_or((text, ""));
        let mut names = Vec::new();
        let mut sections = Vec::new();
        for section in rest.split("\n[") {
            let (title, lines) = section.split_once('\n').unwrap_or((section, ""));
            let (name, flags) = title.split_once(']').unwrap_or((title, ""));
            names.push(name);
            sections.push(Section { flags, lines, table: OnceLock::new() });
        }
        let mut locales: HashMap<_, Vec<_>> = HashMap::new();
        for line in head.lines() {
            let Some((locale, name)) = line.strip_prefix('@').and_then(|line| line.split_once(' '))
            else {
                continue;
            };
            let (language, country) = locale.split_once('_').unwrap_or((locale, ""));
            if let Some(section) = names.iter().position(|known| *known == name) {
                locales.entry(language).or_default().push((country, section));
            }
        }
        File { sections, locales }
    }

    fn table(&self, number: usize) -> &Table {
        let section = &self.sections[number];
        section.table.get_or_init(|| {
            let mut entries = HashMap::new();
            if number != 0 {
                read_entries(self.sections[0].lines, &mut entries);
            }
            read_entries(section.lines, &mut entries);
            build(&entries, section.flags)
        })
    }
}

type Entries = HashMap<String, Vec<Element>>;

/// Adds the entries of a section; where it begins with shifts, these change those there are.
fn read_entries(lines: &str, entries: &mut Entries) {
    let (mut primaries, mut secondaries) = (Vec::new(), Vec::new());
    let mut lines = lines.lines().peekable();
    while let Some(line) = lines.next_if(|line| line.starts_with('>')) {
        let mut fields = line.split(' ');
        let shifts = if fields.next() == Some(">") { &mut primaries } else { &mut secondaries };
        if let (Some(from), Some(by)) = (fields.next().and_then(hex), fields.next()) {
            shifts.push((from, i32::from_str_radix(by, 16).unwrap_or(0)));
        }
    }
    if !primaries.is_empty() || !secondaries.is_empty() {
        entries
            .values_mut()
            .flatten()
            .for_each(|element| *element = shift(*element, &primaries, &secondaries));
    }
    for line in lines {
        let Some((left, right)) = line.split_once(' ') else { continue };
        if let Some(first) = left.strip_prefix('+') {
            let first = read_element(first);
            for (c, above) in right.chars().zip(0..) {
                entries.insert(c.to_string(), vec![first + (above << 16)]);
            }
            continue;
        }
        let elements: Vec<Element> = left.split(',').map(read_element).collect();
        for chars in right.split(' ') {
            if let Some((from, to)) = chars.split_once('-') {
                for c in hex(from).into_iter().flat_map(|from| from..=hex(to).unwrap_or(from)) {
                    add(entries, char::from_u32(c).map(String::from), left, &elements);
                }
            } else {
                let name: Option<String> =
                    chars.split('+').map(|c| hex(c).and_then(char::from_u32)).collect();
                add(entries, name, left, &elements);
            }
        }
    }
}

fn add(entries: &mut Entries, name: Option<String>, left: &str, elements: &[Element]) {
    match name {
        Some(name) if left == "-" => _ = entries.remove(&name),
        Some(name) => _ = entries.insert(name, elements.to_vec()),
        None => (),
    }
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

fn read_element(text: &str) -> Element {
    if text == "end" {
        return END;
    }
    let mut parts = text.split('.').map(|part| hex(part).unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    next() << 16 | next() << 8 | next()
}

fn shift(element: Element, primaries: &[(u32, i32)], secondaries: &[(u32, i32)]) -> Element {
    let by = |shifts: &[(u32, i32)], value| {
        shifts.iter().rev().find(|&&(from, _)| from <= value).map_or(0, |&(_, by)| by)
    };
    match element >> 16 {
        0 => element.wrapping_add_signed(by(secondaries, element >> 8) << 8),
        _ if element == END => element,
        primary => element.wrapping_add_signed(by(primaries, primary) << 16),
    }
}

fn build(entries: &Entries, flags: &str) -> Table {
    let mut table = Table {
        direct: Box::new([UNMAPPED; DIRECT]),
        others: HashMap::new(),
        expansions: Vec::new(),
        contractions: Vec::new(),
        french: flags.contains("french"),
        thai: flags.contains("thai"),
    };
    let mut longer: Vec<(char, Box<str>, Element)> = Vec::new();
    // In order, so that a table does not depend on how its entries were hashed.
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_unstable();
    for (name, elements) in entries {
        let mut chars = name.chars();
        let Some(first) = chars.next() else { continue };
        let value = match **elements {
            [element] => element,
            _ => {
                table.expansions.push(elements.clone().into());
                EXPANDED + (table.expansions.len() as u32 - 1)
            }
        };
        match chars.as_str() {
            "" => set(&mut table, first, value),
            tail => longer.push((first, tail.into(), value)),
        }
    }
    longer.sort_by_key(|(first, tail, _)| (*first, std::cmp::Reverse(tail.len())));
    for group in longer.chunk_by(|(one, ..), (other, ..)| one == other) {
        let first = group[0].0;
        let own = match table.direct.get(first as usize) {
            Some(&own) => own,
            None => table.others.get(&u32::from(first)).copied().unwrap_or(UNMAPPED),
        };
        let tails = group.iter().map(|(_, tail, value)| (tail.clone(), *value)).collect();
        table.contractions.push(Contractions { own, tails });
        let value = CONTRACTED + (table.contractions.len() as u32 - 1);
        set(&mut table, first, value);
    }
    table
}

fn set(table: &mut Table, c: char, value: Element) {
    match table.direct.get_mut(c as usize) {
        Some(place) => *place = value,
        None => _ = table.others.insert(c.into(), value),
    }
}
