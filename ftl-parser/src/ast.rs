//! The syntax tree: what was written, not what it means.
//!
//! Nothing is folded away: parentheses, legacy spellings, the bracket kind and quotes are kept, and
//! each node has its [`Span`]. Chains are flat (`a.b.c`, `a + b + c`, `a!b!c`), so that their length
//! is no nesting.

use crate::source::{Position, Source, Span};

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Ast {
    /// The elements of the template, in order. The `#ftl` header, when there is one, is `header`, not an element.
    pub body: Body,
    /// The `#ftl` header.
    pub header: Option<Header>,
    /// The bracket kind that was in force: never [`TagSyntax::AutoDetect`].
    pub tag_syntax: TagSyntax,
    /// The interpolation syntax that was in force.
    pub interpolation_syntax: InterpolationSyntax,
    /// Which spelling the template uses, if it has a name that tells.
    pub naming_convention: NamingConvention,
    /// Output format in force at the top level: from options, file extension or header.
    pub output_format: String,
    /// Whether the top level is auto-escaped.
    pub auto_escaping: bool,
    /// Whether white-space stripping was done.
    pub whitespace_stripping: bool,
    /// String literals in which escapes shift FreeMarker's positions, in the order of their start.
    pub shifted_literals: Vec<ShiftedLiteral>,
}

impl Ast {
    /// What FreeMarker says of byte `offset` of the template: the place in the source, except in the interpolations
    /// of a string literal with escapes, where FreeMarker counts in the decoded text.
    pub fn position(&self, source: &Source, offset: u32) -> Position {
        position_in(&self.shifted_literals, source, offset)
    }
}

/// As [`Ast::position`], for the [`Ast::shifted_literals`] of a tree that is gone.
pub fn position_in(literals: &[ShiftedLiteral], source: &Source, offset: u32) -> Position {
    let is_around =
        |literal: &ShiftedLiteral| literal.span.start < offset && offset < literal.span.end;
    // A literal within another one comes after it.
    match literals.iter().rposition(is_around) {
        Some(innermost) => {
            let literal = &literals[innermost];
            let quote = position_in(&literals[..innermost], source, literal.span.start);
            literal.position(quote, offset, source.tab_size())
        }
        None => source.position(offset),
    }
}

/// A string literal with interpolations in which escapes shift FreeMarker's positions.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftedLiteral {
    /// The literal, with its quotes.
    pub span: Span,
    pub(crate) text: String,
    pub(crate) anchors: Vec<(u32, u32)>,
}

impl ShiftedLiteral {
    /// The place of byte `offset` of the template, which is within the literal, whose first quote stands at `quote`.
    fn position(&self, quote: Position, offset: u32, tab_size: u32) -> Position {
        let at = text_offset(&self.anchors, offset) as usize;
        let before = self.text.get(..at).unwrap_or(&self.text);
        let next = self.text[before.len()..].chars().next();
        let origin = Position { column: quote.column + 1, ..quote };
        crate::source::advance(origin, before, next, tab_size)
    }
}

/// The byte of a decoded text that stands at byte `source_offset` of the template. `anchors` tell from which
/// (byte of the text, byte of the template) both go on together; the last is their end.
pub(crate) fn text_offset(anchors: &[(u32, u32)], source_offset: u32) -> u32 {
    let after = anchors.partition_point(|anchor| anchor.1 <= source_offset);
    let Some(&(text, source)) = anchors.get(after.wrapping_sub(1)) else { return 0 };
    let next = anchors.get(after).map_or(text, |next| next.0);
    (text + (source_offset - source)).min(next)
}

/// A list of elements.
pub type Body = Vec<Element>;

/// How FTL tags are bracketed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum TagSyntax {
    /// `<#if …>`
    #[default]
    Angle,
    /// `[#if …]`
    Square,
    /// Decided by the first tag.
    AutoDetect,
}

/// Which interpolations are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum InterpolationSyntax {
    /// `${…}` and `#{…}`
    #[default]
    Legacy,
    /// `${…}`
    Dollar,
    /// `[=…]`
    SquareBracket,
}

/// How names of directives, built-ins, special variables and settings are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum NamingConvention {
    /// Not decided (yet).
    #[default]
    AutoDetect,
    /// `upper_case`
    Legacy,
    /// `upperCase`
    CamelCase,
}

/// A piece of the template: static text, an interpolation, a directive.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// From the first character of the (opening) tag to the last of the (closing) tag.
    pub span: Span,
    /// What it is.
    pub kind: ElementKind,
}

