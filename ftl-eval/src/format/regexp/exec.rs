//! The matcher: java.util.regex's backtracking with an explicit stack.
//!
//! Java's matcher is a recursion of nodes, each of which calls the next and, when that fails, undoes
//! what it did or tries something else. Here each such duty is a [`Frame`] on a stack, so that the
//! depth of a match costs heap, not stack, and is bounded by the steps. Two consequences of Java's
//! way are kept because results show them: a part that is matched by itself (look-around, atomic
//! group, repeated atom) leaves its captures behind even if what follows it fails, and a repeated
//! group of one shape sets its capture once more when everything has matched.

use std::collections::HashMap;

use super::StepLimit;
use super::ast::{Assertion, Greed, Repetition, UNBOUNDED};
use super::program::{Op, Part, Pc, Program, Role, Set, SetRepeat};
use super::text::Text;

/// Up to this weight, looking for a character in a set costs no more than a step.
const LIGHT: usize = 64;

/// What a group that has not matched has as its start and end.
pub(super) const UNSET: u32 = u32::MAX;

/// No frame.
const NONE: u32 = u32::MAX;

/// A duty for when what follows fails.
#[derive(Clone, Copy, Debug)]
pub(super) enum Frame {
    /// Go on elsewhere.
    Choice { pc: Pc, at: u32 },
    /// Restore a slot.
    Slot { slot: u32, value: u32 },
    /// Restore a group.
    Group { group: u32, start: u32, end: u32 },
    /// Give back a code point of a repeated set, down to `floor`.
    GiveBack { pc: Pc, at: u32, floor: u32 },
    /// Take one more code point of a repeated set.
    TakeMore { repeat: u32, at: u32, count: u32, pc: Pc },
    /// The body of a loop fails at this position: note that and leave the loop.
    LeaveLoop { number: u32, at: u32, count: u32 },
    /// What follows a reluctant loop failed: enter its body again.
    EnterLoop { number: u32, at: u32, count: u32 },
    /// What follows a reluctantly repeated part failed: match the part once more.
    MorePart { part: u32, at: u32, count: u32 },
    /// A reluctant optional part.
    TryPart { part: u32, at: u32 },
    /// Take back an iteration of a repeated group, which matched from `at` to `end`.
    TakeBack { part: u32, at: u32, end: u32, old_start: u32, old_end: u32 },
    /// A part is being matched by itself: for the position `at`, from `start` on, after `count`
    /// iterations. `outer` is the frame of the part around it.
    Part { part: u32, at: u32, start: u32, count: u32, outer: u32 },
}

/// Where to go on.
pub(super) enum Next {
    At(Pc, usize),
    Failed,
}

pub(super) struct Exec<'a> {
    pub(super) program: &'a Program,
    pub(super) text: Text<'a>,
    pub(super) groups: Vec<u32>,
    slots: Vec<u32>,
    pub(super) stack: Vec<Frame>,
    /// The frame of the innermost part that is being matched by itself.
    pub(super) inner: u32,
    /// Positions at which loops have failed.
    ///
    /// 64 positions to an entry, under the loop's number and the position / 64.
    memories: HashMap<(u32, u32), u64>,
    pub(super) steps: u64,
    /// Where the last part that was matched by itself ended; Java's `\b{g}` asks for it.
    pub(super) last: usize,
    /// Where the last find ended, for `\G`.
    last_find: usize,
    whole: bool,
}

impl<'a> Exec<'a> {
    pub(super) fn new(program: &'a Program, text: &'a str, steps: u64) -> Self {
        Exec {
            program,
            text: Text::new(text),
            groups: vec![UNSET; 2 * (program.groups as usize + 1)],
            slots: vec![UNSET; program.slots as usize],
            stack: Vec::new(),
            inner: NONE,
            memories: HashMap::new(),
            steps,
            last: 0,
            last_find: 0,
            whole: false,
        }
    }

    /// Gets ready for a search; `last_find` is where the one before ended.
    pub(super) fn reset(&mut self, steps: u64, last_find: usize) {
        self.groups.fill(UNSET);
        self.memories.clear();
        self.steps = steps;
        self.last_find = last_find;
    }

    /// Whether the pattern matches at a position, up to the end of the text if `whole`.
    pub(super) fn attempt(&mut self, at: usize, whole: bool) -> Result<bool, StepLimit> {
        self.whole = whole;
        self.stack.clear();
        self.inner = NONE;
        let matched = self.run(at)?;
        if matched {
            self.groups[0] = at as u32;
            self.groups[1] = self.last as u32;
        }
        Ok(matched)
    }

