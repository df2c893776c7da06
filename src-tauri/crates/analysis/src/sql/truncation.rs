//! Recognises text that a logger cut off.

/// What is written behind masked text that had been cut off.
pub(super) const MARK: &str = "... (truncated)";

const MARKS: [&[u8]; 3] = [b"(truncated)", b"[truncated]", b"..."];

/// The text without the marks of its truncation, and whether there was one.
#[inline]
pub(super) fn strip(sql: &[u8]) -> (&[u8], bool) {
    let trimmed = sql.trim_ascii_end();
    match trimmed.last() {
        Some(b'.' | b')' | b']') => strip_marks(trimmed),
        _ => (trimmed, false),
    }
}

fn strip_marks(mut sql: &[u8]) -> (&[u8], bool) {
    let mut cut = false;
    while let Some(rest) = MARKS.iter().find_map(|mark| sql.strip_suffix(*mark)) {
        // A bracketed word alone may be part of a statement; dots before it make it a mark.
        if !sql.ends_with(b"...") && !rest.trim_ascii_end().ends_with(b"...") {
            break;
        }
        sql = rest.trim_ascii_end();
        cut = true;
    }
    (sql, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_loggers_are_recognised_and_nothing_else() {
        for (text, rest) in [
            ("SELECT 'abc... (truncated)", "SELECT 'abc"),
            ("SELECT a, b ...", "SELECT a, b"),
            ("SELECT a......[truncated] ", "SELECT a"),
        ] {
            assert_eq!(strip(text.as_bytes()), (rest.as_bytes(), true), "{text}");
        }
        for text in ["SELECT f(truncated)", "SELECT a[truncated]", "SELECT '...'", "SELECT 1."] {
            assert_eq!(strip(text.as_bytes()), (text.as_bytes(), false), "{text}");
        }
    }
}
