//! Random expressions of a wanted type.

use super::{Generator, Interpolation};
use crate::coverage::Group;
use crate::fuzz::table::{self, Signature, Type};

/// How tightly an expression's text holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// Operators at its top.
    Loose,
    /// A name, literal or step.
    Tight,
}

type Written = (String, Bond);

const ALL: [Type; 10] = [
    Type::Str,
    Type::Num,
    Type::Bool,
    Type::DateTime,
    Type::Date,
    Type::Time,
    Type::Strs,
    Type::Nums,
    Type::Hashes,
    Type::Hash,
];

impl Generator<'_> {
    /// An expression of type `is`; in an angle-bracket tag it holds no bare `>`.
    pub(super) fn expression(&mut self, is: Type) -> String {
        self.written(is).0
    }

    /// An expression that something can be appended to.
    pub(super) fn operand(&mut self, is: Type) -> String {
        let (text, bond) = self.written(is);
        if bond == Bond::Tight && !self.rng.chance(2) { text } else { format!("({text})") }
    }

    fn written(&mut self, is: Type) -> Written {
        self.depth += 1;
        let written = if self.rng.below(100) < self.sloppiness {
            self.wrong()
        } else if self.spend() && !self.rng.chance(25) {
            match self.rng.below(10) {
                0..6 => self.built_in(is),
                _ => self.composed(is),
            }
        } else {
            (self.simple(is), Bond::Tight)
        };
        self.depth -= 1;
        written
    }

    /// Something missing, or of another type.
    fn wrong(&mut self) -> Written {
        let text = match self.rng.below(8) {
            0 => "nope".to_owned(),
            1 => "h.nope".to_owned(),
            2 => "nope.x.y".to_owned(),
            3 => "ls[99]".to_owned(),
            4 => {
                let name = self.rng.pick(table::JAVA_ONLY);
                self.used(Group::BuiltIn, name);
                format!("s1?{}", self.spelled(name))
            }
            _ => {
                let other = ALL[self.rng.below(ALL.len())];
                self.simple(other)
            }
        };
        (text, Bond::Tight)
    }

    /// A variable or literal.
    fn simple(&mut self, is: Type) -> String {
        let is = if is == Type::Any { ALL[self.rng.below(ALL.len())] } else { is };
        let fitting: Vec<usize> =
            (0..self.variables.len()).filter(|at| self.variables[*at].is == is).collect();
        if !fitting.is_empty() && self.rng.chance(65) {
            return self.variables[fitting[self.rng.below(fitting.len())]].name.clone();
        }
        match is {
            Type::Str => self.string_literal(),
            Type::Num => self.rng.pick(table::LITERALS).to_owned(),
            Type::Bool => self.rng.pick(&["true", "false", "b1"]).to_owned(),
            Type::DateTime => self.date("number_to_datetime"),
            Type::Date => self.date("number_to_date"),
            Type::Time => self.date("number_to_time"),
            Type::Strs => {
                self.rng.pick(&["ls", "[]", "[\"b\", \"a\"]", "['x' 'Y' 'é']", "h?keys"]).to_owned()
            }
            Type::Nums => self
                .rng
                .pick(&["ln", "[3, 1, 2]", "(1..4)", "(5..*3)", "(3..1)", "(0..<3)", "[0.5]"])
                .to_owned(),
            Type::Hashes => {
                self.rng.pick(&["lh", "[h]", "[{\"k\": \"a\", \"n\": 1, \"b\": true}]"]).to_owned()
            }
            Type::Markup if self.style.markup => {
                format!("{}?{}", self.string_literal(), self.spelled("no_esc"))
            }
            _ => self.rng.pick(&["h", "{\"k\": \"v\", \"n\": 1}", "{}"]).to_owned(),
        }
    }

    fn date(&mut self, built_in: &'static str) -> String {
        self.used(Group::BuiltIn, built_in);
        format!("{}?{}", self.rng.pick(table::EPOCHS), self.spelled(built_in))
    }

    /// A string literal with what needs care in it.
    fn string_literal(&mut self) -> String {
        let quote = if self.rng.chance(70) { '"' } else { '\'' };
        if self.rng.chance(4) {
            return format!("r{quote}a\\d${{x}}{quote}");
        }
        let mut text = String::from(quote);
        for _ in 0..self.rng.below(3) {
            let piece = match self.rng.below(12) {
                0 => "\\n",
                1 => "\\t",
                2 => "\\\\",
                3 => "\\x41",
                4 => "\\{",
                5 => "<",
                6 => "&'\"",
                7 => "é ",
                8 => "🎉",
                9 => "a-b",
                10 => "A b C",
                _ => "x",
            };
            text.push_str(&piece.replace(quote, ""));
        }
        if self.rng.chance(10) && self.depth < 4 {
            let variable =
                self.rng.pick(&["s1", "n1", "ls[0]!", "h.k", "s2?length", "n1 + 1", "(nope)!"]);
            let interpolation = match self.style.interpolation {
                Interpolation::Square => format!("[={variable}]"),
                _ => format!("${{{variable}}}"),
            };
            text.push_str(&interpolation);
        }
        text.push(quote);
        text
    }

    /// `x?name(…)` that gives `is`, one of the least tried.
    fn built_in(&mut self, is: Type) -> Written {
        let fits = |signature: &&Signature| match is {
            Type::Any => true,
            _ => signature.gives == is,
        };
        let fitting: Vec<&'static Signature> = table::SIGNATURES.iter().filter(fits).collect();
        if fitting.is_empty() {
            return (self.simple(is), Bond::Tight);
        }
        let mut best = fitting[self.rng.below(fitting.len())];
        for _ in 0..2 {
            let other = fitting[self.rng.below(fitting.len())];
            if self.uses_of(Group::BuiltIn, other.name) < self.uses_of(Group::BuiltIn, best.name) {
                best = other;
            }
        }
        let allowed = match best.name {
            "esc" | "no_esc" => self.style.markup,
            "html" | "xhtml" | "xml" | "rtf" | "web_safe" => !self.style.escaping,
            _ => true,
        };
        if !allowed {
            return (self.simple(is), Bond::Tight);
        }
        self.used(Group::BuiltIn, best.name);
        (self.applied(best), Bond::Tight)
    }

    fn applied(&mut self, signature: &'static Signature) -> String {
        let name = self.spelled(signature.name);
        let form = self.rng.pick(signature.args);
        // Forms that bring their own operand, since a random one would hardly ever do.
        match form {
            "E" => return format!("{}?{name}", self.rng.pick(table::EVAL_TEXTS)),
            "J" => return format!("{}?{name}", self.rng.pick(table::JSON_TEXTS)),
            "U" => return format!("\"{}\"?{name}", self.rng.pick(table::NUMBERS)),
            "A" => {
                return format!(
                    "{}?{name}",
                    self.rng.pick(&["1", "2", "26", "27", "703", "0", "n1"])
                );
            }
            "e" => return format!("{}?{name}", self.rng.pick(table::EPOCHS)),
            "@" => {
                let at = self.rng.below(table::PARSED_DATES.len());
                let (text, parser) = table::PARSED_DATES[at];
                return format!("\"{text}\"?{name}{parser}");
            }
            "G" => {
                let operand = self.operand(Type::Str);
                self.used(Group::BuiltIn, "matches");
                return format!("{operand}?matches(\"{}\")?groups", self.rng.pick(table::PATTERNS));
            }
            _ => (),
        }
        let operand = match signature.on {
            // `exists` and its like are about what is missing.
            Type::Any if self.rng.chance(15) => "(nope.x)".to_owned(),
            Type::Str if form == "!" && self.rng.chance(30) => "nope".to_owned(),
            on => self.operand(on),
        };
        match form {
            "-" => format!("{operand}?{name}"),
            "!" => format!("({operand}?{name}!\"d\")"),
            "." => format!("{operand}?{name}.{}", self.rng.pick(table::NUMBER_FORMAT_NAMES)),
            "," => format!("{operand}?{name}.{}", self.rng.pick(table::DATE_FORMAT_NAMES)),
            _ if signature.name == "chunk" => {
                let argument = self.rng.pick(&["1", "2", "3, \"-\""]);
                format!("({operand}?{name}({argument})[0]![])")
            }
            _ => {
                let mut arguments: Vec<String> =
                    form.chars().map(|letter| self.argument(letter)).collect();
                if self.rng.below(100) < self.sloppiness {
                    // The wrong number of arguments.
                    match self.rng.chance(50) {
                        true => drop(arguments.pop()),
                        false => arguments.push("1".to_owned()),
                    }
                }
                format!("{operand}?{name}({})", arguments.join(", "))
            }
        }
    }

    fn argument(&mut self, letter: char) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        match letter {
            's' if self.rng.chance(70) => quoted(self.rng.pick(&[
                "a", "b", "", ",", " ", "x", "ab", ".", "-", "o", "l", "/", "=", "e", "é", "<",
                "1", "Hello", "\\n", "th",
            ])),
            's' => self.expression(Type::Str),
            'n' => self
                .rng
                .pick(&["0", "1", "2", "3", "5", "8", "10", "20", "-1", "1.9", "ls?size"])
                .to_owned(),
            '0' => "0".to_owned(),
            'b' => self.expression(Type::Bool),
            'r' => quoted(self.rng.pick(table::PATTERNS)),
            'R' => quoted(self.rng.pick(&["[a-z]+", "\\\\w", "(a)|(b)", ".", "o+", "\\\\s"])),
            'f' => quoted(self.rng.pick(table::FLAGS)),
            'F' => quoted(self.rng.pick(table::NUMBER_FORMATS)),
            'P' => quoted(self.rng.pick(table::DATE_FORMATS)),
            'z' => quoted(self.rng.pick(table::ZONES)),
            'c' => quoted(self.rng.pick(&["UTF-8", "ISO-8859-1", "US-ASCII", "UTF-16BE"])),
            'k' => self.rng.pick(&["\"k\"", "\"n\"", "\"b\"", "[\"o\", \"p\"]"]).to_owned(),
            'p' => self
                .rng
                .pick(&[
                    "x -> x != \"a\"",
                    "x -> x?length gt 2",
                    "(x) -> true",
                    "x -> x?has_content",
                    "x -> x == s1",
                ])
                .to_owned(),
            'q' => self
                .rng
                .pick(&[
                    "x -> x gt 1",
                    "x -> x != 2",
                    "(x) -> x % 2 == 0",
                    "x -> (x > n1)",
                    "x -> true",
                ])
                .to_owned(),
            'm' => self
                .rng
                .pick(&[
                    "x -> x?trim",
                    "x -> x + \"!\"",
                    "(x) -> s1",
                    "x -> x?length?string",
                    "x -> x[0..*2]",
                ])
                .to_owned(),
            'o' => self
                .rng
                .pick(&["x -> x * 2", "x -> x + n1", "(x) -> -x", "x -> x?round", "x -> x?abs"])
                .to_owned(),
            'w' => "\"abc\", \"first\", s1, \"second\", \"other\"".to_owned(),
            'v' => "1, \"one\", 1 + 1, \"two\", \"many\"".to_owned(),
            _ => self.rng.pick(&["10", "25", "1", "40"]).to_owned(),
        }
        .replace("x?has_content", &format!("x?{}", self.spelled("has_content")))
    }

    /// Operators, steps, defaults, slices, calls.
    fn composed(&mut self, is: Type) -> Written {
        match is {
            Type::Str => self.composed_string(),
            Type::Num => self.composed_number(),
            Type::Bool => self.composed_bool(),
            Type::Strs | Type::Nums | Type::Hashes => match self.rng.below(4) {
                0 => (format!("{} + {}", self.operand(is), self.operand(is)), Bond::Loose),
                1 => (format!("{}[{}]", self.operand(is), self.slice()), Bond::Tight),
                2 => (format!("(nope!{})", self.operand(is)), Bond::Tight),
                _ => (format!("{}?{}", self.operand(is), "reverse"), Bond::Tight),
            },
            Type::Hash => match self.rng.below(3) {
                0 => (format!("{} + {}", self.operand(is), self.operand(is)), Bond::Loose),
                1 => (
                    format!(
                        "{{\"k\": {}, \"n\": {}}}",
                        self.expression(Type::Str),
                        self.expression(Type::Num)
                    ),
                    Bond::Tight,
                ),
                _ => (format!("({}[0]!h)", self.operand(Type::Hashes)), Bond::Tight),
            },
            Type::Any => {
                let is = ALL[self.rng.below(ALL.len())];
                self.written(is)
            }
            _ => (self.simple(is), Bond::Tight),
        }
    }

    fn slice(&mut self) -> &'static str {
        self.rng.pick(&[
            "0..*2", "1..", "0..", "0..<0", "0..*99", "1..*1", "0..0", "2..*-2", "1..0", "0..<2",
        ])
    }

    fn composed_string(&mut self) -> Written {
        match self.rng.below(15) {
            0 => {
                (format!("{} + {}", self.operand(Type::Str), self.operand(Type::Str)), Bond::Loose)
            }
            1 => {
                (format!("{} + {}", self.operand(Type::Str), self.operand(Type::Num)), Bond::Loose)
            }
            2 => (format!("{}[{}]", self.operand(Type::Str), self.slice()), Bond::Tight),
            3 => (format!("(nope!{})", self.operand(Type::Str)), Bond::Tight),
            4 => (
                format!("(h.{}.p)!{}", self.rng.pick(&["o", "x"]), self.operand(Type::Str)),
                Bond::Loose,
            ),
            5 => (format!("({}[0].k)!", self.operand(Type::Hashes)), Bond::Loose),
            6 => (format!("{}.k", self.operand(Type::Hash)), Bond::Tight),
            7 => (
                format!("({}[{}]!\"-\")", self.operand(Type::Strs), self.rng.below(3)),
                Bond::Tight,
            ),
            8 if !self.functions.is_empty() => {
                let at = self.rng.below(self.functions.len());
                let (name, count) = self.functions[at].clone();
                let arguments: Vec<String> =
                    (0..count).map(|_| self.expression(Type::Str)).collect();
                (format!("{name}({})", arguments.join(", ")), Bond::Tight)
            }
            9 | 12 => (self.special_variable(), Bond::Tight),
            10 | 13 if !self.loops.is_empty() => (self.loop_state(), Bond::Tight),
            _ => (format!("{}?string", self.operand(Type::Num)), Bond::Tight),
        }
    }

    /// A built-in of the loop variables in scope, the least tried of two.
    pub(super) fn loop_state(&mut self) -> String {
        let (one, other) = (self.rng.below(table::LOOP.len()), self.rng.below(table::LOOP.len()));
        let least = self.uses_of(Group::BuiltIn, table::LOOP[other].0)
            < self.uses_of(Group::BuiltIn, table::LOOP[one].0);
        let (name, printable) = table::LOOP[if least { other } else { one }];
        self.used(Group::BuiltIn, name);
        let Some(variable) = self.loops.get(self.rng.below(self.loops.len())).cloned() else {
            return "s1".to_owned();
        };
        let arguments = if name == "item_cycle" { "(\"p\", \"q\")" } else { "" };
        format!("{variable}?{}{arguments}{printable}", self.spelled(name))
    }

    /// One that does not change from run to run.
    fn special_variable(&mut self) -> String {
        const PRINTED: &[(&str, &str)] = &[
            ("lang", ""),
            ("locale", ""),
            ("time_zone", ""),
            ("output_format", ""),
            ("auto_esc", "?c"),
            ("version", ""),
            ("incompatible_improvements", ""),
            ("template_name", ""),
            ("main_template_name", ""),
            ("current_template_name", "!"),
            ("output_encoding", "!"),
            ("url_escaping_charset", "!"),
            ("locale_object", ""),
            ("data_model", ".s1"),
            ("globals", ".s2"),
            ("vars", "[\"s1\"]"),
            ("main", "?size"),
            ("namespace", "?size"),
            ("now", "?is_datetime?c"),
            ("locals", "!\"no locals\""),
            ("get_optional_template", "(\"nope.ftl\").exists?c"),
            ("node", "!\"none\""),
            ("current_node", "!\"none\""),
            ("pass", "?is_directive?c"),
            ("error", ""),
            ("caller_template_name", ""),
            ("args", "?size"),
        ];
        let mut at = self.rng.below(PRINTED.len());
        let other = self.rng.below(PRINTED.len());
        if self.uses_of(Group::SpecialVariable, PRINTED[other].0)
            < self.uses_of(Group::SpecialVariable, PRINTED[at].0)
        {
            at = other;
        }
        let (name, rest) = PRINTED[at];
        match name {
            // These fail outside of their places.
            "args" | "caller_template_name" if !self.in_macro => return "s3".to_owned(),
            "error" if !self.rng.chance(10) => return "s3".to_owned(),
            _ => self.used(Group::SpecialVariable, name),
        }
        let rest = rest
            .replace("is_datetime", &self.spelled("is_datetime"))
            .replace("is_directive", &self.spelled("is_directive"));
        format!("(.{}{rest})", self.spelled(name))
    }

    fn composed_number(&mut self) -> Written {
        match self.rng.below(9) {
            0..4 => {
                let operator = self.rng.pick(&[" + ", " - ", " * ", " / ", " % ", "+", "*"]);
                let right = match operator {
                    " / " | " % " => self.rng.pick(&["2", "3", "7", "0.5", "10", "n1"]).to_owned(),
                    _ => self.operand(Type::Num),
                };
                (format!("{}{operator}{right}", self.operand(Type::Num)), Bond::Loose)
            }
            4 => (format!("-{}", self.operand(Type::Num)), Bond::Loose),
            5 => (format!("(nope!{})", self.operand(Type::Num)), Bond::Tight),
            6 => (format!("({}[{}]!0)", self.operand(Type::Nums), self.rng.below(3)), Bond::Tight),
            7 => (format!("({}.n)!1", self.operand(Type::Hash)), Bond::Loose),
            _ => (format!("{}?size", self.operand(Type::Hashes)), Bond::Tight),
        }
    }

    fn composed_bool(&mut self) -> Written {
        match self.rng.below(9) {
            0 => {
                (format!("{} == {}", self.operand(Type::Str), self.operand(Type::Str)), Bond::Loose)
            }
            1 | 2 => {
                let operator = self.rng.pick(&[
                    " gt ", " lt ", " gte ", " lte ", " < ", " <= ", " == ", " != ", " &lt; ",
                ]);
                (
                    format!("{}{operator}{}", self.operand(Type::Num), self.operand(Type::Num)),
                    Bond::Loose,
                )
            }
            3 => (
                format!("({} > {})", self.operand(Type::Num), self.operand(Type::Num)),
                Bond::Tight,
            ),
            4 => (
                format!(
                    "{} {} {}",
                    self.operand(Type::Bool),
                    self.rng.pick(&["&&", "||", "&", "|"]),
                    self.operand(Type::Bool)
                ),
                Bond::Loose,
            ),
            5 => (format!("!{}", self.operand(Type::Bool)), Bond::Loose),
            6 => (
                format!(
                    "{}??",
                    self.rng.pick(&["nope", "h.k", "h.nope", "(nope.x)", "ls[0]", "s1"])
                ),
                Bond::Loose,
            ),
            7 => (
                format!("{} lte {}", self.operand(Type::DateTime), self.operand(Type::DateTime)),
                Bond::Loose,
            ),
            _ => (format!("(nope!{})", self.operand(Type::Bool)), Bond::Tight),
        }
    }
}
