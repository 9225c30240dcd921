//! The names that belong to the language: directives, built-ins, special variables, settings.
//!
//! Each has a snake_case spelling, by which it is known here, and a camelCase one. Names of one word have the same
//! twice. The tables are those of FreeMarker 2.3.35, in alphabetical order.

use crate::ast::NamingConvention;

/// Names of the built-ins, `?upper_case`: (snake_case, camelCase).
pub fn builtin_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_INS.iter().copied()
}

/// Names of the special variables, `.data_model`: (snake_case, camelCase).
pub fn special_variable_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SPECIAL_VARIABLES.iter().copied()
}

/// Names of the settings that a template can change: (snake_case, camelCase).
pub fn setting_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().copied()
}

/// Names of the directives: (legacy spelling, camelCase).
pub fn directive_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    DIRECTIVES.iter().copied()
}

/// Names of the parameters of `#ftl`: (snake_case, camelCase).
pub fn header_parameter_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    HEADER_PARAMETERS.iter().copied()
}

/// The snake_case name of the built-in that is spelled `name`.
pub fn canonical_builtin(name: &str) -> Option<&'static str> {
    canonical(BUILT_INS, name)
}

/// The snake_case name of the special variable that is spelled `name`.
pub fn canonical_special_variable(name: &str) -> Option<&'static str> {
    canonical(SPECIAL_VARIABLES, name)
}

/// The snake_case name of the setting that is spelled `name`, if a template can change it.
pub fn canonical_setting(name: &str) -> Option<&'static str> {
    canonical(SETTINGS, name)
}

/// The legacy name of the directive that is spelled `name`.
pub fn canonical_directive(name: &str) -> Option<&'static str> {
    canonical(DIRECTIVES, name)
}

fn canonical(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    if let Ok(found) = table.binary_search_by(|row| row.0.cmp(name)) {
        return Some(table[found].0);
    }
    // A camelCase spelling sorts nearly like its snake_case one, but not quite.
    convention(name)?;
    table.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// The convention that a name's spelling tells; `None`: it is the same in both.
pub(crate) fn convention(name: &str) -> Option<NamingConvention> {
    name.chars().find_map(|c| match c {
        '_' => Some(NamingConvention::Legacy),
        'A'..='Z' => Some(NamingConvention::CamelCase),
        _ => None,
    })
}

/// The names of `table` in the spelling that a message should show.
pub(crate) fn spelled(
    table: impl Iterator<Item = (&'static str, &'static str)>,
    convention: NamingConvention,
) -> Vec<&'static str> {
    let camel = convention == NamingConvention::CamelCase;
    let mut names: Vec<_> = table.map(|row| if camel { row.1 } else { row.0 }).collect();
    names.sort_unstable();
    names
}

pub(crate) fn is_directive(name: &str) -> bool {
    DIRECTIVES.iter().any(|row| row.0 == name || row.1 == name)
}

/// Whether it is a setting of the configuration that no template can change.
pub(crate) fn is_configuration_setting(name: &str) -> bool {
    CONFIGURATION_SETTINGS.iter().any(|&snake| snake == name || camel_is(snake, name))
}

fn camel_is(snake: &str, name: &str) -> bool {
    let mut camel = String::with_capacity(snake.len());
    let mut upper = false;
    for c in snake.chars() {
        match c {
            '_' => upper = true,
            _ if upper => {
                camel.push(c.to_ascii_uppercase());
                upper = false;
            }
            _ => camel.push(c),
        }
    }
    camel == name
}

/// What FreeMarker says beside "Unknown directive".
pub(crate) fn foreign_directive_hint(name: &str) -> &'static str {
    match name {
        "set" | "var" => {
            "Use #assign or #local or #global, depending on the intented scope (#assign is template-scope). \
             (If you have seen this directive in use elsewhere, this was a planned directive, so maybe you need to upgrade FreeMarker.)"
        }
        "else_if" | "elif" => "Use #elseif.",
        "no_escape" => "Use #noescape instead.",
        "method" => "Use #function instead.",
        "head" | "template" | "fm" => "You may meant #ftl.",
        "try" | "atempt" => "You may meant #attempt.",
        "for" | "each" | "iterate" | "iterator" => {
            "You may meant #list (http://freemarker.org/docs/ref_directive_list.html)."
        }
        "prefix" => {
            "You may meant #import. (If you have seen this directive in use elsewhere, this was a planned directive, \
             so maybe you need to upgrade FreeMarker.)"
        }
        "item" | "row" | "rows" => "You may meant #items.",
        "separator" | "separate" | "separ" => "You may meant #sep.",
        _ => {
            "Help (latest version): http://freemarker.org/docs/ref_directive_alphaidx.html; you're using FreeMarker 2.3.35."
        }
    }
}