/// The kinds of [`Element`].
#[derive(Clone, Debug, PartialEq)]
pub enum ElementKind {
    /// Static text.
    Text(Text),
    /// `${…}`, `#{…}`, `[=…]`
    Interpolation(Interpolation),
    /// `<#-- … -->`; the span of the text within.
    Comment(Span),
    /// `<#comment>…</#comment>`; the span of the text within.
    CommentDirective(Span),
    /// `<#noparse>…</#noparse>`
    NoParse(Text),
    /// `#if` with its `#elseif`s and `#else`
    If(If),
    /// `#list` and `#foreach`
    List(List),
    /// `#items`
    Items(Items),
    /// `#sep`
    Sep(Sep),
    /// `#break`
    Break,
    /// `#continue`
    Continue,
    /// `#switch`
    Switch(Switch),
    /// `#return`, with the value
    Return(Option<Expr>),
    /// `#stop`, with the reason
    Stop(Option<Expr>),
    /// `#attempt`
    Attempt(Attempt),
    /// `#assign`, `#global`, `#local`
    Assign(Assign),
    /// `#macro`, `#function`
    Macro(Box<Macro>),
    /// `#nested`, with the values of the loop variables
    Nested(Vec<Expr>),
    /// `<@…>` and the legacy `#call`
    Call(Box<Call>),
    /// `#transform`
    Transform(Box<Call>),
    /// `#include`
    Include(Include),
    /// `#import`
    Import(Import),
    /// `#setting`
    Setting(Setting),
    /// `#compress`
    Compress(Body),
    /// `#escape`
    Escape(Box<Escape>),
    /// `#noescape`
    NoEscape(Body),
    /// `#outputformat`
    OutputFormat(OutputFormat),
    /// `#autoesc`
    AutoEsc(Body),
    /// `#noautoesc`
    NoAutoEsc(Body),
    /// `#t`, `#lt`, `#rt`, `#nt`
    Trim(Trim),
    /// `#flush`
    Flush,
    /// `#visit`
    Visit(Visit),
    /// `#recurse`
    Recurse(Visit),
    /// `#fallback`
    Fallback,
    /// What could not be understood; the fault is in [`crate::Parsed::errors`].
    Error,
}

/// Static text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text as it stands in the source.
    pub span: Span,
    /// Which parts of it are printed: what white-space stripping leaves. Ascending, not empty spans, no overlap.
    pub kept: Vec<Span>,
}

/// `${…}`, `#{…}`, `[=…]`
#[derive(Clone, Debug, PartialEq)]
pub struct Interpolation {
    /// How it is written.
    pub syntax: InterpolationKind,
    /// The expression within.
    pub expr: Expr,
    /// Whether its value is escaped by the output format in force (`?no_esc` aside).
    pub auto_escape: bool,
    /// The number format of `#{…; m1M2}`.
    pub format: Option<NumericFormat>,
}

/// The three ways to write an interpolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterpolationKind {
    /// `${…}`
    Dollar,
    /// `#{…}`
    Hash,
    /// `[=…]`
    Square,
}

/// `m1M3` of `#{x; m1M3}`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumericFormat {
    /// Of the format word.
    pub span: Span,
    /// Least number of decimals.
    pub min: u8,
    /// Largest number of decimals.
    pub max: u8,
}

/// `<#if a>…<#elseif b>…<#else>…</#if>`
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// `#if` first, `#else` (if any) last. Never empty.
    pub branches: Vec<IfBranch>,
}

/// One branch of an `#if`.
#[derive(Clone, Debug, PartialEq)]
pub struct IfBranch {
    /// From its own tag to the end of its content.
    pub span: Span,
    /// Its tag.
    pub tag: Span,
    /// `None`: `#else`
    pub condition: Option<Expr>,
    /// Its content.
    pub body: Body,
}

/// `#list` and `#foreach`
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// `<#foreach x in source>`
    pub foreach: bool,
    /// What is listed.
    pub source: Expr,
    /// `as x` or `as k, v`; `None`: an `#items` is inside.
    pub vars: Option<LoopVars>,
    /// The content up to `#else` or the end tag.
    pub body: Body,
    /// `#else`
    pub otherwise: Option<Block>,
}

/// `as x` or `as key, value`
#[derive(Clone, Debug, PartialEq)]
pub struct LoopVars {
    /// The item, or the key.
    pub first: Ident,
    /// The value.
    pub second: Option<Ident>,
}

/// `<#items as x>…</#items>`
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// `as x` or `as k, v`
    pub vars: LoopVars,
    /// The content.
    pub body: Body,
}

