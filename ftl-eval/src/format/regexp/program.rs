//! A pattern as a program for the matcher in `exec`.

use super::ast::{Assertion, Ast, Fold, Greed, Node, NodeId, Reach, Repetition, UNBOUNDED};
use super::class::Class;
use super::syntax::needs_code_points;
use super::text::Text;

/// Index of an instruction. What matches goes on with the next one.
pub(super) type Pc = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// The end of the pattern.
    Match,
    /// The end of a part that is matched by itself.
    Accept,
    /// The end of a look-behind.
    AcceptHere,
    /// Bytes of `Program::bytes`.
    Literal {
        start: u32,
        end: u32,
    },
    /// Code points of `Program::chars`.
    Text {
        start: u32,
        end: u32,
        fold: Fold,
    },
    Set(u32),
    Assert(Assertion),
    LineEnding,
    Grapheme,
    BackReference {
        group: u32,
        fold: Fold,
    },
    /// Goes on, and comes back to the given place if that fails.
    Split(Pc),
    Jump(Pc),
    /// Notes where a group starts.
    GroupStart {
        slot: u32,
        restore: bool,
    },
    GroupEnd {
        slot: u32,
        group: u32,
    },
    LoopStart(u32),
    LoopEnd(u32),
    /// A set, repeated.
    Repeat(u32),
    /// A part that is matched by itself: its code follows, up to `Accept`.
    Part(u32),
}

#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) ascii: [bool; 128],
    pub(super) class: Class,
    /// How many items have to be looked at for a character beyond ASCII.
    pub(super) weight: usize,
}

impl Set {
    fn new(class: &Class) -> Self {
        let mut ascii = [false; 128];
        ascii.iter_mut().zip(0..).for_each(|(member, c)| *member = class.has(c));
        Set { ascii, class: class.clone(), weight: class.weight() }
    }

    /// The position after a member.
    #[inline]
    pub(super) fn after(&self, text: Text<'_>, at: usize) -> Option<usize> {
        match self.ascii.get(usize::from(*text.bytes().get(at)?)) {
            Some(&member) => member.then_some(at + 1),
            None => {
                let (c, next) = text.next(at)?;
                self.class.has(c).then_some(next)
            }
        }
    }

    /// The position after at most `most` members, and how many there are.
    #[inline]
    pub(super) fn after_most(&self, text: Text<'_>, at: usize, most: u32) -> (usize, u32) {
        let mut at = at;
        let mut taken = 0;
        while taken < most {
            let Some(next) = self.after(text, at) else { break };
            at = next;
            taken += 1;
        }
        (at, taken)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SetRepeat {
    pub(super) set: u32,
    pub(super) repetition: Repetition,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    pub(super) body: Pc,
    pub(super) next: Pc,
    pub(super) repetition: Repetition,
    /// Where the count is kept.
    pub(super) count: u32,
    /// Where the start of the current iteration is kept.
    pub(super) begin: u32,
    /// The set of positions at which the body has failed, if there is one.
    pub(super) memory: Option<u32>,
}

/// What is done with a part that is matched by itself: once it has matched, there is no way back
/// into it, but the groups it has set stay set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// `?` on an atom.
    Optional(Greed),
    Repeat {
        repetition: Repetition,
        capture: Option<u32>,
    },
    Atomic,
    Ahead {
        negated: bool,
    },
    Behind {
        negated: bool,
        reach: Reach,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    pub(super) body: Pc,
    pub(super) next: Pc,
}

#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) bytes: Vec<u8>,
    pub(super) chars: Vec<u32>,
    pub(super) sets: Vec<Set>,
    pub(super) repeats: Vec<SetRepeat>,
    pub(super) loops: Vec<Loop>,
    pub(super) parts: Vec<Part>,
    /// Capturing groups, the whole match not counted.
    pub(super) groups: u32,
    pub(super) slots: u32,
    pub(super) memories: u32,
    pub(super) by_code_point: bool,
    /// Whether a repeated group sets its capture again when all has matched.
    pub(super) recaptures: bool,
}

pub(super) fn compile(ast: &Ast) -> Program {
    let mut compiler = Compiler { ast, program: Program::default(), loop_depth: 0 };
    compiler.program.groups = ast.groups;
    compiler.program.by_code_point = ast.by_code_point;
    compiler.emit(ast.root);
    compiler.push(Op::Match);
    compiler.program
}

struct Compiler<'a> {
    ast: &'a Ast,
    program: Program,
    loop_depth: u32,
}

