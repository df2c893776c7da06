//! Requests that wait for a connection of the application's pool.

use domain::{AppPool, Check, Evidence, PoolThresholds, Severity, SourceId, metric};

use super::streak;
use super::{AppPoolPoint, Detector, Layer, Layers};
use crate::words;

/// A queue that rose at each of this many polls in a row is growing.
const GROWING_POLLS: usize = 4;

pub(super) struct ClientsWaiting<'a> {
    layer: Layer<'a, AppPoolPoint>,
    pool: &'a AppPool,
    growing: bool,
    seconds: f64,
}

impl<'a> Detector<'a> for ClientsWaiting<'a> {
    const CHECK: Check = Check::PoolClientsWaiting;

    fn check(layers: &Layers<'a>, _: &PoolThresholds) -> Option<Self> {
        let layer = layers.application?;
        let pool = &layer.last()?.pool;
        if !pool.waiting.is_finite() {
            return None;
        }
        let run = streak::run(layer.points, |point| point.pool.waiting > 0.0);
        Some(ClientsWaiting { layer, pool, growing: is_growing(run), seconds: streak::span_seconds(run) })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        let as_many_as_the_pool = self.pool.max.is_some_and(|max| max > 0.0 && self.pool.waiting >= max);
        if self.pool.waiting <= 0.0 {
            Severity::Ok
        } else if as_many_as_the_pool || self.growing {
            Severity::Critical
        } else {
            Severity::Warning
        }
    }

    fn title(&self) -> String {
        match self.severity() {
            Severity::Ok => format!("Nobody waits for a connection on {}", self.layer.name),
            _ => format!("Requests wait for a connection on {}", self.layer.name),
        }
    }

    fn explain(&self) -> String {
        if self.pool.waiting <= 0.0 {
            return "0 waiting".to_owned();
        }
        let mut text = words::requests_wait(self.pool.waiting);
        if self.seconds > 0.0 {
            text.push_str(&format!(", a queue for {}", words::duration(self.seconds)));
        }
        if self.growing {
            text.push_str(" and growing");
        }
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let number = words::number;
        vec![
            self.layer.evidence("Waiting", number(self.pool.waiting), metric::POOL_WAITING, "last poll"),
            self.layer.evidence("Active", number(self.pool.active), metric::POOL_ACTIVE, "last poll"),
        ]
    }

    fn remedy(&self) -> Option<String> {
        Some("Look at the diagnosis on Pools: it says whether the connections work, wait or are held.".into())
    }
}

fn is_growing(run: &[AppPoolPoint]) -> bool {
    let recent = run.get(run.len().saturating_sub(GROWING_POLLS)..).unwrap_or_default();
    recent.len() == GROWING_POLLS
        && recent
            .iter()
            .zip(recent.iter().skip(1))
            .all(|(before, after)| after.pool.waiting > before.pool.waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::fixture::{Path, app, waiting};

    #[test]
    fn cases() {
        type Case<'a> = (&'a [u32], Severity, &'a str);
        let cases: &[Case] = &[
            (&[0], Severity::Ok, "0 waiting"),
            (&[5, 5, 0], Severity::Ok, "0 waiting"),
            (&[1], Severity::Warning, "1 request waits"),
            (&[7, 7, 7, 7], Severity::Warning, "7 requests wait, a queue for 15 s"),
            (&[1, 2, 3], Severity::Warning, "3 requests wait, a queue for 10 s"),
            (&[1, 2, 3, 3], Severity::Warning, "3 requests wait, a queue for 15 s"),
            (&[0, 2, 3, 4], Severity::Warning, "4 requests wait, a queue for 10 s"),
            (&[1, 2, 3, 4], Severity::Critical, "4 requests wait, a queue for 15 s and growing"),
            (&[9, 9], Severity::Warning, "9 requests wait, a queue for 5 s"),
            (&[10, 10], Severity::Critical, "10 requests wait, a queue for 5 s"),
        ];
        for (queue, severity, detail) in cases {
            let points =
                (0..).zip(*queue).map(|(step, waits)| waiting(app(step * 5, 10, 10), *waits)).collect();
            let verdict = Path::new().application(points).verdict(Check::PoolClientsWaiting).unwrap();
            assert_eq!((verdict.severity, verdict.detail.as_str()), (*severity, *detail), "{queue:?}");
        }
    }

    #[test]
    fn without_a_pool_there_is_no_verdict() {
        assert_eq!(Path::new().severity(Check::PoolClientsWaiting), None);
    }
}
