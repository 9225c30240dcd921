//! The leaves of the grammar as words, each with its kind: what FreeMarker calls tokens.

use pest::Parser as _;

use super::{Grammar, Pair, Rule};
use crate::ast::{InterpolationSyntax, TagSyntax};

/// A leaf of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Kinds of [`Word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Text,
    // Tags and interpolations
    Dollar,
    Hash,
    Square,
    InterpolationEnd,
    Directive(Name),
    Bare(Name),
    EndDirective(Name),
    /// Also a known one that is malformed.
    UnknownDirective,
    UnknownRest,
    Call,
    CallEnd,
    TagEnd,
    EmptyTagEnd,
    /// `/>` or `/]` where no tag can end.
    StrayTagEnd,
    Comment,
    RawOpen(Name),
    RawText,
    RawEnd,
    // Expressions
    String,
    Number,
    Name,
    True,
    False,
    In,
    As,
    Using,
    Dot,
    Range,
    RangeExclusive,
    RangeLength,
    Ellipsis,
    BuiltIn,
    Exists,
    Equals,
    DoubleEquals,
    NotEquals,
    PlusEquals,
    MinusEquals,
    TimesEquals,
    DivideEquals,
    ModuloEquals,
    PlusPlus,
    MinusMinus,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Arrow,
    Plus,
    Minus,
    Times,
    DoubleStar,
    Divide,
    Modulo,
    And,
    Or,
    Exclamation,
    Comma,
    Semicolon,
    Colon,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenBrace,
    CloseBrace,
    /// White space that ends the callee of `<@…`.
    Blank,
    /// `!` and white space, in a named argument.
    ExclamationBlank,
    /// What is no word.
    Bad(Bad),
}

/// Why a word is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Character,
    String,
    Misplaced,
    Closer,
    TagEnd,
}

macro_rules! names {
    ($($name:ident $(= $spelling:literal)+),* $(,)?) => {
        /// Directives.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name { $($name),* }

        impl Name {
            fn of(word: &str) -> Option<Name> {
                Some(match word { $($($spelling)|+ => Name::$name,)* _ => return None })
            }
        }
    };
}

names! {
    If = "if", ElseIf = "elseif" = "elseIf", Else = "else", List = "list", Items = "items", Sep = "sep",
    ForEach = "foreach" = "forEach", Switch = "switch", Case = "case", On = "on", Default = "default",
    Break = "break", Continue = "continue", Assign = "assign", Global = "global", Local = "local",
    Macro = "macro", Function = "function", Return = "return", Nested = "nested", Include = "include",
    Import = "import", Setting = "setting", Stop = "stop", Call = "call", Escape = "escape",
    NoEscape = "noescape" = "noEscape", OutputFormat = "outputformat" = "outputFormat",
    AutoEsc = "autoesc" = "autoEsc", NoAutoEsc = "noautoesc" = "noAutoEsc", Attempt = "attempt",
    Recover = "recover", Compress = "compress", Flush = "flush", T = "t", Lt = "lt", Rt = "rt", Nt = "nt",
    Visit = "visit", Recurse = "recurse", Fallback = "fallback", Transform = "transform", Ftl = "ftl",
    NoParse = "noparse" = "noParse", Comment = "comment",
}

impl Name {
    /// Whether it has two spellings, so that it tells the naming convention.
    pub(super) fn tells_convention(self) -> bool {
        use Name::*;
        matches!(self, ElseIf | ForEach | NoEscape | OutputFormat | AutoEsc | NoAutoEsc | NoParse)
    }
}

/// The name in the text of a tag.
pub(super) fn name_in_tag(tag: &str) -> &str {
    let name = tag.trim_start_matches(['<', '[', '/', '#']);
    name.split(|c: char| !(c.is_ascii_alphabetic() || c == '_')).next().unwrap_or("")
}

/// What of the language depends on `incompatible_improvements` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) tags: TagSyntax,
    pub(super) interpolations: InterpolationSyntax,
    /// Before 2.3.34 `#sep` is a tag in any brackets.
    pub(super) any_sep: bool,
    /// Before 2.3.28 `]` may end `<#…>`.
    pub(super) lax_ends: bool,
}

