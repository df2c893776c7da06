//! Names as they may be shown: without the values that some programs put into them.

use super::layout::broken_hash_end;

/// Characters of a name that are shown.
const SHOWN: usize = 200;

/// At most 200 characters and a "…" where something was cut: behind the hash of the broken layout, and from where JSON,
/// white space or bytes that are no text begin.
pub fn shown_name(name: &[u8]) -> String {
    let (kept, cut) = match broken_hash_end(name) {
        Some(end) => (name.get(..end).unwrap_or(name), true),
        None => text_of(name),
    };
    let text = String::from_utf8_lossy(kept);
    let mut shown: String = text.chars().take(SHOWN - 1).collect();
    if cut || shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn text_of(name: &[u8]) -> (&[u8], bool) {
    // Four bytes at most for a character.
    let head = name.get(..SHOWN * 4).unwrap_or(name);
    let data = head.iter().position(|byte| ends_in_data(*byte)).unwrap_or(head.len());
    let head = head.get(..data).unwrap_or(head);
    let head = match std::str::from_utf8(head) {
        Ok(_) => head,
        Err(error) => head.get(..error.valid_up_to()).unwrap_or_default(),
    };
    // `{"rows"` leaves a brace that belongs to the data.
    let head = if data < name.len() { without_braces(head) } else { head };
    (head, head.len() < name.len())
}

fn without_braces(head: &[u8]) -> &[u8] {
    let braces = head.iter().rev().take_while(|byte| matches!(byte, b'{' | b'}')).count();
    head.get(..head.len() - braces).unwrap_or(head)
}

/// True for what no well-chosen name holds and every value in a name does: quotes, brackets, white space, control bytes.
#[inline]
pub(super) fn ends_in_data(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'[' | b'\\' | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_names_are_cut() {
        let long = "k".repeat(500);
        let longest_shown = format!("{}…", "k".repeat(199));
        let cases = [
            ("query:01b6186951f77905", "query:01b6186951f77905"),
            ("mpanel:query:32c5c6b95b6a81a6:{\"rows\":[]}", "mpanel:query:32c5c6b95b6a81a6:…"),
            ("mpanel:query:32c5c6b95b6a81a6:17", "mpanel:query:32c5c6b95b6a81a6:…"),
            ("other:{\"password\":\"x\"}", "other:…"),
            ("other:[1,2]", "other:…"),
            ("two words", "two…"),
            ("{user:7}:cart", "{user:7}:cart"),
            ("größe", "größe"),
            (long.as_str(), longest_shown.as_str()),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(shown_name(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(shown_name(b"blob:\xff\xfe"), "blob:…");
    }
}
