//! Routes of requests that are under way, where the log names them on lines of their own.

use std::collections::VecDeque;

use crate::hashing::HashedMap;

/// Requests remembered at once, those that began last.
const ROOM: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    routes: HashedMap<u64, u32>,
    order: VecDeque<u64>,
}

impl Requests {
    pub(super) fn note(&mut self, request: u64, route: Option<u32>, finished: bool) {
        if finished {
            self.routes.remove(&request);
            return;
        }
        let Some(route) = route else { return };
        if self.routes.insert(request, route).is_none() {
            self.order.push_back(request);
        }
        while self.order.len() > ROOM {
            if let Some(oldest) = self.order.pop_front() {
                self.routes.remove(&oldest);
            }
        }
    }

    #[inline]
    pub(super) fn route(&self, request: u64) -> Option<u32> {
        if self.routes.is_empty() { None } else { self.routes.get(&request).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_known_while_they_run_and_never_too_many() {
        let mut requests = Requests::default();
        requests.note(7, Some(1), false);
        requests.note(8, None, false);
        assert_eq!((requests.route(7), requests.route(8)), (Some(1), None));
        requests.note(7, None, true);
        assert_eq!(requests.route(7), None);
        for request in 0..200_000 {
            requests.note(request, Some(2), false);
        }
        assert!(requests.routes.len() <= ROOM && requests.order.len() <= ROOM);
        assert_eq!(requests.route(199_999), Some(2));
    }
}
