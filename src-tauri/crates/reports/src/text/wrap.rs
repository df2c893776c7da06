//! Lines of at most so many columns, for sentences and for SQL.

use charts::text::{column, columns, printable};

pub(crate) const WIDTH: usize = 100;

/// Appends a text as lines: the first begins with `first`, the others with as many spaces.
pub(crate) fn paragraph(out: &mut String, first: &str, text: &str) {
    let rest = " ".repeat(columns(first));
    let room = WIDTH.saturating_sub(rest.len()).max(1);
    let mut before = first;
    for line in wrapped(&charts::text::one_line(text), room) {
        push(out, before, &line);
        before = &rest;
    }
}

/// Appends code line by line. Only spaces outside of quotes are turned into line ends, and a comment stays one, so
/// that what is copied still means the same.
pub(crate) fn code(out: &mut String, indent: &str, text: &str, most: usize) {
    let lines: Vec<_> =
        printable(text).lines().flat_map(|line| code_lines(line, WIDTH - indent.len())).collect();
    for line in lines.iter().take(most) {
        push(out, indent, line);
    }
    if let Some(more) = lines.len().checked_sub(most).filter(|more| *more > 0) {
        push(out, indent, &format!("… {more} more lines, in the JSON and HTML reports"));
    }
}

fn push(out: &mut String, before: &str, line: &str) {
    out.push_str(before);
    out.push_str(line);
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

fn code_lines(line: &str, room: usize) -> Vec<String> {
    let line = line.trim_end().replace('\t', "    ");
    if columns(&line) <= room {
        return vec![line];
    }
    let indent: String = line.chars().take_while(|one| *one == ' ').take(room / 2).collect();
    let (code, comment) = split_comment(line.trim_start());
    let mut lines = Vec::new();
    let inner = room - indent.len();
    if !code.is_empty() {
        // The lines that follow are set in, to show that they belong to the first.
        let broken = broken(code, inner.saturating_sub(2).max(1), true);
        lines.extend(
            broken
                .into_iter()
                .enumerate()
                .map(|(index, part)| format!("{indent}{}{part}", if index == 0 { "" } else { "  " })),
        );
    }
    if let Some(comment) = comment {
        let words = comment.trim_start_matches(['-', ' ']);
        lines.extend(
            wrapped(words, inner.saturating_sub(3).max(1))
                .into_iter()
                .map(|part| format!("{indent}-- {part}")),
        );
    }
    lines
}

/// Code, and the comment that ends its line.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    let mut quote = None;
    for (index, character) in line.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if line.get(index..).is_some_and(|rest| rest.starts_with("--")) => {
                let (code, comment) = line.split_at(index);
                return (code.trim_end(), Some(comment));
            }
            None => {}
        }
    }
    (line, None)
}

fn wrapped(text: &str, room: usize) -> Vec<String> {
    broken(text, room, false)
}

/// Broken at the last space that fits; where there is none, anywhere.
fn broken(text: &str, room: usize, keep_quotes: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let (mut width, mut quote) = (0, None);
    // Where the line may end: its length before a space.
    let mut space = None;
    for character in text.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if keep_quotes && matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
        if width + column(character) > room {
            let rest = match space.take() {
                Some(end) => line.split_off(end),
                None => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest.trim_start().to_owned()));
            width = columns(&line);
        }
        if character == ' ' && quote.is_none() {
            if line.is_empty() {
                continue;
            }
            space = Some(line.len());
        }
        line.push(character);
        width += column(character);
    }
    lines.push(line);
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_are_set_in() {
        let mut out = String::new();
        paragraph(&mut out, "  For it  ", &"word ".repeat(30));
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  For it  word") && lines[0].len() <= WIDTH);
        assert!(lines[1].starts_with("          word"));
    }

    #[test]
    fn code_is_broken_where_it_means_the_same() {
        let cases: [(&str, usize, &[&str]); 7] = [
            ("SELECT a, b", 20, &["SELECT a, b"]),
            ("SELECT a, b FROM c WHERE d = $1", 18, &["SELECT a, b", "  FROM c WHERE d", "  = $1"]),
            ("  AND x = 'a b c d e f'", 18, &["  AND x =", "    'a b c d e f'"]),
            ("SELECT 1 -- the first of all of them", 16, &["SELECT 1", "-- the first of", "-- all of them"]),
            ("-- the first of all of them", 16, &["-- the first of", "-- all of them"]),
            ("x = '-- no comment' y", 12, &["x =", "  '-- no com", "  ment' y"]),
            ("", 10, &[""]),
        ];
        for (line, room, expected) in cases {
            assert_eq!(code_lines(line, room), expected, "{line}");
        }
    }

    #[test]
    fn long_code_says_how_much_is_missing() {
        let mut out = String::new();
        code(&mut out, "    ", &"SELECT 1\n".repeat(5), 3);
        assert_eq!(out.lines().count(), 4);
        assert!(out.ends_with("    … 2 more lines, in the JSON and HTML reports\n"));
    }

    proptest! {
        #[test]
        fn no_line_is_too_long(text in "(\\PC|\n|\t| |-|'|\"){0,400}") {
            let mut out = String::new();
            paragraph(&mut out, "      ", &text);
            code(&mut out, "        ", &text, usize::MAX);
            for line in out.lines() {
                prop_assert!(columns(line) <= WIDTH, "{line:?}");
            }
        }

        #[test]
        fn nothing_is_lost(text in "[a-z ]{0,300}") {
            let words = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(words(&broken(&text, 20, false).join(" ")), words(&text));
        }
    }
}
