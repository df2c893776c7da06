//! Paths of logs as references that a URI may hold.

/// A path as a reference that a URI may hold: absolute ones as `file:`.
pub(super) fn uri(path: &str) -> String {
    let drive = matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let path = if drive { format!("/{}", path.replace('\\', "/")) } else { path.to_owned() };
    let mut uri = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // Else the part before the colon would be a scheme.
        uri.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' | b'*' | b'+' | b',' | b';' | b'=' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let cases = [
            ("logs/app.log", "logs/app.log"),
            ("/var/log/postgresql/*.csv", "file:///var/log/postgresql/*.csv"),
            ("C:\\logs\\app 1.log", "file:///C:/logs/app%201.log"),
            ("a:b.log", "./a:b.log"),
            ("größe[1]?.log", "gr%C3%B6%C3%9Fe%5B1%5D%3F.log"),
            ("-", "-"),
        ];
        for (path, expected) in cases {
            assert_eq!(uri(path), expected);
        }
    }
}
