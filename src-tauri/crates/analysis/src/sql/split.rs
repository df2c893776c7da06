//! Takes a text of SQL apart into its statements, as psql does: a semicolon within quotes, a comment or the body of a
//! function ends nothing.

mod body;

use body::Body;

/// The statements, without their semicolons and the comments between them. Borrowed; any text will do.
pub fn statements(text: &str) -> Statements<'_> {
    Statements { rest: text.trim_start_matches('\u{feff}') }
}

pub struct Statements<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Statements<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            self.skip_between();
            let end = end(self.rest);
            let statement = self.take(end).trim_end();
            if statement.is_empty() {
                if self.rest.is_empty() {
                    return None;
                }
                continue;
            }
            if reads_standard_input(statement) {
                self.skip_data();
            }
            return Some(statement);
        }
    }
}

impl<'t> Statements<'t> {
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Blanks, comments, semicolons, and psql's own commands with the rest of their line.
    fn skip_between(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let bytes = self.rest.as_bytes();
            let skipped = match bytes {
                [b';', ..] => 1,
                [b'\\', ..] | [b'-', b'-', ..] => line_end(bytes, 0),
                [b'/', b'*', ..] => comment_end(bytes, 0),
                _ => return,
            };
            self.take(skipped);
        }
    }

    /// Rows in the text, as pg_dump writes them, up to the line `\.`.
    fn skip_data(&mut self) {
        let first = line_end(self.rest.as_bytes(), 0);
        self.take(first);
        while !self.rest.is_empty() {
            let bytes = line_end(self.rest.as_bytes(), 0);
            if self.take(bytes).trim_end() == "\\." {
                return;
            }
        }
    }
}

/// COPY … FROM stdin.
fn reads_standard_input(statement: &str) -> bool {
    let mut words = statement.split_ascii_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("copy"))
        && words.any(|word| word.eq_ignore_ascii_case("from"))
        && statement
            .split_ascii_whitespace()
            .any(|word| word.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("stdin")))
}

/// Where the first statement ends: at its semicolon, at a command of psql such as `\gexec`, or with the text.
fn end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut body) = (0, Body::default());
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        at = match byte {
            b';' if body.is_open() => at + 1,
            b';' | b'\\' => return at,
            b'\'' => quotes_end(bytes, at, is_escape_string(bytes, at)),
            b'"' => quotes_end(bytes, at, false),
            b'-' if next == Some(b'-') => line_end(bytes, at),
            b'/' if next == Some(b'*') => comment_end(bytes, at),
            b'$' if !follows_word(bytes, at) => dollar_end(text, at),
            _ if is_word(byte) => {
                let end = word_end(bytes, at);
                body.word(text.get(at..end).unwrap_or_default());
                end
            }
            _ => at + 1,
        };
    }
    bytes.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Behind the word; a dollar sign within it is part of it.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_word(*byte) && *byte != b'$');
    length.map_or(bytes.len(), |length| start + length)
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|before| bytes.get(before)).copied()
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    before(bytes, at).is_some_and(|byte| is_word(byte) || byte == b'$')
}

/// `E'…'`, in which a backslash escapes.
fn is_escape_string(bytes: &[u8], at: usize) -> bool {
    matches!(before(bytes, at), Some(b'e' | b'E')) && !follows_word(bytes, at - 1)
}

/// Behind the closing quote; a doubled one closes nothing.
fn quotes_end(bytes: &[u8], start: usize, escapes: bool) -> usize {
    let Some(&quote) = bytes.get(start) else { return bytes.len() };
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        if escapes && byte == b'\\' || byte == quote && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if byte == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Behind the line feed.
fn line_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |line| start + line + 1)
}

/// Comments nest.
fn comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at..).unwrap_or_default() {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth = depth.saturating_sub(1);
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            [] => return bytes.len(),
            _ => at += 1,
        }
    }
}

/// Behind `$tag$ … $tag$`; behind the sign alone where it opens no string.
fn dollar_end(text: &str, start: usize) -> usize {
    let rest = text.get(start + 1..).unwrap_or_default();
    let name = rest.bytes().take_while(|byte| is_word(*byte)).count();
    let is_tag = rest.as_bytes().get(name) == Some(&b'$') && !rest.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return start + 1;
    }
    let body = start + name + 2;
    let tag = text.get(start..body).unwrap_or_default();
    let found = text.get(body..).unwrap_or_default().find(tag);
    found.map_or(text.len(), |found| body + found + tag.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    const PARTS: &[&str] = &[
        "'",
        "\"",
        "$",
        "$a$",
        "--",
        "/*",
        "*/",
        "\\",
        ";",
        "\n",
        "E'",
        "ü",
        "x",
        "COPY x FROM stdin;",
        "CREATE FUNCTION f() BEGIN ATOMIC ",
        " END",
        " CASE ",
    ];

    fn split(text: &str) -> Vec<&str> {
        statements(text).collect()
    }

    #[test]
    fn only_a_semicolon_between_statements_ends_one() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            (" ;; -- nothing\n /* ; */ ;", &[]),
            ("SELECT 1", &["SELECT 1"]),
            ("\u{feff}SELECT 1;\r\nSELECT 2;\r\n", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';', \"a;b\";SELECT 'it''s;' ; ", &["SELECT ';', \"a;b\"", "SELECT 'it''s;'"]),
            ("SELECT E'\\';' ; x", &["SELECT E'\\';'", "x"]),
            ("SELECT name'\\';' , 2", &["SELECT name'\\'", "' , 2"]),
            (
                "SELECT 1 -- ;\n, 2; SELECT /* ; /* ; */ ; */ 3",
                &["SELECT 1 -- ;\n, 2", "SELECT /* ; /* ; */ ; */ 3"],
            ),
            ("SELECT $$ ; $$, $a$ $$;$b$ $a$; y", &["SELECT $$ ; $$, $a$ $$;$b$ $a$", "y"]),
            ("SELECT $1, a$b; SELECT $2$;x", &["SELECT $1, a$b", "SELECT $2$", "x"]),
            ("SELECT 'never closed; SELECT 2", &["SELECT 'never closed; SELECT 2"]),
            ("SELECT $ü$;$ü$, 'naïve;'; SELECT 'ü'", &["SELECT $ü$;$ü$, 'naïve;'", "SELECT 'ü'"]),
            ("/* never closed; SELECT 2", &[]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_for_psql_alone_is_passed_over() {
        let text = "\\set ON_ERROR_STOP on\nSELECT 1 \\gexec\n\\echo done; SELECT 9\nCOPY t (a, b) FROM stdin;\n1\tSELECT 2;\n'\n\\.\n\nSELECT 3;\nCOPY t FROM STDIN WITH (FORMAT csv);\n1\n\\.\nSELECT 4";
        assert_eq!(
            split(text),
            [
                "SELECT 1",
                "COPY t (a, b) FROM stdin",
                "SELECT 3",
                "COPY t FROM STDIN WITH (FORMAT csv)",
                "SELECT 4"
            ]
        );
        assert_eq!(split("COPY t FROM stdin;\n1\n"), ["COPY t FROM stdin"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_to_an_end(parts in prop::collection::vec(prop::sample::select(PARTS), 0..16)) {
            let text = parts.concat();
            prop_assert!(statements(&text).count() <= text.len());
        }
    }
}
