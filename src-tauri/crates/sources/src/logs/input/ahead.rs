//! Reads and decompresses a log ahead of its parser, on a thread of its own.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::compression::Input;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;
/// Room before them for what the block before ended with: the beginning of a record.
pub(super) const HEADROOM: usize = 256 << 10;
/// Blocks that may be ready before they are asked for.
const AHEAD: usize = 2;

/// A block of the log, behind [`HEADROOM`] bytes of room.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Where the log's bytes end.
    pub(super) filled: usize,
    /// Nothing follows.
    pub(super) ends: bool,
    /// A compressed log ended in the middle.
    pub(super) broken: bool,
}

/// The blocks of one input, in order. Dropping it ends the thread at its next block.
pub(super) struct Blocks {
    ready: Receiver<io::Result<Block>>,
    used: Sender<Vec<u8>>,
}

impl Blocks {
    pub(super) fn start(input: Input) -> io::Result<Blocks> {
        let (sender, ready) = sync_channel(AHEAD);
        let (used, spare) = channel();
        std::thread::Builder::new()
            .name("log-reader".to_owned())
            .spawn(move || read(input, &sender, &spare))?;
        Ok(Blocks { ready, used })
    }

    /// The next block; none behind the last. `used` is a buffer that is no longer needed.
    pub(super) fn next(&mut self, used: Vec<u8>) -> io::Result<Option<Block>> {
        if used.len() == HEADROOM + BLOCK {
            // An error only means that the thread has read everything.
            let _ = self.used.send(used);
        }
        match self.ready.recv() {
            Ok(block) => block.map(Some),
            Err(_) => Ok(None),
        }
    }
}

fn read(mut input: Input, ready: &SyncSender<io::Result<Block>>, spare: &Receiver<Vec<u8>>) {
    loop {
        let mut bytes = spare.try_recv().unwrap_or_else(|_| vec![0; HEADROOM + BLOCK]);
        let room = bytes.get_mut(HEADROOM..).unwrap_or_default();
        let block = input.fill(room).map(|count| Block {
            bytes,
            filled: HEADROOM + count,
            ends: count < BLOCK,
            broken: input.broken,
        });
        let last = block.as_ref().map_or(true, |block| block.ends);
        if ready.send(block).is_err() || last {
            return;
        }
    }
}