impl Compiler<'_> {
    fn push(&mut self, op: Op) -> usize {
        self.program.ops.push(op);
        self.program.ops.len() - 1
    }

    fn here(&self) -> Pc {
        self.program.ops.len() as Pc
    }

    fn slot(&mut self) -> u32 {
        self.program.slots += 1;
        self.program.slots - 1
    }

    fn emit(&mut self, id: NodeId) {
        let ast = self.ast;
        match &ast.nodes[id] {
            Node::Text { chars, fold } => self.text(chars, *fold),
            Node::Set(class) => self.set(class),
            Node::Assert(assertion) => {
                self.push(Op::Assert(*assertion));
            }
            Node::LineEnding => {
                self.push(Op::LineEnding);
            }
            Node::Grapheme => {
                self.push(Op::Grapheme);
            }
            Node::BackReference { group, fold } => {
                self.push(Op::BackReference { group: *group, fold: *fold });
            }
            Node::Sequence(items) => items.iter().for_each(|&item| self.emit(item)),
            Node::Alternatives(alternatives) => self.alternatives(alternatives),
            Node::Group { capture, body } => match capture {
                None => self.emit(*body),
                Some(group) => {
                    let slot = self.slot();
                    self.push(Op::GroupStart { slot, restore: self.loop_depth > 0 });
                    self.emit(*body);
                    self.push(Op::GroupEnd { slot, group: *group });
                }
            },
            Node::Repeat { node, repetition } => match &ast.nodes[*node] {
                Node::Set(class) => {
                    let set = self.add_set(class);
                    self.program.repeats.push(SetRepeat { set, repetition: *repetition });
                    self.push(Op::Repeat(self.program.repeats.len() as u32 - 1));
                }
                _ if repetition.is_optional() => self.part(Role::Optional(repetition.greed), *node),
                _ => self.part(Role::Repeat { repetition: *repetition, capture: None }, *node),
            },
            Node::GroupRepeat { capture, body, repetition } => {
                self.program.recaptures |= capture.is_some() && repetition.greed == Greed::Greedy;
                self.part(Role::Repeat { repetition: *repetition, capture: *capture }, *body);
            }
            Node::Loop { id, capture, body, repetition } => {
                self.emit_loop(*id, *capture, *body, *repetition);
            }
            Node::LookAhead { negated, body } => {
                self.part(Role::Ahead { negated: *negated }, *body)
            }
            Node::LookBehind { negated, body, reach } => {
                self.part(Role::Behind { negated: *negated, reach: *reach }, *body);
            }
            Node::Atomic { body } => self.part(Role::Atomic, *body),
        }
    }

    fn text(&mut self, chars: &[u32], fold: Fold) {
        if fold == Fold::None && !needs_code_points(chars) {
            let start = self.program.bytes.len();
            let text: String = chars.iter().copied().filter_map(char::from_u32).collect();
            self.program.bytes.extend_from_slice(text.as_bytes());
            self.literal(start);
        } else {
            let start = self.program.chars.len() as u32;
            self.program.chars.extend_from_slice(chars);
            self.push(Op::Text { start, end: self.program.chars.len() as u32, fold });
        }
    }

    /// A literal of the bytes from `start` on.
    fn literal(&mut self, start: usize) {
        self.push(Op::Literal { start: start as u32, end: self.program.bytes.len() as u32 });
    }

    fn set(&mut self, class: &Class) {
        match class.single().and_then(char::from_u32) {
            Some(c) => self.text(&[c.into()], Fold::None),
            None => {
                let set = self.add_set(class);
                self.push(Op::Set(set));
            }
        }
    }

    fn add_set(&mut self, class: &Class) -> u32 {
        self.program.sets.push(Set::new(class));
        self.program.sets.len() as u32 - 1
    }

    fn alternatives(&mut self, alternatives: &[Option<NodeId>]) {
        let mut jumps = Vec::new();
        for (number, alternative) in alternatives.iter().enumerate() {
            let last = number + 1 == alternatives.len();
            let split = if last { None } else { Some(self.push(Op::Split(0))) };
            if let Some(id) = alternative {
                self.emit(*id);
            }
            if let Some(split) = split {
                jumps.push(self.push(Op::Jump(0)));
                self.program.ops[split] = Op::Split(self.here());
            }
        }
        let end = self.here();
        for jump in jumps {
            self.program.ops[jump] = Op::Jump(end);
        }
    }

    fn emit_loop(&mut self, id: u32, capture: Option<u32>, body: NodeId, repetition: Repetition) {
        let (count, begin) = (self.slot(), self.slot());
        let memory = self.ast.remembering.binary_search(&id).is_ok().then(|| {
            self.program.memories += 1;
            self.program.memories - 1
        });
        let number = self.program.loops.len();
        self.push(Op::LoopStart(number as u32));
        let start = self.here();
        self.program.loops.push(Loop { body: start, next: 0, repetition, count, begin, memory });
        self.loop_depth += 1;
        self.push(Op::GroupStart { slot: begin, restore: true });
        self.emit(body);
        if let Some(group) = capture {
            self.push(Op::GroupEnd { slot: begin, group });
        }
        self.push(Op::LoopEnd(number as u32));
        self.loop_depth -= 1;
        self.program.loops[number].next = self.here();
    }

    fn part(&mut self, role: Role, body: NodeId) {
        let number = self.program.parts.len();
        self.push(Op::Part(number as u32));
        let start = self.here();
        self.program.parts.push(Part { role, body: start, next: 0 });
        self.emit(body);
        let behind = matches!(role, Role::Behind { .. });
        self.push(if behind { Op::AcceptHere } else { Op::Accept });
        self.program.parts[number].next = self.here();
    }
}

