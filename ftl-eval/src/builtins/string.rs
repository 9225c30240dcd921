//! Built-ins of strings: case, searching, cutting, padding, lines.

mod case;
mod cut;
mod keep;
pub(super) mod lines;
mod pad;
mod search;
mod truncate;

use super::BuiltIn;
use crate::expr::Tolerance;
pub(super) use search::lower;

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::text("c_lower_case", case::c_lower_case),
    BuiltIn::text("c_upper_case", case::c_upper_case),
    BuiltIn::text("cap_first", case::cap_first),
    BuiltIn::text("capitalize", case::capitalize),
    BuiltIn::print("lower_case", 0..=0, case::lower_case),
    BuiltIn::text("uncap_first", case::uncap_first),
    BuiltIn::print("upper_case", 0..=0, case::upper_case),
    BuiltIn::string("contains", 1..=1, search::contains),
    BuiltIn::string("ends_with", 1..=1, search::ends_with),
    BuiltIn::string("ensure_ends_with", 1..=1, search::ensure_ends_with),
    BuiltIn::string("ensure_starts_with", 1..=3, search::ensure_starts_with),
    BuiltIn::string("index_of", 1..=2, search::index_of),
    BuiltIn::string("last_index_of", 1..=2, search::last_index_of),
    BuiltIn::string("length", 0..=0, search::length),
    BuiltIn::string("starts_with", 1..=1, search::starts_with),
    BuiltIn::string("keep_after", 1..=2, keep::after),
    BuiltIn::string("keep_after_last", 1..=2, keep::after_last),
    BuiltIn::string("keep_before", 1..=2, keep::before),
    BuiltIn::string("keep_before_last", 1..=2, keep::before_last),
    BuiltIn::any("blank_to_null", 0..=0, cut::blank_to_null).tolerant(Tolerance::Parenthesized),
    BuiltIn::string("chop_linebreak", 0..=0, cut::chop_linebreak),
    BuiltIn::any("empty_to_null", 0..=0, cut::empty_to_null).tolerant(Tolerance::Parenthesized),
    BuiltIn::string("remove_beginning", 1..=1, cut::remove_beginning),
    BuiltIn::string("remove_ending", 1..=1, cut::remove_ending),
    BuiltIn::string("substring", 1..=2, cut::substring),
    BuiltIn::string("trim", 0..=0, cut::trim),
    BuiltIn::any("trim_to_null", 0..=0, cut::trim_to_null).tolerant(Tolerance::Parenthesized),
    BuiltIn::string("word_list", 0..=0, cut::word_list),
    BuiltIn::string("left_pad", 1..=2, pad::left_pad),
    BuiltIn::string("right_pad", 1..=2, pad::right_pad),
    BuiltIn::string("truncate", 1..=3, truncate::truncate),
    BuiltIn::string("truncate_c", 1..=3, truncate::truncate_c),
    BuiltIn::string("truncate_c_m", 1..=3, truncate::truncate_c_m),
    BuiltIn::string("truncate_m", 1..=3, truncate::truncate_m),
    BuiltIn::string("truncate_w", 1..=3, truncate::truncate_w),
    BuiltIn::string("truncate_w_m", 1..=3, truncate::truncate_w_m),
    BuiltIn::string("dedent", 1..=2, lines::dedent).or_bare(),
    BuiltIn::string("indent", 1..=2, lines::indent),
    BuiltIn::string("lines", 0..=0, lines::lines),
    BuiltIn::string("wrap", 1..=3, lines::wrap),
];
