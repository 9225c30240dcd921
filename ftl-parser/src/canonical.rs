//! Expressions as FreeMarker's messages show them: blanks normalised, strings quoted its way.

use std::fmt::Write as _;

use crate::ast::*;

/// The canonical form of an expression.
pub fn canonical(expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(expr, &mut out);
    out
}

fn write_expr(expr: &Expr, out: &mut String) {
    match &expr.kind {
        ExprKind::Name(name) => write_name(name, out),
        ExprKind::Special(name) => {
            out.push('.');
            out.push_str(&name.name);
        }
        ExprKind::String(literal) => write_string(literal, out),
        ExprKind::Number(number) => write_number(number, out),
        ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ExprKind::List(items) => {
            out.push('[');
            write_list(items, out);
            out.push(']');
        }
        ExprKind::Hash(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_expr(key, out);
                out.push_str(": ");
                write_expr(value, out);
            }
            out.push('}');
        }
        ExprKind::Paren(inner) => {
            out.push('(');
            write_expr(inner, out);
            out.push(')');
        }
        ExprKind::Postfix(base, steps) => {
            write_expr(base, out);
            for step in steps {
                write_step(&step.op, out);
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
            write_expr(operand, out);
        }
        ExprKind::Infix(first, rest) => {
            write_expr(first, out);
            for infix in rest {
                let _ = write!(out, " {} ", infix_symbol(infix.op));
                write_expr(&infix.right, out);
            }
        }
        ExprKind::Range { start, op, end, .. } => {
            write_expr(start, out);
            out.push_str(match op {
                RangeOp::Inclusive => "..",
                RangeOp::Exclusive => "..<",
                RangeOp::Length => "..*",
            });
            if let Some(end) = end {
                write_expr(end, out);
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
            write_expr(body, out);
        }
        ExprKind::Error => out.push('…'),
    }
}

fn write_list(items: &[Expr], out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_expr(item, out);
    }
}

fn write_step(op: &PostfixOp, out: &mut String) {
    match op {
        PostfixOp::Dot(name) => {
            out.push('.');
            write_name(&name.name, out);
        }
        PostfixOp::Index(index) => {
            out.push('[');
            write_expr(index, out);
            out.push(']');
        }
        PostfixOp::Call(args) => {
            out.push('(');
            write_list(args, out);
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
                    write_expr(side, out);
                }
            }
        }
    }
}

/// The operator as canonical forms have it.
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

fn write_string(literal: &StringLiteral, out: &mut String) {
    if literal.parts.is_empty() {
        return write_quoted(&literal.value, out);
    }
    out.push('"');
    for part in &literal.parts {
        match part {
            StringPart::Text(text) => write_escaped(text, '"', out),
            StringPart::Interpolation(_, interpolation) => {
                let (open, close) = match interpolation.syntax {
                    InterpolationKind::Dollar => ("${", '}'),
                    InterpolationKind::Hash => ("#{", '}'),
                    InterpolationKind::Square => ("[=", ']'),
                };
                out.push_str(open);
                write_expr(&interpolation.expr, out);
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
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
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
            '{' if out.ends_with(['$', '#']) => out.push_str("\\{"),
            '\0'..'\u{20}' => {
                let _ = write!(out, "\\x{:04X}", c as u32);
            }
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
}

/// A hexadecimal number as a decimal one.
fn write_number(number: &str, out: &mut String) {
    let Some(hex) = number.strip_prefix("0x").or(number.strip_prefix("0X")) else {
        return out.push_str(number);
    };
    match u128::from_str_radix(hex, 16) {
        Ok(value) => {
            let _ = write!(out, "{value}");
        }
        Err(_) => out.push_str(number),
    }
}
