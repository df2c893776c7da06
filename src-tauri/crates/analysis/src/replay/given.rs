//! Values given beside a statement, in the forms in which logs hold them.

use crate::sql::Values;

/// Values given beside a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given<'a> {
    #[default]
    Nothing,
    /// As PostgreSQL writes them: `$1 = '7', $2 = NULL`.
    Detail(&'a [u8]),
    /// An array as an application logs it: `[7, "a", null]`.
    Json(&'a [u8]),
}

impl Given<'_> {
    pub(super) fn values(self) -> Values {
        match self {
            Given::Nothing => Values::default(),
            Given::Detail(detail) => Values::of_detail(detail),
            Given::Json(array) => Values::of(elements(array)),
        }
    }
}

/// The elements of a JSON array as they are written, strings without their quotes; `None` is null.
fn elements(array: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let array = array.trim_ascii();
    let inside = array.strip_prefix(b"[").map_or(array, |rest| rest.strip_suffix(b"]").unwrap_or(rest));
    let mut rest = inside.trim_ascii();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = element_end(rest);
        let element = rest.get(..end)?.trim_ascii();
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(match element {
            b"null" => None,
            [b'"', inner @ .., b'"'] => Some(inner),
            other => Some(other),
        })
    })
}

/// Where the comma behind the first element stands.
fn element_end(text: &[u8]) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_taken_apart() {
        let cases: [(&str, &[Option<&str>]); 7] = [
            ("[]", &[]),
            ("[1.5]", &[Some("1.5")]),
            (r#" [1, "a, b", null ]"#, &[Some("1"), Some("a, b"), None]),
            (
                r#"["say \"hi, you\"",[1,2],{"a":[3,4]}]"#,
                &[Some(r#"say \"hi, you\""#), Some("[1,2]"), Some(r#"{"a":[3,4]}"#)],
            ),
            ("[1,2... (truncated)", &[Some("1"), Some("2... (truncated)")]),
            (r#"["cut"#, &[Some(r#""cut"#)]),
            ("{\"a\":1}", &[Some("{\"a\":1}")]),
        ];
        for (array, expected) in cases {
            let found: Vec<_> =
                elements(array.as_bytes()).map(|value| value.map(String::from_utf8_lossy)).collect();
            let found: Vec<_> = found.iter().map(|value| value.as_deref()).collect();
            assert_eq!(found, expected, "{array}");
        }
    }

    #[test]
    fn both_forms_tell_the_same_values() {
        let detail = Given::Detail(b"$1 = '7', $2 = NULL, $3 = 'a'").values();
        assert_eq!(detail, Given::Json(br#"[7,null,"a"]"#).values());
        assert_eq!(Given::Nothing.values(), Values::default());
    }
}
