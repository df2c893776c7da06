//! Why a body is not metrics: where, what was expected, what stood there.

/// A position and an expectation. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: expected {expected}, found {found}")]
pub struct ParseError {
    pub kind: ParseErrorKind,
    pub line: usize,
    pub column: usize,
    pub expected: &'static str,
    /// A short excerpt, in quotes, or words for the end of the line or body.
    pub found: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseErrorKind {
    Syntax,
    InvalidUtf8,
}

impl ParseErrorKind {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            ParseErrorKind::Syntax => "syntax",
            ParseErrorKind::InvalidUtf8 => "invalid_utf8",
        }
    }
}

const EXCERPT_CHARACTERS: usize = 24;

impl ParseError {
    pub(super) fn syntax(text: &str, at: usize, expected: &'static str) -> ParseError {
        let before = text.get(..at).unwrap_or(text);
        let (line, column) = position(before);
        let found = excerpt(text.get(at..).unwrap_or(""));
        ParseError { kind: ParseErrorKind::Syntax, line, column, expected, found }
    }

    pub(super) fn invalid_utf8(body: &[u8], valid_up_to: usize) -> ParseError {
        let before = body.get(..valid_up_to).unwrap_or(body);
        let (line, column) = position(std::str::from_utf8(before).unwrap_or(""));
        let found = body.get(valid_up_to).map_or_else(String::new, |byte| format!("the byte 0x{byte:02x}"));
        ParseError { kind: ParseErrorKind::InvalidUtf8, line, column, expected: "UTF-8", found }
    }
}

fn position(before: &str) -> (usize, usize) {
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

fn excerpt(rest: &str) -> String {
    match rest.chars().next() {
        None => "the end of the body".to_owned(),
        Some('\n') => "the end of the line".to_owned(),
        Some(_) => {
            let line = rest.split('\n').next().unwrap_or("");
            format!("{:?}", line.chars().take(EXCERPT_CHARACTERS).collect::<String>())
        }
    }
}
