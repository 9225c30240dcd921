//! How a locale writes numbers, by tables made from JDK 17.

use std::borrow::Cow;

use super::{
    locale::Locale,
    locale_number_table::{COUNTRIES, CURRENCIES, LOCALES, RECORDS, SYMBOLS},
};

/// `java.text.DecimalFormatSymbols`.
#[derive(Clone, Debug)]
pub(crate) struct Symbols {
    pub(crate) decimal: char,
    pub(crate) grouping: char,
    pub(crate) monetary_decimal: char,
    pub(crate) monetary_grouping: char,
    pub(crate) zero: char,
    pub(crate) minus: Cow<'static, str>,
    pub(crate) percent: Cow<'static, str>,
    pub(crate) per_mille: Cow<'static, str>,
    pub(crate) infinity: Cow<'static, str>,
    pub(crate) nan: Cow<'static, str>,
    pub(crate) exponent: Cow<'static, str>,
    pub(crate) currency_symbol: Cow<'static, str>,
    /// ISO 4217; `XXX` where the locale has no country.
    pub(crate) currency_code: Cow<'static, str>,
}

/// The patterns that a locale's named formats have.
pub(crate) struct Patterns {
    pub(crate) number: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) percent: &'static str,
}

impl Symbols {
    pub(crate) fn of(locale: &Locale) -> Self {
        let [
            decimal,
            grouping,
            monetary_decimal,
            monetary_grouping,
            minus,
            percent,
            per_mille,
            infinity,
            nan,
            zero,
            exponent,
            ..,
        ] = record(locale);
        let (currency_code, currency_symbol) = match country_currency(locale.country()) {
            Some(code) => (code, currency_symbol(locale, code)),
            None => ("XXX", Cow::Borrowed("¤")),
        };
        let char = |text: &str| text.chars().next().unwrap_or_default();
        Symbols {
            decimal: char(decimal),
            grouping: char(grouping),
            monetary_decimal: char(monetary_decimal),
            monetary_grouping: char(monetary_grouping),
            zero: char(zero),
            minus: minus.into(),
            percent: percent.into(),
            per_mille: per_mille.into(),
            infinity: infinity.into(),
            nan: nan.into(),
            exponent: exponent.into(),
            currency_symbol,
            currency_code: currency_code.into(),
        }
    }

    /// Takes another currency, as `setCurrency` does; `None` if there's no such code.
    pub(crate) fn set_currency(&mut self, code: &str, locale: &Locale) -> Option<()> {
        currency_digits(code)?;
        self.currency_code = code.to_owned().into();
        self.currency_symbol = currency_symbol(locale, code).into_owned().into();
        Some(())
    }
}

impl Patterns {
    pub(crate) fn of(locale: &Locale) -> Self {
        let [.., number, currency, percent] = record(locale);
        Patterns { number, currency, percent }
    }
}

/// The usual number of decimals of a currency, -1 where it has none; `None` if there's no such
/// code.
pub(crate) fn currency_digits(code: &str) -> Option<i32> {
    let is_listed = |codes: &str| codes.split(' ').any(|listed| listed == code);
    CURRENCIES.iter().find(|(_, codes)| is_listed(codes)).map(|(digits, _)| *digits)
}

fn record(locale: &Locale) -> [&'static str; 14] {
    let record = locale.candidates().iter().find_map(|name| look_up(LOCALES, name));
    let mut fields = RECORDS[usize::from(record.unwrap_or_default())].split('|');
    std::array::from_fn(|_| fields.next().unwrap_or_default())
}

fn currency_symbol<'a>(locale: &Locale, code: &'a str) -> Cow<'a, str> {
    let names = locale.candidates();
    let mut symbols = names.iter().filter_map(|name| look_up(SYMBOLS, name));
    let symbol =
        symbols.find_map(|symbols| symbols.split('|').find_map(|symbol| symbol.strip_prefix(code)));
    Cow::Borrowed(symbol.unwrap_or(code))
}

fn country_currency(country: &str) -> Option<&'static str> {
    COUNTRIES.iter().find_map(|entry| match entry.split_at_checked(2) {
        Some((name, code)) if name == country => Some(code),
        _ => None,
    })
}

fn look_up<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    let place = table.binary_search_by(|(key, _)| (*key).cmp(name)).ok()?;
    Some(table[place].1)
}
