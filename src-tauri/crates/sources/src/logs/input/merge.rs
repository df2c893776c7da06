//! Several logs as one, in the order of time.

use super::super::coverage::Coverage;
use super::super::error::LogError;
use super::super::events::RawEvent;
use super::reader::{Batch, Chain};

/// A log and the events of it that are read and not yet given out.
struct Stream {
    chain: Chain,
    batch: Batch,
    given: usize,
    done: bool,
}

pub(super) struct Merge {
    streams: Vec<Stream>,
}

/// A merged batch holds about this many bytes of text.
const BATCH_BYTES: usize = 512 << 10;

impl Merge {
    pub(super) fn new(chains: Vec<Chain>) -> Merge {
        let stream = |chain| Stream { chain, batch: Batch::default(), given: 0, done: false };
        Merge { streams: chains.into_iter().map(stream).collect() }
    }

    pub(super) fn coverage(&self) -> Coverage {
        self.streams.iter().fold(Coverage::default(), |mut sum, stream| {
            sum.add(&stream.chain.coverage());
            sum
        })
    }

    pub(super) fn next(&mut self, batch: &mut Batch) -> Result<bool, LogError> {
        // One log needs no merging, and nothing copied.
        if let [only] = self.streams.as_mut_slice() {
            return only.chain.next(batch);
        }
        batch.forget();
        while batch.events.scratch.len() < BATCH_BYTES {
            for stream in &mut self.streams {
                stream.refill()?;
            }
            let earliest = self
                .streams
                .iter_mut()
                .filter_map(|stream| Some((stream.front()?.time_us(), stream)))
                .min_by_key(|(at_us, _)| *at_us);
            let Some((_, stream)) = earliest else { break };
            stream.give(batch);
        }
        Ok(!batch.events.is_empty())
    }
}

impl Stream {
    fn front(&self) -> Option<RawEvent> {
        self.batch.events.list.get(self.given).copied()
    }

    fn refill(&mut self) -> Result<(), LogError> {
        while !self.done && self.given >= self.batch.events.len() {
            self.given = 0;
            self.done = !self.chain.next(&mut self.batch)?;
        }
        Ok(())
    }

    fn give(&mut self, into: &mut Batch) {
        let Some(mut event) = self.front() else { return };
        let (block, scratch) = (self.batch.text(), &self.batch.events.scratch);
        event.map_spans(|span| span.copied(block, scratch, &mut into.events.scratch));
        into.events.list.push(event);
        self.given += 1;
    }
}
