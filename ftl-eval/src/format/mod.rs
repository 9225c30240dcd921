//! Numbers, dates and strings as text, and the locales' part in it.

pub(crate) mod locale;
pub(crate) mod unicode;
pub(crate) mod utf16;
