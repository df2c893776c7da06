//! What the console costs a server, in one sentence.

use domain::TimeRange;

use crate::words;

/// "0.12% of one core over the last 42 min, 3 connections"
pub fn own_cost_summary(
    core_ratio: Option<f64>,
    window: Option<TimeRange>,
    calls: f64,
    connections: u32,
) -> String {
    let connections = words::connections(f64::from(connections));
    match core_ratio.zip(window) {
        Some((ratio, window)) => {
            let seconds = window.to.seconds_since(window.from);
            format!(
                "{}% of one core over the last {}, {connections}",
                percent(ratio),
                words::duration(seconds)
            )
        }
        None => {
            format!("{} since the console started, {connections}", words::count(calls, "query", "queries"))
        }
    }
}

/// Small shares keep two digits that say something.
fn percent(ratio: f64) -> String {
    match ratio * 100.0 {
        percent if percent >= 10.0 => format!("{percent:.0}"),
        percent if percent >= 0.01 || percent <= 0.0 => format!("{percent:.2}"),
        percent => format!("{percent:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn a_share_where_the_server_counts_else_a_number_of_queries() {
        let window = Some(TimeRange { from: Timestamp(0), to: Timestamp(42 * 60_000) });
        let cases = [
            (Some(0.001_2), "0.12% of one core over the last 42 min, 3 connections"),
            (Some(0.25), "25% of one core over the last 42 min, 3 connections"),
            (Some(0.000_02), "0.0020% of one core over the last 42 min, 3 connections"),
            (None, "1,234 queries since the console started, 3 connections"),
        ];
        for (ratio, wanted) in cases {
            assert_eq!(own_cost_summary(ratio, window, 1_234.0, 3), wanted);
        }
    }
}
