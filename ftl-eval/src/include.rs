//! `#include`, `#import`, `.get_optional_template`.

use std::rc::Rc;

use ftl_parser::{Source, Span};

use crate::call::{BoundKind, BoundMethod};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::format::locale::Locale;
use crate::format::quoted;
use crate::loader;
use crate::program::{Expr, Import, Include, Node, NodeKind, Program};
use crate::value::hash::OrderedHash;
use crate::value::{Directive, Hash, IncludedTemplate, Method, Value};

impl<'a> Env<'a> {
    pub(crate) fn include(&mut self, include: &'a Include, span: Span) -> Result<()> {
        let path = self.eval_text(&include.path)?;
        let name = self
            .full_name(&path)
            .map_err(|error| wrapped("Template inclusion failed", &path, error))?;
        if let Some(encoding) = &include.encoding {
            // Sources are text already: an encoding says nothing any more, but must be a string.
            self.eval_text(encoding)?;
        }
        let parse = match &include.parse {
            Some(expr) => self.yes_no(expr)?,
            None => true,
        };
        let ignore_missing = match &include.ignore_missing {
            Some(expr) => self.eval_bool(expr)?,
            None => false,
        };
        match self
            .load(&name, parse)
            .map_err(|error| wrapped("Template inclusion failed", &path, error))?
        {
            Some(program) => self.include_program(program, (self.program, span)),
            None if ignore_missing => Ok(()),
            None => Err(self.not_found("Template inclusion failed", &path, &name)),
        }
    }

    /// A boolean, or one of the old words for it.
    fn yes_no(&mut self, expr: &'a Expr) -> Result<bool> {
        let value = self.eval(expr)?;
        if let Some(value) = value.as_bool() {
            return Ok(value);
        }
        match value.as_str() {
            Some("yes" | "y" | "true" | "t") => Ok(true),
            Some("no" | "n" | "false" | "f") => Ok(false),
            Some(other) => {
                let message = format!(
                    "Value must be boolean (or one of these strings: \"n\", \"no\", \"f\", \"false\", \"y\", \"yes\", \"t\", \"true\"), but it was {}",
                    quoted(other)
                );
                Err(self.blame(Error::value(message), expr.span))
            }
            None => Err(self.unexpected("boolean", &value, expr.span)),
        }
    }

    pub(crate) fn import(&mut self, import: &'a Import) -> Result<()> {
        let path = self.eval_text(&import.path)?;
        let name = self
            .full_name(&path)
            .map_err(|error| wrapped("Template importing failed", &path, error))?;
        let found = self.load(&name, true);
        let Some(program) =
            found.map_err(|error| wrapped("Template importing failed", &path, error))?
        else {
            return Err(self.not_found("Template importing failed", &path, &name));
        };
        let namespace = self.import_program(program)?;
        self.set_symbol(import.symbol, namespace.clone());
        if self.namespace == 0 {
            // What the main template imports is visible everywhere.
            self.globals.insert((&*import.name).into(), namespace);
        }
        Ok(())
    }

    pub(crate) fn full_name(&self, path: &str) -> Result<String> {
        loader::full_name(self.template_name(), path).map_err(|reason| {
            Error::new(
                ErrorKind::TemplateNotFound,
                format!("Malformed template name {}:\n{reason}", quoted(path)),
            )
        })
    }

    #[cold]
    fn not_found(&self, what: &str, path: &str, name: &str) -> Error {
        let mut message = format!(
            "{what} (for parameter value {}):\nTemplate not found for name {}.",
            quoted(path),
            quoted(name)
        );
        match &self.engine.loader {
            Some(loader) => {
                let place = loader.description();
                message.push_str(&format!(
                    "\nThe name was interpreted by this TemplateLoader: {place}."
                ));
            }
            None => message.push_str(
                " No template loader is set up, so there is nothing to include or import.",
            ),
        }
        Error::new(ErrorKind::TemplateNotFound, message)
    }