/// The bytes with which a match can begin.
pub(super) type FirstBytes = [bool; 256];

impl Program {
    /// The bytes with which a match can begin, if it cannot be empty and nothing is lost (captures
    /// that a failed attempt leaves behind) by not trying elsewhere.
    pub(super) fn first_bytes(&self) -> Option<Box<FirstBytes>> {
        let mut bytes = Box::new([false; 256]);
        let mut pending = vec![0];
        let mut seen = vec![false; self.ops.len()];
        while let Some(pc) = pending.pop() {
            let at = pc as usize;
            if std::mem::replace(seen.get_mut(at)?, true) {
                continue;
            }
            match self.ops[at] {
                Op::Literal { start, end } if start < end => {
                    bytes[usize::from(self.bytes[start as usize])] = true;
                }
                Op::Text { start, end, .. } if start < end => {
                    let c = self.chars[start as usize];
                    if let Ok(b) = u8::try_from(c) {
                        bytes[usize::from(b.to_ascii_lowercase())] = true;
                        bytes[usize::from(b.to_ascii_uppercase())] = true;
                    }
                    // Folded, letters beyond ASCII equal letters of ASCII: İ, ı, ſ, K.
                    bytes[..128]
                        .iter_mut()
                        .zip(0u32..)
                        .for_each(|(byte, b)| *byte |= super::class::fold(b) == c);
                    bytes[128..].fill(true);
                }
                Op::Set(set) => self.add_set_bytes(set, &mut bytes),
                Op::Repeat(repeat) => {
                    let SetRepeat { set, repetition } = self.repeats[repeat as usize];
                    self.add_set_bytes(set, &mut bytes);
                    if repetition.min == 0 {
                        pending.push(pc + 1);
                    }
                    if repetition.max == 0 {
                        return None;
                    }
                }
                Op::LineEnding => {
                    bytes[0x0a..=0x0d].fill(true);
                    bytes[128..].fill(true);
                }
                Op::Split(other) => pending.extend([pc + 1, other]),
                Op::Jump(to) => pending.push(to),
                Op::GroupStart { .. } | Op::Literal { .. } | Op::Text { .. } => {
                    pending.push(pc + 1)
                }
                Op::Assert(assertion) if assertion != Assertion::GraphemeBoundary => {
                    pending.push(pc + 1)
                }
                Op::LoopStart(number) => {
                    let Loop { body, next, repetition, .. } = self.loops[number as usize];
                    if repetition.max > 0 {
                        pending.push(body);
                    }
                    if repetition.min == 0 {
                        pending.push(next);
                    }
                }
                _ => return None,
            }
        }
        Some(bytes)
    }

    fn add_set_bytes(&self, set: u32, bytes: &mut FirstBytes) {
        let ascii = &self.sets[set as usize].ascii;
        bytes.iter_mut().zip(ascii).for_each(|(byte, &member)| *byte |= member);
        bytes[128..].fill(true);
    }

    /// The set, if the whole pattern is a set repeated greedily without end.
    pub(super) fn whole_set(&self) -> Option<SetRepeat> {
        match *self.ops {
            [Op::Set(set), Op::Match] => {
                let repetition = Repetition { min: 1, max: 1, greed: Greed::Greedy };
                Some(SetRepeat { set, repetition })
            }
            [Op::Repeat(repeat), Op::Match] => {
                Some(self.repeats[repeat as usize]).filter(|repeat| {
                    repeat.repetition.min == 1
                        && repeat.repetition.max == UNBOUNDED
                        && repeat.repetition.greed != Greed::Reluctant
                })
            }
            _ => None,
        }
    }

    /// The literal with which every match begins, and whether it is the whole pattern.
    pub(super) fn prefix(&self) -> Option<(&[u8], bool)> {
        match self.ops.as_slice() {
            [Op::Literal { start, end }, rest @ ..] if start < end => {
                Some((&self.bytes[*start as usize..*end as usize], rest == [Op::Match]))
            }
            _ => None,
        }
    }
}
