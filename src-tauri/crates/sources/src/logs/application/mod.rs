//! Logs of applications: mPanel's winston lines, as JSON and as coloured console text, and JSON lines of any shape.

pub(super) mod console;
pub(super) mod fields;
pub(super) mod lines;
pub(super) mod repeats;
pub(super) mod winston;
