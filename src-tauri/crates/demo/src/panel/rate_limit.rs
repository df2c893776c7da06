//! The limit on health endpoints: 100 requests in 15 minutes from one address, together.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use parking_lot::Mutex;

use crate::clock;

const LIMIT: u32 = 100;
const WINDOW: Duration = Duration::from_secs(15 * 60);
const REFUSED: &str = "Too many requests from this IP, please try again later.";

/// Fixed windows by address, each beginning with the first request.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    windows: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

/// Where an address stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    remaining: u32,
    allowed: bool,
    resets_in: Duration,
}

impl RateLimit {
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> Standing {
        let mut windows = self.windows.lock();
        windows.retain(|_, (begin, _)| now.duration_since(*begin) < WINDOW);
        let (begin, used) = windows.entry(address).or_insert((now, 0));
        *used = used.saturating_add(1);
        Standing {
            remaining: LIMIT.saturating_sub(*used),
            allowed: *used <= LIMIT,
            resets_in: WINDOW.saturating_sub(now.duration_since(*begin)),
        }
    }
}

impl Standing {
    pub(crate) fn allowed(self) -> bool {
        self.allowed
    }

    /// The refusal as mPanel sends it: plain words called HTML.
    pub(crate) fn refusal(self) -> Response {
        let mut response = (StatusCode::TOO_MANY_REQUESTS, Html(REFUSED)).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.resets_in.as_secs()));
        self.mark(&mut response);
        response
    }

    /// Adds the `X-RateLimit-*` headers.
    pub(crate) fn mark(self, response: &mut Response) {
        let reset = clock::since_epoch().saturating_add(self.resets_in).as_secs();
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(LIMIT));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(reset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_requests_pass_and_the_next_window_opens_after_a_quarter_of_an_hour() {
        let limit = RateLimit::default();
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let begin = Instant::now();
        for used in 1..=LIMIT {
            assert_eq!(limit.count(here, begin).remaining, LIMIT - used);
        }
        assert!(!limit.count(here, begin + WINDOW / 2).allowed());
        assert!(limit.count(there, begin).allowed(), "another address has a window of its own");
        assert!(limit.count(here, begin + WINDOW).allowed());
    }
}
