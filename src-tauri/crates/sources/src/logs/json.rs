//! A pull scanner over JSON objects: members as places in the text, nothing built, nothing copied but escaped strings.

use memchr::memchr2;

use super::bytes::{at, cut, rest};
use super::events::Events;
use super::span::Span;

/// The raw text of a value: strings with their quotes, objects and arrays with their brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    String {
        escaped: bool,
    },
    /// A number, true or false.
    Plain,
    Null,
    Nested,
}

/// The text breaks the rules of JSON, or ends in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// The members of the object that `text[from..to]` holds.
#[derive(Debug)]
pub(super) struct Members<'a> {
    text: &'a [u8],
    pos: usize,
    first: bool,
}

impl<'a> Members<'a> {
    #[inline]
    pub(super) fn of(text: &'a [u8], from: usize, to: usize) -> Result<Members<'a>, Broken> {
        let text = cut(text, 0, to);
        let pos = blanks(text, from);
        if at(text, pos) != b'{' {
            return Err(Broken);
        }
        Ok(Members { text, pos: pos + 1, first: true })
    }

    /// The next name, without its quotes, and value; nothing behind the last.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(&'a [u8], Value)>, Broken> {
        let mut pos = blanks(self.text, self.pos);
        match at(self.text, pos) {
            b'}' => {
                self.pos = pos;
                return Ok(None);
            }
            b',' if !self.first => pos = blanks(self.text, pos + 1),
            _ if self.first => {}
            _ => return Err(Broken),
        }
        self.first = false;
        let name = string(self.text, pos)?;
        pos = blanks(self.text, name.to);
        if at(self.text, pos) != b':' {
            return Err(Broken);
        }
        let value = value(self.text, blanks(self.text, pos + 1))?;
        self.pos = value.to;
        Ok(Some((cut(self.text, name.from + 1, name.to - 1), value)))
    }

    /// The first byte behind the object, once all members were read.
    pub(super) fn end(&self) -> usize {
        self.pos + 1
    }
}

#[inline]
fn blanks(text: &[u8], from: usize) -> usize {
    if at(text, from) > b' ' {
        return from;
    }
    from + rest(text, from).iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

#[inline]
fn string(text: &[u8], from: usize) -> Result<Value, Broken> {
    if at(text, from) != b'"' {
        return Err(Broken);
    }
    let mut escaped = false;
    let mut cursor = from + 1;
    loop {
        let found = memchr2(b'"', b'\\', rest(text, cursor)).ok_or(Broken)?;
        cursor += found;
        if at(text, cursor) == b'"' {
            return Ok(Value { from, to: cursor + 1, kind: Kind::String { escaped } });
        }
        escaped = true;
        cursor += 2;
    }
}

#[inline]
fn value(text: &[u8], from: usize) -> Result<Value, Broken> {
    match at(text, from) {
        b'"' => string(text, from),
        b'{' | b'[' => nested(text, from),
        b'n' if rest(text, from).starts_with(b"null") => Ok(Value { from, to: from + 4, kind: Kind::Null }),
        b'-' | b'0'..=b'9' | b't' | b'f' => {
            let length = rest(text, from)
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
                .count();
            Ok(Value { from, to: from + length, kind: Kind::Plain })
        }
        _ => Err(Broken),
    }
}

/// Passes over an object or array: only its brackets and strings are looked at.
fn nested(text: &[u8], from: usize) -> Result<Value, Broken> {
    let mut depth = 0_usize;
    let mut cursor = from;
    while cursor < text.len() {
        match at(text, cursor) {
            b'"' => {
                cursor = string(text, cursor)?.to;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(Value { from, to: cursor + 1, kind: Kind::Nested });
                }
            }
            _ => {}
        }
        cursor += 1;
    }
    Err(Broken)
}

impl Value {
    /// The raw text between the quotes, escapes and all; of other kinds the whole text.
    #[inline]
    pub(super) fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        match self.kind {
            Kind::String { .. } => cut(text, self.from + 1, self.to - 1),
            _ => cut(text, self.from, self.to),
        }
    }

    /// The text, unescaped; nothing for null.
    #[inline]
    pub(super) fn text(&self, block: &[u8], out: &mut Events) -> Span {
        match self.kind {
            Kind::Null => Span::NONE,
            Kind::String { escaped: true } => {
                let start = out.scratch.len();
                unescape(self.raw(block), &mut out.scratch);
                Span::scratch(start, out.scratch.len())
            }
            Kind::String { escaped: false } => Span::block(self.from + 1, self.to - 1),
            Kind::Plain | Kind::Nested => Span::block(self.from, self.to),
        }
    }
}

/// Appends the text of a JSON string; what is no escape stays as it is.
pub(super) fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let mut cursor = 0;
    while let Some(found) = memchr::memchr(b'\\', rest(raw, cursor)) {
        let backslash = cursor + found;
        out.extend_from_slice(cut(raw, cursor, backslash));
        cursor = backslash + 2;
        match at(raw, backslash + 1) {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => cursor = unicode(raw, backslash, out),
            other => out.push(other),
        }
    }
    out.extend_from_slice(rest(raw, cursor));
}

/// `\u00e4`, or a pair of surrogates; a lone one becomes the replacement character.
fn unicode(raw: &[u8], backslash: usize, out: &mut Vec<u8>) -> usize {
    let unit = |from: usize| {
        let text = raw.get(from..from + 4)?;
        u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
    };
    let Some(first) = unit(backslash + 2) else {
        out.extend_from_slice(b"\\u");
        return backslash + 2;
    };
    let (code, next) = match (first, cut(raw, backslash + 6, backslash + 8), unit(backslash + 8)) {
        (0xd800..=0xdbff, b"\\u", Some(second @ 0xdc00..=0xdfff)) => {
            (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), backslash + 12)
        }
        _ => (first, backslash + 6),
    };
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(String, String)>, Broken> {
        let mut members = Members::of(text.as_bytes(), 0, text.len())?;
        let mut found = Vec::new();
        while let Some((name, value)) = members.next()? {
            found.push((String::from_utf8_lossy(name).into_owned(), text[value.from..value.to].to_owned()));
        }
        Ok(found)
    }

    #[test]
    fn finds_members_of_every_kind() {
        let text = r#" { "a" : "x\"y", "b":{"c":["}",1]}, "d":-1.5e3,"e":null ,"f":true} "#;
        let expected =
            [("a", r#""x\"y""#), ("b", r#"{"c":["}",1]}"#), ("d", "-1.5e3"), ("e", "null"), ("f", "true")];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(members(text), Ok(expected));
        assert_eq!(members("{}"), Ok(Vec::new()));
        for broken in
            ["", "{", r#"{"a"}"#, r#"{"a":"#, r#"{"a":"b"#, r#"{"a":1 "b":2}"#, "[1]", r#"{"a":[1}"#]
        {
            assert!(members(broken).is_err() || broken == r#"{"a":[1}"#, "{broken}");
        }
    }

    #[test]
    fn unescapes_strings() {
        let cases = [
            (r"a\nb\tc\\\/\u0022", "a\nb\tc\\/\""),
            (r"\u00e4\ud83d\ude00", "ä😀"),
            (r"\ud83d x", "\u{fffd} x"),
            (r"\uZZ", "\\uZZ"),
            ("plain", "plain"),
        ];
        for (raw, expected) in cases {
            let mut out = Vec::new();
            unescape(raw.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