/// `<#sep>…`
#[derive(Clone, Debug, PartialEq)]
pub struct Sep {
    /// The content.
    pub body: Body,
    /// Whether it has its own `</#sep>`.
    pub closed: bool,
}

/// A tag and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// From its tag to the end of its content.
    pub span: Span,
    /// Its tag.
    pub tag: Span,
    /// Its content.
    pub body: Body,
}

/// `<#switch value>…</#switch>`
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// What is compared.
    pub value: Expr,
    /// White space and comments before the first case.
    pub lead: Body,
    /// `#case`, `#on` and `#default`, in order.
    pub cases: Vec<Case>,
}

/// `#case`, `#on` or `#default`
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// From its tag to the end of its content.
    pub span: Span,
    /// Its tag.
    pub tag: Span,
    /// Which of the three, with its values.
    pub kind: CaseKind,
    /// Its content.
    pub body: Body,
}

/// The kinds of [`Case`].
#[derive(Clone, Debug, PartialEq)]
pub enum CaseKind {
    /// `<#case e>`
    Case(Expr),
    /// `<#on a, b>`
    On(Vec<Expr>),
    /// `<#default>`
    Default,
}

/// `<#attempt>…<#recover>…</#attempt>`
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// What is attempted.
    pub body: Body,
    /// `#recover`
    pub recover: Block,
}

/// Where an assignment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `#assign`
    Namespace,
    /// `#global`
    Global,
    /// `#local`
    Local,
}

/// `<#assign a=1 b=2 in ns>` and `<#assign a in ns>…</#assign>`
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// `#assign`, `#global` or `#local`
    pub scope: Scope,
    /// Inline assignments, or nothing.
    pub kind: AssignKind,
    /// `in ns`
    pub namespace: Option<Expr>,
}

/// The two forms of an assignment.
#[derive(Clone, Debug, PartialEq)]
pub enum AssignKind {
    /// `a=1 b+=2 c++`; never empty
    Inline(Vec<Assignment>),
    /// `<#assign a>…</#assign>`
    Block {
        /// The variable.
        name: Ident,
        /// What is captured.
        body: Body,
    },
}

/// One of the assignments of a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// From the name to the end of the value.
    pub span: Span,
    /// The variable.
    pub name: Ident,
    /// The operator.
    pub op: AssignOp,
    /// The right side; `None` for `++` and `--`.
    pub value: Option<Expr>,
}

/// Operators of `#assign`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AssignOp {
    Set,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Increment,
    Decrement,
}

/// A name as written at a place where no expression may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// As written, with quotes.
    pub span: Span,
    /// The name itself: escapes (`\-`, or those of a string literal) undone.
    pub name: String,
    /// Written as a string literal.
    pub quoted: bool,
}

/// `#macro` or `#function`
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// `#function`
    pub function: bool,
    /// Its name.
    pub name: Ident,
    /// Parameters without the catch-all.
    pub params: Vec<Param>,
    /// `rest...`
    pub catch_all: Option<Ident>,
    /// Its content.
    pub body: Body,
}

/// A parameter, with its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its default.
    pub default: Option<Expr>,
}

/// `<@callee …; x, y>…</@>`, `#call` and `#transform`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `<#call …>`
    pub legacy: bool,
    /// The opening tag.
    pub tag: Span,
    /// What is called.
    pub callee: Expr,
    /// Its arguments.
    pub args: CallArgs,
    /// After `;`
    pub loop_vars: Vec<Ident>,
    /// `None`: written as an empty tag, `<@m/>`.
    pub body: Option<Body>,
}

/// Arguments of a [`Call`].
#[derive(Clone, Debug, PartialEq)]
pub enum CallArgs {
    /// `1, 2` or none
    Positional(Vec<Expr>),
    /// `a=1 b=2`; never empty
    Named(Vec<(Ident, Expr)>),
}

/// `<#include path parse=… encoding=… ignore_missing=…>`
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// The template's name.
    pub path: Expr,
    /// Options by name, in order.
    pub options: Vec<(Ident, Expr)>,
}

/// `<#import path as ns>`
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The template's name.
    pub path: Expr,
    /// The variable that will hold the namespace.
    pub namespace: Ident,
}

/// `<#setting name=value>`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The setting.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
}

/// `<#escape x as expr>…</#escape>`
#[derive(Clone, Debug, PartialEq)]
pub struct Escape {
    /// Stands for what an interpolation holds.
    pub var: Ident,
    /// What is printed instead.
    pub expr: Expr,
    /// The content.
    pub body: Body,
}

