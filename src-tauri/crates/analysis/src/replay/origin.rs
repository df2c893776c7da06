//! Where a statement comes from: what its comments say, and what the log says beside it.

use std::borrow::Cow;

use super::prepared::Seen;
use crate::sql::comment_tags;

/// Route, trace and application of one statement, as far as anything tells.
#[derive(Debug, Default)]
pub(super) struct Origin<'a> {
    route: Cow<'a, str>,
    trace: Cow<'a, str>,
    given_trace: Option<&'a [u8]>,
    application: Cow<'a, str>,
    given_application: &'a [u8],
}

impl<'a> Origin<'a> {
    pub(super) fn of(seen: &Seen<'a>) -> Origin<'a> {
        let mut origin =
            Origin { given_trace: seen.trace_id, given_application: seen.application, ..Origin::default() };
        let (mut controller, mut action) = (Cow::default(), Cow::default());
        for (key, value) in comment_tags(seen.sql) {
            match key.as_ref() {
                "route" => origin.route = value,
                "traceparent" => origin.trace = value,
                "controller" => controller = value,
                "action" | "job" => action = value,
                "application" | "app" => origin.application = value,
                _ => {}
            }
        }
        if origin.route.is_empty() {
            origin.route = match (controller.is_empty(), action.is_empty()) {
                (false, false) => Cow::Owned(format!("{controller}#{action}")),
                (false, true) => controller,
                (true, _) => action,
            };
        }
        origin
    }

    pub(super) fn route(&self) -> &[u8] {
        self.route.as_bytes()
    }

    /// The log's own trace id, else the middle of `traceparent` (`00-<trace>-<span>-01`).
    pub(super) fn trace_id(&self) -> Option<&[u8]> {
        if self.given_trace.is_some() {
            return self.given_trace;
        }
        if self.trace.is_empty() {
            return None;
        }
        let mut parts = self.trace.split('-');
        let version = parts.next()?;
        Some(parts.next().unwrap_or(version).as_bytes()).filter(|id| !id.is_empty())
    }

    /// What the session calls itself, unless it says nothing or the comment says it better.
    pub(super) fn application(&self) -> &[u8] {
        let named = !self.given_application.is_empty() && self.given_application != b"[unknown]";
        match (self.application.is_empty(), named) {
            (true, true) => self.given_application,
            (true, false) => b"",
            (false, _) => self.application.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::Given;
    use super::*;

    fn seen<'a>(sql: &'a str, application: &'a str, trace_id: Option<&'a str>) -> Seen<'a> {
        Seen {
            sql: sql.as_bytes(),
            given: Given::Nothing,
            start_us: 0,
            duration_us: None,
            rows: None,
            session: 0,
            transaction: None,
            request_id: None,
            trace_id: trace_id.map(str::as_bytes),
            application: application.as_bytes(),
            error: None,
            truncated: false,
        }
    }

    #[test]
    fn origins() {
        let trace = "5bd66ef5095369c7b0d1f8f4bd33716a";
        let parent =
            format!("SELECT 1 /*route='GET%20%2Fapi',traceparent='00-{trace}-c532cb4098ac3dd2-01'*/");
        // Statement, application_name, trace id of the log; route, trace, application.
        type Case<'a> = (&'a str, &'a str, Option<&'a str>, &'a str, Option<&'a str>, &'a str);
        let cases: [Case<'_>; 6] = [
            ("SELECT 1", "psql", None, "", None, "psql"),
            ("SELECT 1", "[unknown]", Some("t1"), "", Some("t1"), ""),
            (&parent, "panel", None, "GET /api", Some(trace), "panel"),
            (&parent, "panel", Some("t1"), "GET /api", Some("t1"), "panel"),
            (
                "/*application:Shop,controller:users,action:index*/ SELECT 1",
                "",
                None,
                "users#index",
                None,
                "Shop",
            ),
            ("SELECT 1 /*job='sweep'*/", "", None, "sweep", None, ""),
        ];
        for (sql, application, given, route, trace, named) in cases {
            let seen = seen(sql, application, given);
            let origin = Origin::of(&seen);
            let found = (origin.route(), origin.trace_id(), origin.application());
            assert_eq!(found, (route.as_bytes(), trace.map(str::as_bytes), named.as_bytes()), "{sql}");
        }
    }
}