    /// Counts a step, and one more for each 16 bytes (or members of a set) that it looked at.
    #[inline]
    pub(super) fn step(&mut self, bytes: usize) -> Result<(), StepLimit> {
        let cost = 1 + (bytes >> 4) as u64;
        match self.steps.checked_sub(cost) {
            Some(left) => self.steps = left,
            None => {
                self.steps = 0;
                return Err(StepLimit);
            }
        }
        Ok(())
    }

    fn run(&mut self, start: usize) -> Result<bool, StepLimit> {
        let program = self.program;
        let text = self.text;
        let mut pc: Pc = 0;
        let mut at = start;
        loop {
            self.step(0)?;
            let matched = match program.ops[pc as usize] {
                Op::Literal { start, end } => {
                    let literal = &program.bytes[start as usize..end as usize];
                    if literal.len() >= 64 {
                        self.step(literal.len())?;
                    }
                    match text.bytes()[at..].starts_with(literal) {
                        true => Some(at + literal.len()),
                        false => None,
                    }
                }
                Op::Set(set) => self.one_of(set, at)?,
                Op::Repeat(repeat) => self.repeat(repeat, pc + 1, at)?,
                Op::Split(other) => {
                    self.stack.push(Frame::Choice { pc: other, at: at as u32 });
                    Some(at)
                }
                Op::Jump(to) => {
                    pc = to;
                    continue;
                }
                Op::GroupStart { slot, restore } => {
                    let value = std::mem::replace(&mut self.slots[slot as usize], at as u32);
                    if restore {
                        self.stack.push(Frame::Slot { slot, value });
                    }
                    Some(at)
                }
                Op::GroupEnd { slot, group } => {
                    self.save_group(group);
                    self.set_group(group, self.slots[slot as usize], at as u32);
                    Some(at)
                }
                Op::LoopStart(number) => {
                    pc = self.start_loop(number, at);
                    continue;
                }
                Op::LoopEnd(number) => {
                    pc = self.end_iteration(number, at);
                    continue;
                }
                Op::Part(part) => match self.start_part(part, at)? {
                    Next::At(next, there) => {
                        (pc, at) = (next, there);
                        continue;
                    }
                    Next::Failed => None,
                },
                Op::Accept => match self.accept(at) {
                    Next::At(next, there) => {
                        (pc, at) = (next, there);
                        continue;
                    }
                    Next::Failed => None,
                },
                Op::AcceptHere => match self.stack.get(self.inner as usize) {
                    Some(&Frame::Part { at: wanted, .. }) if wanted as usize == at => {
                        match self.accept(at) {
                            Next::At(next, there) => {
                                (pc, at) = (next, there);
                                continue;
                            }
                            Next::Failed => None,
                        }
                    }
                    _ => None,
                },
                Op::Match => {
                    if !self.whole || at == text.len() {
                        self.last = at;
                        self.recapture(0);
                        return Ok(true);
                    }
                    None
                }
                Op::Text { start, end, fold } => {
                    let chars = &program.chars[start as usize..end as usize];
                    self.step(chars.len())?;
                    text.starts_with(at, chars, fold)
                }
                Op::BackReference { group, fold } => {
                    let (from, to) = self.group(group);
                    if from == UNSET {
                        None
                    } else {
                        self.step((to - from) as usize)?;
                        text.repeats(from as usize, to as usize, at, fold)
                    }
                }
                Op::Assert(assertion) => self.holds(assertion, at)?.then_some(at),
                Op::LineEnding => self.line_ending(pc + 1, at),
                Op::Grapheme => {
                    let end = text.grapheme_end(at);
                    self.step(end.map_or(0, |end| end - at))?;
                    end
                }
            };
            match matched {
                Some(there) => {
                    at = there;
                    pc += 1;
                }
                None => match self.fail()? {
                    Next::At(next, there) => (pc, at) = (next, there),
                    Next::Failed => return Ok(false),
                },
            }
        }
    }

    pub(super) fn group(&self, group: u32) -> (u32, u32) {
        let index = 2 * group as usize;
        match self.groups.get(index..index + 2) {
            Some(&[start, end]) => (start, end),
            // A reference to a group that the pattern does not have.
            _ => (UNSET, UNSET),
        }
    }

    pub(super) fn set_group(&mut self, group: u32, start: u32, end: u32) {
        let index = 2 * group as usize;
        self.groups[index] = start;
        self.groups[index + 1] = end;
    }

