//! Percent-decoding, as URLs and sqlcommenter use it.

/// The decoded text; None where a `%` is not followed by two hexadecimal digits, or the result is not UTF-8 or holds NUL.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => hex(bytes.next()?)? * 16 + hex(bytes.next()?)?,
            byte => byte,
        };
        if byte == 0 {
            return None;
        }
        decoded.push(byte);
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_or_refuses() {
        let cases = [
            ("", Some("")),
            ("a+b", Some("a+b")),
            ("%2Fapi%2f%C3%A9", Some("/api/é")),
            ("%", None),
            ("%2", None),
            ("%zz", None),
            ("%ff", None),
            ("%00", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(decode(text).as_deref(), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn undoes_encoding(text in "[^\\x00]{0,40}") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode(&encoded), Some(text));
        }
    }
}
