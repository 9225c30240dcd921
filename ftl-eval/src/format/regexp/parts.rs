//! Parts of a pattern that are matched by themselves: look-around, atomic groups, repeated atoms.
//!
//! Once such a part has matched, all ways back into it are forgotten, but the groups that it has set
//! stay set.

use super::StepLimit;
use super::ast::{Greed, Reach, Repetition};
use super::exec::{Exec, Frame, Next};
use super::program::{Part, Role};

impl Exec<'_> {
    /// Begins with a part that is matched by itself.
    pub(super) fn start_part(&mut self, part: u32, at: usize) -> Result<Next, StepLimit> {
        let Part { role, next, .. } = self.program.parts[part as usize];
        Ok(match role {
            Role::Optional(Greed::Reluctant) => {
                self.stack.push(Frame::TryPart { part, at: at as u32 });
                Next::At(next, at)
            }
            Role::Repeat { repetition, capture } => {
                if let Some(group) = capture {
                    self.save_group(group);
                }
                self.go_on_repeating(part, repetition, at, 0)
            }
            Role::Behind { reach, negated } => match self.first_behind(reach, at)? {
                Some((start, left)) => self.enter_part_at(part, at, start, left),
                None if negated => Next::At(next, at),
                None => Next::Failed,
            },
            _ => self.enter_part(part, at, 0),
        })
    }

    pub(super) fn enter_part(&mut self, part: u32, at: usize, count: u32) -> Next {
        self.enter_part_at(part, at, at, count)
    }

    fn enter_part_at(&mut self, part: u32, at: usize, start: usize, count: u32) -> Next {
        let outer = std::mem::replace(&mut self.inner, self.stack.len() as u32);
        self.stack.push(Frame::Part { part, at: at as u32, start: start as u32, count, outer });
        Next::At(self.program.parts[part as usize].body, start)
    }

    /// What comes after `count` iterations of a repeated part.
    fn go_on_repeating(
        &mut self,
        part: u32,
        repetition: Repetition,
        at: usize,
        count: u32,
    ) -> Next {
        let next = self.program.parts[part as usize].next;
        if count < repetition.min {
            return self.enter_part(part, at, count);
        }
        match repetition.greed {
            Greed::Reluctant => {
                self.stack.push(Frame::MorePart { part, at: at as u32, count });
                Next::At(next, at)
            }
            _ if count >= repetition.max => Next::At(next, at),
            _ => self.enter_part(part, at, count),
        }
    }

    /// The end of a part that is matched by itself: forgets all ways back into it.
    pub(super) fn accept(&mut self, at: usize) -> Next {
        let Some(&Frame::Part { part, at: start, count, outer, .. }) =
            self.stack.get(self.inner as usize)
        else {
            return Next::Failed;
        };
        self.recapture(self.inner as usize + 1);
        self.stack.truncate(self.inner as usize);
        self.inner = outer;
        let start = start as usize;
        let Part { role, next, .. } = self.program.parts[part as usize];
        if !matches!(role, Role::Behind { .. }) {
            self.last = at;
        }
        match role {
            Role::Atomic | Role::Optional(Greed::Possessive | Greed::Reluctant) => {
                Next::At(next, at)
            }
            Role::Optional(Greed::Greedy) => {
                self.stack.push(Frame::Choice { pc: next, at: start as u32 });
                Next::At(next, at)
            }
            Role::Ahead { negated } | Role::Behind { negated, .. } => match negated {
                true => Next::Failed,
                false => Next::At(next, start),
            },
            Role::Repeat { repetition, capture } => {
                self.iterated(part, repetition, capture, start, at, count)
            }
        }
    }

    /// A repeated part has matched once more.
    fn iterated(
        &mut self,
        part: u32,
        repetition: Repetition,
        capture: Option<u32>,
        start: usize,
        at: usize,
        count: u32,
    ) -> Next {
        let next = self.program.parts[part as usize].next;
        if count >= repetition.min {
            if at == start {
                // Nothing is gained by repeating what matched nothing.
                return match repetition.greed {
                    Greed::Reluctant => Next::Failed,
                    _ => Next::At(next, start),
                };
            }
            let (at, end) = (start as u32, at as u32);
            match (repetition.greed, capture.map(|group| self.group(group))) {
                (Greed::Greedy, None) => self.stack.push(Frame::Choice { pc: next, at }),
                (Greed::Greedy, Some((old_start, old_end))) => {
                    self.stack.push(Frame::TakeBack { part, at, end, old_start, old_end });
                }
                _ => (),
            }
        }
        if let Some(group) = capture {
            self.set_group(group, start as u32, at as u32);
        }
        self.go_on_repeating(part, repetition, at, count.saturating_add(1))
    }

    /// A part that is matched by itself has failed.
    pub(super) fn part_failed(&mut self, part: u32, at: usize, start: usize, count: u32) -> Next {
        let Part { role, next, .. } = self.program.parts[part as usize];
        match role {
            Role::Optional(Greed::Greedy | Greed::Possessive) => Next::At(next, at),
            Role::Optional(Greed::Reluctant) | Role::Atomic => Next::Failed,
            Role::Ahead { negated } => match negated {
                true => Next::At(next, at),
                false => Next::Failed,
            },
            Role::Behind { negated, reach } => {
                let before = self.one_back(start, reach.by_code_point);
                match (count.checked_sub(1), before) {
                    (Some(left), Some(start)) => self.enter_part_at(part, at, start, left),
                    _ if negated => Next::At(next, at),
                    _ => Next::Failed,
                }
            }
            Role::Repeat { repetition, .. } => {
                if count < repetition.min || repetition.greed == Greed::Reluctant {
                    Next::Failed
                } else {
                    Next::At(next, at)
                }
            }
        }
    }

    fn one_back(&self, at: usize, by_code_point: bool) -> Option<usize> {
        if by_code_point {
            self.text.previous(at).map(|(_, before)| before)
        } else {
            self.text.previous_unit(at)
        }
    }

    /// The nearest position from which a look-behind may match, and how many more are behind it.
    fn first_behind(&mut self, reach: Reach, at: usize) -> Result<Option<(usize, u32)>, StepLimit> {
        let mut start = at;
        let mut moved = 0;
        while moved < reach.min {
            match self.one_back(start, reach.by_code_point) {
                Some(before) => start = before,
                // Counting code points, Java stops where the text begins.
                None if reach.by_code_point => break,
                None => {
                    self.step(at)?;
                    return Ok(None);
                }
            }
            moved += 1;
        }
        self.step(at - start)?;
        if reach.max >= 0 {
            let left = u32::try_from(i64::from(reach.max) - i64::from(moved));
            return Ok(left.ok().map(|left| (start, left)));
        }
        // Java's sum of lengths has overflown, and so does the farthest position.
        self.step(self.text.len())?;
        let here = self.text.units(0, at) as i64;
        let farthest = match reach.by_code_point {
            true if reach.max == i32::MIN => here,
            true => here - self.text.units(at, self.text.len()) as i64,
            false => i64::from((here as i32).wrapping_sub(reach.max)),
        };
        let left = self.text.units(0, start) as i64 - farthest.max(0);
        Ok(u32::try_from(left).ok().map(|left| (start, left)))
    }

    /// Sets captures once more, as Java does on its way back from a match, from the last frame down
    /// to `base`. Of each chain of iterations, the last one counts.
    pub(super) fn recapture(&mut self, base: usize) {
        if !self.program.recaptures {
            return;
        }
        let mut chain = None;
        for index in (base..self.stack.len()).rev() {
            match self.stack[index] {
                Frame::TakeBack { part, at, end, .. } => {
                    // Iterations of one chain lie next to one another and end where the next begins.
                    if chain != Some((part, end))
                        && let Role::Repeat { capture: Some(group), .. } =
                            self.program.parts[part as usize].role
                    {
                        self.set_group(group, at, end);
                    }
                    chain = Some((part, at));
                }
                _ => chain = None,
            }
        }
    }
}
