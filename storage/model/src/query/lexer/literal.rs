//! Numbers and texts.

use super::{Kind, Number, Trouble, continues_word};

/// Digits of an escape, `\uXXXX`.
const UNICODE_DIGITS: usize = 4;

/// `12`, `1.5`, `2e9` or `0x1F`; a sign is an operator.
pub(super) fn number(text: &str) -> Result<(Kind<'static>, usize), Trouble> {
    let (number, end) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits)?,
        None => decimal(text)?,
    };
    if text[end..].starts_with(continues_word) {
        return Err(Trouble::at(end, "a number can't go on like this"));
    }
    Ok((Kind::Number(number), end))
}

fn hexadecimal(text: &str) -> Result<(Number, usize), Trouble> {
    let digits = count(text, |byte| byte.is_ascii_hexdigit());
    let value = u64::from_str_radix(&text[..digits], 16)
        .map_err(|_| Trouble::at(2, "1 to 16 hexadecimal digits must follow 0x"))?;
    let number = i64::try_from(value).map_or(Number::Float(value as f64), Number::Int);
    Ok((number, digits + 2))
}

fn decimal(text: &str) -> Result<(Number, usize), Trouble> {
    let digits = |from: usize| count(&text[from..], |byte| byte.is_ascii_digit());
    let whole = digits(0);
    let mut end = whole;
    if text[end..].starts_with('.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    if end == whole
        && let Ok(value) = text[..end].parse()
    {
        return Ok((Number::Int(value), end));
    }
    let number = text[..end].parse().ok().and_then(Number::from_f64);
    Ok((
        number.ok_or(Trouble::at(0, "this number is too large"))?,
        end,
    ))
}

fn count(text: &str, wanted: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| wanted(*byte)).count()
}

/// `'…'` or `"…"` with the escapes `\'`, `\"`, `\\` and `\uXXXX`.
pub(super) fn text(text: &str, quote: char) -> Result<(Kind<'static>, usize), Trouble> {
    let mut value = String::new();
    let mut at = 1;
    loop {
        let Some(char) = text[at..].chars().next() else {
            return Err(Trouble::at(0, "this text is never closed"));
        };
        if char == quote {
            return Ok((Kind::Text(value), at + 1));
        }
        if char == '\\' {
            let (char, taken) = escape(&text[at..]).map_err(|what| Trouble::at(at, what))?;
            value.push(char);
            at += taken;
        } else {
            value.push(char);
            at += char.len_utf8();
        }
    }
}

/// The character that an escape stands for, and the escape's length.
fn escape(text: &str) -> Result<(char, usize), &'static str> {
    const KNOWN: &str = "an escape must be \\', \\\", \\\\ or \\u and four hexadecimal digits";
    match text[1..].chars().next() {
        Some(char @ ('\'' | '"' | '\\')) => Ok((char, 2)),
        Some('u') => {
            let first = unit(text).ok_or(KNOWN)?;
            let length = 2 + UNICODE_DIGITS;
            if let Some(char) = char::from_u32(u32::from(first)) {
                return Ok((char, length));
            }
            // One half of a character; the other must follow.
            let second =
                unit(&text[length..]).ok_or("the other half of this character is missing")?;
            char::decode_utf16([first, second])
                .next()
                .and_then(Result::ok)
                .map(|char| (char, 2 * length))
                .ok_or("the other half of this character is missing")
        }
        _ => Err(KNOWN),
    }
}

/// The sixteen bits of `\uXXXX`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..UNICODE_DIGITS)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}