    /// The template `name`; parsed, or as text only. `None`: there is none.
    fn load(&mut self, name: &str, parse: bool) -> Result<Option<&'a Program>> {
        let key = if parse { name.to_owned() } else { format!("\0{name}") };
        if let Some(program) = self.loaded_by_name.get(&key) {
            return Ok(*program);
        }
        let Some(loader) = &self.engine.loader else { return Ok(None) };
        let mut found = None;
        for candidate in loader::candidates(name, self.localized()) {
            let text = loader.load(&candidate).map_err(|reason| {
                Error::new(
                    ErrorKind::TemplateNotFound,
                    format!("Template {} cannot be read: {reason}", quoted(name)),
                )
            })?;
            if let Some(text) = text {
                found = Some((candidate, text));
                break;
            }
        }
        let program = match found {
            Some((_, text)) => {
                // A name with `*` stays the template's name, as FreeMarker has it.
                let source = Source::new(name, text).with_tab_size(self.engine.settings.tab_size);
                let program = if parse {
                    self.engine.compile(&source)?
                } else {
                    let text = source.text().into();
                    let span = Span::new(0, source.text().len() as u32);
                    Program::plain(source, Node { span, kind: NodeKind::Text(text) })
                };
                Some(self.keep(program))
            }
            None => None,
        };
        self.loaded_by_name.insert(key, program);
        Ok(program)
    }

    /// The locale whose name may be part of a template's name, if that is looked for.
    fn localized(&self) -> Option<&Locale> {
        self.engine.settings.localized_lookup.then_some(&self.settings.locale)
    }

    /// What the host's settings put before every template.
    pub(crate) fn auto_import_and_include(&mut self) -> Result<()> {
        let settings = &self.engine.settings;
        for (path, variable) in &settings.auto_import {
            let Some(program) = self.load(path, true)? else {
                return Err(Error::new(
                    ErrorKind::TemplateNotFound,
                    format!("Template not found for name {}.", quoted(path)),
                ));
            };
            let namespace = self.import_program(program)?;
            self.namespaces[0].set(variable, namespace.clone());
            self.globals.insert((&**variable).into(), namespace);
        }
        let mut done: Vec<&str> = Vec::new();
        for path in &settings.auto_include {
            // Since 2.3.25 the same template is included once.
            if settings.improvements >= (2, 3, 25) && done.contains(&path.as_str()) {
                continue;
            }
            done.push(path);
            match self.load(path, true)? {
                Some(program) => self.include_program(program, (self.program, Span::default()))?,
                None => {
                    return Err(Error::new(
                        ErrorKind::TemplateNotFound,
                        format!("Template not found for name {}.", quoted(path)),
                    ));
                }
            }
        }
        Ok(())
    }

    /// `.get_optional_template(path, options)`
    pub(crate) fn get_optional_template(&mut self, args: &[Value<'a>]) -> Result<Value<'a>> {
        const NAME: &str = ".get_optional_template";
        if args.is_empty() || args.len() > 2 {
            let got = if args.is_empty() { "none".to_owned() } else { args.len().to_string() };
            return Err(Error::value(format!(
                "{NAME}(...) expects 1 or 2 arguments but has received {got}."
            )));
        }
        let Some(path) = args[0].as_str() else {
            let kind = args[0].type_name();
            return Err(Error::value(format!(
                "{NAME}(...) expects a string as argument #1, but received {} {kind}.",
                crate::expr::article(kind)
            )));
        };
        let mut parse = true;
        if let Some(options) = args.get(1) {
            let Some(options) = options.as_hash().filter(Hash::is_listable) else {
                let kind = options.type_name();
                return Err(Error::value(format!(
                    "{NAME}(...) expects an extended hash as argument #2, but received {} {kind}.",
                    crate::expr::article(kind)
                )));
            };
            for (key, value) in self.hash_entries(&options)? {
                match (&*key, value.as_bool(), value.as_str()) {
                    ("parse", Some(value), _) => parse = value,
                    ("encoding", _, Some(_)) => (),
                    ("parse" | "encoding", ..) => {
                        let (kind, expected) = (
                            value.type_name(),
                            if &*key == "parse" { "boolean" } else { "string" },
                        );
                        return Err(Error::value(format!(
                            "{NAME}(...) argument #2 had invalid value: The value of the {} option must be a {expected}, but it was {} {kind}.",
                            quoted(&key),
                            crate::expr::article(kind)
                        )));
                    }
                    _ => {
                        return Err(Error::value(format!(
                            "{NAME}(...) argument #2 had invalid value: Unsupported option {}; valid names are: \
                             \"encoding\", \"parse\".",
                            quoted(&key)
                        )));
                    }
                }
            }
        }
        let name = self.full_name(path)?;
        let program = self.load(&name, parse)?;
        let mut hash = OrderedHash::new();
        hash.insert("exists".into(), program.is_some().into());
        if let Some(program) = program {
            hash.insert(
                "include".into(),
                Value::Directive(Directive::Include(IncludedTemplate(program))),
            );
            let import = BoundMethod { kind: BoundKind::Import(program) };
            hash.insert("import".into(), Value::Method(Method::BuiltIn(Rc::new(import))));
        }
        Ok(Value::map(hash))
    }
}

/// What is wrong with an included template, told by the directive that asks for it.
#[cold]
fn wrapped(what: &str, path: &str, error: Error) -> Error {
    if !error.is_catchable() {
        return error;
    }
    let reason = match (error.kind(), error.position()) {
        (ErrorKind::Parse, Some(position)) => {
            let name = error.place().and_then(|place| place.source.name()).unwrap_or("");
            let (line, column) = (position.line, position.column);
            format!(
                "Syntax error in template {} in line {line}, column {column}:\n{}",
                quoted(name),
                error.message()
            )
        }
        _ => error.message().into_owned(),
    };
    Error::new(
        ErrorKind::TemplateNotFound,
        format!("{what} (for parameter value {}):\n{reason}", quoted(path)),
    )
}