/// The words of a template. The last one is [`Kind::End`].
pub(super) fn template(text: &str, dialect: Dialect) -> Vec<Word> {
    use InterpolationSyntax::*;
    let square = dialect.tags == TagSyntax::Square;
    let rule = match (dialect.any_sep, square, dialect.interpolations) {
        (false, true, Legacy) => Rule::square_legacy,
        (false, true, Dollar) => Rule::square_dollar,
        (false, true, SquareBracket) => Rule::square_square,
        (false, false, Legacy) => Rule::angle_legacy,
        (false, false, Dollar) => Rule::angle_dollar,
        (false, false, SquareBracket) => Rule::angle_square,
        (true, true, Legacy) => Rule::old_square_legacy,
        (true, true, Dollar) => Rule::old_square_dollar,
        (true, true, SquareBracket) => Rule::old_square_square,
        (true, false, Legacy) => Rule::old_angle_legacy,
        (true, false, Dollar) => Rule::old_angle_dollar,
        (true, false, SquareBracket) => Rule::old_angle_square,
    };
    let list = Vec::with_capacity(text.len() / 8 + 2);
    let lax_ends = dialect.lax_ends;
    let mut words = Words {
        text,
        list,
        square_tags: square,
        lax_ends,
        tag_seen: false,
        state: State::default(),
    };
    words.extend(rule);
    words.list
}

/// The bracket kind of the first tag; `None`: there is no tag.
pub(super) fn detect(text: &str, syntax: InterpolationSyntax) -> Option<TagSyntax> {
    let rule = match syntax {
        InterpolationSyntax::Legacy => Rule::detect_legacy,
        InterpolationSyntax::Dollar => Rule::detect_dollar,
        InterpolationSyntax::SquareBracket => Rule::detect_square,
    };
    let last = Grammar::parse(rule, text).ok()?.flatten().last()?;
    if last.as_rule() != Rule::first_tag {
        return None;
    }
    Some(if last.as_str().starts_with('[') { TagSyntax::Square } else { TagSyntax::Angle })
}

/// The length of what opens a tag or interpolation at the start of `text` in any syntax; 1: nothing does.
pub(super) fn opening_len(text: &str) -> usize {
    use InterpolationSyntax::{Legacy, SquareBracket};
    let tags = if text.starts_with('[') { TagSyntax::Square } else { TagSyntax::Angle };
    [Legacy, SquareBracket]
        .into_iter()
        .filter_map(|interpolations| {
            let dialect = Dialect { tags, interpolations, any_sep: false, lax_ends: false };
            template(text, dialect).first().copied()
        })
        .filter(|first| !matches!(first.kind, Kind::Text | Kind::End))
        .map(|first| match first.kind {
            Kind::Comment => 4,
            _ => first.end as usize,
        })
        .max()
        .unwrap_or(1)
}

/// The words of the decoded text of a string literal.
pub(super) fn literal(text: &str, syntax: InterpolationSyntax) -> Vec<Word> {
    let rule = match syntax {
        InterpolationSyntax::Legacy => Rule::literal_legacy,
        InterpolationSyntax::Dollar => Rule::literal_dollar,
        InterpolationSyntax::SquareBracket => Rule::literal_square,
    };
    let list = Vec::with_capacity(text.len() / 4 + 2);
    let mut words = Words {
        text,
        list,
        square_tags: false,
        lax_ends: false,
        tag_seen: false,
        state: State::default(),
    };
    words.extend(rule);
    words.list
}

/// The words of an expression that stands alone, in the parentheses that FreeMarker puts around it.
pub(super) fn expression(text: &str) -> Vec<Word> {
    let mut words = Words {
        text,
        list: Vec::new(),
        square_tags: false,
        lax_ends: false,
        tag_seen: false,
        state: State::default(),
    };
    words.push(Kind::OpenParen, 0, 0);
    words.state.parens = 1;
    words.extend(Rule::expression);
    let end = words.list.pop().map_or(0, |end| end.start);
    words.push(Kind::CloseParen, end, end);
    words.push(Kind::End, end, end);
    words.list
}

