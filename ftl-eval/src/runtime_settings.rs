//! The settings in force while a template runs, and the formats made of them.

use std::ops::Deref;
use std::sync::Arc;

use crate::engine::EngineInner;
use crate::format::date::DateFormat;
use crate::format::number::NumberFormat;
use crate::settings::Settings;
use crate::value::DateKind;

/// Settings of the engine until the template changes one.
pub(crate) struct RuntimeSettings<'a> {
    engine: &'a EngineInner,
    own: Option<Box<Settings>>,
    number: Option<Arc<NumberFormat>>,
    /// By kind: date, time, date-time.
    dates: [Option<Arc<DateFormat>>; 3],
}

impl<'a> RuntimeSettings<'a> {
    pub(crate) fn new(engine: &'a EngineInner) -> Self {
        Self { engine, own: None, number: None, dates: [None, None, None] }
    }

    /// `<#setting name=value>`
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let own = self.own.get_or_insert_with(|| Box::new(self.engine.settings.clone()));
        own.set_in_template(name, value)?;
        self.number = None;
        self.dates = [None, None, None];
        Ok(())
    }

    /// The format of `number_format`. The error is FreeMarker's reason.
    pub(crate) fn number_format(&mut self) -> Result<Arc<NumberFormat>, String> {
        if let Some(format) = &self.number {
            return Ok(format.clone());
        }
        let format = self.engine.formats.number(&self.number_format, self)?;
        self.number = Some(format.clone());
        Ok(format)
    }

    /// The format of `date_format`, `time_format` or `datetime_format`.
    pub(crate) fn date_format(&mut self, kind: DateKind) -> Result<Arc<DateFormat>, String> {
        let (at, text) = match kind {
            DateKind::Date => (0, &self.date_format),
            DateKind::Time => (1, &self.time_format),
            DateKind::DateTime | DateKind::Unknown => (2, &self.datetime_format),
        };
        if let Some(format) = &self.dates[at] {
            return Ok(format.clone());
        }
        let format = self.engine.formats.date(text, kind, self)?;
        self.dates[at] = Some(format.clone());
        Ok(format)
    }

    /// A number format by its text, as in `?string("0.00")`.
    pub(crate) fn number_format_of(&self, text: &str) -> Result<Arc<NumberFormat>, String> {
        self.engine.formats.number(text, self)
    }

    /// A date format by its text, as in `?string("yyyy")`.
    pub(crate) fn date_format_of(
        &self,
        text: &str,
        kind: DateKind,
    ) -> Result<Arc<DateFormat>, String> {
        self.engine.formats.date(text, kind, self)
    }
}

impl Deref for RuntimeSettings<'_> {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        match &self.own {
            Some(own) => own,
            None => &self.engine.settings,
        }
    }
}
