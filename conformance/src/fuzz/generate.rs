//! Random cases from a grammar that knows types, so that most of them render.

mod expression;
mod statement;

use super::rng::Rng;
use super::table::{self, Type};
use crate::case::{Case, Profile};
use crate::coverage::{Group, Row};
use std::collections::BTreeMap;

/// How often each row was put into a case; what is rare is preferred.
pub(super) type Uses = BTreeMap<Row, u64>;

/// Spellings that hold for a whole template.
struct Style {
    /// `[#if x]` instead of `<#if x>`.
    square: bool,
    interpolation: Interpolation,
    /// `?upperCase` instead of `?upper_case`.
    camel: bool,
    /// Auto-escaping is on: legacy escaping is a parse error there, `?esc` and `?no_esc` are not.
    escaping: bool,
    /// `?esc` is possible.
    markup: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Interpolation {
    Legacy,
    Dollar,
    Square,
}

struct Variable {
    name: String,
    is: Type,
}

struct Generator<'a> {
    rng: Rng,
    uses: &'a mut Uses,
    style: Style,
    variables: Vec<Variable>,
    /// Loop variables in scope, innermost last.
    loops: Vec<String>,
    macros: Vec<(String, usize)>,
    functions: Vec<(String, usize)>,
    files: Vec<(String, String)>,
    /// Percentage of expressions that are wrong on purpose.
    sloppiness: usize,
    /// What is left to write, in statements and operators.
    budget: usize,
    depth: usize,
    in_macro: bool,
    in_function: bool,
    in_loop: bool,
    next_name: usize,
}

/// A random case. The same seed and the same history of `uses` give the same case.
pub(super) fn case(seed: u64, uses: &mut Uses) -> Case {
    let mut rng = Rng::new(seed);
    let mut settings = Vec::new();
    let mut name = None;
    let mut style = Style {
        square: false,
        interpolation: Interpolation::Legacy,
        camel: rng.chance(25),
        escaping: false,
        markup: false,
    };
    let iface = rng.chance(6).then(|| {
        let versions = [
            "2.3.0", "2.3.19", "2.3.20", "2.3.21", "2.3.23", "2.3.24", "2.3.28", "2.3.31",
            "2.3.32", "2.3.33", "2.3.34",
        ];
        rng.pick(&versions).to_owned()
    });
    if rng.chance(35) {
        settings_of_case(&mut rng, &mut settings, &mut style, &mut name, uses);
    }
    let profile = rng.chance(8).then_some(Profile::Amplitude);
    let data = data(&mut rng);
    let sloppiness = if rng.chance(25) { 4 } else { 0 };
    let most = if rng.chance(20) { 60 } else { 18 };
    let budget = 2 + rng.below(most);
    let mut generator = Generator {
        rng,
        uses,
        style,
        variables: data_variables(),
        loops: Vec::new(),
        macros: Vec::new(),
        functions: Vec::new(),
        files: Vec::new(),
        sloppiness,
        budget,
        depth: 0,
        in_macro: false,
        in_function: false,
        in_loop: false,
        next_name: 0,
    };
    let template = generator.template();
    let files = generator.files;
    Case { profile, iface, name, settings, data: Some(data), files, template, ..Case::default() }
}

fn data_variables() -> Vec<Variable> {
    let list = [
        ("s1", Type::Str),
        ("s2", Type::Str),
        ("s3", Type::Str),
        ("n1", Type::Num),
        ("n2", Type::Num),
        ("n3", Type::Num),
        ("b1", Type::Bool),
        ("ls", Type::Strs),
        ("ln", Type::Nums),
        ("lh", Type::Hashes),
        ("h", Type::Hash),
    ];
    list.map(|(name, is)| Variable { name: name.to_owned(), is }).into()
}

