//! Digits into text.

/// Collects ASCII on its way into a string: to check and grow a string costs more than the bytes themselves.
pub(super) struct Writer<'o> {
    out: &'o mut String,
    /// Always ASCII.
    bytes: [u8; SIZE],
    length: usize,
}

const SIZE: usize = 48;

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut String) -> Writer<'o> {
        Writer { out, bytes: [0; SIZE], length: 0 }
    }

    #[inline]
    pub(super) fn ascii(&mut self, byte: u8) {
        debug_assert!(byte.is_ascii());
        self.append([byte]);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.flush();
        self.out.push_str(text);
    }

    /// Two digits of a number below 100.
    #[inline]
    pub(super) fn two(&mut self, number: u8) {
        self.append(pair(number));
    }

    /// A number with at least `width` digits. Java's limit, 309, keeps the output in bounds.
    pub(super) fn number(&mut self, number: u64, width: u32, zero: char) {
        if zero == '0' && number < 10_000 {
            let (high, low) = ((number / 100) as u8, (number % 100) as u8);
            match (number, width) {
                (0..10, 0 | 1) => return self.append([b'0' + low]),
                (0..100, 2) | (10..100, 0 | 1) => return self.two(low),
                (0..1000, 3) | (100..1000, 0..3) => {
                    let [tens, ones] = pair(low);
                    return self.append([b'0' + high, tens, ones]);
                }
                (_, 4) | (1000.., 0..4) => {
                    let ([a, b], [c, d]) = (pair(high), pair(low));
                    return self.append([a, b, c, d]);
                }
                _ => (),
            }
        }
        self.flush();
        self.long_number(number, width.min(309) as usize, zero);
    }

    fn long_number(&mut self, number: u64, width: usize, zero: char) {
        let mut digits = [0_u8; 20];
        let mut rest = number;
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let digits = &digits[start..];
        let digit =
            |value: &u8| char::from_u32(u32::from(zero) + u32::from(*value)).unwrap_or(zero);
        let padding = std::iter::repeat_n(zero, width.saturating_sub(digits.len()));
        self.out.extend(padding.chain(digits.iter().map(digit)));
    }

    #[inline]
    fn append<const N: usize>(&mut self, bytes: [u8; N]) {
        if self.length + N > SIZE {
            self.flush();
        }
        if let Some(place) = self.bytes.get_mut(self.length..self.length + N) {
            place.copy_from_slice(&bytes);
            self.length += N;
        }
    }

    /// Hands on what is collected, and gives the string.
    pub(super) fn flush(&mut self) -> &mut String {
        let bytes = &self.bytes[..self.length];
        self.out.push_str(std::str::from_utf8(bytes).expect("only ASCII is collected"));
        self.length = 0;
        self.out
    }
}

fn pair(number: u8) -> [u8; 2] {
    [b'0' + number / 10 % 10, b'0' + number % 10]
}
