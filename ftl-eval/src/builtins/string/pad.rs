//! `?left_pad`, `?right_pad`

use crate::builtins::Call;
use crate::error::Result;
use crate::format::utf16::{self, Joiner};
use crate::value::{Str, Value};

/// The text, made `args[0]` units long by blanks, or by `args[1]` over and over, before it.
pub(super) fn left_pad<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let Some((filling, missing)) = padding(&text, utf16::len16(&text), call)? else {
        return Ok(text.into());
    };
    let mut out = String::new();
    fill(filling, 0, missing, &mut out);
    out.push_str(&text);
    Ok(out.into())
}

/// The text, made `args[0]` units long by blanks, or by `args[1]` over and over, after it. The filling
/// is laid out from where the text begins, so that it starts in the middle.
pub(super) fn right_pad<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let len = utf16::len16(&text);
    let Some((filling, missing)) = padding(&text, len, call)? else { return Ok(text.into()) };
    let mut out = String::from(&*text);
    fill(filling, len, missing, &mut out);
    Ok(out.into())
}

/// What to fill with, and how many units are missing; `None`: the text is long enough.
fn padding<'c>(text: &str, len: usize, call: &'c Call<'_, '_>) -> Result<Option<(&'c str, usize)>> {
    let width = usize::try_from(call.number_arg(0)?.to_i32()).unwrap_or(0);
    let filling = call.opt_string_arg(1)?;
    if width <= len {
        return Ok(None);
    }
    let filling = filling.unwrap_or(" ");
    if filling.is_empty() {
        return Err(call.invalid_arg(1, "can't be a 0-length string."));
    }
    let missing = width - len;
    let copies = missing / utf16::len16(filling) + 1;
    call.check_text(text.len().saturating_add(copies.saturating_mul(filling.len())))?;
    Ok(Some((filling, missing)))
}

/// Writes `units` of `filling`, which is repeated without end, from its unit `start` on.
fn fill(filling: &str, start: usize, units: usize, out: &mut String) {
    if filling.is_ascii() {
        out.reserve(units);
        out.extend(filling.chars().cycle().skip(start % filling.len()).take(units));
        return;
    }
    let period = utf16::len16(filling);
    let position = |index| utf16::position(filling, index).unwrap_or(filling.len());
    let mut out = Joiner::new(out);
    let (mut at, mut left) = (start % period, units);
    while left > 0 {
        let next = period.min(at + left);
        out.push_slice(filling, position(at), position(next));
        left -= next - at;
        at = 0;
    }
    out.finish();
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn filling_is_repeated_and_cut() {
        // `right_pad` and `left_pad` of real FreeMarker, without the text itself.
        let table = [
            ("1234", 0, 7, "1234123"),
            ("1234", 3, 7, "4123412"),
            ("1234", 3, 1, "4"),
            (" ", 3, 2, "  "),
            ("😀", 0, 3, "😀?"),
            ("😀", 3, 3, "?😀"),
        ];
        for (filling, start, units, expected) in table {
            let mut out = String::new();
            fill(filling, start, units, &mut out);
            assert_eq!(out, expected, "{filling} from {start}");
        }
    }
}
