//! What runs: names resolved, literals already values, static text cut to what is printed.

use std::collections::HashMap;

use ftl_parser::ast::{AssignOp, InfixOp, PrefixOp, RangeOp, Scope, ShiftedLiteral};
use ftl_parser::{Source, Span};

use crate::builtins::{BuiltIn, Cached};
use crate::error::Error;
use crate::output::OutputFormat;
use crate::special::Special;
use crate::value::Number;

/// A compiled template.
pub(crate) struct Program {
    pub(crate) source: Source,
    /// See [`ftl_parser::ast::Ast::shifted_literals`].
    pub(crate) shifted_literals: Vec<ShiftedLiteral>,
    /// Names of variables that are looked up in namespaces; a namespace keeps a slot for each.
    pub(crate) symbols: Vec<Box<str>>,
    pub(crate) symbol_of: HashMap<Box<str>, u32>,
    pub(crate) body: Block,
    /// All macros and functions in the order of their text; defined when the template starts.
    pub(crate) macros: Vec<MacroDef>,
    pub(crate) warnings: Vec<Error>,
}

impl Program {
    /// A program of one element, as it stands.
    pub(crate) fn plain(source: Source, node: Node) -> Self {
        Self {
            source,
            shifted_literals: Vec::new(),
            symbols: Vec::new(),
            symbol_of: HashMap::new(),
            body: Box::new([node]),
            macros: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

pub(crate) type Block = Box<[Node]>;

/// An element that does something.
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: NodeKind,
}

pub(crate) enum NodeKind {
    Text(Box<str>),
    Print(Print),
    If(Box<[Branch]>),
    List(Box<List>),
    Items(Box<Items>),
    Sep(Block),
    Break,
    Continue,
    Switch(Box<Switch>),
    Return(Option<Expr>),
    Stop(Option<Expr>),
    Attempt(Box<(Block, Block)>),
    Assign(Box<Assign>),
    /// `<#assign x>…</#assign>`
    Capture(Box<Capture>),
    /// Reached its definition again: an index into `Program::macros`.
    Macro(u32),
    Nested(Box<[Expr]>),
    Call(Box<UserCall>),
    Include(Box<Include>),
    Import(Box<Import>),
    Setting(Box<Setting>),
    Compress(Block),
    /// Parsed, but without meaning for JSON data: the name of the directive.
    Unsupported(&'static str),
}

pub(crate) struct Print {
    pub(crate) expr: Expr,
    /// The format whose escaping applies.
    pub(crate) escape: Option<OutputFormat>,
    /// The format in force, escaped or not.
    pub(crate) format: OutputFormat,
    /// `#{…; m1M2}`: fewest and most decimals.
    pub(crate) decimals: Option<(u8, u8)>,
    /// The expression as written, without what `#escape` puts around it.
    pub(crate) written: Span,
}

/// `#if`, `#elseif` or `#else`, as an element of its own.
pub(crate) struct Branch {
    pub(crate) condition: Option<Expr>,
    pub(crate) span: Span,
    pub(crate) body: Block,
}

pub(crate) struct List {
    pub(crate) source: Expr,
    pub(crate) vars: Option<LoopNames>,
    /// Two loop variables, here or at the `#items` inside.
    pub(crate) hash: bool,
    /// Written as `#foreach`.
    pub(crate) foreach: bool,
    pub(crate) body: Block,
    pub(crate) otherwise: Option<Block>,
}

pub(crate) struct Items {
    pub(crate) vars: LoopNames,
    pub(crate) body: Block,
}

pub(crate) struct LoopNames {
    pub(crate) first: Box<str>,
    pub(crate) second: Option<Box<str>>,
}

pub(crate) struct Switch {
    pub(crate) value: Expr,
    pub(crate) cases: Box<[(Case, Block)]>,
    /// Made of `#on`s: no fall-through.
    pub(crate) on: bool,
}

#[allow(clippy::enum_variant_names)] // The names of the directives.
pub(crate) enum Case {
    Case(Expr),
    On(Box<[Expr]>),
    Default,
}

pub(crate) struct Assign {
    pub(crate) items: Box<[Assignment]>,
    pub(crate) namespace: Option<Expr>,
}

pub(crate) struct Assignment {
    pub(crate) target: Target,
    pub(crate) op: AssignOp,
    pub(crate) value: Option<Expr>,
    pub(crate) span: Span,
}

pub(crate) struct Target {
    pub(crate) scope: Scope,
    pub(crate) name: Box<str>,
    /// Slot of the namespace (`Scope::Namespace`) or of the locals (`Scope::Local`).
    pub(crate) slot: u32,
}

pub(crate) struct Capture {
    pub(crate) target: Target,
    pub(crate) namespace: Option<Expr>,
    pub(crate) body: Block,
    pub(crate) format: OutputFormat,
}

/// `#macro` or `#function`
pub(crate) struct MacroDef {
    pub(crate) name: Box<str>,
    pub(crate) function: bool,
    pub(crate) params: Box<[ParamDef]>,
    /// Name and slot of the catch-all parameter.
    pub(crate) catch_all: Option<(Box<str>, u32)>,
    /// Names of the locals by slot, parameters first.
    pub(crate) locals: Box<[Box<str>]>,
    pub(crate) body: Block,
    pub(crate) span: Span,
    /// `.args` is in it, so that it must be made when the macro starts.
    pub(crate) uses_args: bool,
}

/// A parameter.
pub(crate) struct ParamDef {
    pub(crate) name: Box<str>,
    /// Its slot; of equal names the first's.
    pub(crate) slot: u32,
    pub(crate) default: Option<Expr>,
}

pub(crate) struct UserCall {
    pub(crate) callee: Expr,
    pub(crate) args: CallArgs,
    pub(crate) loop_vars: Box<[Box<str>]>,
    pub(crate) body: Option<Block>,
    pub(crate) legacy: bool,
}

pub(crate) enum CallArgs {
    Positional(Box<[Expr]>),
    Named(Box<[(Box<str>, Expr)]>),
}

pub(crate) struct Include {
    pub(crate) path: Expr,
    pub(crate) parse: Option<Expr>,
    pub(crate) encoding: Option<Expr>,
    pub(crate) ignore_missing: Option<Expr>,
}

pub(crate) struct Import {
    pub(crate) path: Expr,
    pub(crate) name: Box<str>,
    pub(crate) symbol: u32,
}

pub(crate) struct Setting {
    /// In snake_case.
    pub(crate) name: Box<str>,
    pub(crate) value: Expr,
}

/// An expression.
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

pub(crate) enum ExprKind {
    Text(Box<str>),
    Number(Number),
    Bool(bool),
    Name(NameRef),
    /// `x?index` and its kin: which of them, and the loop variable's index.
    LoopState(LoopState, u32, Box<[Expr]>),
    Special(Special),
    Template(Box<[Part]>),
    List(Box<[Expr]>),
    Hash(Box<[(Expr, Expr)]>),
    Paren(Box<Expr>),
    Chain(Box<Chain>),
    Prefix(Box<[(PrefixOp, Span)]>, Box<Expr>),
    And(Box<[Expr]>),
    Or(Box<[Expr]>),
    /// `a + b - c`, `a * b / c`
    Arithmetic(Box<Expr>, Box<[(InfixOp, Expr)]>),
    Compare(InfixOp, Box<(Expr, Expr)>, Span),
    Range(RangeOp, Box<Expr>, Option<Box<Expr>>),
    /// `1..3` with literal bounds, already made.
    Error(Box<Error>),
}

/// A piece of a string literal with interpolations.
pub(crate) enum Part {
    Text(Box<str>),
    Print(Print),
}

/// A variable, resolved as far as the text allows.
pub(crate) enum NameRef {
    /// A loop variable or lambda parameter, counted from the base of the running template.
    Loop { index: u32, symbol: u32 },
    /// `x_index` of a loop variable `x`
    LoopIndex { index: u32 },
    /// `x_has_next` of a loop variable `x`
    LoopHasNext { index: u32 },
    /// A local variable of the macro.
    Local { slot: u32, symbol: u32 },
    /// Namespace, global or data-model.
    Global { symbol: u32 },
}

/// `?index` and its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopState {
    Index,
    Counter,
    HasNext,
    IsFirst,
    IsLast,
    IsOddItem,
    IsEvenItem,
    ItemParity,
    ItemParityCap,
    ItemCycle,
}

/// `a.b[c](d)?e??!`
pub(crate) struct Chain {
    pub(crate) base: Expr,
    pub(crate) steps: Box<[Step]>,
}

pub(crate) struct Step {
    /// Where the expression that ends with this step ends.
    pub(crate) end: u32,
    pub(crate) kind: StepKind,
}

pub(crate) enum StepKind {
    /// `.a`, `["a"]`
    Key {
        key: Box<str>,
        dot: bool,
    },
    Index(Box<Expr>),
    Call(Box<[Expr]>),
    BuiltIn(Box<Site>),
    Then(Box<(Expr, Expr)>),
    Switch(Box<[Expr]>),
    /// `?filter`, `?map`, `?take_while`, `?drop_while`
    Lazy(Box<LazyStep>),
    /// `?default(a, b)`
    DefaultCall(Box<[Expr]>),
    Exists,
    /// `!`, `!b`, `!b!c`
    Default(Box<[Option<Expr>]>),
}

/// One of the built-ins that take a lambda.
pub(crate) struct LazyStep {
    pub(crate) kind: LazyKind,
    /// `?name` as written.
    pub(crate) name: Span,
    pub(crate) mapper: Mapper,
    /// What follows takes items one by one: nothing need be made into a sequence.
    pub(crate) stay_lazy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LazyKind {
    Filter,
    Map,
    TakeWhile,
    DropWhile,
}

impl LazyKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            LazyKind::Filter => "filter",
            LazyKind::Map => "map",
            LazyKind::TakeWhile => "take_while",
            LazyKind::DropWhile => "drop_while",
        }
    }
}

pub(crate) enum Mapper {
    Lambda { param: Box<str>, body: Expr },
    Function(Expr),
}

/// A built-in at its place.
pub(crate) struct Site {
    pub(crate) built_in: &'static BuiltIn,
    /// `?name` as written.
    pub(crate) name: Span,
    /// `None`: written without parentheses.
    pub(crate) args: Option<Box<[Expr]>>,
    /// The output format in force.
    pub(crate) format: OutputFormat,
    /// The regular expression among its arguments.
    pub(crate) regexp: Cached,
}

impl Expr {
    pub(crate) fn is_paren(&self) -> bool {
        matches!(self.kind, ExprKind::Paren(_))
    }
}
