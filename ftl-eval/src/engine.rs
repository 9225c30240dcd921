//! Engines and templates.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use ftl_parser::Source;
use typed_arena::Arena;

use crate::builtins::Patterns;
use crate::compile;
use crate::data::{Data, OwnedData};
use crate::env::{Env, Root};
use crate::error::{Error, ErrorKind, Result};
use crate::format::date::DateFormat;
use crate::format::number::NumberFormat;
use crate::function::{DirectiveModel, Function, HashModel, SequenceModel};
use crate::limits::Limits;
use crate::loader::TemplateLoader;
use crate::output::OutputFormat;
use crate::output_map::{OutputMap, Written};
use crate::program::Program;
use crate::settings::Settings;
use crate::value::{DateKind, Directive, Hash, Method, Sequence, Value};

/// Compiles templates: settings, limits, a loader, and what the host adds to the data-model.
///
/// Cheap to clone, and to be shared between threads.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<EngineInner>,
}

pub(crate) struct EngineInner {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) loader: Option<Arc<dyn TemplateLoader>>,
    shared: BTreeMap<String, Shared>,
    clock: Arc<dyn Clock>,
    /// The one variable that the data becomes; `None`: the data is the root of the data-model.
    root_name: Option<&'static str>,
    pub(crate) formats: Formats,
    pub(crate) patterns: Patterns,
}

/// A variable that the host shares with all templates.
enum Shared {
    Function(Box<dyn Function>),
    Directive(Box<dyn DirectiveModel>),
    Hash(Box<dyn HashModel>),
    Sequence(Box<dyn SequenceModel>),
    Data(serde_json::Value),
}

/// What `.now` and the time limit read.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_millis(&self) -> i64;
}

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // The clock that an engine is handed unless it is given another.
    fn now_millis(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(_) => 0,
        }
    }
}

impl<F: Fn() -> i64 + Send + Sync> Clock for F {
    fn now_millis(&self) -> i64 {
        self()
    }
}

/// Formats by text and by the settings they depend on; made once.
#[derive(Default)]
pub(crate) struct Formats {
    numbers: RwLock<HashMap<String, Arc<NumberFormat>>>,
    dates: RwLock<HashMap<String, Arc<DateFormat>>>,
}

/// More formats than this are not kept: a template could make them up.
const MAX_FORMATS: usize = 256;

impl Formats {
    pub(crate) fn number(
        &self,
        text: &str,
        settings: &Settings,
    ) -> Result<Arc<NumberFormat>, String> {
        let key = format!("{text}\0{}\0{:?}", settings.locale, settings.c_format);
        if let Some(format) =
            self.numbers.read().ok().and_then(|formats| formats.get(&key).cloned())
        {
            return Ok(format);
        }
        let format = crate::textual::number_format(text, settings)?;
        let format = Arc::new(format);
        if let Ok(mut formats) = self.numbers.write()
            && formats.len() < MAX_FORMATS
        {
            formats.insert(key, format.clone());
        }
        Ok(format)
    }

    pub(crate) fn date(
        &self,
        text: &str,
        kind: DateKind,
        settings: &Settings,
    ) -> Result<Arc<DateFormat>, String> {
        let key = format!("{text}\0{kind:?}\0{}\0{}", settings.locale, settings.time_zone.id());
        if let Some(format) = self.dates.read().ok().and_then(|formats| formats.get(&key).cloned())
        {
            return Ok(format);
        }
        let format = crate::textual::date_format(text, kind, settings)?;
        let format = Arc::new(format);
        if let Ok(mut formats) = self.dates.write()
            && formats.len() < MAX_FORMATS
        {
            formats.insert(key, format.clone());
        }
        Ok(format)
    }
}

impl Default for Engine {
    /// Plain FreeMarker 2.3.35: the data is the data-model.
    fn default() -> Self {
        EngineBuilder::new().finish()
    }
}

impl Engine {
    /// Amplitude's profile: the data is the variable `input`, numbers and booleans print as in JSON,
    /// and `statics` has Amplitude's `FtlUtils`.
    pub fn amplitude() -> Self {
        EngineBuilder::new().amplitude().finish()
    }

    /// An engine with settings of your own.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    /// Compiles `source`. `name` is what messages call it, and what relative paths start from.
    ///
    /// # Errors
    /// Exactly where FreeMarker's parser refuses the template; all its faults are in
    /// [`Error::parse_errors`].
    pub fn compile(&self, name: &str, source: impl Into<String>) -> Result<Template> {
        let source = Source::new(name, source.into()).with_tab_size(self.inner.settings.tab_size);
        let program = self.inner.compile(&source)?;
        Ok(Template { inner: Arc::new(TemplateInner { engine: self.inner.clone(), program }) })
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }
}

