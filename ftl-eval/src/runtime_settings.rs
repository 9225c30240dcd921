//! The settings in force while a template runs, and the formats made of them.

use std::ops::Deref;
use std::sync::Arc;

use crate::engine::EngineInner;
use crate::format::date::DateFormat;
use crate::format::number::NumberFormat;
use crate::format::zone::Zone;
use crate::settings::Settings;
use crate::value::DateKind;

const MAX_MOVED: usize = 64;

/// Settings of the engine until the template changes one.
pub(crate) struct RuntimeSettings<'a> {
    engine: &'a EngineInner,
    own: Option<Box<Settings>>,
    number: Option<Arc<NumberFormat>>,
    /// By kind: date, time, date-time.
    dates: [Option<Arc<DateFormat>>; 3],
    /// Formats by their text that are in another zone than `time_zone`, because they read a text that names one.
    moved: Vec<(String, Arc<DateFormat>)>,
}

impl<'a> RuntimeSettings<'a> {
    pub(crate) fn new(engine: &'a EngineInner) -> Self {
        Self { engine, own: None, number: None, dates: [None, None, None], moved: Vec::new() }
    }

    /// `<#setting name=value>`
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let own = self.own.get_or_insert_with(|| Box::new(self.engine.settings.clone()));
        let before = own.clone();
        own.set_in_template(name, value)?;
        self.number = None;
        // A setting that stays the same leaves its formats in the zones that they are in.
        if own.locale != before.locale || own.time_zone.id() != before.time_zone.id() {
            self.dates = [None, None, None];
            self.moved.clear();
        }
        let texts = |settings: &Settings| {
            [&settings.date_format, &settings.time_format, &settings.datetime_format]
                .map(String::clone)
        };
        for ((format, now), before) in self.dates.iter_mut().zip(texts(own)).zip(texts(&before)) {
            if now != before {
                *format = None;
            }
        }
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
        let moved =
            |(known, format): &&(String, Arc<DateFormat>)| known == text && format.kind() == kind;
        if let Some((_, format)) = self.moved.iter().find(moved) {
            return Ok(format.clone());
        }
        self.engine.formats.date(text, kind, self)
    }

    /// Puts the format of a setting into the zone that a text named which it read. FreeMarker's formats remember it, to
    /// the end of the render.
    pub(crate) fn move_date_format(&mut self, format: &DateFormat, zone: Zone) {
        let at = match format.kind() {
            DateKind::Date => 0,
            DateKind::Time => 1,
            DateKind::DateTime | DateKind::Unknown => 2,
        };
        self.dates[at] = Some(Arc::new(format.in_zone(zone)));
    }

    /// Like [`Self::move_date_format`], for a format by its text.
    pub(crate) fn move_date_format_of(&mut self, text: &str, format: &DateFormat, zone: Zone) {
        self.moved.retain(|(known, other)| known != text || other.kind() != format.kind());
        // So many zones in one render are nobody's intention.
        if self.moved.len() < MAX_MOVED {
            self.moved.push((text.to_owned(), Arc::new(format.in_zone(zone))));
        }
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
