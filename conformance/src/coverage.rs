//! Which parts of the language cases use.

use crate::case::{Answer, Case};
use crate::names;
use crate::suite::Located;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A row of the language's inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// What it is.
    pub group: Group,
    /// Its name, in snake_case.
    pub name: &'static str,
}

/// The tables of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// `<#name …>`
    Directive,
    /// `?name`
    BuiltIn,
    /// `.name`
    SpecialVariable,
    /// A setting, made by the host or by `#setting`.
    Setting,
    /// `<#ftl name=…>`
    HeaderParameter,
}

impl Group {
    /// All groups with their names.
    pub const ALL: [(Group, &'static [&'static str]); 5] = [
        (Group::Directive, &names::DIRECTIVES),
        (Group::BuiltIn, &names::BUILT_INS),
        (Group::SpecialVariable, &names::SPECIAL_VARIABLES),
        (Group::Setting, &names::SETTINGS),
        (Group::HeaderParameter, &names::HEADER_PARAMETERS),
    ];

    /// How many cases each row of the group should have, and how many of these should fail.
    fn wanted(self) -> (usize, usize) {
        match self {
            Group::Directive | Group::BuiltIn => (5, 1),
            Group::SpecialVariable | Group::Setting | Group::HeaderParameter => (1, 0),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Group::Directive => "directives",
            Group::BuiltIn => "built-ins",
            Group::SpecialVariable => "special variables",
            Group::Setting => "settings",
            Group::HeaderParameter => "header parameters",
        }
    }

    /// The row with this name in either spelling.
    fn row(self, name: &str) -> Option<Row> {
        let names =
            Self::ALL.iter().find(|(group, _)| *group == self).map_or(&[][..], |(_, names)| names);
        let same = |known: &&&'static str| {
            **known == name
                || !name.contains('_') && known.replace('_', "") == name.to_ascii_lowercase()
        };
        names.iter().find(same).map(|name| Row { group: self, name })
    }
}

/// All rows that `case` uses, as far as its text tells: inside comments and strings too.
pub fn rows(case: &Case) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for source in std::iter::once(&case.template).chain(case.files.iter().map(|(_, source)| source))
    {
        scan(source, &mut rows);
    }
    rows.extend(case.settings.iter().filter_map(|(name, _)| Group::Setting.row(name)));
    if case.iface.is_some() {
        rows.extend(Group::Setting.row("incompatible_improvements"));
    }
    rows
}

fn scan(source: &str, rows: &mut BTreeSet<Row>) {
    let mut before = ' ';
    for (at, c) in source.char_indices() {
        let rest = &source[at + c.len_utf8()..];
        match c {
            '<' | '[' => {
                let tag = rest.strip_prefix('/').unwrap_or(rest);
                if let Some(directive) = tag.strip_prefix('#').map(word) {
                    rows.extend(Group::Directive.row(&directive.to_ascii_lowercase()));
                    let end = tag.find(['>', ']']).unwrap_or(tag.len());
                    parameters(
                        directive,
                        &tag[1 + directive.len()..end.max(1 + directive.len())],
                        rows,
                    );
                }
            }
            '?' if before != '?' => rows.extend(Group::BuiltIn.row(word(rest.trim_start()))),
            // `a???c` is `(a??)?c`.
            '?' if !rest.starts_with('?') => rows.extend(Group::BuiltIn.row(word(rest))),
            '.' if !before.is_alphanumeric()
                && !matches!(before, ')' | ']' | '"' | '\'' | '.' | '}') =>
            {
                rows.extend(Group::SpecialVariable.row(word(rest)));
            }
            _ => (),
        }
        before = c;
    }
}

/// Names of settings and header parameters.
fn parameters(directive: &str, text: &str, rows: &mut BTreeSet<Row>) {
    let group = match directive {
        "setting" => Group::Setting,
        "ftl" => Group::HeaderParameter,
        _ => return,
    };
    for (at, _) in text.match_indices('=') {
        let name = text[..at].trim_end();
        let start = name.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        rows.extend(name.get(start..).and_then(|name| group.row(name)));
    }
}

/// The name that `text` begins with.
fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// How many cases use each row.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<Row, (usize, usize)>,
}

impl Coverage {
    /// Counts over `cases`.
    pub fn new(cases: &[Located]) -> Coverage {
        let mut coverage = Coverage::default();
        for located in cases {
            coverage.add(&located.case, matches!(located.case.expected, Some(Answer::Error(_))));
        }
        coverage
    }

    /// Counts one more case.
    pub fn add(&mut self, case: &Case, fails: bool) {
        for row in rows(case) {
            let (cases, failing) = self.counts.entry(row).or_default();
            *cases += 1;
            *failing += usize::from(fails);
        }
    }

    /// Cases that use `row`, and how many of them fail.
    pub fn count(&self, row: Row) -> (usize, usize) {
        self.counts.get(&row).copied().unwrap_or_default()
    }

    /// Rows with fewer cases than they should have.
    pub fn thin(&self) -> Vec<Row> {
        let all = Group::ALL
            .iter()
            .flat_map(|(group, names)| names.iter().map(|name| Row { group: *group, name }));
        all.filter(|row| {
            let (cases, failing) = self.count(*row);
            let (wanted, wanted_failing) = row.group.wanted();
            cases < wanted || failing < wanted_failing
        })
        .collect()
    }
}

/// A table of all rows.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group, names) in Group::ALL {
            writeln!(f, "{} ({}): cases, of them failing", group.title(), names.len())?;
            for line in names.chunks(4) {
                for name in line {
                    let (cases, failing) = self.count(Row { group, name });
                    write!(f, "  {name:<34}{cases:>5}{failing:>5}")?;
                }
                writeln!(f)?;
            }
        }
        let thin = self.thin();
        for row in &thin {
            let (wanted, failing) = row.group.wanted();
            writeln!(
                f,
                "too few: {} {} (wanted {wanted}, {failing} failing)",
                row.group.title(),
                row.name
            )?;
        }
        writeln!(
            f,
            "{} rows, {} with too few cases",
            Group::ALL.iter().map(|(_, names)| names.len()).sum::<usize>(),
            thin.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_template() {
        let table = [
            ("<#if a??>${a?upper_case}</#if>", "if upper_case"),
            ("<#elseIf x>${a?upperCase?c}", "c elseif upper_case"),
            ("${a???string('y', 'n')}", "string"),
            ("<#setting numberFormat='0'>${.now} ${a.now}", "now number_format setting"),
            ("<#ftl stripText=true output_format='HTML'>", "ftl output_format strip_text"),
            ("[#list 1..<2 as x]${x ? index}", "index list"),
        ];
        for (template, expected) in table {
            let case = Case { template: template.into(), ..Case::default() };
            let mut names: Vec<&str> = rows(&case).iter().map(|row| row.name).collect();
            names.sort_unstable();
            assert_eq!(names.join(" "), expected, "{template}");
        }
    }
}
