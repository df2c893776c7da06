//! How large the application's pool should be, with the arithmetic, and never against the diagnosis.
//!
//! The offered load is the mean number of busy connections (Little's law, L = λ·W). The instance tells L (active) and
//! λ (acquisitions per second); the time that a request holds a connection is W = L / λ.

use domain::{ArithmeticLine, PoolThresholds, SizeAdvice, SizeVerdict};

use super::diagnosis::Case;
use super::leak::Kind;
use super::sessions::Own;
use super::streak;
use super::{AppPoolPoint, Layers, backends, erlang, pgbouncer};
use crate::words;

/// 99 % of the requests are to get a connection within this time.
const WAIT_SECONDS: f64 = 0.005;
const MAY_WAIT_LONGER: f64 = 0.01;
/// Less than this does not show a load.
const ENOUGH_SECONDS: f64 = 60.0;
const ENOUGH_REQUESTS: f64 = 30.0;
/// Fewer connections are advised only after a longer look, and where it makes a difference.
const ENOUGH_TO_SHRINK_SECONDS: f64 = 600.0;
const WORTH_SHRINKING: f64 = 0.6;
const WORTH_GIVING_BACK: u32 = 3;

/// What the pool had to carry over the points that were looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Load {
    per_second: f64,
    busy: f64,
    peak: f64,
    requests: f64,
    seconds: f64,
}

impl Load {
    fn hold_seconds(&self) -> f64 {
        self.busy / self.per_second
    }

    fn is_enough(&self) -> bool {
        self.seconds >= ENOUGH_SECONDS && self.requests >= ENOUGH_REQUESTS
    }
}

/// The load's needs, each by its own reasoning; the largest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Needs {
    hardly_anybody_waits: u32,
    at_target: u32,
    peak: u32,
}

impl Needs {
    fn of(load: &Load, target: f64) -> Needs {
        let waits = erlang::fewest(load.busy, load.hold_seconds(), WAIT_SECONDS, MAY_WAIT_LONGER);
        let target = if target > 0.0 && target <= 1.0 { target } else { 1.0 };
        Needs {
            hardly_anybody_waits: waits.unwrap_or(erlang::LARGEST),
            at_target: whole(load.busy / target),
            peak: whole(load.peak),
        }
    }

    fn most(&self) -> u32 {
        self.hardly_anybody_waits.max(self.at_target).max(self.peak)
    }
}

/// Rounded up, but for what floating point adds.
fn whole(connections: f64) -> u32 {
    (connections - 1e-9).ceil().max(0.0) as u32
}

/// `leak`: a leak is known from elsewhere (an open finding); one that the points show counts in any case.
/// `None` where no application is watched.
pub fn size_advice(layers: &Layers, thresholds: &PoolThresholds, leak: bool) -> Option<SizeAdvice> {
    let layers = layers.fresh();
    let case = Case::find(layers, thresholds)?;
    let layer = layers.application?;
    let max = layer.last()?.pool.max.filter(|max| *max >= 1.0).map(|max| max as u32);
    let leaks = leak || case.facts.leak.is_leak();
    let load = load_of(&case, layer.points).filter(Load::is_enough);
    let needs = load.as_ref().map(|load| Needs::of(load, thresholds.target_utilisation));
    let arithmetic = match (&load, &needs) {
        (Some(load), Some(needs)) => arithmetic(load, needs, thresholds.target_utilisation, leaks),
        _ => Vec::new(),
    };
    let decision = match (max, load, needs) {
        (Some(max), Some(load), Some(needs)) => decide(&case, max, &load, needs.most(), leaks),
        (Some(max), _, _) if leaks => Decision::keep(
            max,
            if case.facts.leak == Kind::Suspected {
                format!(
                    "Keep {max} while a leak is suspected. The PostgreSQL behind it would tell a leak from overload."
                )
            } else {
                format!(
                    "Keep {max} while connections leak. What the load needs can be told once none are held."
                )
            },
        ),
        (None, _, Some(needs)) => Decision {
            verdict: SizeVerdict::Unknown,
            recommended: Some(needs.most()),
            summary: format!(
                "The load needs {}. The pool's maximum is not known: set it on the Sources page to compare.",
                words::connections(f64::from(needs.most()))
            ),
        },
        _ => Decision {
            verdict: SizeVerdict::Unknown,
            recommended: None,
            summary: "Not enough has been seen to say: a minute with at least 30 requests is needed.".into(),
        },
    };
    Some(SizeAdvice {
        verdict: decision.verdict,
        current_max: max,
        recommended_max: decision.recommended,
        summary: decision.summary,
        arithmetic,
    })
}

