//! Keys without what identifies a person, a session or a result: `query:*`.

const PARTS: usize = 8;
/// A longer word is a value more likely than a name.
const WORD_CHARACTERS: usize = 24;
/// Letters that are all hexadecimal are a hash from this length on: `deadbeef`, but not `cache`.
const HASH_CHARACTERS: usize = 8;

/// `query:9f86d081884c7d65` becomes `query:*`, `user:17:cart` becomes `user:*:cart`; what is no text at all becomes `*`.
pub fn masked(key: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(key) else { return "*".to_owned() };
    let mut parts: Vec<String> = text.split(':').take(PARTS).map(part).collect();
    if text.split(':').nth(PARTS).is_some() {
        parts.push("*".to_owned());
    }
    parts.join(":")
}

/// Words stay; from the first that is none to the last, one star stands for all.
fn part(part: &str) -> String {
    let separator = |c: char| matches!(c, '-' | '_' | '/' | '|' | '{' | '}' | '#');
    // A dot or an at sign makes a host, a file or an address of the whole.
    if part.contains(|c: char| !c.is_ascii_alphanumeric() && !separator(c)) {
        return "*".to_owned();
    }
    let mut hidden: Option<(usize, usize)> = None;
    let mut from = 0;
    for word in part.split(separator) {
        let to = from + word.len();
        if !is_name(word) {
            hidden = Some((hidden.map_or(from, |(first, _)| first), to));
        }
        from = to + 1;
    }
    match hidden {
        Some((first, last)) => {
            let (before, after) =
                (part.get(..first).unwrap_or_default(), part.get(last..).unwrap_or_default());
            format!("{before}*{after}")
        }
        None => part.to_owned(),
    }
}

fn is_name(word: &str) -> bool {
    let letters = word.chars().all(|c| c.is_ascii_alphabetic());
    let hash = word.len() >= HASH_CHARACTERS && word.chars().all(|c| c.is_ascii_hexdigit());
    letters && !hash && word.len() <= WORD_CHARACTERS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_identifies_is_hidden_and_what_names_stays() {
        let cases = [
            ("query:9f86d081884c7d65", "query:*"),
            ("cache:tag:products", "cache:tag:products"),
            ("user:17:cart", "user:*:cart"),
            ("mpanel:query:9f86d081884c7d65:[{\"id\":1,\"name\":\"Ada\"}]", "mpanel:query:*:*:*:*"),
            ("session:550e8400-e29b-41d4-a716-446655440000", "session:*"),
            ("session-550e8400-face-41d4", "session-*"),
            ("user_17_cart", "user_*_cart"),
            ("{user}:profile", "{user}:profile"),
            ("{1234}:profile", "{*}:profile"),
            ("mail:ada@example.com", "mail:*"),
            ("domain:example.com", "domain:*"),
            ("note:a whole sentence", "note:*"),
            ("token:abcdefghijklmnopqrstuvwxyzabcdef", "token:*"),
            ("hash:deadbeef", "hash:*"),
            ("queue:emails", "queue:emails"),
            ("größe", "*"),
            ("", ""),
        ];
        for (key, wanted) in cases {
            assert_eq!(masked(key.as_bytes()), wanted, "{key}");
        }
        assert_eq!(masked(&[0xff, b'a']), "*");
    }

    proptest! {
        #[test]
        fn no_digit_ever_passes_and_masking_is_done_after_once(key in ".{0,80}") {
            let once = masked(key.as_bytes());
            prop_assert!(!once.contains(|c: char| c.is_ascii_digit()), "{once}");
            prop_assert_eq!(masked(once.replace('*', "1").as_bytes()), once);
        }
    }
}
