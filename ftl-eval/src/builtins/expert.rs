//! Rarely used built-ins: text that is evaluated, bound arguments, and what needs Java or XML.

use std::rc::Rc;

use ftl_parser::{ParseError, Source};

use super::{BuiltIn, Call};
use crate::call::{
    BoundArgs, BoundKind, BoundMethod, CallableMacro, InterpretedTemplate, WithArgs,
};
use crate::compile;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::format::quoted;
use crate::loader;
use crate::program::NodeKind;
use crate::value::eval_json::{self, Failure};
use crate::value::{Directive, Hash, Method, Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::string("eval", 0..=0, eval),
    BuiltIn::string("eval_json", 0..=0, eval_json),
    BuiltIn::any("interpret", 0..=0, interpret),
    BuiltIn::any("with_args", 0..=0, |value, call| bind(value, call, false)),
    BuiltIn::any("with_args_last", 0..=0, |value, call| bind(value, call, true)),
    BuiltIn::any("namespace", 0..=0, namespace),
    BuiltIn::string("absolute_template_name", 1..=1, absolute_template_name).or_bare(),
    BuiltIn::any("new", 0..=0, |_, _| needs_java("new")),
    BuiltIn::any("ancestors", 0..=0, |_, _| needs_xml("ancestors")),
    BuiltIn::any("children", 0..=0, |_, _| needs_xml("children")),
    BuiltIn::any("next_sibling", 0..=0, |_, _| needs_xml("next_sibling")),
    BuiltIn::any("node_name", 0..=0, |_, _| needs_xml("node_name")),
    BuiltIn::any("node_namespace", 0..=0, |_, _| needs_xml("node_namespace")),
    BuiltIn::any("node_type", 0..=0, |_, _| needs_xml("node_type")),
    BuiltIn::any("parent", 0..=0, |_, _| needs_xml("parent")),
    BuiltIn::any("previous_sibling", 0..=0, |_, _| needs_xml("previous_sibling")),
    BuiltIn::any("root", 0..=0, |_, _| needs_xml("root")),
];

fn needs_java<'a>(name: &str) -> Result<Value<'a>> {
    Err(Error::unsupported(format!("?{name} needs Java objects; this engine has JSON data only")))
}

fn needs_xml<'a>(name: &str) -> Result<Value<'a>> {
    Err(Error::unsupported(format!("?{name} works on XML nodes; this engine has JSON data only")))
}

/// Evaluates text as an expression, here and now.
fn eval<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    // The parser wants more stack than one level of evaluation does.
    stacker::maybe_grow(PARSER_STACK, 2 * PARSER_STACK, || evaluated(&text, call))
}

/// Stack that must be left before text is parsed.
const PARSER_STACK: usize = 1 << 20;

fn evaluated<'a>(text: &str, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let env = &mut *call.env;
    env.enter_call()?;
    let source = Source::new(env.template_name().unwrap_or(""), text);
    let mut options = env.engine.settings.parse.clone();
    options.output_format = call.site.format.name();
    let (expr, faults) = ftl_parser::parse_expression(&source, &options);
    if let Some(fault) = faults.first() {
        env.call_depth -= 1;
        return Err(embedded(
            call,
            "Failed to \"?eval\" string with this error:",
            &parse_message(&source, fault),
            "failing",
        ));
    }
    let arithmetic = env.engine.settings.arithmetic_engine;
    let auto_esc = call.site.format.is_markup();
    let program =
        compile::compile_expression(&source, &expr, call.site.format.clone(), auto_esc, arithmetic);
    let program = env.keep(program);
    let result = match program.body.first().map(|node| &node.kind) {
        Some(NodeKind::Return(Some(expr))) => env.inside(program, |env| env.eval(expr)),
        _ => Ok(Value::Missing),
    };
    env.call_depth -= 1;
    result.map_err(|error| match error.is_catchable() {
        true => embedded(
            call,
            "Failed to \"?eval\" string with this error:",
            &error.description(),
            "failing",
        ),
        false => error,
    })
}

/// The value that JSON text stands for.
fn eval_json<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let limits = &call.env.engine.limits;
    let mut values = 0;
    let charge = |steps| {
        values += 1;
        limits.check_items(values)?;
        call.env.steps(steps)
    };
    eval_json::read(&text, limits.json_depth, charge).map_err(|failure| match failure {
        Failure::Limit(error) => error,
        Failure::Fault(fault) => embedded(
            call,
            &format!("Failed to \"{}\" string with this error:", call.spelled()),
            &fault.describe(&text),
            "failing",
        ),
    })
}

/// Blames the built-in for what went wrong in text that it made a template or expression of.
fn embedded(call: &Call<'_, '_>, lead: &str, message: &str, which: &str) -> Error {
    let error = Error::value(format!(
        "{lead}\n\n---begin-message---\n{message}\n---end-message---\n\nThe {which} expression:"
    ));
    call.env.blame(error, call.whole)
}

fn parse_message(source: &Source, fault: &ParseError) -> String {
    let (line, column) = (fault.position.line, fault.position.column);
    let name = source.name().unwrap_or("");
    format!(
        "Syntax error in template {} in line {line}, column {column}:\n{}",
        quoted(name),
        fault.message
    )
}

