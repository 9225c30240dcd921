//! Blocks that are open: what their opening tag said, and how they end.

use super::reader::Closable;
use super::scope::{Definition, Format};
use super::words::{Kind, Name};
use crate::AutoEscapingPolicy;
use crate::ast::*;
use crate::error::ParseError;
use crate::source::Span;

/// An open block.
pub(super) struct Block {
    pub(super) open: Open,
    /// The tag that opened it.
    pub(super) tag: Span,
    /// The content read so far, of the part that is being read.
    pub(super) body: Body,
    /// Its opening tag was broken, so that nothing is to be concluded from it.
    pub(super) broken: bool,
}

/// What an open block is.
pub(super) enum Open {
    Root,
    If {
        branches: Vec<IfBranch>,
        tag: Span,
        condition: Option<Expr>,
    },
    List {
        source: Expr,
        vars: Option<LoopVars>,
        items_seen: bool,
        before_else: Option<(Body, Span)>,
    },
    ForEach {
        source: Expr,
        vars: LoopVars,
    },
    Items {
        vars: LoopVars,
    },
    Sep,
    Switch {
        value: Expr,
        lead: Option<Body>,
        cases: Vec<Case>,
        current: Option<(CaseKind, Span)>,
        /// `#break` leaves it: it has had no `#on`.
        breaks: bool,
        /// The current case cannot stand where it stands, which FreeMarker tells after its content.
        misplaced: Option<Box<ParseError>>,
    },
    Attempt {
        attempted: Option<(Body, Span)>,
    },
    Assign {
        scope: Scope,
        name: Ident,
        namespace: Option<Expr>,
    },
    Macro {
        definition: Box<Macro>,
        around: Definition,
    },
    Call {
        call: Box<Call>,
        hidden_loops: usize,
    },
    Transform {
        call: Box<Call>,
    },
    Compress,
    Escape {
        var: Ident,
        expr: Expr,
    },
    NoEscape,
    OutputFormat {
        param: Expr,
        name: String,
        around: Format,
    },
    AutoEsc {
        around: AutoEscapingPolicy,
    },
    NoAutoEsc {
        around: AutoEscapingPolicy,
    },
}

impl Open {
    /// What can be closed while this block is open, in FreeMarker's words. It has none for some blocks.
    pub(super) fn closable(&self) -> &'static [&'static str] {
        match self {
            Open::If { .. } => &["#if"],
            Open::List { .. } => &["#list"],
            Open::ForEach { .. } => &["#foreach"],
            Open::Items { .. } => &["#items"],
            Open::Sep => &["#sep"],
            Open::Switch { .. } => &["#switch"],
            Open::Attempt { attempted: Some(_) } => &["#attempt"],
            Open::Assign { .. } => &["#assign or #local or #global"],
            Open::Macro { .. } => &["#macro or #function"],
            Open::Call { .. } => &["@..."],
            Open::Transform { .. } => &["#transform"],
            Open::Compress => &["#compress"],
            Open::Escape { .. } => &["#escape"],
            Open::NoEscape => &["#noescape"],
            Open::Root
            | Open::Attempt { attempted: None }
            | Open::OutputFormat { .. }
            | Open::AutoEsc { .. }
            | Open::NoAutoEsc { .. } => &[],
        }
    }

    /// Whether this end tag closes the block, rightly or nearly so.
    pub(super) fn closed_by(&self, kind: Kind) -> bool {
        let name = match kind {
            Kind::EndDirective(name) => name,
            Kind::CallEnd => return matches!(self, Open::Call { .. }),
            _ => return false,
        };
        match self {
            Open::Root | Open::Call { .. } => false,
            Open::If { .. } => name == Name::If,
            Open::List { .. } => name == Name::List,
            Open::ForEach { .. } => name == Name::ForEach,
            Open::Items { .. } => name == Name::Items,
            Open::Sep => name == Name::Sep,
            Open::Switch { .. } => name == Name::Switch,
            Open::Attempt { attempted } => {
                attempted.is_some() && matches!(name, Name::Attempt | Name::Recover)
            }
            Open::Assign { .. } => matches!(name, Name::Assign | Name::Global | Name::Local),
            Open::Macro { .. } => matches!(name, Name::Macro | Name::Function),
            Open::Transform { .. } => name == Name::Transform,
            Open::Compress => name == Name::Compress,
            Open::Escape { .. } => name == Name::Escape,
            Open::NoEscape => name == Name::NoEscape,
            Open::OutputFormat { .. } => name == Name::OutputFormat,
            Open::AutoEsc { .. } => name == Name::AutoEsc,
            Open::NoAutoEsc { .. } => name == Name::NoAutoEsc,
        }
    }
}

/// The order of end tags in FreeMarker's messages.
const ORDER: [&str; 14] = [
    "#if",
    "#list",
    "#items",
    "#sep",
    "#attempt",
    "#foreach",
    "#assign or #local or #global",
    "#macro or #function",
    "#compress",
    "#transform",
    "#switch",
    "#escape",
    "#noescape",
    "@...",
];

/// What can be closed where `blocks` are open: `#sep` ends with the block around it.
pub(super) fn closable(blocks: &[Block]) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    for block in blocks.iter().rev() {
        let own: Closable = block.open.closable();
        all.extend(own.iter().filter(|own| !all.contains(own)).copied().collect::<Vec<_>>());
        if !matches!(block.open, Open::Sep) {
            break;
        }
    }
    all.sort_by_key(|name| ORDER.iter().position(|known| known == name));
    all
}

/// From `tag` to the end of `body`.
pub(super) fn part_span(tag: Span, body: &Body) -> Span {
    body.last().map_or(tag, |last| tag.to(last.span))
}
