//! A pattern as a tree, and what java.util.regex finds out about its parts.

use super::class::Class;

/// Index of a node in [`Ast::nodes`].
pub(super) type NodeId = usize;

/// The greatest count of repetitions; as the upper bound of one it means none.
pub(super) const UNBOUNDED: u32 = i32::MAX as u32;

/// A parsed pattern. Nodes are in one vector so that nesting costs no stack when they are dropped.
#[derive(Debug, Default)]
pub(super) struct Ast {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// Capturing groups, the whole match not counted.
    pub(super) groups: u32,
    /// Named groups in order of appearance.
    pub(super) names: Vec<(String, u32)>,
    pub(super) loops: u32,
    /// Loops that remember positions at which their body failed, in order. Java stops exponential
    /// backtracking so, and now and then finds something else for it.
    pub(super) remembering: Vec<u32>,
    /// Whether a search goes from code point to code point, rather than from unit to unit.
    pub(super) by_code_point: bool,
}

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    None,
    /// The letters of ASCII in any case.
    Ascii,
    /// Each code point as `toLowerCase(toUpperCase(c))`.
    Unicode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Reluctant,
    Possessive,
}

/// A condition on a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `^`, `\A`.
    Begin,
    /// `\z`.
    End,
    /// `^` in multi-line mode.
    LineStart { unix: bool },
    /// `$`, `\Z`.
    LineEnd { unix: bool, multiline: bool },
    /// `\G`.
    LastMatch,
    /// `\b`, `\B`.
    WordBoundary { negated: bool, unicode: bool },
    /// `\b{g}`.
    GraphemeBoundary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repetition {
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) greed: Greed,
}

impl Repetition {
    /// `?` or `{0,1}`, which Java does not treat as a repetition.
    pub(super) fn is_optional(self) -> bool {
        self.min == 0 && self.max == 1
    }
}

/// Where to look for a look-behind's match: it starts between `max` and `min` units back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) min: i32,
    pub(super) max: i32,
    /// Count code points rather than units.
    pub(super) by_code_point: bool,
}

#[derive(Debug)]
pub(super) enum Node {
    /// Code points one after another; folded if they are to be compared so.
    Text {
        chars: Vec<u32>,
        fold: Fold,
    },
    Set(Class),
    Assert(Assertion),
    /// `\R`.
    LineEnding,
    /// `\X`.
    Grapheme,
    BackReference {
        group: u32,
        fold: Fold,
    },
    Sequence(Vec<NodeId>),
    /// `None` is an empty alternative.
    Alternatives(Vec<Option<NodeId>>),
    Group {
        capture: Option<u32>,
        body: NodeId,
    },
    /// A node repeated, each time without a way back into it once it has matched.
    Repeat {
        node: NodeId,
        repetition: Repetition,
    },
    /// Like `Repeat`, for a group whose body can match in one way only.
    GroupRepeat {
        capture: Option<u32>,
        body: NodeId,
        repetition: Repetition,
    },
    /// A group repeated with all ways back open.
    Loop {
        id: u32,
        capture: Option<u32>,
        body: NodeId,
        repetition: Repetition,
    },
    LookAhead {
        negated: bool,
        body: NodeId,
    },
    LookBehind {
        negated: bool,
        body: NodeId,
        reach: Reach,
    },
    /// `(?>…)`.
    Atomic {
        body: NodeId,
    },
}

/// Lengths in code points, with Java's arithmetic, overflow included: it decides what a look-behind
/// accepts and how far back it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Study {
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) max_valid: bool,
    /// Whether there is one way to match only; it decides how a repeated group is run.
    pub(super) deterministic: bool,
    /// Sums from before the last alternation, which Java adds at the end.
    carried: (i32, i32, bool),
}

impl Study {
    fn new() -> Self {
        Study { min: 0, max: 0, max_valid: true, deterministic: true, carried: (0, 0, true) }
    }

