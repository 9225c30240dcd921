//! Expressions as FreeMarker's messages show them: blanks normalised, strings quoted its way.

use std::fmt::Write as _;

use crate::ast::*;

/// The canonical form of an expression of the template `text`.
pub fn canonical(expr: &Expr, text: &str) -> String {
    let mut out = String::new();
    write_expr(expr, text, &mut out);
    out
}

fn write_expr(expr: &Expr, text: &str, out: &mut String) {
    match &expr.kind {
        ExprKind::Name(name) => write_name(name, out),
        ExprKind::Special(name) => {
            out.push('.');
            out.push_str(&name.name);
        }
        ExprKind::String(literal) => write_string(literal, text, out),
        ExprKind::Number(number) => write_number(number, out),
        ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ExprKind::List(items) => {
            out.push('[');
            write_list(items, text, out);
            out.push(']');
        }
        ExprKind::Hash(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_expr(key, text, out);
                out.push_str(": ");
                write_expr(value, text, out);
            }
            out.push('}');
        }
        ExprKind::Paren(inner) => {
            out.push('(');
            write_expr(inner, text, out);
            out.push(')');
        }
        ExprKind::Postfix(base, steps) => {
            write_expr(base, text, out);
            for step in steps {
                write_step(&step.op, text, out);
            }
        }
        ExprKind::Prefix(operators, operand) => {
            for (op, _) in operators {
                out.push(match op {
                    PrefixOp::Not => '!',
                    PrefixOp::Minus => '-',
                    PrefixOp::Plus => '+',
                });
            }
            write_expr(operand, text, out);
        }
        ExprKind::Infix(first, rest) => {
            write_expr(first, text, out);
            for infix in rest {
                let _ = write!(out, " {} ", spelled(infix, text));
                write_expr(&infix.right, text, out);
            }
        }
        ExprKind::Range { start, op, end, .. } => {
            write_expr(start, text, out);
            out.push_str(match op {
                RangeOp::Inclusive => "..",
                RangeOp::Exclusive => "..<",
                RangeOp::Length => "..*",
            });
            if let Some(end) = end {
                write_expr(end, text, out);
            }
        }
        ExprKind::Lambda { param, parenthesized, body } => {
            if *parenthesized {
                out.push('(');
            }
            write_name(&param.name, out);
            if *parenthesized {
                out.push(')');
            }
            out.push_str(" -> ");
            write_expr(body, text, out);
        }
        ExprKind::Error => out.push('…'),
    }
}

fn write_list(items: &[Expr], text: &str, out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_expr(item, text, out);
    }
}

fn write_step(op: &PostfixOp, text: &str, out: &mut String) {
    match op {
        PostfixOp::Dot(name) => {
            out.push('.');
            write_name(&name.name, out);
        }
        PostfixOp::Index(index) => {
            out.push('[');
            write_expr(index, text, out);
            out.push(']');
        }
        PostfixOp::Call(args) => {
            out.push('(');
            write_list(args, text, out);
            out.push(')');
        }
        PostfixOp::BuiltIn(name) => {
            out.push('?');
            out.push_str(&name.name);
        }
        PostfixOp::Exists => out.push_str("??"),
        PostfixOp::Default(sides) => {
            for side in sides {
                out.push('!');
                if let Some(side) = side {
                    write_expr(side, text, out);
                }
            }
        }
    }
}

/// The operator as canonical forms have it: comparisons as they are written.
fn spelled<'t>(infix: &Infix, text: &'t str) -> &'t str {
    use InfixOp::*;
    match infix.op {
        Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual => {
            let span = infix.op_span;
            text.get(span.start as usize..span.end as usize).unwrap_or(infix_symbol(infix.op))
        }
        op => infix_symbol(op),
    }
}