/// `<#outputformat "HTML">…</#outputformat>`
#[derive(Clone, Debug, PartialEq)]
pub struct OutputFormat {
    /// The parameter as written: a constant string.
    pub param: Expr,
    /// The name in force inside, combined names resolved (`XML{HTML}`).
    pub name: String,
    /// The content.
    pub body: Body,
}

/// White-space directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// `#t`: both sides of the line
    Both,
    /// `#lt`
    Left,
    /// `#rt`
    Right,
    /// `#nt`: no trimming
    None,
}

/// `<#visit node using ns>`, `<#recurse node using ns>`
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// The node.
    pub node: Option<Expr>,
    /// `using`
    pub using: Option<Expr>,
}

/// `<#ftl name=value …>`
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The tag.
    pub span: Span,
    /// Parameters in order.
    pub params: Vec<(Ident, Expr)>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// From its first to its last character; parentheses belong to their own node.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of [`Expr`].
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A variable; escapes (`\-`) undone.
    Name(String),
    /// `.now`: a special variable, the name as spelled.
    Special(Ident),
    /// A string literal.
    String(StringLiteral),
    /// A number literal as written: digits with an optional fraction, or `0x…`.
    Number(String),
    /// `true`, `false`
    Bool(bool),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Hash(Vec<(Expr, Expr)>),
    /// `(e)`
    Paren(Box<Expr>),
    /// `a.b[c](d)?e??!`: what is written after a primary expression, in order; never without a step.
    /// [`PostfixOp::Default`] with a right side ends it.
    Postfix(Box<Expr>, Vec<Postfix>),
    /// `!!a`, `-a`, `+a`: the operators from left to right
    Prefix(Vec<(PrefixOp, Span)>, Box<Expr>),
    /// `a + b - c`: operands of left-associative operators of one level, or exactly two of the others.
    Infix(Box<Expr>, Vec<Infix>),
    /// `a..b`, `a..<b`, `a..*b`, `a..`
    Range {
        /// Left side.
        start: Box<Expr>,
        /// Which of them.
        op: RangeOp,
        /// Where the operator stands.
        op_span: Span,
        /// Right side; `None` only for `a..`
        end: Option<Box<Expr>>,
    },
    /// `x -> e`, only as an argument of `?filter`, `?map`, `?take_while`, `?drop_while`
    Lambda {
        /// The parameter.
        param: Ident,
        /// Written in parentheses.
        parenthesized: bool,
        /// The result.
        body: Box<Expr>,
    },
    /// What could not be understood.
    Error,
}

/// One step after a primary expression. The span of the expression that ends with this step runs
/// from the start of the whole chain to `span.end`.
#[derive(Clone, Debug, PartialEq)]
pub struct Postfix {
    /// The step itself, operator included.
    pub span: Span,
    /// What it is.
    pub op: PostfixOp,
}

/// The kinds of [`Postfix`].
#[derive(Clone, Debug, PartialEq)]
pub enum PostfixOp {
    /// `.name`, also `.*` and `.**`
    Dot(Ident),
    /// `[e]`
    Index(Expr),
    /// `(a, b)`
    Call(Vec<Expr>),
    /// `?name`, the name as spelled
    BuiltIn(Ident),
    /// `??`
    Exists,
    /// `!` and `!e`. The right sides of `a!b!c` are `b` and `c`; `a!b!` has a final `None`.
    Default(Vec<Option<Expr>>),
}

/// `!a`, `-a`, `+a`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PrefixOp {
    Not,
    Minus,
    Plus,
}

/// An operator and its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Infix {
    /// The operator.
    pub op: InfixOp,
    /// Where it stands; its text tells the spelling (`gt`, `&gt;`, `>`).
    pub op_span: Span,
    /// The right operand.
    pub right: Expr,
}

/// Infix operators, lowest precedence first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum InfixOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// The range operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeOp {
    /// `a..b`, and `a..`
    Inclusive,
    /// `a..<b`, `a..!b`
    Exclusive,
    /// `a..*b`
    Length,
}

/// A string literal.
#[derive(Clone, Debug, PartialEq)]
pub struct StringLiteral {
    /// `r"…"`
    pub raw: bool,
    /// The decoded text; with live interpolations their source is part of it.
    pub value: String,
    /// The pieces of a literal with live interpolations; empty: it has none.
    pub parts: Vec<StringPart>,
}

/// A piece of a string literal with live interpolations.
#[derive(Clone, Debug, PartialEq)]
pub enum StringPart {
    /// Decoded text.
    Text(String),
    /// An interpolation; spans are those of the template's source, whatever escapes stand before.
    Interpolation(Span, Box<Interpolation>),
}
