//! Values as text, by the settings in force.

use ftl_parser::Span;

use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::format::date::DateFormat;
use crate::format::number::{self, NumberFormat};
use crate::program::{Chain, Expr, ExprKind, StepKind};
use crate::settings::Settings;
use crate::value::{DateKind, DateTime, MultiKind, Number, Str, Value};

/// What can be converted to a string.
pub(crate) const STRING_LIKE: &str =
    "string or something automatically convertible to string (number, date or boolean)";

impl<'a> Env<'a> {
    /// `value` as text: numbers, dates and booleans are formatted. Blames `span`.
    #[allow(clippy::wrong_self_convention)] // It is the value that becomes text.
    pub(crate) fn to_text(&mut self, value: &Value<'a>, span: Span) -> Result<Str<'a>> {
        match value {
            Value::String(text) => Ok(text.clone()),
            value => {
                let mut out = String::new();
                self.write_text(value, span, &mut out)?;
                Ok(out.into())
            }
        }
    }

    /// Writes `value` as text.
    pub(crate) fn write_text(
        &mut self,
        value: &Value<'a>,
        span: Span,
        out: &mut String,
    ) -> Result<()> {
        match value {
            Value::String(text) => out.push_str(text),
            Value::Number(number) => {
                return self.write_number(number, out).map_err(|e| self.within(e, span));
            }
            Value::Bool(value) => {
                return self.write_bool(*value, out).map_err(|e| self.within(e, span));
            }
            Value::Date(date) => {
                return self.write_date(*date, out).map_err(|e| self.within(e, span));
            }
            Value::Empty => (),
            Value::Missing => return Err(self.missing(span)),
            Value::Multi(multi) => match &multi.kind {
                MultiKind::DateString { text, .. } | MultiKind::BoolString { text, .. } => {
                    match text {
                        Ok(text) => out.push_str(text),
                        Err(error) => return Err(self.blame(error.clone(), span)),
                    }
                }
                MultiKind::DateParser { date, .. } => match date {
                    Ok(date) => {
                        return self.write_date(*date, out).map_err(|e| self.within(e, span));
                    }
                    Err(error) => return Err(self.blame(error.clone(), span)),
                },
                MultiKind::Matches(matches) => {
                    let whole = matches.whole()?;
                    return self.write_bool(whole, out).map_err(|e| self.within(e, span));
                }
                _ => out.push_str(value.as_str().unwrap_or("")),
            },
            value => return Err(self.unexpected(STRING_LIKE, value, span)),
        }
        Ok(())
    }

    pub(crate) fn write_number(&mut self, number: &Number, out: &mut String) -> Result<()> {
        let format = self.settings.number_format().map_err(|reason| {
            Error::value(format!(
                "Failed to get number format object for the current number format string, {}: {reason}",
                crate::format::quoted(&self.settings.number_format)
            ))
        })?;
        format.write(number, out).map_err(crate::ops::number_error)
    }

    /// `#{n; m1M2}`
    pub(crate) fn write_decimals(
        &mut self,
        number: &Number,
        range: (u8, u8),
        out: &mut String,
    ) -> Result<()> {
        number::write_decimals(number, range, &self.settings.locale, out)
            .map_err(crate::ops::number_error)
    }

    pub(crate) fn write_bool(&mut self, value: bool, out: &mut String) -> Result<()> {
        match self.bool_words() {
            Some((yes, no)) => {
                out.push_str(if value { &yes } else { &no });
                Ok(())
            }
            None => Err(bool_error(&self.settings.boolean_format, value)),
        }
    }

    /// The words for true and false, where `boolean_format` was set to any.
    pub(crate) fn bool_words(&self) -> Option<(String, String)> {
        match self.settings.boolean_format.as_str() {
            "true,false" => None,
            "c" => Some(("true".to_owned(), "false".to_owned())),
            format => format.split_once(',').map(|(yes, no)| (yes.to_owned(), no.to_owned())),
        }
    }

    pub(crate) fn write_date(&mut self, date: DateTime, out: &mut String) -> Result<()> {
        if date.kind == DateKind::Unknown {
            return Err(Error::value(
                "Can't convert the date-like value to string because it isn't known if it's a date (no time part), \
                 time or date-time value.",
            ));
        }
        let format = self
            .settings
            .date_format(date.kind)
            .map_err(|reason| bad_date_setting(&self.settings, date.kind, &reason))?;
        format.format(date, out);
        Ok(())
    }

    /// Prints an expression whose last step writes text, without making a string of it. `false`: it
    /// is none of these.
    pub(crate) fn print_directly(&mut self, expr: &'a Expr) -> Result<bool> {
        match &expr.kind {
            ExprKind::Chain(chain) => self.print_chain(chain),
            _ => Ok(false),
        }
    }

    fn print_chain(&mut self, chain: &'a Chain) -> Result<bool> {
        let Some((last, before)) = chain.steps.split_last() else { return Ok(false) };
        let StepKind::BuiltIn(site) = &last.kind else { return Ok(false) };
        if !crate::builtins::writes(site) {
            return Ok(false);
        }
        let value = self.chain_steps(chain, before)?;
        let start = chain.base.span.start;
        let end = before.last().map_or(chain.base.span.end, |step| step.end);
        let target = Span::new(start, end);
        if value.is_missing() && site.built_in.tolerance == crate::expr::Tolerance::None {
            return Err(self.missing(target));
        }
        let whole = Span::new(start, last.end);
        let mut out = std::mem::take(&mut self.out);
        let call =
            crate::builtins::Call { env: self, site, args: &[], target, whole, called: false };
        let result = call.write(&value, &mut out);
        self.out = out;
        result.map(|()| true)
    }
}

fn bool_error(format: &str, value: bool) -> Error {
    let _ = value;
    let error = Error::new(
        ErrorKind::Value,
        format!(
            "Can't convert boolean to string automatically, because the \"boolean_format\" setting was {}, which is \
             the legacy deprecated default, and we treat it as if no format was set. This is the default configuration; \
             you should provide the format explicitly for each place where you print a boolean.",
            crate::format::quoted(format)
        ),
    );
    error
        .tip(
            "Write something like myBool?string('yes', 'no') to specify boolean formatting in place.",
        )
        .tip("If you want \"true\"/\"false\" result as you are generating computer-language output (not for direct human consumption), then use \"?c\", like ${myBool?c}. (If you always generate computer-language output, then it's might be reasonable to set the \"boolean_format\" setting to \"c\" instead.)")
}

/// A date format of the settings that cannot be used.
#[cold]
pub(crate) fn bad_date_setting(settings: &Settings, kind: DateKind, reason: &str) -> Error {
    let (name, text) = match kind {
        DateKind::Date => ("date_format", &settings.date_format),
        DateKind::Time => ("time_format", &settings.time_format),
        _ => ("datetime_format", &settings.datetime_format),
    };
    Error::value(format!(
        "The value of the \"{name}\" FreeMarker configuration setting is a malformed date/time/datetime format string: {}. \
         Reason given: {reason}",
        crate::format::quoted(text)
    ))
}

/// The format of a number setting's text.
pub(crate) fn number_format(text: &str, settings: &Settings) -> Result<NumberFormat, String> {
    NumberFormat::parse(text, &settings.locale, settings.c_format)
        .map_err(|error| error.to_string())
}

/// The format of a date setting's text.
pub(crate) fn date_format(
    text: &str,
    kind: DateKind,
    settings: &Settings,
) -> Result<DateFormat, String> {
    DateFormat::new(text, kind, &settings.locale, &settings.time_zone)
        .map_err(|error| error.to_string())
}