/// The load before the leak; without that, the whole load less what is held.
fn load_of(case: &Case, points: &[AppPoolPoint]) -> Option<Load> {
    let leak = case.leak.as_ref().filter(|leak| leak.kind.is_leak());
    let Some(leak) = leak else { return measure(points, 0.0) };
    let begun = leak.since.map_or(0, |since| points.partition_point(|point| point.at < since));
    let before = points.get(..begun).unwrap_or_default();
    measure(before, 0.0).filter(Load::is_enough).or_else(|| {
        let rest = measure(points, leak.held)?;
        // Where everything is held, what the rest shows is not the load but what the leak left of it.
        (leak.held > 0.0 && rest.busy > 0.0).then_some(rest)
    })
}

fn measure(points: &[AppPoolPoint], held: f64) -> Option<Load> {
    let run = streak::run(points, |point| point.pool.active.is_finite() && point.pool.acquire.is_some());
    let seconds = streak::span_seconds(run);
    let taken = |point: Option<&AppPoolPoint>| Some(point?.pool.acquire.as_ref()?.count);
    let requests = taken(run.last())? - taken(run.first())?;
    if !(seconds > 0.0 && requests > 0.0 && requests.is_finite()) {
        return None;
    }
    let working = || run.iter().map(|point| (point.pool.active - held).max(0.0));
    Some(Load {
        per_second: requests / seconds,
        busy: working().sum::<f64>() / run.len() as f64,
        peak: working().fold(0.0, f64::max),
        requests,
        seconds,
    })
}

fn arithmetic(load: &Load, needs: &Needs, target: f64, leaks: bool) -> Vec<ArithmeticLine> {
    let (rate, hold) = (words::figure(load.per_second), load.hold_seconds());
    let busy = words::figure(load.busy);
    let line = |label: String, value: String| ArithmeticLine { label, value, result: false };
    let connections = |count: u32| words::number(f64::from(count));
    let mean = if leaks { "mean before the leak" } else { "mean" };
    let mut lines = vec![
        line("Requests that use the database".into(), format!("{rate} /s")),
        line(format!("Time with a connection, {mean}"), words::duration(hold)),
        line(format!("Busy on average, {rate} × {}", seconds_factor(hold)), busy.clone()),
        line("Most active at once".into(), connections(needs.peak)),
        line(
            format!("At {} utilisation, {busy} / {target}", words::percent(target, 1.0)),
            connections(needs.at_target),
        ),
        line("For 99% to wait under 5 ms".into(), connections(needs.hardly_anybody_waits)),
    ];
    let counts = [(3, needs.peak), (4, needs.at_target), (5, needs.hardly_anybody_waits)];
    let decides =
        counts.into_iter().filter(|(_, count)| *count == needs.most()).map(|(index, _)| index).max();
    if let Some(line) = decides.and_then(|index| lines.get_mut(index)) {
        line.result = true;
    }
    lines
}

/// "0.051": seconds as they stand in a product.
fn seconds_factor(seconds: f64) -> String {
    if seconds >= 0.001 {
        let text = format!("{seconds:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{seconds:.6}")
    }
}

struct Decision {
    verdict: SizeVerdict,
    recommended: Option<u32>,
    summary: String,
}

impl Decision {
    fn keep(max: u32, summary: String) -> Decision {
        Decision { verdict: SizeVerdict::Keep, recommended: Some(max), summary }
    }
}