impl EngineInner {
    pub(crate) fn compile(&self, source: &Source) -> Result<Program> {
        let parsed = ftl_parser::parse(source, &self.settings.parse);
        if !parsed.errors.is_empty() {
            return Err(Error::parse(source, parsed.errors));
        }
        Ok(compile::compile(
            source,
            &parsed.ast,
            self.settings.parse.auto_escaping_policy,
            self.settings.arithmetic_engine,
        ))
    }

    /// Compiles what stands within a template: the output format in force there is its own.
    pub(crate) fn compile_within(&self, source: &Source, format: &OutputFormat) -> Result<Program> {
        let mut options = self.settings.parse.clone();
        options.output_format = format.name();
        options.recognize_standard_file_extensions = Some(false);
        let parsed = ftl_parser::parse(source, &options);
        if !parsed.errors.is_empty() {
            return Err(Error::parse(source, parsed.errors));
        }
        Ok(compile::compile(
            source,
            &parsed.ast,
            options.auto_escaping_policy,
            self.settings.arithmetic_engine,
        ))
    }

    /// The data-model that `value` makes.
    fn root<'a>(&self, value: Value<'a>) -> Result<Root<'a>> {
        match (self.root_name, value) {
            (Some(name), value) => Ok(Root::Named(name, value)),
            (None, Value::Hash(hash)) => Ok(Root::Hash(hash)),
            (None, other) => {
                let actual = other.type_name();
                Err(Error::new(
                    ErrorKind::Data,
                    format!("The root of the data-model must be a JSON object, not a {actual}"),
                ))
            }
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_millis()
    }

    /// A variable of the host.
    pub(crate) fn shared(&self, name: &str) -> Value<'_> {
        if self.shared.is_empty() {
            return Value::Missing;
        }
        match self.shared.get(name) {
            None => Value::Missing,
            Some(Shared::Function(function)) => Value::Method(Method::Function(&**function)),
            Some(Shared::Directive(directive)) => Value::Directive(Directive::Model(&**directive)),
            Some(Shared::Hash(hash)) => Value::Hash(Hash::Model(&**hash)),
            Some(Shared::Sequence(sequence)) => Value::Sequence(Sequence::Model(&**sequence)),
            Some(Shared::Data(value)) => value.into(),
        }
    }
}

/// Builds an [`Engine`].
pub struct EngineBuilder {
    settings: Settings,
    limits: Limits,
    loader: Option<Arc<dyn TemplateLoader>>,
    shared: BTreeMap<String, Shared>,
    clock: Arc<dyn Clock>,
    root_name: Option<&'static str>,
    faults: Vec<String>,
}

impl EngineBuilder {
    fn new() -> Self {
        Self {
            settings: Settings::default(),
            limits: Limits::default(),
            loader: None,
            shared: BTreeMap::new(),
            clock: Arc::new(SystemClock),
            root_name: None,
            faults: Vec::new(),
        }
    }

    /// Amplitude's profile, see [`Engine::amplitude`]. Settings made later come on top.
    pub fn amplitude(mut self) -> Self {
        self.root_name = Some("input");
        self.amplitude_variables()
    }

    /// Amplitude's settings and `statics`, with the data as the whole data-model (`{"input": …}`).
    pub fn amplitude_variables(self) -> Self {
        self.setting("number_format", "computer")
            .setting("boolean_format", "c")
            .hash("statics", crate::ftl_utils::Statics)
    }

    /// Makes the data the variable `input`, instead of the root of the data-model.
    pub fn input_variable(mut self) -> Self {
        self.root_name = Some("input");
        self
    }

    /// A FreeMarker setting by its name, as `Configuration.setSetting` takes it, in either spelling:
    /// `number_format`, `locale`, `time_zone`, `tag_syntax`, `incompatible_improvements`, ….
    /// A bad name or value is an error of [`Self::build`].
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        if let Err(fault) = self.settings.set(name, value) {
            self.faults.push(fault);
        }
        self
    }

    /// What a render may use.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where `#include` and `#import` get templates. Default: nowhere.
    pub fn loader(mut self, loader: impl TemplateLoader + 'static) -> Self {
        self.loader = Some(Arc::new(loader));
        self
    }

    /// The clock of `.now` and of the time limit. Default: the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// A function for all templates.
    pub fn function(mut self, name: &str, function: impl Function + 'static) -> Self {
        self.shared.insert(name.to_owned(), Shared::Function(Box::new(function)));
        self
    }

    /// A directive for all templates.
    pub fn directive(mut self, name: &str, directive: impl DirectiveModel + 'static) -> Self {
        self.shared.insert(name.to_owned(), Shared::Directive(Box::new(directive)));
        self
    }

    /// A hash for all templates.
    pub fn hash(mut self, name: &str, hash: impl HashModel + 'static) -> Self {
        self.shared.insert(name.to_owned(), Shared::Hash(Box::new(hash)));
        self
    }

    /// A sequence for all templates.
    pub fn sequence(mut self, name: &str, sequence: impl SequenceModel + 'static) -> Self {
        self.shared.insert(name.to_owned(), Shared::Sequence(Box::new(sequence)));
        self
    }

    /// A variable for all templates; the data-model's own variables hide it.
    pub fn global(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.shared.insert(name.to_owned(), Shared::Data(value.into()));
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// A setting that does not exist or has a bad value.
    pub fn build(self) -> Result<Engine> {
        match self.faults.first() {
            Some(fault) => Err(Error::new(ErrorKind::Setting, fault.clone())),
            None => Ok(self.finish()),
        }
    }

    fn finish(mut self) -> Engine {
        self.settings.parse.max_expression_depth = self.limits.expression_depth;
        self.settings.parse.max_directive_depth = self.limits.directive_depth;
        self.settings.parse.max_source_bytes = self.limits.source_bytes;
        let inner = EngineInner {
            settings: self.settings,
            limits: self.limits,
            loader: self.loader,
            shared: self.shared,
            clock: self.clock,
            root_name: self.root_name,
            formats: Formats::default(),
            patterns: Patterns::default(),
        };
        Engine { inner: Arc::new(inner) }
    }
}