struct Words<'t> {
    text: &'t str,
    list: Vec<Word>,
    square_tags: bool,
    lax_ends: bool,
    /// A tag came before, so that the tag syntax is established.
    tag_seen: bool,
    state: State,
}

/// Where the words of a tag or interpolation stand.
#[derive(Default)]
struct State {
    interpolation: bool,
    parens: u32,
    brackets: u32,
    braces: u32,
}

impl Words<'_> {
    fn push(&mut self, kind: Kind, start: u32, end: u32) {
        self.list.push(Word { kind, start, end });
    }

    fn extend(&mut self, rule: Rule) {
        // The grammar matches any text, so the error never comes; if it did, the text would be unreadable.
        let Ok(pairs) = Grammar::parse(rule, self.text) else {
            let end = self.text.len() as u32;
            self.push(Kind::Bad(Bad::Character), 0, end.min(1));
            return self.push(Kind::End, end, end);
        };
        for pair in pairs.flatten() {
            self.leaf(pair);
        }
    }

    fn leaf(&mut self, pair: Pair) {
        let rule = pair.as_rule();
        let span = pair.as_span();
        let (start, end) = (span.start() as u32, span.end() as u32);
        let text = span.as_str();
        if let Some(&last) = self.list.last()
            && start < last.end
        {
            // A `/>` that ends no tag has taken this `>`, or the `>` of this `>=`.
            if end > last.end {
                self.push(Kind::Bad(Bad::Character), last.end, end);
            }
            return;
        }
        let kind = match rule {
            Rule::text | Rule::old_text | Rule::literal_text => Kind::Text,
            Rule::old_sep => Kind::Bare(Name::Sep),
            Rule::name | Rule::odd_name => keyword(text),
            Rule::operator => return self.operator(start, end, text),
            Rule::string => match string(text) {
                // FreeMarker takes the `r` of an unclosed raw string for a name.
                Kind::Bad(Bad::String) if text.starts_with('r') => {
                    self.push(Kind::Name, start, start + 1);
                    return self.push(Kind::Bad(Bad::String), start + 1, end);
                }
                kind => kind,
            },
            Rule::number => Kind::Number,
            Rule::brace_open => {
                self.state = State { interpolation: true, ..State::default() };
                if text.starts_with('#') { Kind::Hash } else { Kind::Dollar }
            }
            Rule::square_open => {
                self.state = State { interpolation: true, ..State::default() };
                Kind::Square
            }
            Rule::interpolation_end => Kind::InterpolationEnd,
            Rule::old_tag_end if text == "]" && !self.lax_ends => Kind::Bad(Bad::Closer),
            Rule::old_tag_end if text == "/]" && !self.lax_ends => Kind::Bad(Bad::TagEnd),
            Rule::tag_end | Rule::old_tag_end if text.len() == 1 => Kind::TagEnd,
            Rule::tag_end | Rule::old_tag_end => Kind::EmptyTagEnd,
            Rule::angle_symbol
            | Rule::old_symbol
            | Rule::square_symbol
            | Rule::brace_symbol
            | Rule::any_symbol => {
                return self.symbol(start, end, text);
            }
            Rule::round_open
            | Rule::round_close
            | Rule::old_bracket_open
            | Rule::old_bracket_close
            | Rule::square_bracket_open
            | Rule::square_bracket_close
            | Rule::brace_bracket_open
            | Rule::brace_bracket_close => self.bracket(text),
            // A parenthesis hides it, but no square bracket does.
            Rule::hidden_greater if self.state.parens == 0 => {
                return self.push(Kind::StrayTagEnd, start, start + 1);
            }
            Rule::hidden_greater | Rule::greater => return self.greater(start, end),
            Rule::angle_divide | Rule::old_divide | Rule::square_divide | Rule::divide => {
                return self.divide(start, end);
            }
            Rule::directive => self.tag(Kind::Directive, text),
            Rule::bare_directive => self.tag(Kind::Bare, text),
            Rule::end_directive => self.tag(Kind::EndDirective, text),
            Rule::raw_open => self.tag(Kind::RawOpen, text),
            Rule::raw_text => Kind::RawText,
            Rule::raw_end => Kind::RawEnd,
            Rule::unknown_name => {
                self.tag_seen = true;
                Kind::UnknownDirective
            }
            Rule::unknown_rest => Kind::UnknownRest,
            Rule::comment | Rule::square_comment => {
                self.tag_seen = true;
                Kind::Comment
            }
            Rule::call => {
                self.tag_seen = true;
                self.state = State::default();
                Kind::Call
            }
            Rule::call_end => Kind::CallEnd,
            Rule::EOI => Kind::End,
            Rule::aside
            | Rule::template
            | Rule::old_template
            | Rule::old_angle_directive
            | Rule::old_angle_call
            | Rule::literal
            | Rule::detect
            | Rule::expression_words
            | Rule::brace_interpolation
            | Rule::square_interpolation
            | Rule::angle_directive
            | Rule::square_directive
            | Rule::angle_call
            | Rule::square_call
            | Rule::raw
            | Rule::call_path => return,
            _ => Kind::Bad(Bad::Character),
        };
        self.push(kind, start, end);
    }

    fn tag(&mut self, kind: fn(Name) -> Kind, text: &str) -> Kind {
        self.tag_seen = true;
        self.state = State::default();
        match Name::of(name_in_tag(text)) {
            Some(name) => kind(name),
            None => Kind::UnknownDirective,
        }
    }

    fn operator(&mut self, start: u32, end: u32, text: &str) {
        if text.starts_with('<')
            && let Some(last) = self.list.last_mut()
            && last.kind == Kind::Range
            && last.end == start
        {
            *last = Word { kind: Kind::RangeExclusive, end: start + 1, ..*last };
            if text.len() > 1 {
                self.push(Kind::Equals, start + 1, end);
            }
            return;
        }
        self.push(operator(text), start, end);
    }

    /// A character of an operator: the longest operator wins.
    fn symbol(&mut self, start: u32, end: u32, text: &str) {
        if let "(" | ")" | "[" | "]" | "{" | "}" = text {
            let kind = self.bracket(text);
            return self.push(kind, start, end);
        }
        if let Some(&last) = self.list.last()
            && last.end == start
        {
            if last.kind == Kind::OpenBracket && text == "=" {
                // `[=`
                self.state.brackets = self.state.brackets.saturating_sub(1);
                self.list.pop();
                return self.push(Kind::Bad(Bad::Misplaced), last.start, end);
            }
            let joined = operator(&self.text[last.start as usize..end as usize]);
            if joined != Kind::Bad(Bad::Misplaced) {
                self.list.pop();
                return self.push(joined, last.start, end);
            }
        }
        self.push(operator(text), start, end);
    }

    fn bracket(&mut self, text: &str) -> Kind {
        let state = &mut self.state;
        let close = |count: &mut u32, kind| match count.checked_sub(1) {
            Some(less) => {
                *count = less;
                kind
            }
            None => Kind::Bad(Bad::Closer),
        };
        match text {
            "(" => {
                state.parens += 1;
                Kind::OpenParen
            }
            ")" => {
                state.parens = state.parens.saturating_sub(1);
                Kind::CloseParen
            }
            "[" => {
                state.brackets += 1;
                Kind::OpenBracket
            }
            "]" if state.brackets == 0 && self.lax_ends && !state.interpolation => {
                Kind::StrayTagEnd
            }
            "]" => close(&mut state.brackets, Kind::CloseBracket),
            "{" => {
                state.braces += 1;
                Kind::OpenBrace
            }
            _ => close(&mut state.braces, Kind::CloseBrace),
        }
    }

    /// `>=` is one word in parentheses only.
    fn greater(&mut self, start: u32, end: u32) {
        if end - start == 1 {
            return self.push(Kind::Greater, start, end);
        }
        if self.state.parens > 0 {
            return self.push(Kind::GreaterOrEqual, start, end);
        }
        self.push(Kind::Greater, start, start + 1);
        if self.text[end as usize..].starts_with('=') {
            self.push(Kind::DoubleEquals, start + 1, end + 1);
        } else {
            self.push(Kind::Equals, start + 1, end);
        }
    }

    /// `/`, `/=`, and `/>` or `/]` at places where they end no tag.
    fn divide(&mut self, start: u32, end: u32) {
        if end - start == 2 {
            return self.push(Kind::DivideEquals, start, end);
        }
        let next = self.text.as_bytes().get(end as usize);
        if self.state.parens > 0 || !matches!(next, Some(b'>' | b']')) {
            return self.push(Kind::Divide, start, end);
        }
        let fits = (next == Some(&b']')) == self.square_tags;
        let kind = if self.tag_seen && !fits && !self.lax_ends {
            Kind::Bad(Bad::TagEnd)
        } else {
            Kind::StrayTagEnd
        };
        self.push(kind, start, end + 1);
    }
}