/// Text as a template, to be called by `<@…>`.
fn interpret<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let (text, id) = match value.as_sequence() {
        Some(sequence) if value.as_str().is_none() => {
            let text = sequence.get(0);
            if text.is_missing() {
                return Err(call.env.missing(call.target));
            }
            let id = match sequence.len() {
                Some(0 | 1) => Str::Borrowed("anonymous_interpreted"),
                _ => call.env.to_text(&sequence.get(1), call.target)?,
            };
            (call.env.to_text(&text, call.target)?, id)
        }
        _ => match value.as_str() {
            Some(text) => (Str::from(text.to_owned()), Str::Borrowed("anonymous_interpreted")),
            None => return Err(call.env.unexpected("sequence or string", &value, call.target)),
        },
    };
    let parent = call.env.template_name().unwrap_or("nameless_template");
    let source = Source::new(format!("{parent}->{id}"), &*text)
        .with_tab_size(call.env.engine.settings.tab_size);
    let program = stacker::maybe_grow(PARSER_STACK, 2 * PARSER_STACK, || {
        call.env.engine.compile_within(&source, &call.site.format)
    })
    .map_err(|error| match error.parse_errors().first() {
        Some(fault) => embedded(
            call,
            "Template parsing with \"?interpret\" has failed with this error:",
            &parse_message(&source, fault),
            "failed",
        ),
        None => error,
    })?;
    let program = call.env.keep(program);
    Ok(Value::Directive(Directive::Interpreted(Rc::new(InterpretedTemplate { program }))))
}

/// `f?with_args`, which waits for its arguments.
fn bind<'a>(value: Value<'a>, call: &mut Call<'_, 'a>, last: bool) -> Result<Value<'a>> {
    if !matches!(value, Value::Macro(_) | Value::Directive(_) | Value::Method(_)) {
        return Err(call.env.unexpected(
            "macro, function, directive, or method",
            &value,
            call.target,
        ));
    }
    let kind = BoundKind::WithArgsOf { value, last };
    Ok(Value::Method(Method::BuiltIn(Rc::new(BoundMethod { kind }))))
}

/// `f?with_args(args)`
pub(crate) fn with_args<'a>(
    env: &mut Env<'a>,
    callee: &Value<'a>,
    args: &[Value<'a>],
    last: bool,
) -> Result<Value<'a>> {
    let name = if last { "with_args_last" } else { "with_args" };
    let [arg] = args else {
        let got = if args.is_empty() { "none".to_owned() } else { args.len().to_string() };
        return Err(Error::value(format!(
            "?{name}(...) expects 1 argument but has received {got}."
        )));
    };
    let sequence = arg.as_sequence().map(|sequence| crate::call::sequence_values(&sequence));
    let hash = arg.as_hash().filter(Hash::is_listable);
    match (callee, sequence, hash) {
        (Value::Macro(callable), Some(values), _) => {
            Ok(bound(callable, BoundArgs::Positional(values), last))
        }
        (Value::Macro(callable), None, Some(_)) if callable.def.function => {
            Err(Error::value(format!(
                "When applied on a function, ?{name} can't have a hash argument. Use a sequence argument."
            )))
        }
        (Value::Macro(callable), None, Some(hash)) => {
            let entries = env.hash_entries(&hash)?;
            Ok(bound(callable, BoundArgs::Named(entries), last))
        }
        (Value::Method(_), Some(args), _) => {
            let kind = BoundKind::WithArgs { method: callee.clone(), args, last };
            Ok(Value::Method(Method::BuiltIn(Rc::new(BoundMethod { kind }))))
        }
        (Value::Method(_), None, Some(_)) => Err(Error::value(format!(
            "When applied on a method, ?{name} can't have a hash argument. Use a sequence argument."
        ))),
        (Value::Directive(_), ..) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("?{name} of a directive is not supported"),
        )),
        _ => {
            let kind = arg.type_name();
            let article = crate::expr::article(kind);
            Err(Error::new(
                ErrorKind::Type,
                format!(
                    "?{name}(...) expects an extended hash or sequence as argument #1, but received {article} {kind}."
                ),
            ))
        }
    }
}

fn bound<'a>(callable: &CallableMacro<'a>, args: BoundArgs<'a>, last: bool) -> Value<'a> {
    Value::Macro(Rc::new(CallableMacro {
        def: callable.def,
        program: callable.program,
        namespace: callable.namespace,
        with_args: Some(WithArgs { args, last }),
    }))
}

/// The namespace of a macro.
fn namespace<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match &value {
        Value::Macro(callable) => Ok(Value::Hash(Hash::Namespace(callable.namespace))),
        value => Err(call.env.unexpected("macro or function", value, call.target)),
    }
}

/// The absolute name of a path relative to this template, or to `args[0]`.
fn absolute_template_name<'a>(path: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let base = match call.opt_string_arg(0)? {
        Some(base) => Some(base.to_owned()),
        None => call.env.template_name().map(str::to_owned),
    };
    let name = loader::joined_name(base.as_deref(), &path);
    let absolute = name.contains("://") || name.starts_with('/');
    Ok(if absolute { name.into() } else { format!("/{name}").into() })
}
