//! Where forgotten sessions end up while the export leaks.

use parking_lot::Mutex;

use super::session::Session;

#[derive(Default)]
pub(crate) struct Leaks {
    bucket: Mutex<Bucket>,
}

#[derive(Default)]
struct Bucket {
    open: bool,
    held: Vec<Session>,
}

impl Leaks {
    /// Keeps the session while leaking; else it goes back to the pool.
    pub(super) fn take(&self, session: Session) {
        let mut bucket = self.bucket.lock();
        if bucket.open {
            bucket.held.push(session);
        }
    }

    pub(crate) fn open(&self) {
        self.bucket.lock().open = true;
    }

    /// Ends the leak and returns what was held.
    pub(crate) fn close(&self) {
        let mut bucket = self.bucket.lock();
        bucket.open = false;
        bucket.held.clear();
    }
}