/// `?name`
static BUILT_INS: &[(&str, &str)] = &[
    ("abs", "abs"),
    ("absolute_template_name", "absoluteTemplateName"),
    ("ancestors", "ancestors"),
    ("api", "api"),
    ("blank_to_null", "blankToNull"),
    ("boolean", "boolean"),
    ("byte", "byte"),
    ("c", "c"),
    ("c_lower_case", "cLowerCase"),
    ("c_upper_case", "cUpperCase"),
    ("cap_first", "capFirst"),
    ("capitalize", "capitalize"),
    ("ceiling", "ceiling"),
    ("children", "children"),
    ("chop_linebreak", "chopLinebreak"),
    ("chunk", "chunk"),
    ("cn", "cn"),
    ("contains", "contains"),
    ("counter", "counter"),
    ("date", "date"),
    ("date_if_unknown", "dateIfUnknown"),
    ("datetime", "datetime"),
    ("datetime_if_unknown", "datetimeIfUnknown"),
    ("dedent", "dedent"),
    ("default", "default"),
    ("double", "double"),
    ("drop_while", "dropWhile"),
    ("empty_to_null", "emptyToNull"),
    ("ends_with", "endsWith"),
    ("ensure_ends_with", "ensureEndsWith"),
    ("ensure_starts_with", "ensureStartsWith"),
    ("esc", "esc"),
    ("eval", "eval"),
    ("eval_json", "evalJson"),
    ("exists", "exists"),
    ("filter", "filter"),
    ("first", "first"),
    ("float", "float"),
    ("floor", "floor"),
    ("groups", "groups"),
    ("has_api", "hasApi"),
    ("has_content", "hasContent"),
    ("has_next", "hasNext"),
    ("html", "html"),
    ("if_exists", "ifExists"),
    ("indent", "indent"),
    ("index", "index"),
    ("index_of", "indexOf"),
    ("int", "int"),
    ("interpret", "interpret"),
    ("is_boolean", "isBoolean"),
    ("is_collection", "isCollection"),
    ("is_collection_ex", "isCollectionEx"),
    ("is_date", "isDate"),
    ("is_date_like", "isDateLike"),
    ("is_date_only", "isDateOnly"),
    ("is_datetime", "isDatetime"),
    ("is_directive", "isDirective"),
    ("is_enumerable", "isEnumerable"),
    ("is_even_item", "isEvenItem"),
    ("is_first", "isFirst"),
    ("is_hash", "isHash"),
    ("is_hash_ex", "isHashEx"),
    ("is_indexable", "isIndexable"),
    ("is_infinite", "isInfinite"),
    ("is_last", "isLast"),
    ("is_macro", "isMacro"),
    ("is_markup_output", "isMarkupOutput"),
    ("is_method", "isMethod"),
    ("is_nan", "isNan"),
    ("is_node", "isNode"),
    ("is_number", "isNumber"),
    ("is_odd_item", "isOddItem"),
    ("is_sequence", "isSequence"),
    ("is_string", "isString"),
    ("is_time", "isTime"),
    ("is_transform", "isTransform"),
    ("is_unknown_date_like", "isUnknownDateLike"),
    ("iso", "iso"),
    ("iso_h", "isoH"),
    ("iso_h_nz", "isoHNZ"),
    ("iso_local", "isoLocal"),
    ("iso_local_h", "isoLocalH"),
    ("iso_local_h_nz", "isoLocalHNZ"),
    ("iso_local_m", "isoLocalM"),
    ("iso_local_m_nz", "isoLocalMNZ"),
    ("iso_local_ms", "isoLocalMs"),
    ("iso_local_ms_nz", "isoLocalMsNZ"),
    ("iso_local_nz", "isoLocalNZ"),
    ("iso_m", "isoM"),
    ("iso_m_nz", "isoMNZ"),
    ("iso_ms", "isoMs"),
    ("iso_ms_nz", "isoMsNZ"),
    ("iso_nz", "isoNZ"),
    ("iso_utc", "isoUtc"),
    ("iso_utc_fz", "isoUtcFZ"),
    ("iso_utc_h", "isoUtcH"),
    ("iso_utc_h_nz", "isoUtcHNZ"),
    ("iso_utc_m", "isoUtcM"),
    ("iso_utc_m_nz", "isoUtcMNZ"),
    ("iso_utc_ms", "isoUtcMs"),
    ("iso_utc_ms_nz", "isoUtcMsNZ"),
    ("iso_utc_nz", "isoUtcNZ"),
    ("item_cycle", "itemCycle"),
    ("item_parity", "itemParity"),
    ("item_parity_cap", "itemParityCap"),
    ("j_string", "jString"),
    ("join", "join"),
    ("js_string", "jsString"),
    ("json_string", "jsonString"),
    ("keep_after", "keepAfter"),
    ("keep_after_last", "keepAfterLast"),
    ("keep_before", "keepBefore"),
    ("keep_before_last", "keepBeforeLast"),
    ("keys", "keys"),
    ("last", "last"),
    ("last_index_of", "lastIndexOf"),
    ("left_pad", "leftPad"),
    ("length", "length"),
    ("lines", "lines"),
    ("long", "long"),
    ("lower_abc", "lowerAbc"),
    ("lower_case", "lowerCase"),
    ("map", "map"),
    ("markup_string", "markupString"),
    ("matches", "matches"),
    ("max", "max"),
    ("min", "min"),
    ("namespace", "namespace"),
    ("new", "new"),
    ("next_sibling", "nextSibling"),
    ("no_esc", "noEsc"),
    ("node_name", "nodeName"),
    ("node_namespace", "nodeNamespace"),
    ("node_type", "nodeType"),
    ("number", "number"),
    ("number_to_date", "numberToDate"),
    ("number_to_datetime", "numberToDatetime"),
    ("number_to_time", "numberToTime"),
    ("parent", "parent"),
    ("previous_sibling", "previousSibling"),
    ("remove_beginning", "removeBeginning"),
    ("remove_ending", "removeEnding"),
    ("replace", "replace"),
    ("reverse", "reverse"),
    ("right_pad", "rightPad"),
    ("root", "root"),
    ("round", "round"),
    ("rtf", "rtf"),
    ("seq_contains", "seqContains"),
    ("seq_index_of", "seqIndexOf"),
    ("seq_last_index_of", "seqLastIndexOf"),
    ("sequence", "sequence"),
    ("short", "short"),
    ("size", "size"),
    ("sort", "sort"),
    ("sort_by", "sortBy"),
    ("split", "split"),
    ("starts_with", "startsWith"),
    ("string", "string"),
    ("substring", "substring"),
    ("switch", "switch"),
    ("take_while", "takeWhile"),
    ("then", "then"),
    ("time", "time"),
    ("time_if_unknown", "timeIfUnknown"),
    ("trim", "trim"),
    ("trim_to_null", "trimToNull"),
    ("truncate", "truncate"),
    ("truncate_c", "truncateC"),
    ("truncate_c_m", "truncateCM"),
    ("truncate_m", "truncateM"),
    ("truncate_w", "truncateW"),
    ("truncate_w_m", "truncateWM"),
    ("uncap_first", "uncapFirst"),
    ("upper_abc", "upperAbc"),
    ("upper_case", "upperCase"),
    ("url", "url"),
    ("url_path", "urlPath"),
    ("values", "values"),
    ("web_safe", "webSafe"),
    ("with_args", "withArgs"),
    ("with_args_last", "withArgsLast"),
    ("word_list", "wordList"),
    ("wrap", "wrap"),
    ("xhtml", "xhtml"),
    ("xml", "xml"),
];