fn decide(case: &Case, max: u32, load: &Load, needed: u32, leaks: bool) -> Decision {
    let needs = words::connections(f64::from(needed));
    if leaks {
        let suspected = case.facts.leak == Kind::Suspected;
        return Decision::keep(max, keep_while_leaking(max, needed, suspected));
    }
    if needed > max {
        return match (no_use_growing(case), ceiling(case)) {
            (Some(reason), _) => Decision::keep(max, format!("Keep {max}. {reason}")),
            (None, Some((most, by))) if most <= max => Decision::keep(
                max,
                format!("Keep {max}. The load needs {needs}, but {by} permits no more: raise that first."),
            ),
            (None, Some((most, by))) if most < needed => grow(
                most,
                format!("Grow to {most}. The load needs {needs}, but {by} permits no more than {most}."),
            ),
            _ => {
                grow(needed, format!("Grow to {needed}. The load needs that many; {max} make requests wait."))
            }
        };
    }
    let spare = max - needed;
    let much_to_spare = f64::from(needed) <= f64::from(max) * WORTH_SHRINKING && spare >= WORTH_GIVING_BACK;
    let quiet = !case.facts.app_waits && !case.facts.app_full;
    if much_to_spare && quiet && load.seconds >= ENOUGH_TO_SHRINK_SECONDS {
        let window = words::duration(load.seconds);
        return Decision {
            verdict: SizeVerdict::Shrink,
            recommended: Some(needed),
            summary: format!(
                "{needed} would do. The load of the last {window} needs {needs}; the other {spare} only cost memory in PostgreSQL. Check a day's peak before shrinking."
            ),
        };
    }
    Decision::keep(
        max,
        match spare {
            0 => format!("Keep {max}. The load needs all of them."),
            1 => format!("Keep {max}. The load needs {needs}; the other one is room for peaks."),
            _ => format!("Keep {max}. The load needs {needs}; the other {spare} are room for peaks."),
        },
    )
}

fn grow(to: u32, summary: String) -> Decision {
    Decision { verdict: SizeVerdict::Grow, recommended: Some(to), summary }
}

fn keep_while_leaking(max: u32, needed: u32, suspected: bool) -> String {
    let needs = words::connections(f64::from(needed));
    match max.checked_sub(needed) {
        Some(0) | None if suspected => {
            format!(
                "Keep {max} while a leak is suspected. The load needs {needs}; if connections leak, more would only leak too."
            )
        }
        Some(0) | None => {
            format!("Keep {max} until the leak is mended. The load needs {needs}; more would only leak too.")
        }
        Some(spare) => {
            format!("Keep {max}. The load needs {needs}; the other {spare} would only hide the leak.")
        }
    }
}

/// Where the connections are slow for a reason that more of them would not change.
fn no_use_growing(case: &Case) -> Option<&'static str> {
    let facts = &case.facts;
    if facts.left_open && (facts.locks || facts.left_open_here) {
        Some("A transaction left open holds the others up: more connections would only wait for it too.")
    } else if facts.locks {
        Some("Sessions wait for locks in PostgreSQL: more connections would only wait for the same locks.")
    } else if facts.postgres_full {
        Some("PostgreSQL is close to its limit of connections and has none to give.")
    } else if facts.bouncer_queues {
        Some("PgBouncer queues: more connections would only wait there.")
    } else {
        None
    }
}

/// The most that the layers behind the pool permit, and which of them says so.
fn ceiling(case: &Case) -> Option<(u32, &'static str)> {
    [by_pgbouncer(case), by_postgres(case)].into_iter().flatten().min_by_key(|(most, _)| *most)
}

fn by_pgbouncer(case: &Case) -> Option<(u32, &'static str)> {
    let pools = pgbouncer::pools(&case.layers.pgbouncer?.last()?.pgbouncer);
    let mut sized = pools.filter_map(|pool| pool.pool_size.filter(|size| *size > 0.0));
    // Of several pools it is not known which is this application's.
    let size = sized.next().filter(|_| sized.next().is_none())?;
    Some((size as u32, "pool_size of PgBouncer"))
}

fn by_postgres(case: &Case) -> Option<(u32, &'static str)> {
    let backends = &case.layers.postgres?.last()?.backends;
    let pool = &case.layers.application?.last()?.pool;
    let own = Own::find(&case.layers).and_then(|own| own.count(backends)).map(|own| own.total);
    let of_the_pool = own.unwrap_or(pool.total).min(backends.total());
    let left = backends::limit(backends) - (backends.total() - of_the_pool);
    (backends.max_connections > 0.0).then_some((left.max(0.0) as u32, "max_connections of PostgreSQL"))
}

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;
