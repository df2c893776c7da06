//! One decision about the pool's size, and the advice that follows from it.

use std::time::Duration;

use serde::Serialize;

use super::LeakReport;

/// Above this share of `max` in use for 5 % of the time, waits begin to show.
const BUSY: f64 = 0.75;
/// Below this share of `max` at the peak, the rest was never needed.
const QUIET: f64 = 0.5;

/// What the decision is made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Situation {
    pub min: usize,
    pub max: usize,
    pub ceiling: usize,
    pub active: usize,
    pub waiting: usize,
    pub leaking: bool,
    /// Mean number in use per second, 95th percentile of the last minute.
    pub busy_p95: Option<f64>,
    /// Most in use at once in the last minute.
    pub peak: usize,
    /// Whether a whole minute has been observed.
    pub observed: bool,
}

/// What to do about the pool's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizing {
    Keep,
    Grow {
        to: usize,
    },
    Shrink {
        to: usize,
    },
    /// Would grow, but the ceiling is reached.
    AtCeiling,
}

/// Grows under pressure, shrinks by one after a quiet minute, and never grows a pool that leaks: a leak
/// takes any number of connections.
#[must_use]
pub fn decide(now: &Situation) -> Sizing {
    if now.leaking {
        return Sizing::Keep;
    }
    let max = now.max as f64;
    if now.waiting > 0 || now.busy_p95.is_some_and(|busy| busy > max * BUSY) {
        return grow(now);
    }
    let used = now.peak.max(now.active) as f64;
    let floor = now.min.max(1);
    if now.observed && used < max * QUIET && now.max > floor {
        return Sizing::Shrink { to: now.max - 1 };
    }
    Sizing::Keep
}

/// A quarter more, or enough for all who wait if that is more, but never more than twice at once.
fn grow(now: &Situation) -> Sizing {
    let wanted = (now.max + now.max.div_ceil(4)).max(now.active.saturating_add(now.waiting));
    let to = wanted.min(now.max.saturating_mul(2)).min(now.ceiling);
    if to > now.max { Sizing::Grow { to } } else { Sizing::AtCeiling }
}

/// What a piece of advice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    Leak,
    Grow,
    Shrink,
    Ceiling,
}

/// One piece of advice, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    pub kind: Advice,
    pub message: String,
}

/// The advice for a situation; follows from [`decide`], so that it cannot say two things at once.
#[must_use]
pub fn recommend(now: &Situation, leaks: &LeakReport) -> Vec<Recommendation> {
    let mut advice = Vec::new();
    if let Some(message) = leak_message(now, leaks) {
        advice.push(Recommendation { kind: Advice::Leak, message });
    }
    let leaking = now.leaking || !leaks.is_empty();
    let sizing = decide(&Situation { leaking, ..now.clone() });
    advice.extend(size_advice(now, sizing));
    advice
}

fn leak_message(now: &Situation, leaks: &LeakReport) -> Option<String> {
    let longest = leaks
        .held_too_long
        .first()
        .map(|held| format!("the longest was taken at {} {} ago", held.site, seconds(held.held_for)));
    match (leaks.all_active_for, longest) {
        (Some(full_for), longest) => Some(format!(
            "All {} connections are out and none came back for {}: {}. Release it on every path.",
            now.active,
            seconds(full_for),
            longest.unwrap_or_else(|| "look for a connection that is never released".to_owned()),
        )),
        (None, Some(longest)) => Some(format!(
            "{} held beyond the limit: {longest}. Release on every path, or shorten the work.",
            count(leaks.held_too_long.len()),
        )),
        (None, None) => None,
    }
}

fn size_advice(now: &Situation, sizing: Sizing) -> Option<Recommendation> {
    let pressure = || match (now.waiting, now.busy_p95) {
        (0, Some(busy)) => format!(
            "{busy:.1} of {} connections were in use in the busiest twentieth of the last minute",
            now.max
        ),
        (waiting, _) => format!("{waiting} waiting while {} of {} are in use", now.active, now.max),
    };
    let (kind, message) = match sizing {
        Sizing::Keep => return None,
        Sizing::Grow { to } => {
            (Advice::Grow, format!("Raise the maximum from {} to {to}: {}.", now.max, pressure()))
        }
        Sizing::AtCeiling => (
            Advice::Ceiling,
            format!("Shorten the work, or raise the ceiling above {}: {}.", now.ceiling, pressure()),
        ),
        Sizing::Shrink { to } => (
            Advice::Shrink,
            format!(
                "Lower the maximum from {} to {to}: at most {} were in use at once in the last minute.",
                now.max, now.peak
            ),
        ),
    };
    Some(Recommendation { kind, message })
}

fn count(connections: usize) -> String {
    if connections == 1 { "1 connection is".to_owned() } else { format!("{connections} connections are") }
}

fn seconds(duration: Duration) -> String {
    format!("{:.0} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests;
