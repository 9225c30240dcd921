//! Random templates: text, interpolations and directives.

use super::{Generator, Interpolation, Variable};
use crate::coverage::Group;
use crate::fuzz::table::{self, Type};

/// What a statement may be; some need a place of their own and are put there by others.
const DIRECTIVES: &[&str] = &[
    "if",
    "elseif",
    "else",
    "list",
    "items",
    "sep",
    "foreach",
    "break",
    "continue",
    "switch",
    "on",
    "attempt",
    "assign",
    "global",
    "local",
    "macro",
    "function",
    "nested",
    "include",
    "import",
    "setting",
    "compress",
    "t",
    "lt",
    "rt",
    "nt",
    "noparse",
    "comment",
    "escape",
    "noescape",
    "outputformat",
    "autoesc",
    "noautoesc",
    "flush",
    "stop",
    "return",
    "call",
    "visit",
    "recurse",
    "fallback",
    "transform",
    "ftl",
    "case",
    "default",
    "recover",
];

impl Generator<'_> {
    pub(super) fn template(&mut self) -> String {
        let mut out = String::new();
        if self.rng.chance(6) {
            out.push_str(&self.header());
        }
        self.block(&mut out);
        out
    }

    fn header(&mut self) -> String {
        let (name, value) = match self.rng.below(8) {
            0 => ("encoding", "\"UTF-8\""),
            1 => ("strip_whitespace", self.rng.pick(&["true", "false"])),
            2 => ("strip_text", self.rng.pick(&["true", "false"])),
            3 => ("strict_syntax", "true"),
            4 if self.style.markup => ("auto_esc", "true"),
            5 => ("ns_prefixes", "{\"a\": \"http://a\"}"),
            6 => ("attributes", "{\"a\": 1}"),
            _ => {
                let format = self.rng.pick(&[
                    "HTML",
                    "XML",
                    "JSON",
                    "undefined",
                    "XHTML",
                    "RTF",
                    "plainText",
                ]);
                let markup = matches!(format, "HTML" | "XML" | "XHTML" | "RTF");
                (self.style.markup, self.style.escaping) = (markup, markup);
                self.used(Group::HeaderParameter, "output_format");
                let name = self.spelled("output_format");
                return self.tag(&format!("ftl {name}=\"{format}\""));
            }
        };
        self.used(Group::HeaderParameter, name);
        let name = self.spelled(name);
        self.tag(&format!("ftl {name}={value}"))
    }

    fn tag(&self, content: &str) -> String {
        if self.style.square { format!("[#{content}]") } else { format!("<#{content}>") }
    }

    fn end(&self, name: &str) -> String {
        if self.style.square { format!("[/#{name}]") } else { format!("</#{name}>") }
    }

    fn call_tag(&self, content: &str) -> String {
        if self.style.square { format!("[@{content}]") } else { format!("<@{content}>") }
    }

    fn call_end(&self) -> &'static str {
        if self.style.square { "[/@]" } else { "</@>" }
    }

    /// A few statements in a scope of their own.
    fn block(&mut self, out: &mut String) {
        let variables = self.variables.len();
        self.depth += 1;
        loop {
            out.push_str(self.rng.pick(table::TEXTS));
            if !self.spend() {
                break;
            }
            self.statement(out);
            if self.rng.chance(30) {
                break;
            }
        }
        out.push_str(self.rng.pick(table::TEXTS));
        self.depth -= 1;
        self.variables.truncate(variables);
    }

    fn statement(&mut self, out: &mut String) {
        if self.rng.chance(55) {
            self.interpolation(out);
            return;
        }
        let mut name = self.rng.pick(DIRECTIVES);
        for _ in 0..2 {
            let other = self.rng.pick(DIRECTIVES);
            if self.uses_of(Group::Directive, other) < self.uses_of(Group::Directive, name) {
                name = other;
            }
        }
        self.directive(name, out);
    }

    fn interpolation(&mut self, out: &mut String) {
        let content = match self.rng.below(22) {
            0..9 => self.expression(Type::Str),
            9..14 => self.expression(Type::Num),
            14 | 15 => format!("{}?c", self.operand(Type::Bool)),
            16 => self.expression(Type::DateTime),
            17 if self.rng.chance(50) => self.expression(Type::Date),
            17 => self.expression(Type::Time),
            18 if self.style.interpolation == Interpolation::Legacy => {
                let format = self.rng.pick(&["", "; m2", "; M3", "; m1M2", ";m0M0"]);
                out.push_str(&format!("#{{{}{format}}}", self.expression(Type::Num)));
                return;
            }
            17..20 if self.style.markup => self.expression(Type::Markup),
            20 | 21 => self.of_any_type(),
            _ => format!("({})!\"none\"", self.expression(Type::Str)),
        };
        out.push_str(&self.interpolated(&content));
    }

    /// A built-in whose result may be anything, looked at in a way that prints.
    fn of_any_type(&mut self) -> String {
        let name = self.rng.pick(&["is_string", "has_content", "is_sequence", "is_hash"]);
        format!("({})?{}?c", self.expression(Type::Any), self.spelled(name))
    }

    fn directive(&mut self, name: &'static str, out: &mut String) {
        let spelled = match (name, self.style.camel) {
            ("elseif", true) => "elseIf",
            ("foreach", true) => "forEach",
            ("noparse", true) => "noParse",
            ("noescape", true) => "noEscape",
            ("outputformat", true) => "outputFormat",
            ("autoesc", true) => "autoEsc",
            ("noautoesc", true) => "noAutoEsc",
            _ => name,
        };
        match name {
            "if" | "elseif" | "else" => self.conditional(name, out),
            "list" | "items" | "sep" | "foreach" => self.list(name, out),
            "break" | "continue" => {
                if self.in_loop || self.rng.below(200) < self.sloppiness {
                    self.used(Group::Directive, name);
                    let condition = self.condition();
                    out.push_str(&format!(
                        "{}{}{}",
                        self.tag(&format!("if {condition}")),
                        self.tag(name),
                        self.end("if")
                    ));
                }
            }
            "switch" | "on" | "case" | "default" => self.switch(name == "on", out),
            "attempt" | "recover" => {
                self.used(Group::Directive, "attempt");
                self.used(Group::Directive, "recover");
                let sloppiness = std::mem::replace(&mut self.sloppiness, 15);
                self.wrapped("attempt", out);
                self.sloppiness = sloppiness;
                let at = out.len() - self.end("attempt").len();
                let mut recovery = self.tag("recover");
                if self.rng.chance(25) && self.style.interpolation != Interpolation::Square {
                    self.used(Group::SpecialVariable, "error");
                    recovery.push_str(&format!("${{.error?{}?c}}", self.spelled("has_content")));
                }
                self.block(&mut recovery);
                out.insert_str(at, &recovery);
            }
            "assign" | "global" | "local" => self.assign(name, out),
            "macro" | "function" | "nested" | "return" | "call" => self.definition(name, out),
            "include" | "import" => self.include(name, out),
            "setting" => self.setting(out),
            "compress" => self.wrapped(name, out),
            "t" | "lt" | "rt" | "nt" | "flush" => {
                self.used(Group::Directive, name);
                out.push_str(&self.tag(name));
            }
            "noparse" | "comment" => {
                self.used(Group::Directive, name);
                out.push_str(&format!("{}${{raw}} <#x>{}", self.tag(spelled), self.end(spelled)));
            }
            "escape" | "noescape" => self.escape(name, out),
            "outputformat" | "autoesc" | "noautoesc" => self.output_format(name, spelled, out),
            "stop" => {
                self.used(Group::Directive, name);
                let condition = self.condition();
                let stop = format!(
                    "{}{}{}",
                    self.tag(&format!("if {condition}")),
                    self.tag("stop \"enough\""),
                    self.end("if")
                );
                if self.rng.chance(15) { out.push_str(&stop) } else { self.attempted(&stop, out) }
            }
            "visit" | "recurse" | "fallback" | "transform" => {
                // Nothing in JSON is a node or transform: these fail wherever they are reached.
                let mut least = self.rng.pick(table::JAVA_ONLY);
                let other = self.rng.pick(table::JAVA_ONLY);
                if self.uses_of(Group::BuiltIn, other) < self.uses_of(Group::BuiltIn, least) {
                    least = other;
                }
                let inside = match name {
                    "visit" | "recurse" if self.rng.chance(40) => self.tag(&format!("{name} h")),
                    "transform" if self.rng.chance(40) => {
                        format!("{}x{}", self.tag("transform s1"), self.end("transform"))
                    }
                    "fallback" if self.in_macro => {
                        // Fails with a null pointer in FreeMarker, which `#attempt` does not catch.
                        self.used(Group::Directive, name);
                        let condition = self.condition();
                        out.push_str(&format!(
                            "{}{}{}",
                            self.tag(&format!("if {condition}")),
                            self.tag(name),
                            self.end("if")
                        ));
                        return;
                    }
                    _ => {
                        self.used(Group::BuiltIn, least);
                        let of = self.rng.pick(&["s1", "h", "n1", "ls"]);
                        return self.attempted(
                            &self.interpolated(&format!("{of}?{}", self.spelled(least))),
                            out,
                        );
                    }
                };
                self.used(Group::Directive, name);
                self.attempted(&inside, out);
            }
            _ => self.interpolation(out),
        }
    }

    fn interpolated(&self, content: &str) -> String {
        match self.style.interpolation {
            Interpolation::Square => format!("[={content}]"),
            _ => format!("${{{content}}}"),
        }
    }

    /// What is bound to fail, where that does no harm.
    fn attempted(&self, inside: &str, out: &mut String) {
        let (start, middle, end) = (self.tag("attempt"), self.tag("recover"), self.end("attempt"));
        out.push_str(&format!("{start}{inside}{middle}failed{end}"));
    }

    fn condition(&mut self) -> String {
        let condition = self.expression(Type::Bool);
        if self.rng.chance(15) { format!("({condition})") } else { condition }
    }

    fn wrapped(&mut self, name: &'static str, out: &mut String) {
        self.used(Group::Directive, name);
        out.push_str(&self.tag(name));
        self.block(out);
        out.push_str(&self.end(name));
    }

    fn conditional(&mut self, name: &str, out: &mut String) {
        self.used(Group::Directive, "if");
        let condition = self.condition();
        out.push_str(&self.tag(&format!("if {condition}")));
        self.block(out);
        if name == "elseif" || self.rng.chance(20) {
            self.used(Group::Directive, "elseif");
            let condition = self.condition();
            let spelled = if self.style.camel { "elseIf" } else { "elseif" };
            out.push_str(&self.tag(&format!("{spelled} {condition}")));
            self.block(out);
        }
        if name == "else" || self.rng.chance(35) {
            self.used(Group::Directive, "else");
            out.push_str(&self.tag("else"));
            self.block(out);
        }
        out.push_str(&self.end("if"));
    }

    fn list(&mut self, name: &str, out: &mut String) {
        let (of, item) = match self.rng.below(4) {
            0 => (Type::Strs, Type::Str),
            1 => (Type::Nums, Type::Num),
            2 => (Type::Hashes, Type::Hash),
            _ => (Type::Hash, Type::Any),
        };
        let foreach = name == "foreach" && of != Type::Hash;
        let source = self.expression(of);
        let variable = self.fresh("x");
        let second = self.fresh("y");
        let variables =
            if of == Type::Hash { format!("{variable}, {second}") } else { variable.clone() };
        let directive: &'static str = if foreach { "foreach" } else { "list" };
        self.used(Group::Directive, directive);
        let spelled = if foreach && self.style.camel { "forEach" } else { directive };
        let items = name == "items" && !foreach;
        match (foreach, items) {
            (true, _) => out.push_str(&self.tag(&format!("{spelled} {variable} in {source}"))),
            (false, true) => {
                self.used(Group::Directive, "items");
                out.push_str(&self.tag(&format!("list {source}")));
                out.push_str(self.rng.pick(table::TEXTS));
                out.push_str(&self.tag(&format!("items as {variables}")));
            }
            (false, false) => out.push_str(&self.tag(&format!("list {source} as {variables}"))),
        }
        let in_loop = std::mem::replace(&mut self.in_loop, true);
        let known = self.variables.len();
        let item = if of == Type::Hash { Type::Str } else { item };
        self.variables.push(Variable { name: variable.clone(), is: item });
        self.loops.push(variable);
        if self.rng.chance(35) {
            let state = self.loop_state();
            out.push_str(&self.interpolated(&state));
        }
        if self.rng.chance(12) {
            let leaving = self.rng.pick(&["continue", "continue", "break"]);
            self.directive(leaving, out);
        }
        self.block(out);
        if name == "sep" || self.rng.chance(30) {
            self.used(Group::Directive, "sep");
            out.push_str(&self.tag("sep"));
            out.push_str(self.rng.pick(&[", ", ",", "\n", " | "]));
            if self.rng.chance(40) {
                out.push_str(&self.end("sep"));
                out.push_str(self.rng.pick(table::TEXTS));
            }
        }
        self.loops.pop();
        self.variables.truncate(known);
        self.in_loop = in_loop;
        if items {
            out.push_str(&self.end("items"));
            out.push_str(self.rng.pick(table::TEXTS));
        }
        if self.rng.chance(25) {
            self.used(Group::Directive, "else");
            out.push_str(&self.tag("else"));
            self.block(out);
        }
        out.push_str(&self.end(spelled));
    }

    fn switch(&mut self, on: bool, out: &mut String) {
        self.used(Group::Directive, "switch");
        let is = if self.rng.chance(50) { Type::Str } else { Type::Num };
        let subject = self.expression(is);
        out.push_str(&self.tag(&format!("switch {subject}")));
        out.push_str(self.rng.pick(&["", "\n", "  ", "\n  "]));
        let in_loop = self.in_loop;
        for _ in 0..1 + self.rng.below(3) {
            let value = self.expression(is);
            self.used(Group::Directive, if on { "on" } else { "case" });
            if on {
                let more = if self.rng.chance(30) {
                    format!(", {}", self.expression(is))
                } else {
                    String::new()
                };
                out.push_str(&self.tag(&format!("on {value}{more}")));
                self.block(out);
            } else {
                out.push_str(&self.tag(&format!("case {value}")));
                self.block(out);
                if self.rng.chance(70) {
                    self.used(Group::Directive, "break");
                    out.push_str(&self.tag("break"));
                    out.push_str(self.rng.pick(&["", "\n", " "]));
                }
            }
        }
        self.in_loop = in_loop;
        if self.rng.chance(60) {
            self.used(Group::Directive, "default");
            out.push_str(&self.tag("default"));
            self.block(out);
        }
        out.push_str(&self.end("switch"));
    }

    fn assign(&mut self, name: &'static str, out: &mut String) {
        if name == "local" && !self.in_macro && !self.in_function {
            return self.interpolation(out);
        }
        self.used(Group::Directive, name);
        let variable = self.fresh("v");
        match self.rng.below(6) {
            0 => {
                out.push_str(&self.tag(&format!("{name} {variable}")));
                self.block(out);
                out.push_str(&self.end(name));
                let is = if self.style.markup { Type::Markup } else { Type::Str };
                self.variables.push(Variable { name: variable, is });
            }
            1 => {
                let value = self.operand(Type::Num);
                let operator = self.rng.pick(&["+=", "-=", "*="]);
                let change = self.operand(Type::Num);
                let more = self.rng.pick(&["", "++", "--"]);
                let more = if more.is_empty() {
                    String::new()
                } else {
                    self.tag(&format!("{name} {variable}{more}"))
                };
                out.push_str(&format!(
                    "{}{}{more}",
                    self.tag(&format!("{name} {variable}={value}")),
                    self.tag(&format!("{name} {variable} {operator} {change}"))
                ));
                self.variables.push(Variable { name: variable, is: Type::Num });
            }
            _ => {
                let is = [
                    Type::Str,
                    Type::Num,
                    Type::Bool,
                    Type::Strs,
                    Type::Nums,
                    Type::Hash,
                    Type::DateTime,
                ][self.rng.below(7)];
                let value = self.expression(is);
                let blank = self.rng.pick(&["=", " = ", "= "]);
                out.push_str(&self.tag(&format!("{name} {variable}{blank}{value}")));
                self.variables.push(Variable { name: variable, is });
            }
        }
    }

    /// `#macro` and `#function`, and what belongs into them.
    fn definition(&mut self, name: &'static str, out: &mut String) {
        if self.in_macro || self.in_function {
            match name {
                "nested" if self.in_macro => {
                    self.used(Group::Directive, "nested");
                    out.push_str(&self.tag("nested"));
                }
                "return" if self.in_macro => {
                    self.used(Group::Directive, "return");
                    let condition = self.condition();
                    out.push_str(&format!(
                        "{}{}{}",
                        self.tag(&format!("if {condition}")),
                        self.tag("return"),
                        self.end("if")
                    ));
                }
                _ => self.interpolation(out),
            }
            return;
        }
        if matches!(name, "call" | "nested") && !self.macros.is_empty() {
            return self.call(name == "call", out);
        }
        let defined = self.fresh(if name == "function" { "f" } else { "m" });
        let count = self.rng.below(3);
        let parameters: Vec<String> = (0..count).map(|_| self.fresh("p")).collect();
        let known = self.variables.len();
        let outer = std::mem::take(&mut self.loops);
        let in_loop = std::mem::replace(&mut self.in_loop, false);
        // Neither loop variables nor block variables of the place are seen in a definition.
        let mut seen: Vec<Variable> = super::data_variables();
        std::mem::swap(&mut seen, &mut self.variables);
        self.variables
            .extend(parameters.iter().map(|name| Variable { name: name.clone(), is: Type::Str }));
        let list: Vec<String> = parameters
            .iter()
            .enumerate()
            .map(|(at, name)| {
                if at + 1 == parameters.len() && self.rng.chance(30) {
                    format!("{name}=\"d\"")
                } else {
                    name.clone()
                }
            })
            .collect();
        if name == "function" {
            self.used(Group::Directive, "function");
            self.used(Group::Directive, "return");
            self.in_function = true;
            out.push_str(&self.tag(&format!("function {defined} {}", list.join(" "))));
            self.block(out);
            let result = self.expression(Type::Str);
            out.push_str(&self.tag(&format!("return {result}")));
            out.push_str(&self.end("function"));
            self.in_function = false;
            self.functions.push((defined, count));
        } else {
            self.used(Group::Directive, "macro");
            self.in_macro = true;
            let wanted = self.rng.below(10);
            let list = list.join(self.rng.pick(&[" ", ", "]));
            out.push_str(&self.tag(&format!("macro {defined} {list}")));
            match wanted {
                0..3 => self.assign("local", out),
                3 => {
                    self.used(Group::SpecialVariable, "args");
                    out.push_str(&self.interpolated(".args?size"));
                }
                4 => self.directive("fallback", out),
                5 => {
                    self.used(Group::SpecialVariable, "caller_template_name");
                    let name = self.spelled("caller_template_name");
                    out.push_str(&self.interpolated(&format!(".{name}")));
                }
                _ => (),
            }
            self.block(out);
            if self.rng.chance(40) {
                self.used(Group::Directive, "nested");
                out.push_str(&self.tag("nested"));
                self.block(out);
            }
            out.push_str(&self.end("macro"));
            self.in_macro = false;
            self.macros.push((defined, count));
        }
        self.variables = seen;
        self.variables.truncate(known);
        self.loops = outer;
        self.in_loop = in_loop;
        if !self.macros.is_empty() && name != "function" {
            self.call(name == "call", out);
        }
    }

    fn call(&mut self, legacy: bool, out: &mut String) {
        let at = self.rng.below(self.macros.len());
        let (name, count) = self.macros[at].clone();
        let arguments: Vec<String> = (0..count).map(|_| self.operand(Type::Str)).collect();
        if legacy {
            self.used(Group::Directive, "call");
            out.push_str(&self.tag(&format!("call {name}({})", arguments.join(", "))));
            return;
        }
        let callee = match self.rng.below(8) {
            0 if count > 0 => {
                self.used(Group::BuiltIn, "with_args");
                out.push_str(&self.call_tag(&format!(
                    "{name}?{}([{}])/",
                    self.spelled("with_args"),
                    arguments.join(", ")
                )));
                return;
            }
            1 if count > 0 => {
                self.used(Group::BuiltIn, "with_args_last");
                out.push_str(&self.call_tag(&format!(
                    "{name}?{}([{}])/",
                    self.spelled("with_args_last"),
                    arguments.join(", ")
                )));
                return;
            }
            2 => {
                self.used(Group::BuiltIn, "interpret");
                out.push_str(&self.call_tag("\"a <b> text\"?interpret/"));
                return;
            }
            3 => {
                self.used(Group::BuiltIn, "namespace");
                format!("({name}?namespace).{name}")
            }
            _ => name,
        };
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!(" {}", arguments.join(self.rng.pick(&[" ", ", "])))
        };
        if self.rng.chance(50) {
            out.push_str(&self.call_tag(&format!("{callee}{arguments}/")));
        } else {
            out.push_str(&self.call_tag(&format!("{callee}{arguments}")));
            self.block(out);
            out.push_str(self.call_end());
        }
    }

    fn include(&mut self, name: &'static str, out: &mut String) {
        self.used(Group::Directive, name);
        let file = self.fresh("file");
        if name == "include" {
            let source = match self.style.square {
                true => "in ${s1}[#assign fromFile = 1]\n",
                false => "in ${s1}<#assign fromFile = 1>\n",
            };
            let source =
                if self.style.interpolation == Interpolation::Square { "in [=s1]" } else { source };
            let path = self.rng.pick(&["", "/", "./", "x/../"]);
            let option = self.rng.pick(&["", "", " parse=false", " ignore_missing=true", "/"]);
            let option = option.replace("ignore_missing", &self.spelled("ignore_missing"));
            self.files.push((format!("{file}.ftl"), source.to_owned()));
            let missing = if option.contains("issing") && self.rng.chance(60) { "no" } else { "" };
            out.push_str(&self.tag(&format!("include \"{path}{missing}{file}.ftl\"{option}")));
        } else {
            let source = match self.style.square {
                true => "[#assign v = s1][#macro m p=1]M${p}[/#macro]",
                false => "<#assign v = s1><#macro m p=1>M${p}</#macro>",
            };
            self.files.push((format!("{file}.ftl"), source.to_owned()));
            let namespace = self.fresh("ns");
            out.push_str(&self.tag(&format!("import \"{file}.ftl\" as {namespace}")));
            if self.style.interpolation != Interpolation::Square {
                out.push_str(&format!(
                    "{}${{{namespace}.v}}",
                    self.call_tag(&format!("{namespace}.m/"))
                ));
            }
        }
    }

    fn setting(&mut self, out: &mut String) {
        self.used(Group::Directive, "setting");
        let names = &crate::names::SETTINGS[..12];
        let name = names[self.rng.below(names.len())];
        let Some(value) = super::setting_value(&mut self.rng, name) else { return };
        self.used(Group::Setting, name);
        out.push_str(&self.tag(&format!("setting {}=\"{value}\"", self.spelled(name))));
    }

    fn escape(&mut self, name: &str, out: &mut String) {
        if self.style.escaping {
            return self.interpolation(out);
        }
        self.used(Group::Directive, "escape");
        let to = self.rng.pick(&["e?html", "\"(\" + e + \")\"", "e?string", "(e)!\"\"", "e?trim"]);
        out.push_str(&self.tag(&format!("escape e as {to}")));
        self.block(out);
        if name == "noescape" || self.rng.chance(25) {
            self.used(Group::Directive, "noescape");
            let spelled = if self.style.camel { "noEscape" } else { "noescape" };
            out.push_str(&self.tag(spelled));
            self.block(out);
            out.push_str(&self.end(spelled));
        }
        out.push_str(&self.end("escape"));
    }

    fn output_format(&mut self, name: &'static str, spelled: &str, out: &mut String) {
        let before = (self.style.escaping, self.style.markup);
        match name {
            "outputformat" => {
                let format = self.rng.pick(&[
                    "HTML",
                    "XML",
                    "XHTML",
                    "RTF",
                    "JSON",
                    "plainText",
                    "undefined",
                ]);
                let markup = matches!(format, "HTML" | "XML" | "XHTML" | "RTF");
                (self.style.escaping, self.style.markup) = (markup, markup);
                out.push_str(&self.tag(&format!("{spelled} \"{format}\"")));
            }
            "autoesc" if !self.style.markup => {
                // Needs a format that can be escaped.
                let format = if self.style.camel { "outputFormat" } else { "outputformat" };
                self.style.markup = true;
                out.push_str(&self.tag(&format!("{format} \"XML\"")));
                self.output_format(name, spelled, out);
                out.push_str(&self.end(format));
                (self.style.escaping, self.style.markup) = before;
                return;
            }
            "autoesc" => {
                self.style.escaping = true;
                out.push_str(&self.tag(spelled));
            }
            "noautoesc" => {
                self.style.escaping = false;
                out.push_str(&self.tag(spelled));
            }
            _ => return self.interpolation(out),
        }
        self.used(Group::Directive, name);
        self.block(out);
        out.push_str(&self.end(spelled));
        (self.style.escaping, self.style.markup) = before;
    }
}
