//! Headings, labels and rows of tables on a terminal.

use charts::text::{clip, columns};

use super::wrap::{WIDTH, paragraph};

pub(crate) fn heading(out: &mut String, title: &str) {
    out.push('\n');
    paragraph(out, "", title);
    out.push_str(&"─".repeat(WIDTH));
    out.push('\n');
}

/// A label in a column of its own.
pub(crate) fn labelled(out: &mut String, label: &str, text: &str) {
    paragraph(out, &format!("  {label:<12}"), text);
}

/// A line of a table: figures to the right of their columns, then what is left for the text.
pub(crate) fn row(out: &mut String, cells: &[(String, usize)], text: &str) {
    let mut line = String::from(" ");
    for (cell, width) in cells {
        let missing = width.saturating_sub(columns(cell));
        line.push_str(&" ".repeat(missing + 1));
        line.push_str(cell);
    }
    line.push_str("  ");
    line.push_str(&clip(text, WIDTH.saturating_sub(columns(&line)).max(1)));
    out.push_str(line.trim_end());
    out.push('\n');
}