/// A compiled template. `Send + Sync`, cheap to clone.
#[derive(Clone)]
pub struct Template {
    inner: Arc<TemplateInner>,
}

struct TemplateInner {
    engine: Arc<EngineInner>,
    program: Program,
}

/// Data that a template can render: [`serde_json::Value`], [`Data`], [`OwnedData`].
pub trait DataModel: sealed::Sealed {
    #[doc(hidden)]
    fn value(&self) -> Value<'_>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for serde_json::Value {}
    impl Sealed for crate::data::Data<'_> {}
    impl Sealed for crate::data::OwnedData {}
}

impl DataModel for serde_json::Value {
    fn value(&self) -> Value<'_> {
        self.into()
    }
}

impl DataModel for Data<'_> {
    fn value(&self) -> Value<'_> {
        crate::value::json::node_value(self.root())
    }
}

impl DataModel for OwnedData {
    fn value(&self) -> Value<'_> {
        crate::value::json::node_value(self.root())
    }
}

impl Template {
    /// The text for `data`.
    ///
    /// # Errors
    /// What goes wrong while rendering, with its place in the template.
    pub fn render<D: DataModel + ?Sized>(&self, data: &D) -> Result<String> {
        let mut out = String::with_capacity(self.inner.program.source.text().len());
        self.render_into(data, &mut out)?;
        Ok(out)
    }

    /// Appends the text for `data` to `out`. On an error `out` has its former length.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_into<D: DataModel + ?Sized>(&self, data: &D, out: &mut String) -> Result<()> {
        self.run(data, out, false).map(|_| ())
    }

    /// The text for `data`, and which part of the template wrote which part of it.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_with_map<D: DataModel + ?Sized>(&self, data: &D) -> Result<(String, OutputMap)> {
        let mut out = String::new();
        let map = self.run(data, &mut out, true)?;
        Ok((out, map))
    }

    fn run<D: DataModel + ?Sized>(
        &self,
        data: &D,
        out: &mut String,
        map: bool,
    ) -> Result<OutputMap> {
        let engine = &*self.inner.engine;
        let loaded = Arena::new();
        let root = engine.root(data.value())?;
        let length = out.len();
        let mut env = Env::new(engine, &loaded, &self.inner.program, root, std::mem::take(out));
        if map {
            env.written = Some(Written::default());
        }
        let result = env.run();
        *out = std::mem::take(&mut env.out);
        if result.is_err() {
            out.truncate(length);
        }
        result.map(|()| env.written.take().unwrap_or_default().into_map())
    }

    /// Writes the text for `data`, all at once when it is whole.
    ///
    /// # Errors
    /// As [`Self::render`]; kind [`ErrorKind::Io`] when writing fails.
    pub fn render_to<D: DataModel + ?Sized>(
        &self,
        data: &D,
        writer: &mut dyn io::Write,
    ) -> Result<()> {
        let text = self.render(data)?;
        writer
            .write_all(text.as_bytes())
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot write the output: {error}")))
    }

    /// Appends the text for the JSON text `json` to `out`. On an error `out` has its former length.
    ///
    /// # Errors
    /// As [`Self::render`]; kind [`ErrorKind::Data`] when `json` is not JSON.
    pub fn render_json(&self, json: &[u8], out: &mut String) -> Result<()> {
        let data = Data::parse_within(json, self.inner.engine.limits.json_depth)?;
        self.render_into(&data, out)
    }

    /// What will fail when it is executed, as far as the text tells: bad constant patterns,
    /// regular expressions and settings.
    pub fn warnings(&self) -> &[Error] {
        &self.inner.program.warnings
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.program.source.name().unwrap_or("")
    }

    /// Its source.
    pub fn source(&self) -> &Source {
        &self.inner.program.source
    }
}
