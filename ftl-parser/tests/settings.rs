//! What settings change: tag syntax, names, output formats, older versions.

mod common;

use ftl_parser::ast::NamingConvention;
use ftl_parser::{AutoEscapingPolicy, ParseOptions, Source, parse};

#[test]
fn the_first_fault_is_that_of_freemarker() {
    let table = common::table(include_str!("settings.txt"));
    assert!(table.len() > 80);
    for (case, expected) in table {
        let (settings, template) = case
            .strip_prefix('[')
            .and_then(|case| case.split_once("] "))
            .expect("[settings] template");
        let mut options = ParseOptions::default();
        let mut name = "main.ftl";
        let mut tab_size = 8;
        for setting in settings.split_whitespace() {
            let (key, value) = setting.split_once('=').expect("name=value");
            match key {
                "name" => name = value,
                "tab_size" => tab_size = value.parse().expect("a number"),
                "output_format" => options.output_format = value.to_owned(),
                "auto_escaping_policy" => {
                    options.auto_escaping_policy = match value {
                        "force" => AutoEscapingPolicy::Force,
                        "disable" => AutoEscapingPolicy::Disable,
                        other => panic!("{other}"),
                    }
                }
                "naming_convention" => {
                    options.naming_convention = match value {
                        "legacy" => NamingConvention::Legacy,
                        "camel_case" => NamingConvention::CamelCase,
                        other => panic!("{other}"),
                    }
                }
                "recognize_standard_file_extensions" => {
                    options.recognize_standard_file_extensions = Some(value == "true");
                }
                "incompatible_improvements" => {
                    let numbers: Vec<u8> =
                        value.split('.').map(|number| number.parse().expect("a number")).collect();
                    options.incompatible_improvements = (numbers[0], numbers[1], numbers[2]);
                }
                other => panic!("{other}"),
            }
        }
        let source = Source::new(name, template).with_tab_size(tab_size);
        let parsed = parse(&source, &options);
        let found = match parsed.errors.first() {
            None => "accepted".to_owned(),
            Some(error) => {
                let first_line = error.message.lines().next().unwrap_or("");
                format!("{}:{} {first_line}", error.position.line, error.position.column)
            }
        };
        assert_eq!(found, expected, "{case}");
    }
}