fn data(rng: &mut Rng) -> String {
    let string = |rng: &mut Rng| serde_json::Value::from(rng.pick(table::STRINGS)).to_string();
    let number = |rng: &mut Rng| rng.pick(table::NUMBERS).to_owned();
    let bool = |rng: &mut Rng| if rng.chance(50) { "true" } else { "false" };
    let list = |rng: &mut Rng, item: &dyn Fn(&mut Rng) -> String| {
        let items: Vec<String> = (0..rng.below(5)).map(|_| item(rng)).collect();
        format!("[{}]", items.join(", "))
    };
    let user = |rng: &mut Rng| {
        let (k, n, o) = (string(rng), number(rng), string(rng));
        let b = bool(rng);
        format!("{{\"k\": {k}, \"n\": {n}, \"b\": {b}, \"o\": {{\"p\": {o}}}}}")
    };
    let mut members = Vec::new();
    for name in ["s1", "s2", "s3"] {
        members.push(format!("\"{name}\": {}", string(rng)));
    }
    for name in ["n1", "n2", "n3"] {
        members.push(format!("\"{name}\": {}", number(rng)));
    }
    members.push(format!("\"b1\": {}", bool(rng)));
    members.push(format!("\"ls\": {}", list(rng, &string)));
    members.push(format!("\"ln\": {}", list(rng, &number)));
    members.push(format!("\"lh\": {}", list(rng, &user)));
    members.push(format!("\"h\": {}", user(rng)));
    if rng.chance(20) {
        members.push(format!("\"mix\": [1, null, {}]", string(rng)));
    }
    format!("{{{}}}", members.join(", "))
}

fn settings_of_case(
    rng: &mut Rng,
    settings: &mut Vec<(String, String)>,
    style: &mut Style,
    name: &mut Option<String>,
    uses: &mut Uses,
) {
    let all = Group::ALL[3].1;
    for _ in 0..1 + rng.below(3) {
        let candidates =
            [all[rng.below(all.len())], all[rng.below(all.len())], all[rng.below(all.len())]];
        let used = |name: &&&'static str| {
            uses.get(&Row { group: Group::Setting, name }).copied().unwrap_or(0)
        };
        let Some(setting) = candidates.iter().min_by_key(used) else { return };
        let Some(value) = setting_value(rng, setting) else { continue };
        if settings.iter().any(|(other, _)| other == setting) {
            continue;
        }
        match (*setting, value.as_str()) {
            ("tag_syntax", "square_bracket") => style.square = true,
            ("interpolation_syntax", "dollar") => style.interpolation = Interpolation::Dollar,
            ("interpolation_syntax", "square_bracket") => {
                style.interpolation = Interpolation::Square
            }
            ("naming_convention", "camel_case") => style.camel = true,
            ("naming_convention", "legacy") => style.camel = false,
            ("output_format", "HTML" | "XML" | "RTF" | "XHTML") => {
                (style.escaping, style.markup) = (true, true)
            }
            ("auto_escaping_policy", "force") => continue,
            _ => (),
        }
        *uses.entry(Row { group: Group::Setting, name: setting }).or_default() += 1;
        settings.push(((*setting).to_owned(), value));
    }
    if settings.iter().any(|(_, value)| value == "disable") {
        style.escaping = false;
    }
    if rng.chance(5)
        && settings.iter().all(|(name, _)| name != "recognize_standard_file_extensions")
    {
        *name = Some("page.ftlh".to_owned());
        (style.escaping, style.markup) = (true, true);
    }
}