    pub(super) fn save_group(&mut self, group: u32) {
        let (start, end) = self.group(group);
        self.stack.push(Frame::Group { group, start, end });
    }

    #[inline]
    fn set(&self, set: u32) -> &'a Set {
        &self.program.sets[set as usize]
    }

    /// The position after a member of a set.
    #[inline]
    fn one_of(&mut self, set: u32, at: usize) -> Result<Option<usize>, StepLimit> {
        let set = self.set(set);
        if set.weight > LIGHT {
            self.step(set.weight)?;
        }
        Ok(set.after(self.text, at))
    }

    fn holds(&mut self, assertion: Assertion, at: usize) -> Result<bool, StepLimit> {
        match assertion {
            Assertion::LastMatch => Ok(at == self.last_find),
            Assertion::GraphemeBoundary => {
                if at == 0 || at == self.text.len() {
                    return Ok(true);
                }
                if self.text.is_between_halves(at) {
                    return Ok(false);
                }
                // Java asks for the cluster that starts where anything matched last.
                let end = self.text.grapheme_end(self.last);
                self.step(end.map_or(0, |end| end - self.last))?;
                Ok(end.is_none_or(|end| end <= at))
            }
            _ => {
                let mut seen = 0;
                let holds = self.text.holds(assertion, at, &mut seen);
                if seen > 0 {
                    self.step(seen)?;
                }
                Ok(holds)
            }
        }
    }

    /// `\R`: a carriage return with its line feed, or else without.
    fn line_ending(&mut self, next: Pc, at: usize) -> Option<usize> {
        match self.text.next(at)? {
            (0x0d, after) => {
                if self.text.bytes().get(after) != Some(&b'\n') {
                    return Some(after);
                }
                self.stack.push(Frame::Choice { pc: next, at: after as u32 });
                Some(after + 1)
            }
            (0x0a | 0x0b | 0x0c | 0x85 | 0x2028 | 0x2029, after) => Some(after),
            _ => None,
        }
    }

    /// Takes a repeated set.
    fn repeat(&mut self, repeat: u32, next: Pc, at: usize) -> Result<Option<usize>, StepLimit> {
        let SetRepeat { set, repetition: Repetition { min, max, greed } } =
            self.program.repeats[repeat as usize];
        // Java matches the members by themselves, except here.
        let at_once = greed == Greed::Greedy && max == UNBOUNDED;
        let members = self.set(set);
        let weight = if members.weight > LIGHT { members.weight } else { 1 };
        let (floor, taken) = members.after_most(self.text, at, min);
        if floor > at {
            self.step((floor - at).saturating_mul(weight))?;
        }
        if !at_once && floor > at {
            self.last = floor;
        }
        if taken < min {
            return Ok(None);
        }
        if greed == Greed::Reluctant {
            if min < max {
                self.stack.push(Frame::TakeMore { repeat, at: floor as u32, count: min, pc: next });
            }
            return Ok(Some(floor));
        }
        let most = if max == UNBOUNDED { UNBOUNDED } else { max - min };
        let (end, _) = members.after_most(self.text, floor, most);
        self.step((end - floor).saturating_mul(weight))?;
        if !at_once && end > floor {
            self.last = end;
        }
        if end > floor && greed == Greed::Greedy {
            self.stack.push(Frame::GiveBack { pc: next, at: end as u32, floor: floor as u32 });
        }
        Ok(Some(end))
    }

    /// Undoes and tries, from the last frame down, until there is something to go on with.
    fn fail(&mut self) -> Result<Next, StepLimit> {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Choice { pc, at } => return Ok(Next::At(pc, at as usize)),
                Frame::Slot { slot, value } => self.slots[slot as usize] = value,
                Frame::Group { group, start, end } => self.set_group(group, start, end),
                Frame::GiveBack { pc, at, floor } => {
                    if let Some(at) = self.give_back(pc, at as usize, floor as usize)? {
                        return Ok(Next::At(pc, at));
                    }
                }
                Frame::TakeMore { repeat, at, count, pc } => {
                    let SetRepeat { set, repetition } = self.program.repeats[repeat as usize];
                    if let Some(at) = self.one_of(set, at as usize)? {
                        self.last = at;
                        if count + 1 < repetition.max {
                            let at = at as u32;
                            self.stack.push(Frame::TakeMore { repeat, at, count: count + 1, pc });
                        }
                        return Ok(Next::At(pc, at));
                    }
                }
                Frame::LeaveLoop { number, at, count } => {
                    let info = self.program.loops[number as usize];
                    self.slots[info.count as usize] = count;
                    if let Some(memory) = info.memory {
                        self.remember(memory, at as usize);
                    }
                    return Ok(Next::At(info.next, at as usize));
                }
                Frame::EnterLoop { number, at, count } => {
                    let info = self.program.loops[number as usize];
                    if count < info.repetition.max {
                        self.set_count(info.count, count + 1);
                        return Ok(Next::At(info.body, at as usize));
                    }
                }
                Frame::MorePart { part, at, count } => {
                    if let Role::Repeat { repetition, .. } = self.program.parts[part as usize].role
                        && count < repetition.max
                    {
                        return Ok(self.enter_part(part, at as usize, count));
                    }
                }
                Frame::TryPart { part, at } => return Ok(self.enter_part(part, at as usize, 0)),
                Frame::TakeBack { part, at, old_start, old_end, .. } => {
                    let Part { role, next, .. } = self.program.parts[part as usize];
                    if let Role::Repeat { capture: Some(group), .. } = role {
                        self.set_group(group, old_start, old_end);
                    }
                    return Ok(Next::At(next, at as usize));
                }
                Frame::Part { part, at, start, count, outer } => {
                    self.inner = outer;
                    if let next @ Next::At(..) =
                        self.part_failed(part, at as usize, start as usize, count)
                    {
                        return Ok(next);
                    }
                }
            }
        }
        Ok(Next::Failed)
    }

    /// Gives back code points of a repeated set until the next instruction has a chance.
    fn give_back(&mut self, pc: Pc, at: usize, floor: usize) -> Result<Option<usize>, StepLimit> {
        let before = match self.program.ops[pc as usize] {
            // Only where the literal's first byte is can it match.
            Op::Literal { start, end } if start < end => {
                let first = self.program.bytes[start as usize];
                let last = self.text.previous(at).map_or(floor, |(_, before)| before.max(floor));
                let found = memchr::memrchr(first, &self.text.bytes()[floor..=last]);
                self.step(at - found.map_or(floor, |found| floor + found))?;
                match found {
                    Some(found) => floor + found,
                    None => return Ok(None),
                }
            }
            _ => self.text.previous(at).map_or(floor, |(_, before)| before.max(floor)),
        };
        if before > floor {
            self.stack.push(Frame::GiveBack { pc, at: before as u32, floor: floor as u32 });
        }
        Ok(Some(before))
    }

    fn set_count(&mut self, slot: u32, count: u32) {
        let value = std::mem::replace(&mut self.slots[slot as usize], count);
        self.stack.push(Frame::Slot { slot, value });
    }

    fn start_loop(&mut self, number: u32, at: usize) -> Pc {
        let info = self.program.loops[number as usize];
        let Repetition { min, max, greed } = info.repetition;
        let here = at as u32;
        if min > 0 {
            self.set_count(info.count, 1);
            return info.body;
        }
        if greed == Greed::Reluctant {
            self.stack.push(Frame::EnterLoop { number, at: here, count: 0 });
            return info.next;
        }
        if max == 0 {
            return info.next;
        }
        self.set_count(info.count, 1);
        self.stack.push(Frame::Choice { pc: info.next, at: here });
        info.body
    }

    fn end_iteration(&mut self, number: u32, at: usize) -> Pc {
        let info = self.program.loops[number as usize];
        let Repetition { min, max, greed } = info.repetition;
        let here = at as u32;
        if here <= self.slots[info.begin as usize] {
            // An iteration that matched nothing is the last one.
            return info.next;
        }
        let count = self.slots[info.count as usize];
        if count < min {
            self.set_count(info.count, count + 1);
            return info.body;
        }
        if greed == Greed::Reluctant {
            self.stack.push(Frame::EnterLoop { number, at: here, count });
            return info.next;
        }
        if count >= max || info.memory.is_some_and(|memory| self.remembers(memory, at)) {
            return info.next;
        }
        self.stack.push(Frame::LeaveLoop { number, at: here, count });
        self.slots[info.count as usize] = count + 1;
        info.body
    }

    fn remember(&mut self, memory: u32, at: usize) {
        *self.memories.entry((memory, (at >> 6) as u32)).or_default() |= 1 << (at & 63);
    }

    fn remembers(&self, memory: u32, at: usize) -> bool {
        self.memories
            .get(&(memory, (at >> 6) as u32))
            .is_some_and(|word| word >> (at & 63) & 1 != 0)
    }
}
