//! The prefix that a key's name belongs to: `query:*`, `mpanel:session:*`, `user:*:profile`.

use super::shown::ends_in_data;

/// Bytes of a name that are looked at; what stands behind cannot change its prefix.
const HEAD: usize = 192;
/// Segments of a prefix; deeper ones are alike.
const DEPTH: usize = 4;
/// A longer segment is an id or a value, never a word.
const LONGEST_WORD: usize = 32;
const SEPARATORS: [u8; 3] = [b':', b'/', b'.'];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment<'n> {
    Word(&'n [u8]),
    /// A word with a number at its end: the word, with what joins the two.
    Numbered(&'n [u8]),
    Id,
    /// Not a name any more: JSON, text, bytes. Nothing behind it tells keys apart.
    Data,
}

/// Writes the prefix of `name` over what `out` held: at most 4 segments of at most 32 bytes.
pub(super) fn write_prefix(name: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let head = name.get(..HEAD).unwrap_or(name);
    let cut = head.len() < name.len();
    let Some(separator) = separator(head) else {
        write_segment(if cut { Segment::Id } else { segment(head) }, out);
        return;
    };
    let mut parts = head.split(|byte| *byte == separator).peekable();
    let mut past_id = false;
    let mut depth = 0;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let found = match segment(part) {
            // The last one tells keys apart, unless an id did before: `user:*:profile`.
            Segment::Word(_) | Segment::Numbered(_) if last && (cut || !past_id) => Segment::Id,
            _ if depth + 1 == DEPTH && !last => Segment::Data,
            found => found,
        };
        let id = matches!(found, Segment::Id | Segment::Data);
        if !(id && out.ends_with(b"*")) {
            if depth > 0 {
                out.push(separator);
            }
            write_segment(found, out);
            depth += 1;
        }
        past_id |= id;
        if found == Segment::Data || depth == DEPTH {
            return;
        }
    }
}

fn separator(head: &[u8]) -> Option<u8> {
    SEPARATORS.into_iter().find(|separator| memchr::memchr(*separator, head).is_some())
}

fn write_segment(segment: Segment<'_>, out: &mut Vec<u8>) {
    match segment {
        Segment::Word(word) => out.extend_from_slice(word),
        Segment::Numbered(word) => {
            out.extend_from_slice(word);
            out.push(b'*');
        }
        Segment::Id | Segment::Data => out.push(b'*'),
    }
}

fn segment(part: &[u8]) -> Segment<'_> {
    // Braces at the ends are a cluster's hash tag: `{user:1}:cart`.
    let part = part.strip_prefix(b"{").unwrap_or(part);
    let part = part.strip_suffix(b"}").unwrap_or(part);
    if part.iter().any(|byte| ends_in_data(*byte)) {
        return Segment::Data;
    }
    let foreign = !part.is_ascii() && std::str::from_utf8(part).is_err();
    let (id, token) = looks(part);
    match numbered(part) {
        _ if part.len() > LONGEST_WORD || foreign || id => Segment::Id,
        Some(word) => Segment::Numbered(word),
        None if token => Segment::Id,
        None => Segment::Word(part),
    }
}

/// Whether it is surely an id (a number, a hash, an address), and whether it may be a token.
fn looks(part: &[u8]) -> (bool, bool) {
    let (mut digits, mut hex, mut joints, mut upper, mut lower) = (0, 0, 0, 0, 0);
    for byte in part {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'f' => (hex, lower) = (hex + 1, lower + 1),
            b'A'..=b'F' => (hex, upper) = (hex + 1, upper + 1),
            b'g'..=b'z' => lower += 1,
            b'G'..=b'Z' => upper += 1,
            b'-' | b'_' | b'.' => joints += 1,
            b'@' => return (true, true),
            _ => {}
        }
    }
    let length = part.len();
    let number = digits > 0 && digits + joints == length;
    let hash = digits > 0 && length >= 8 && digits + hex + joints == length;
    let token = length >= 12 && digits >= 2 && (upper > 0 && lower > 0 || digits * 4 >= length);
    (number || hash, token)
}

/// The word before a number of two digits, or of one that a joint sets apart: `shard12`, `report-2024-01`, `tab-3`.
fn numbered(part: &[u8]) -> Option<&[u8]> {
    let joint = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b'#');
    let tail = part.iter().rev().take_while(|byte| byte.is_ascii_digit() || joint(byte)).count();
    let (mut word, mut number) = part.split_at(part.len() - tail);
    if let Some((first, rest)) = number.split_first()
        && joint(first)
        && !rest.is_empty()
    {
        (word, number) = part.split_at(word.len() + 1);
    }
    let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
    let apart = word.last().is_some_and(joint);
    let plain = !word.iter().any(u8::is_ascii_digit);
    (plain && (digits >= 2 || apart && digits > 0)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(name: &[u8]) -> String {
        let mut out = b"of before".to_vec();
        write_prefix(name, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn names_and_their_prefixes() {
        let cases = [
            ("query:01b6186951f77905", "query:*"),
            ("cache:tag:billing", "cache:tag:*"),
            ("mpanel:stats:i18n:de", "mpanel:stats:i18n:*"),
            ("mpanel:session:c9d90fd6-4e9d-4073-8a34-b0974752ca71", "mpanel:session:*"),
            ("mpanel:query:32c5c6b95b6a81a6:{\"rows\":[{\"id\":1,\"name\":\"Plan A\"}]}", "mpanel:query:*"),
            ("mpanel:query:32c5c6b95b6a81a6:[1,2]", "mpanel:query:*"),
            ("queue:emails", "queue:*"),
            ("user:1234:profile", "user:*:profile"),
            ("user:1234:orders:17", "user:*:orders:*"),
            ("user:1234:5678", "user:*"),
            ("user:ada@example.org:cart", "user:*:cart"),
            ("{user:7}:cart", "user:*:cart"),
            ("{7}:cart", "*:cart"),
            ("a:b:c:d:e:f", "a:b:c:*"),
            ("page/about/team", "page/about/*"),
            ("config.app", "config.*"),
            ("page:/a/b.html", "page:*"),
            ("counter", "counter"),
            ("db0", "db0"),
            ("shard12", "shard*"),
            ("tab-3", "tab-*"),
            ("report-2024-01-02", "report-*"),
            ("2024-01-02:sales", "*:sales"),
            ("42", "*"),
            ("", ""),
            (":", ":*"),
            ("a::b", "a::*"),
            ("größe:klein", "größe:*"),
            ("sess:eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "sess:*"),
            ("rl:10.0.0.17:login", "rl:*:login"),
            ("two words", "*"),
            ("note:two words:x", "note:*"),
        ];
        for (name, expected) in cases {
            assert_eq!(prefix(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_ids() {
        assert_eq!(prefix(b"blob:\xff\xfe\xfd"), "blob:*");
        assert_eq!(prefix(b"blob:\x00\x01:x"), "blob:*");
    }

    #[test]
    fn only_the_head_of_a_long_name_is_looked_at() {
        let long = [b"mpanel:query:32c5c6b95b6a81a6:".to_vec(), vec![b'x'; 5_000_000]].concat();
        assert_eq!(prefix(&long), "mpanel:query:*");
        assert_eq!(prefix(&vec![b'x'; 5_000_000]), "*");
        assert_eq!(prefix(&b"a:".repeat(1_000)), "a:a:a:*");
    }
}