fn keyword(text: &str) -> Kind {
    match text {
        "true" => Kind::True,
        "false" => Kind::False,
        "in" => Kind::In,
        "as" => Kind::As,
        "using" => Kind::Using,
        "gt" => Kind::Greater,
        "gte" => Kind::GreaterOrEqual,
        "lt" => Kind::Less,
        "lte" => Kind::LessOrEqual,
        _ => Kind::Name,
    }
}

fn operator(text: &str) -> Kind {
    match text {
        "." => Kind::Dot,
        "?" => Kind::BuiltIn,
        "," => Kind::Comma,
        ":" => Kind::Colon,
        "=" => Kind::Equals,
        "==" => Kind::DoubleEquals,
        "!" => Kind::Exclamation,
        "!=" => Kind::NotEquals,
        "??" => Kind::Exists,
        "+" => Kind::Plus,
        "-" => Kind::Minus,
        "*" => Kind::Times,
        "%" => Kind::Modulo,
        "<" | "&lt;" | "\\lt" => Kind::Less,
        "<=" | "&lt;=" | "\\lte" => Kind::LessOrEqual,
        "&gt;" | "\\gt" => Kind::Greater,
        "&gt;=" | "\\gte" => Kind::GreaterOrEqual,
        "&&" | "&" | "&amp;&amp;" | "\\and" => Kind::And,
        "||" | "|" => Kind::Or,
        ";" => Kind::Semicolon,
        ".." => Kind::Range,
        "..<" | "..!" => Kind::RangeExclusive,
        "..*" => Kind::RangeLength,
        "..." => Kind::Ellipsis,
        "->" | "-&gt;" => Kind::Arrow,
        "**" => Kind::DoubleStar,
        "++" => Kind::PlusPlus,
        "--" => Kind::MinusMinus,
        "+=" => Kind::PlusEquals,
        "-=" => Kind::MinusEquals,
        "*=" => Kind::TimesEquals,
        "%=" => Kind::ModuloEquals,
        _ => Kind::Bad(Bad::Misplaced),
    }
}

/// A string that is closed and whose escapes are known, or [`Bad::String`].
fn string(text: &str) -> Kind {
    let raw = text.starts_with('r');
    let body = if raw { &text[1..] } else { text };
    let quote = body.as_bytes()[0];
    if body.len() < 2 || body.as_bytes()[body.len() - 1] != quote {
        return Kind::Bad(Bad::String);
    }
    if raw {
        return Kind::String;
    }
    let inner = &body[1..body.len() - 1];
    // An odd number of backslashes escapes the quote: the string ran to the end of the text.
    if (inner.len() - inner.trim_end_matches('\\').len()) % 2 == 1 {
        return Kind::Bad(Bad::String);
    }
    if !inner.contains('\\') || super::literal::first_bad_escape(inner).is_none() {
        Kind::String
    } else {
        Kind::Bad(Bad::String)
    }
}
