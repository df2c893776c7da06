//! What the console itself costs a server: its own count of its queries, beside what the server counts of them.

use std::collections::HashMap;

use analysis::health::own_cost_summary;
use domain::{Degradation, OwnCostPage, OwnQuery, SourceId, TimeRange};
use sources::postgres::{CountedCost, CountedQuery, OwnQueryCount};

use crate::servers::chosen;
use crate::{Engine, EngineError};

/// A share of a core over a shorter time says nothing.
const SHORTEST_WINDOW_SECONDS: f64 = 5.0;

impl Engine {
    /// Every query that the console runs on a server, with its cost. The first PostgreSQL when `source` is absent or unknown.
    ///
    /// # Errors
    /// Only where the engine itself fails; a server that does not answer leaves its own figures out.
    pub async fn own_cost_page(&self, source: Option<SourceId>) -> Result<OwnCostPage, EngineError> {
        let choices = self.server_choices(domain::SourceKind::Postgres);
        let source = chosen(&choices, source);
        let mut page = OwnCostPage {
            source: source.clone(),
            choices,
            since: None,
            rows: Vec::new(),
            core_ratio: None,
            window: None,
            connections: 0,
            summary: "No PostgreSQL is watched.".to_owned(),
            lacks: Vec::new(),
        };
        let Some(source) = source else { return Ok(page) };
        page.since = Some(self.inner.healths.since);
        let server = self.ask_own_cost(&source, &mut page).await;
        let counted = self.inner.context.own_queries.of(&source);
        page.rows = rows(&counted, server.as_ref().map(|cost| cost.queries.as_slice()));
        if let Some(cost) = server {
            page.core_ratio = cost.core_ratio();
            page.window = Some(cost.window);
        }
        let calls = page.rows.iter().fold(0.0, |sum, row| sum + row.calls);
        page.summary = own_cost_summary(page.core_ratio, page.window, calls, page.connections);
        Ok(page)
    }

    /// What the server counted since the console asked it first; what it cannot tell is among the lacks.
    async fn ask_own_cost(&self, source: &SourceId, page: &mut OwnCostPage) -> Option<Cost> {
        let reader = self.inner.healths.reader(source)?;
        let asked = reader.source.own_cost(self.inner.clock.now()).await;
        let counted = match asked {
            Ok(cost) => {
                page.connections = cost.connections;
                cost.counted
            }
            Err(problem) => Err(problem),
        };
        match counted {
            Ok(counted) => {
                let kept = self.inner.healths.kept(source);
                let mut kept = kept.lock();
                let earlier = kept.cost.get_or_insert_with(|| counted.clone());
                Some(Cost::between(earlier, &counted))
            }
            Err(problem) => {
                page.lacks.push(Degradation {
                    code: "own_cost_not_counted".to_owned(),
                    message: problem.message,
                    remedy: problem.remedy,
                });
                None
            }
        }
    }
}

struct Cost {
    window: TimeRange,
    queries: Vec<CountedQuery>,
}

impl Cost {
    fn between(earlier: &CountedCost, later: &CountedCost) -> Cost {
        // After a reset all that is counted is new, and counted since then.
        let reset = later.counted_since.filter(|since| *since > earlier.at);
        let before: HashMap<&str, &CountedQuery> = match reset {
            Some(_) => HashMap::new(),
            None => earlier.queries.iter().map(|query| (query.name.as_str(), query)).collect(),
        };
        let added = |query: &CountedQuery| match before.get(query.name.as_str()) {
            // One that fell was evicted and began anew.
            Some(before) if query.calls >= before.calls => CountedQuery {
                name: query.name.clone(),
                calls: query.calls - before.calls,
                ms: (query.ms - before.ms).max(0.0),
            },
            _ => query.clone(),
        };
        Cost {
            window: TimeRange { from: reset.unwrap_or(earlier.at), to: later.at },
            queries: later.queries.iter().map(added).collect(),
        }
    }

    fn core_ratio(&self) -> Option<f64> {
        let seconds = self.window.to.seconds_since(self.window.from);
        let ms = self.queries.iter().fold(0.0, |sum, query| sum + query.ms);
        (seconds >= SHORTEST_WINDOW_SECONDS).then(|| ms / 1_000.0 / seconds)
    }
}

/// Those that cost most first: by the server's own time where it tells, else by the console's.
fn rows(counted: &[OwnQueryCount], server: Option<&[CountedQuery]>) -> Vec<OwnQuery> {
    let of = |name: &str| server?.iter().find(|query| query.name == name);
    let mut rows: Vec<OwnQuery> = counted
        .iter()
        .map(|count| {
            let calls = count.calls as f64;
            let found = of(count.query.name);
            OwnQuery {
                name: count.query.name.to_owned(),
                purpose: count.query.purpose.to_owned(),
                calls,
                mean_ms: count.took.as_secs_f64() * 1_000.0 / calls.max(1.0),
                longest_ms: count.longest.as_secs_f64() * 1_000.0,
                rows: count.rows as f64,
                errors: count.errors as f64,
                server_ms: found.map(|query| query.ms),
                server_calls: found.map(|query| query.calls),
                sql: shown(count),
            }
        })
        .collect();
    let cost = |row: &OwnQuery| row.server_ms.unwrap_or(0.0).max(row.mean_ms * row.calls);
    rows.sort_by(|a, b| cost(b).total_cmp(&cost(a)).then_with(|| a.name.cmp(&b.name)));
    rows
}

/// Plans are asked for other people's statements, whose constants are not shown.
fn shown(count: &OwnQueryCount) -> String {
    const WITH_STATEMENTS: [&str; 2] = ["explain", "what_if"];
    let foreign = WITH_STATEMENTS.iter().any(|start| count.query.name.starts_with(start));
    if foreign { analysis::sql::mask(count.sql.as_bytes()) } else { count.sql.clone() }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn counted(at: i64, since: i64, queries: &[(&str, f64, f64)]) -> CountedCost {
        let query = |(name, calls, ms): &(&str, f64, f64)| CountedQuery {
            name: (*name).to_owned(),
            calls: *calls,
            ms: *ms,
        };
        CountedCost {
            at: Timestamp(at),
            counted_since: Some(Timestamp(since)),
            queries: queries.iter().map(query).collect(),
        }
    }

    #[test]
    fn only_what_was_added_counts_and_a_reset_begins_anew() {
        let earlier = counted(100_000, 0, &[("a", 10.0, 50.0), ("b", 4.0, 4.0)]);
        let cases = [
            ("added", counted(200_000, 0, &[("a", 20.0, 150.0), ("b", 4.0, 4.0)]), 100_000, 100.0),
            ("new", counted(200_000, 0, &[("a", 10.0, 50.0), ("c", 1.0, 7.0)]), 100_000, 7.0),
            ("evicted", counted(200_000, 0, &[("a", 2.0, 9.0)]), 100_000, 9.0),
            ("reset", counted(200_000, 150_000, &[("a", 20.0, 150.0)]), 150_000, 150.0),
        ];
        for (name, later, from, ms) in cases {
            let cost = Cost::between(&earlier, &later);
            assert_eq!(cost.window.from, Timestamp(from), "{name}");
            let seconds = (200_000 - from) as f64 / 1_000.0;
            let ratio = cost.core_ratio().expect("long enough");
            assert!((ratio - ms / 1_000.0 / seconds).abs() < 1e-12, "{name}: {ratio}");
        }
        let at_once = Cost::between(&earlier, &counted(101_000, 0, &[("a", 11.0, 51.0)]));
        assert_eq!(at_once.core_ratio(), None);
    }
}
