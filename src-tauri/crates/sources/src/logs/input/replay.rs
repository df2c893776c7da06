//! A whole log over several cores: blocks are parsed in turn, what is made of them is made side by side.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use super::super::error::LogError;
use super::reader::{Batch, LogReader};

type Made<R> = (u64, Result<R, LogError>);

/// Gives every batch to `make`, on `workers` threads, and what it makes to `take`, on this thread and in the order of
/// the log. Parsing keeps its state and is done by one thread at a time, which is quick enough to feed several; so
/// nothing can be missed where blocks meet. At most two batches a worker are in memory. `take` may break off.
pub fn replay<R: Send>(
    reader: &mut LogReader,
    workers: usize,
    make: impl Fn(&Batch) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<()>,
) -> Result<(), LogError> {
    let shared = Mutex::new((reader, 0_u64));
    let workers = workers.max(1);
    let (sender, receiver) = sync_channel::<Made<R>>(workers);
    std::thread::scope(|scope| {
        // Owned in here, so that it is gone before the workers are waited for.
        let receiver = receiver;
        for _ in 0..workers {
            let sender = sender.clone();
            scope.spawn(|| work(&shared, &make, sender));
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (number, made) in &receiver {
            early.insert(number, made);
            while let Some(made) = early.remove(&next) {
                next += 1;
                if take(made?).is_break() {
                    // Without a receiver the workers end at their next batch.
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

fn work<R: Send>(
    shared: &Mutex<(&mut LogReader, u64)>,
    make: &(impl Fn(&Batch) -> R + Sync),
    sender: SyncSender<Made<R>>,
) {
    let mut batch = Batch::default();
    loop {
        let (number, read) = {
            let mut guard = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (reader, next) = &mut *guard;
            let read = reader.next(&mut batch);
            *next += 1;
            (*next - 1, read)
        };
        let made = match read {
            Ok(false) => return,
            Ok(true) => Ok(make(&batch)),
            Err(error) => Err(error),
        };
        let failed = made.is_err();
        if sender.send((number, made)).is_err() || failed {
            return;
        }
    }
}
