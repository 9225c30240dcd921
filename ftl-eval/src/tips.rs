//! Remedies that go with an error.

use crate::error::Error;
use crate::value::Value;

/// Adds what helps against a value of the wrong type.
pub(crate) fn for_type(error: Error, expected: &str, value: &Value<'_>) -> Error {
    match (expected, value) {
        ("method", Value::String(_)) => error.tip(
            "Maybe you have used a built-in without parameters with parentheses: leave them away, as in s?upper_case",
        ),
        ("boolean", Value::String(_)) => error.tip(
            "A string is never true or false by itself: compare it (x == \"true\"), test for text with x?has_content, \
             or convert it with x?boolean",
        ),
        ("boolean", _) => {
            error.tip("Test whether something exists with x??, and whether it holds something with x?has_content")
        }
        (expected, Value::Sequence(_)) if expected.starts_with("string or") => error.tip(
            "Print the items of a sequence with <#list xs as x>${x}<#sep>, </#list> or as one text with xs?join(\", \")",
        ),
        (expected, Value::Hash(_)) if expected.starts_with("string or") => {
            error.tip("Print the members of a hash with <#list h as key, value>…</#list>")
        }
        _ => error,
    }
}
