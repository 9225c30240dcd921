//! Names of locales, as FreeMarker's `locale` setting spells them.

use std::fmt;

/// A language with an optional country and variant, as `new java.util.Locale(…)` makes it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Locale {
    language: String,
    country: String,
    variant: String,
}

impl Locale {
    /// A locale of these parts: the language in lower case, the country in upper case, and
    /// Hebrew, Yiddish and Indonesian under their newer codes.
    pub(crate) fn new(language: &str, country: &str, variant: &str) -> Self {
        let language = match language.to_ascii_lowercase() {
            old if old == "iw" => "he".to_owned(),
            old if old == "ji" => "yi".to_owned(),
            old if old == "in" => "id".to_owned(),
            language => language,
        };
        Locale { language, country: country.to_ascii_uppercase(), variant: variant.to_owned() }
    }

    /// Reads a setting's text: `en`, `en_US`, `en_US_POSIX`.
    ///
    /// Never fails: parts are separated by `_`, `,` or blanks, however many, and what follows the
    /// third is ignored. So `de-CH` is the language `de-ch`, which nothing is known about.
    /// `JVM default` is our default.
    pub(crate) fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("JVM default") {
            return Locale::default();
        }
        let text = match text.strip_prefix('"') {
            Some(quoted) => {
                let mut chars = quoted.chars();
                chars.next_back();
                chars.as_str()
            }
            None => text,
        };
        let mut parts = text.split([',', '_', ' ']).filter(|part| !part.is_empty());
        let mut next = || parts.next().unwrap_or_default();
        Locale::new(next(), next(), next())
    }

    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    pub(crate) fn country(&self) -> &str {
        &self.country
    }

    /// The names under which data of this locale is looked up, the most exact first, `""` (the
    /// root) last.
    pub(crate) fn candidates(&self) -> Vec<String> {
        let Locale { language, country, variant } = self;
        let mut names = Vec::with_capacity(4);
        if !variant.is_empty() {
            names.push(format!("{language}_{country}_{variant}"));
        }
        if !country.is_empty() {
            names.push(format!("{language}_{country}"));
        }
        if !language.is_empty() {
            names.push(language.clone());
        }
        names.push(String::new());
        names
    }
}

impl Default for Locale {
    /// en_US. FreeMarker takes the JVM's default, but what a template prints must not depend on
    /// the machine.
    fn default() -> Self {
        Locale::new("en", "US", "")
    }
}

impl fmt::Display for Locale {
    /// As `java.util.Locale.toString()`: `en_US`, `_US`, `en__POSIX`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Locale { language, country, variant } = self;
        f.write_str(language)?;
        if !country.is_empty() || !(language.is_empty() || variant.is_empty()) {
            write!(f, "_{country}")?;
            if !variant.is_empty() {
                write!(f, "_{variant}")?;
            }
        }
        // Java turns two variants of its own, older than Unicode's extensions, into those.
        match (language.as_str(), country.as_str(), variant.as_str()) {
            ("ja", "JP", "JP") => f.write_str("_#u-ca-japanese"),
            ("th", "TH", "TH") => f.write_str("_#u-nu-thai"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn parses_and_prints_as_java() {
        // (setting, Locale.toString()), by FreeMarker's StringUtil.deduceLocale on JDK 17.
        let cases = [
            ("en_US", "en_US"),
            ("en", "en"),
            ("EN gb", "en_GB"),
            ("pt,br", "pt_BR"),
            ("en_US_POSIX_x", "en_US_POSIX"),
            ("en__POSIX", "en_POSIX"),
            ("iw_IL", "he_IL"),
            ("ji", "yi"),
            ("in_ID", "id_ID"),
            ("de-CH", "de-ch"),
            ("\"fr_CA\"", "fr_CA"),
            ("", ""),
            ("ja_JP_JP", "ja_JP_JP_#u-ca-japanese"),
            ("th_TH_TH", "th_TH_TH_#u-nu-thai"),
        ];
        for (setting, expected) in cases {
            assert_eq!(Locale::parse(setting).to_string(), expected, "{setting}");
        }
        // FreeMarker dies of a lone quote, and takes the machine's locale for the other.
        assert_eq!(Locale::parse("\"").to_string(), "");
        assert_eq!(Locale::parse("jvm Default").to_string(), "en_US");
        assert_eq!(Locale::new("", "US", "").to_string(), "_US");
        assert_eq!(Locale::new("en", "", "POSIX").to_string(), "en__POSIX");
        assert_eq!(Locale::new("", "", "X").to_string(), "");
    }

    #[test]
    fn candidates_end_at_the_root() {
        assert_eq!(Locale::parse("en_US_POSIX").candidates(), ["en_US_POSIX", "en_US", "en", ""]);
        assert_eq!(Locale::parse("de").candidates(), ["de", ""]);
        assert_eq!(Locale::parse("").candidates(), [""]);
    }
}