/// A value that FreeMarker takes and a host of JSON data could mean; None where there is none.
fn setting_value(rng: &mut Rng, setting: &str) -> Option<String> {
    let values: &[&str] = match setting {
        "boolean_format" => &["yes,no", "c", "Y,N", "true,false", ",off"],
        "c_format" => &["JSON", "JavaScript", "Java", "XS", "legacy", "JavaScript or JSON"],
        "date_format" => &["iso", "yyyy-MM-dd", "short", "long", "dd.MM.yyyy", "xs"],
        "time_format" => &["iso", "HH:mm", "short", "medium", "xs"],
        "datetime_format" => {
            &["iso", "iso ms", "yyyy-MM-dd HH:mm:ss", "medium", "long", "xs", "short_medium"]
        }
        "number_format" => {
            &["0.##", "computer", "c", "currency", "percent", "0.00", "#,##0.0", "number"]
        }
        "locale" => table::LOCALES,
        "time_zone" => table::ZONES,
        "output_encoding" | "url_escaping_charset" => &["UTF-8", "ISO-8859-1", "UTF-16"],
        "sql_date_and_time_time_zone" => &["UTC", "null"],
        // These take Java objects only: every value is refused.
        "strict_bean_models" | "template_loader" => &["x"],
        "classic_compatible" => &["false"],
        "object_wrapper" => &["default"],
        "template_exception_handler" => &["rethrow", "ignore"],
        "attempt_exception_reporter" => &["log_error", "log_warn"],
        "arithmetic_engine" => &["bigdecimal", "conservative"],
        "new_builtin_class_resolver" => &["allows_nothing"],
        "api_builtin_enabled" | "auto_flush" => &["false"],
        "incompatible_improvements" => &["2.3.20", "2.3.30", "2.3.33", "2.3.34", "2.3.35"],
        "tag_syntax" => &["angle_bracket", "square_bracket", "auto_detect"],
        "interpolation_syntax" => &["legacy", "dollar", "square_bracket"],
        "naming_convention" => &["auto_detect", "legacy", "camel_case"],
        "whitespace_stripping" | "recognize_standard_file_extensions" => &["true", "false"],
        "fallback_on_null_loop_variable" | "localized_lookup" => &["true", "false"],
        "strict_syntax" => &["true"],
        "tab_size" => &["1", "4", "8"],
        "output_format" => {
            &["HTML", "XML", "XHTML", "RTF", "JSON", "plainText", "CSS", "JavaScript", "undefined"]
        }
        "auto_escaping_policy" => &["enable_if_default", "enable_if_supported", "disable"],
        "registered_custom_output_formats" => &["[]"],
        "lazy_imports" => &["true", "false"],
        "lazy_auto_imports" => &["true", "false", "null"],
        "auto_import" | "auto_include" => &[""],
        "wrap_unchecked_exceptions" | "show_error_tips" | "log_template_exceptions" => {
            &["true", "false"]
        }
        "truncate_builtin_algorithm" => &["ascii", "unicode"],
        "default_encoding" => &["UTF-8"],
        "template_lookup_strategy" => &["default"],
        "template_name_format" => &["default_2_3_0", "default_2_4_0"],
        "cache_storage" => &["strong:10, soft:10"],
        "template_update_delay" => &["5 s"],
        "template_configurations" => &["null"],
        "custom_number_formats" | "custom_date_formats" => &["{}"],
        _ => return None,
    };
    Some(rng.pick(values).to_owned())
}

impl Generator<'_> {
    fn used(&mut self, group: Group, name: &'static str) {
        *self.uses.entry(Row { group, name }).or_default() += 1;
    }

    fn uses_of(&self, group: Group, name: &'static str) -> u64 {
        self.uses.get(&Row { group, name }).copied().unwrap_or(0)
    }

    /// A name of the template language in the template's spelling.
    fn spelled(&self, name: &str) -> String {
        if !self.style.camel || !name.contains('_') {
            return name.to_owned();
        }
        let mut words = name.split('_');
        let mut spelled = words.next().unwrap_or_default().to_owned();
        for word in words {
            match word {
                "nz" | "fz" => spelled.push_str(&word.to_ascii_uppercase()),
                _ => {
                    spelled.push_str(&word[..1].to_ascii_uppercase());
                    spelled.push_str(&word[1..]);
                }
            }
        }
        spelled
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.next_name += 1;
        format!("{prefix}{}", self.next_name)
    }

    /// Whether there is something left to spend; spends it.
    fn spend(&mut self) -> bool {
        let some = self.budget > 0 && self.depth < 12;
        self.budget = self.budget.saturating_sub(1);
        some
    }
}
