//! What a script or a migration says of itself before it runs.

use charts::text::clip;
use charts::utc;
use domain::ScriptKind;

use super::chosen::Chosen;
use super::sql::StatementKind;
use super::summary;
use crate::text::wrap::paragraph;
use crate::words::{bytes, count, number};

/// Lines without the signs of a comment. What comes from outside stands on one line each and behind a label.
pub(super) fn lines(chosen: &Chosen<'_>, kind: ScriptKind, statements: &[StatementKind]) -> Vec<String> {
    let advice = chosen.advice;
    let mut out = String::new();
    let taken_back = kind == ScriptKind::RollBack;
    let what = if taken_back { "Takes back what the index advice" } else { "Index advice" };
    paragraph(&mut out, "", &format!("{what} of {}, by {}", utc::moment(advice.made_at), crate::TOOL));
    out.push('\n');
    let mut line = |label: &str, text: &str| paragraph(&mut out, &format!("{label:<10}"), text);
    line("Database", &clip(&summary::database(advice), 300));
    line("Workload", &clip(&summary::workload(advice), 300));
    if let Some(creates) = creates(chosen) {
        line(if taken_back { "Drops" } else { "Creates" }, &creates);
    }
    if let Some(drops) = drops(chosen) {
        line(if taken_back { "Creates" } else { "Drops" }, &drops);
    }
    if !taken_back {
        line("Effect", &effect(chosen));
    }
    if advice.partial {
        line("Partial", "the advice was stopped or ran out of time; this is what was found until then.");
    }
    if advice.database.is_none() {
        line("Unchecked", UNCHECKED);
    }
    out.push('\n');
    for lock in locks(statements) {
        paragraph(&mut out, "", lock);
    }
    out.lines().map(str::to_owned).collect()
}

const UNCHECKED: &str = "the advice is from statements alone: no database was asked whether these tables and columns \
                         are there, or an index that serves already. Names without a schema follow the search_path.";

fn creates(chosen: &Chosen<'_>) -> Option<String> {
    if chosen.create.is_empty() {
        return None;
    }
    let known: Vec<u64> = chosen.create.iter().filter_map(|one| one.size_bytes).collect();
    let unknown = chosen.create.len() - known.len();
    let mut text = count(chosen.create.len() as u64, "index", "indexes");
    if !known.is_empty() {
        text.push_str(&format!(
            ", about {}",
            bytes(known.iter().fold(0, |sum, size| sum.saturating_add(*size)))
        ));
    }
    if unknown > 0 {
        text.push_str(&format!(", {} of unknown size", number(unknown as u64)));
    }
    Some(text)
}

fn drops(chosen: &Chosen<'_>) -> Option<String> {
    let size = chosen.drop.iter().fold(0, |sum: u64, one| sum.saturating_add(one.size_bytes));
    let indexes = count(chosen.drop.len() as u64, "index", "indexes");
    (!chosen.drop.is_empty()).then(|| format!("{indexes}, {}", bytes(size)))
}

fn effect(chosen: &Chosen<'_>) -> String {
    if chosen.create.is_empty() {
        return "room and faster writes; no statement of the workload gets faster".to_owned();
    }
    if chosen.is_selection() {
        return summary::effect(chosen.advice);
    }
    "not foretold as a whole, because the choice is another than that of the advice; see each index"
        .to_owned()
}

/// One sentence for each kind of statement that is there.
fn locks(statements: &[StatementKind]) -> Vec<&'static str> {
    let sentences = [
        (
            StatementKind::CreateConcurrently,
            "CREATE INDEX CONCURRENTLY takes SHARE UPDATE EXCLUSIVE on the table: reads and writes go on; vacuum, changes \
             of the table and other such builds on it wait. It waits for older transactions, however long they last.",
        ),
        (
            StatementKind::DropConcurrently,
            "DROP INDEX CONCURRENTLY takes SHARE UPDATE EXCLUSIVE on the table: reads and writes go on. It waits for \
             older transactions, however long they last.",
        ),
        (
            StatementKind::CreateOnly,
            "CREATE INDEX ON ONLY takes SHARE on a table with partitions for a moment: writes to it wait. It gives up \
             after 2 s without the lock; run it again then.",
        ),
        (
            StatementKind::Attach,
            "ATTACH PARTITION takes ACCESS EXCLUSIVE on the index of the partition for a moment: statements on the \
             partition wait. It gives up after 2 s without the lock; run it again then.",
        ),
        (
            StatementKind::DropAtOnce,
            "DROP INDEX of a table with partitions takes ACCESS EXCLUSIVE on it and on all its partitions for a moment: \
             reads and writes wait. It gives up after 2 s without the locks; run it again then.",
        ),
        (
            StatementKind::CreateAtOnce,
            "CREATE INDEX of a table with partitions takes SHARE on all of them until every one has its index: writes \
             wait. Its partitions' indexes get names that PostgreSQL chooses.",
        ),
    ];
    sentences.into_iter().filter(|(kind, _)| statements.contains(kind)).map(|(_, text)| text).collect()
}