/// `.name`
static SPECIAL_VARIABLES: &[(&str, &str)] = &[
    ("args", "args"),
    ("auto_esc", "autoEsc"),
    ("caller_template_name", "callerTemplateName"),
    ("current_node", "currentNode"),
    ("current_template_name", "currentTemplateName"),
    ("data_model", "dataModel"),
    ("error", "error"),
    ("get_optional_template", "getOptionalTemplate"),
    ("globals", "globals"),
    ("incompatible_improvements", "incompatibleImprovements"),
    ("lang", "lang"),
    ("locale", "locale"),
    ("locale_object", "localeObject"),
    ("locals", "locals"),
    ("main", "main"),
    ("main_template_name", "mainTemplateName"),
    ("namespace", "namespace"),
    ("node", "node"),
    ("now", "now"),
    ("output_encoding", "outputEncoding"),
    ("output_format", "outputFormat"),
    ("pass", "pass"),
    ("template_name", "templateName"),
    ("time_zone", "timeZone"),
    ("url_escaping_charset", "urlEscapingCharset"),
    ("vars", "vars"),
    ("version", "version"),
];

/// `<#setting name=…>`
static SETTINGS: &[(&str, &str)] = &[
    ("boolean_format", "booleanFormat"),
    ("c_format", "cFormat"),
    ("classic_compatible", "classicCompatible"),
    ("date_format", "dateFormat"),
    ("datetime_format", "datetimeFormat"),
    ("locale", "locale"),
    ("number_format", "numberFormat"),
    ("output_encoding", "outputEncoding"),
    ("sql_date_and_time_time_zone", "sqlDateAndTimeTimeZone"),
    ("time_format", "timeFormat"),
    ("time_zone", "timeZone"),
    ("url_escaping_charset", "urlEscapingCharset"),
];

