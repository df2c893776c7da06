//! Logs that carry PostgreSQL's lines inside lines of their own: unwrapped to stderr text and read as such.

use super::super::coverage::Coverage;
use super::super::events::Events;
use super::super::parser::{Feed, Limits};
use super::prefix::Prefix;
use super::stderr::Stderr;

/// The stderr text that was unwrapped and not yet read to its end.
#[derive(Debug)]
pub(super) struct Unwrapped {
    pub(super) text: Vec<u8>,
    stderr: Stderr,
}

impl Unwrapped {
    pub(super) fn new(prefix: Prefix, limits: Limits) -> Unwrapped {
        Unwrapped { text: Vec::new(), stderr: Stderr::new(prefix, false, limits) }
    }

    /// Reads what is complete. Texts move to the scratch, because the unwrapped text does not outlive the call.
    pub(super) fn read(&mut self, ends: bool, out: &mut Events, coverage: &mut Coverage) {
        let mut inner = Coverage::default();
        let feed = Feed { block: &self.text, offset: 0, ends };
        let taken = self.stderr.parse(&feed, out, &mut inner);
        if ends {
            self.stderr.finish(&self.text, out, &mut inner);
        }
        let Events { list, scratch } = out;
        for event in list {
            event.map_spans(
                |span| if span.is_in_block() { span.copied(&self.text, &[], scratch) } else { span },
            );
        }
        self.text.drain(..taken);
        // The lines were counted as they came.
        inner.lines = 0;
        coverage.add(&inner);
    }
}