    fn settle(&mut self) {
        let (min, max, max_valid) = std::mem::replace(&mut self.carried, (0, 0, true));
        self.min = self.min.wrapping_add(min);
        self.max = self.max.wrapping_add(max);
        self.max_valid &= max_valid;
    }

    fn add(&mut self, min: i32, max: i32) {
        self.min = self.min.wrapping_add(min);
        self.max = self.max.wrapping_add(max);
    }
}

impl Ast {
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn study(&self, id: NodeId) -> Study {
        let mut study = Study::new();
        self.study_into(id, &mut study);
        study.settle();
        study
    }

    fn study_into(&self, id: NodeId, study: &mut Study) {
        match &self.nodes[id] {
            Node::Text { chars, .. } => {
                let length = i32::try_from(chars.len()).unwrap_or(i32::MAX);
                study.add(length, length);
            }
            Node::Set(_) => study.add(1, 1),
            Node::Assert(_) | Node::LookAhead { .. } | Node::LookBehind { .. } => (),
            Node::LineEnding => study.add(1, 2),
            Node::Grapheme => {
                study.add(1, 0);
                study.deterministic = false;
            }
            Node::BackReference { .. } => study.max_valid = false,
            Node::Sequence(items) => items.iter().for_each(|&item| self.study_into(item, study)),
            Node::Alternatives(alternatives) => self.study_alternatives(alternatives, study),
            Node::Group { body, .. } => self.study_into(*body, study),
            Node::Atomic { body } => self.study_inline(*body, study),
            Node::Repeat { node, repetition } if repetition.is_optional() => {
                let min = study.min;
                self.study_inline(*node, study);
                study.min = min;
                study.deterministic = false;
            }
            Node::Repeat { node, repetition } => {
                let whole = repetition.greed == Greed::Greedy && repetition.max == UNBOUNDED;
                if whole && matches!(self.nodes[*node], Node::Set(_)) {
                    study.min = study.min.wrapping_add(repetition.min as i32);
                    if study.max_valid {
                        study.max = study.max.wrapping_add(UNBOUNDED as i32);
                    }
                    study.deterministic = false;
                } else {
                    self.study_repeated(*node, *repetition, study);
                }
            }
            Node::GroupRepeat { body, repetition, .. } => {
                self.study_repeated(*body, *repetition, study)
            }
            Node::Loop { .. } => {
                study.max_valid = false;
                study.deterministic = false;
            }
        }
    }

    /// A part that is studied together with what comes before it, but not with what follows.
    fn study_inline(&self, id: NodeId, study: &mut Study) {
        let carried = std::mem::replace(&mut study.carried, (0, 0, true));
        self.study_into(id, study);
        study.settle();
        study.carried = carried;
    }

    fn study_alternatives(&self, alternatives: &[Option<NodeId>], study: &mut Study) {
        let (mut min, mut max, mut valid) = (i32::MAX, -1, study.max_valid);
        for alternative in alternatives {
            let part = alternative.map_or_else(Study::new, |id| self.study(id));
            min = min.min(part.min);
            max = max.max(part.max);
            valid &= part.max_valid;
        }
        let (carried_min, carried_max, carried_valid) = study.carried;
        *study = Study {
            deterministic: false,
            carried: (
                carried_min.wrapping_add(study.min).wrapping_add(min),
                carried_max.wrapping_add(study.max).wrapping_add(max),
                carried_valid && valid,
            ),
            ..Study::new()
        };
    }

    fn study_repeated(&self, id: NodeId, repetition: Repetition, study: &mut Study) {
        let part = self.study(id);
        let min = part.min.wrapping_mul(repetition.min as i32).wrapping_add(study.min);
        study.min = if min < study.min { 0x0fff_ffff } else { min };
        if study.max_valid && part.max_valid {
            let max = part.max.wrapping_mul(repetition.max as i32).wrapping_add(study.max);
            study.max_valid = max >= study.max;
            study.max = max;
        } else {
            study.max_valid = false;
        }
        study.deterministic &= part.deterministic && repetition.min == repetition.max;
    }
}
