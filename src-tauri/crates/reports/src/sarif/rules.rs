//! The three rules, one for each kind of repetition, with what to do about it.

use domain::RepetitionKind;
use serde_json::{Value, json};

pub(super) const KINDS: [RepetitionKind; 3] =
    [RepetitionKind::NPlusOne, RepetitionKind::Redundant, RepetitionKind::BulkWrite];

pub(super) fn rule(kind: RepetitionKind) -> Value {
    let (id, name, short, full, help) = match kind {
        RepetitionKind::NPlusOne => (
            "n-plus-one",
            "NPlusOneQuery",
            "One unit of work runs the same query once for every row of another.",
            "A statement runs again and again in one request, each time with other parameters. Every execution costs \
             a round trip, and the cost grows with the data.",
            "Fetch all rows with one query: collect the keys and ask with `= ANY($1)`, join the tables, or let a \
             loader of the framework batch them.",
        ),
        RepetitionKind::Redundant => (
            "redundant-query",
            "RedundantQuery",
            "One unit of work asks the same question several times.",
            "A statement runs again and again in one request with the same parameters. All answers but the first are \
             known already.",
            "Ask once and pass the answer on, or keep it for the length of the request.",
        ),
        RepetitionKind::BulkWrite => (
            "bulk-write",
            "RowByRowWrite",
            "One unit of work writes its rows one by one.",
            "A statement that writes runs once for every row. Every execution costs a round trip, and without a \
             transaction a flush to disk as well.",
            "Collect the rows and write them with one statement: an `INSERT` of many rows, an `UPDATE … FROM` a list, \
             or `COPY`.",
        ),
    };
    json!({
        "id": id,
        "name": name,
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": help.replace('`', ""), "markdown": help},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["performance", "database", "sql"], "problem.severity": "warning"},
    })
}

pub(super) fn index(kind: RepetitionKind) -> usize {
    KINDS.iter().position(|other| *other == kind).unwrap_or_default()
}

pub(super) fn id(kind: RepetitionKind) -> &'static str {
    match kind {
        RepetitionKind::NPlusOne => "n-plus-one",
        RepetitionKind::Redundant => "redundant-query",
        RepetitionKind::BulkWrite => "bulk-write",
    }
}
