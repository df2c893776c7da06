//! What the person is told about damage that was survived.

use parking_lot::Mutex;

/// More would only repeat themselves.
const MOST: usize = 20;

#[derive(Default)]
pub(crate) struct Notices(Mutex<Vec<String>>);

impl Notices {
    pub(crate) fn add(&self, notice: String) {
        let mut notices = self.0.lock();
        if notices.len() < MOST && !notices.contains(&notice) {
            tracing::warn!(%notice, "stored data was damaged");
            notices.push(notice);
        }
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}