/// The usual spelling of an operator.
pub fn infix_symbol(op: InfixOp) -> &'static str {
    match op {
        InfixOp::Or => "||",
        InfixOp::And => "&&",
        InfixOp::Equal => "==",
        InfixOp::NotEqual => "!=",
        InfixOp::Less => "<",
        InfixOp::LessOrEqual => "<=",
        InfixOp::Greater => ">",
        InfixOp::GreaterOrEqual => ">=",
        InfixOp::Add => "+",
        InfixOp::Sub => "-",
        InfixOp::Mul => "*",
        InfixOp::Div => "/",
        InfixOp::Mod => "%",
    }
}

fn write_name(name: &str, out: &mut String) {
    for c in name.chars() {
        if matches!(c, '-' | '.' | ':' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
}

fn write_string(literal: &StringLiteral, text: &str, out: &mut String) {
    if literal.parts.is_empty() {
        return write_quoted(&literal.value, out);
    }
    out.push('"');
    for part in &literal.parts {
        match part {
            StringPart::Text(part) => write_escaped(part, '"', out),
            StringPart::Interpolation(_, interpolation) => {
                let (open, close) = match interpolation.syntax {
                    InterpolationKind::Dollar => ("${", '}'),
                    InterpolationKind::Hash => ("#{", '}'),
                    InterpolationKind::Square => ("[=", ']'),
                };
                out.push_str(open);
                write_escaped(&canonical(&interpolation.expr, text), '"', out);
                out.push(close);
            }
        }
    }
    out.push('"');
}

/// In double quotes, unless it has some and no single ones.
fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    out.push(quote);
    write_escaped(text, quote, out);
    out.push(quote);
}

fn write_escaped(text: &str, quote: char, out: &mut String) {
    let mut before = None;
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' => out.push_str("\\l"),
            '>' => out.push_str("\\g"),
            '&' => out.push_str("\\a"),
            '{' if matches!(before, Some('$' | '#')) => out.push_str("\\{"),
            '=' if before == Some('[') => out.push_str("\\="),
            '\0'..'\u{20}' => {
                let _ = write!(out, "\\x{:04X}", c as u32);
            }
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        before = Some(c);
    }
}

/// As `java.math.BigDecimal` is shown.
fn write_number(number: &str, out: &mut String) {
    if let Some(hex) = number.strip_prefix("0x").or(number.strip_prefix("0X")) {
        return match u128::from_str_radix(hex, 16) {
            Ok(value) => {
                let _ = write!(out, "{value}");
            }
            Err(_) => out.push_str(number),
        };
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let exponent = digits.len() as i64 - 1 - fraction.len() as i64;
    if exponent < -6 && !fraction.is_empty() {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let _ = write!(out, "{first}{point}{rest}E{exponent}");
        return;
    }
    let whole = whole.trim_start_matches('0');
    out.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParseOptions, Source, parse_expression};

    #[test]
    fn forms() {
        for (text, expected) in [
            ("a  +b*( c )", "a + b * (c)"),
            ("a gt 1", "a gt 1"),
            ("a &gt;= 1 && b = 2", "a &gt;= 1 && b = 2"),
            ("a|b&c", "a || b && c"),
            ("0x1F", "31"),
            ("00", "0"),
            ("0.00000010", "1.0E-7"),
            ("007.50", "7.50"),
            ("'it\"s'", "'it\"s'"),
            ("\"it's <b>\"", "\"it's \\lb\\g\""),
            ("r'a${b}'", "\"a$\\{b}\""),
            ("'a${b[\"c\"]}'", "\"a${b[\\\"c\\\"]}\""),
            ("a\\-b.c\\.d?keep_after(1 2)", "a\\-b.c\\.d?keep_after(1, 2)"),
            ("l?map( x->x.y )", "l?map(x -> x.y)"),
            ("{'a' : 1 , 'b' , 2}", "{\"a\": 1, \"b\": 2}"),
            ("a! + a!b!c", "a!+a!b!c"),
            ("1..!2", "1..<2"),
        ] {
            let source = Source::expression(text);
            let (expr, errors) = parse_expression(&source, &ParseOptions::default());
            assert!(errors.is_empty(), "{text}: {errors:?}");
            assert_eq!(canonical(&expr, source.text()), expected, "{text}");
        }
    }
}