/// `<#name>`
static DIRECTIVES: &[(&str, &str)] = &[
    ("assign", "assign"),
    ("attempt", "attempt"),
    ("autoesc", "autoEsc"),
    ("break", "break"),
    ("call", "call"),
    ("case", "case"),
    ("comment", "comment"),
    ("compress", "compress"),
    ("continue", "continue"),
    ("default", "default"),
    ("else", "else"),
    ("elseif", "elseIf"),
    ("escape", "escape"),
    ("fallback", "fallback"),
    ("flush", "flush"),
    ("foreach", "forEach"),
    ("ftl", "ftl"),
    ("function", "function"),
    ("global", "global"),
    ("if", "if"),
    ("import", "import"),
    ("include", "include"),
    ("items", "items"),
    ("list", "list"),
    ("local", "local"),
    ("lt", "lt"),
    ("macro", "macro"),
    ("nested", "nested"),
    ("noautoesc", "noAutoEsc"),
    ("noescape", "noEscape"),
    ("noparse", "noParse"),
    ("nt", "nt"),
    ("on", "on"),
    ("outputformat", "outputFormat"),
    ("recover", "recover"),
    ("recurse", "recurse"),
    ("return", "return"),
    ("rt", "rt"),
    ("sep", "sep"),
    ("setting", "setting"),
    ("stop", "stop"),
    ("switch", "switch"),
    ("t", "t"),
    ("transform", "transform"),
    ("visit", "visit"),
];

/// `<#ftl name=…>`
static HEADER_PARAMETERS: &[(&str, &str)] = &[
    ("attributes", "attributes"),
    ("auto_esc", "autoEsc"),
    ("encoding", "encoding"),
    ("ns_prefixes", "nsPrefixes"),
    ("output_format", "outputFormat"),
    ("strict_syntax", "strictSyntax"),
    ("strip_text", "stripText"),
    ("strip_whitespace", "stripWhitespace"),
];

/// Settings of the configuration.
static CONFIGURATION_SETTINGS: &[&str] = &[
    "api_builtin_enabled",
    "arithmetic_engine",
    "attempt_exception_reporter",
    "auto_escaping_policy",
    "auto_flush",
    "auto_import",
    "auto_include",
    "cache_storage",
    "custom_date_formats",
    "custom_number_formats",
    "default_encoding",
    "fallback_on_null_loop_variable",
    "incompatible_enhancements",
    "incompatible_improvements",
    "interpolation_syntax",
    "lazy_auto_imports",
    "lazy_imports",
    "localized_lookup",
    "log_template_exceptions",
    "naming_convention",
    "new_builtin_class_resolver",
    "object_wrapper",
    "output_format",
    "recognize_standard_file_extensions",
    "registered_custom_output_formats",
    "show_error_tips",
    "strict_bean_models",
    "strict_syntax",
    "tab_size",
    "tag_syntax",
    "template_configurations",
    "template_exception_handler",
    "template_loader",
    "template_lookup_strategy",
    "template_name_format",
    "template_update_delay",
    "truncate_builtin_algorithm",
    "whitespace_stripping",
    "wrap_unchecked_exceptions",
];
