//! Plans of auto_explain on their way to the statement that they were logged for, without their constants.

use crate::hashing::HashedMap;
use crate::sql::mask;

/// Plans that wait for their statement; auto_explain logs one just before it.
const WAITING: usize = 1_024;
/// A longer plan is kept up to here.
const LONGEST: usize = 32 << 10;

#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    waiting: HashedMap<u64, String>,
}

impl Plans {
    pub(super) fn note(&mut self, session: u64, plan: &[u8], json: bool) {
        if self.waiting.len() >= WAITING {
            self.waiting.clear();
        }
        let cut = plan.get(..LONGEST).unwrap_or(plan);
        let text = String::from_utf8_lossy(cut);
        let masked = if json { masked_json(&text) } else { masked_text(&text) };
        self.waiting.insert(session, masked);
    }

    pub(super) fn of(&mut self, session: u64) -> Option<String> {
        if self.waiting.is_empty() { None } else { self.waiting.remove(&session) }
    }
}

/// What may hold constants; everything else in a plan is the planner's own words and numbers.
const CONDITIONS: [&str; 10] = [
    "Cond",
    "Filter",
    "Query Text",
    "Output",
    "Sort Key",
    "Group Key",
    "Presorted Key",
    "Function Call",
    "Cache Key",
    "Query Parameters",
];

fn may_hold_constants(label: &str) -> bool {
    let label = label.trim();
    if label.starts_with("Rows Removed") {
        return false;
    }
    CONDITIONS.iter().any(|condition| label.ends_with(condition) || label.starts_with(condition))
        || label == "Remote SQL"
        || label == "Values Scan"
}

/// `Filter: (status = 'paid'::text)`; the text of the query comes first and may go on over lines.
fn masked_text(plan: &str) -> String {
    let mut out = String::with_capacity(plan.len());
    let mut in_query = false;
    for line in plan.lines() {
        let (label, rest) = line.split_once(": ").unwrap_or((line, ""));
        if label.trim() == "Query Text" || label.trim() == "Query Parameters" {
            in_query = true;
            continue;
        }
        // The first line of the tree tells its costs.
        in_query = in_query && !line.contains("(cost=") && !line.contains("(actual ");
        if in_query {
            continue;
        }
        if !rest.is_empty() && may_hold_constants(label) {
            out.push_str(label);
            out.push_str(": ");
            out.push_str(&mask(rest.as_bytes()));
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// `"Filter": "(status = 'paid'::text)",`, one member a line as PostgreSQL writes it.
fn masked_json(plan: &str) -> String {
    let mut out = String::with_capacity(plan.len());
    for line in plan.lines() {
        let Some((label, value)) = line.split_once("\": ") else {
            // An element of a list of keys, or a bracket.
            let bare = line.trim().trim_end_matches(',');
            if bare.starts_with('"') {
                push_masked(&mut out, line)
            } else {
                out.push_str(line)
            }
            out.push('\n');
            continue;
        };
        let name = label.trim().trim_start_matches('"');
        if name == "Query Text" || name == "Query Parameters" {
            continue;
        }
        let constants = may_hold_constants(name) && value.trim_start().starts_with(['"', '[']);
        out.push_str(label);
        out.push_str("\": ");
        if constants {
            push_masked(&mut out, value)
        } else {
            out.push_str(value)
        }
        out.push('\n');
    }
    out
}

/// Masks what stands between the first and the last double quote of a line.
fn push_masked(out: &mut String, text: &str) {
    let quotes = text.find('"').zip(text.rfind('"')).filter(|(first, last)| first < last);
    let parts = quotes
        .and_then(|(first, last)| Some((text.get(..=first)?, text.get(first + 1..last)?, text.get(last..)?)));
    match parts {
        Some((before, inside, behind)) => {
            out.push_str(before);
            out.push_str(&mask(inside.as_bytes()));
            out.push_str(behind);
        }
        None => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_go_and_the_tree_stays() {
        let plan = "Query Text: SELECT * FROM orders\n\tWHERE status = 'secret'\nSort  (cost=0.00..1.00 rows=5 width=8)\n  Sort Key: (lower('secret'::text))\n  ->  Index Scan using i on orders  (cost=0.29..8.30 rows=1 width=8) (actual time=0.012..0.013 rows=1 loops=1)\n        Index Cond: (id = 4711)\n        Filter: (status = 'secret'::text)\n        Rows Removed by Filter: 12\n";
        let masked = masked_text(plan);
        assert!(!masked.contains("secret") && !masked.contains("4711"), "{masked}");
        for kept in [
            "Sort  (cost=0.00..1.00 rows=5 width=8)",
            "Index Cond: (id = $1)",
            "Rows Removed by Filter: 12",
            "loops=1",
        ] {
            assert!(masked.contains(kept), "{kept} in {masked}");
        }
        assert!(masked.starts_with("Sort"));
    }

    #[test]
    fn json_too() {
        let plan = "{\n  \"Query Text\": \"SELECT 'secret'\",\n  \"Plan\": {\n    \"Node Type\": \"Seq Scan\",\n    \"Relation Name\": \"orders\",\n    \"Total Cost\": 8.30,\n    \"Filter\": \"(status = 'secret'::text)\",\n    \"Sort Key\": [\n      \"lower('secret'::text)\"\n    ]\n  }\n}";
        let masked = masked_json(plan);
        assert!(!masked.contains("secret"), "{masked}");
        assert!(masked.contains("\"Node Type\": \"Seq Scan\"") && masked.contains("\"Total Cost\": 8.30"));
        assert!(masked.contains("\"Filter\": \"(status = $1"), "{masked}");
    }

    #[test]
    fn a_plan_waits_for_the_next_statement_of_its_session() {
        let mut plans = Plans::default();
        plans.note(1, b"Result  (cost=0.00..0.01 rows=1 width=4)", false);
        assert_eq!(plans.of(2), None);
        assert!(plans.of(1).unwrap().starts_with("Result"));
        assert_eq!(plans.of(1), None);
        for session in 0..2_000 {
            plans.note(session, b"Result", false);
        }
        assert!(plans.waiting.len() <= WAITING);
    }
}
