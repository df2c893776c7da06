//! Our groups against libpg_query's, over a corpus of statements.

use std::collections::{BTreeMap, BTreeSet};

use super::{fingerprint, mask};

const CORPUS: &str = include_str!("../../tests/fingerprints/corpus.tsv");

struct Row {
    theirs: &'static str,
    ours: &'static str,
    reason: &'static str,
    statement: String,
}

fn rows() -> Vec<Row> {
    let lines = CORPUS.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.splitn(4, '\t').collect();
            let [theirs, ours, reason, statement] = fields[..] else { panic!("four columns: {line}") };
            Row { theirs, ours, reason, statement: unescaped(statement) }
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                _ => '\\',
            },
            c => c,
        });
    }
    out
}

#[test]
fn statements_fall_into_the_listed_groups() {
    let rows = rows();
    assert!(rows.len() > 700, "{} rows", rows.len());
    let mut by_label = BTreeMap::new();
    let mut by_hash = BTreeMap::new();
    for row in &rows {
        let hash = fingerprint(row.statement.as_bytes());
        let (first_hash, first) = *by_label.entry(row.ours).or_insert((hash, &row.statement));
        assert_eq!(hash, first_hash, "one group:\n{first}\n{}", row.statement);
        let (first_label, first) = *by_hash.entry(hash).or_insert((row.ours, &row.statement));
        assert_eq!(row.ours, first_label, "two groups:\n{first}\n{}", row.statement);
    }
}

#[test]
fn groups_are_those_of_libpg_query_where_no_reason_is_given() {
    let agreed: Vec<Row> = rows().into_iter().filter(|row| row.reason.is_empty()).collect();
    let (mut theirs, mut ours) = (BTreeMap::new(), BTreeMap::new());
    for row in &agreed {
        let hash = fingerprint(row.statement.as_bytes());
        theirs.entry(row.theirs).or_insert_with(BTreeSet::new).insert(hash);
        ours.entry(hash).or_insert_with(BTreeSet::new).insert(row.theirs);
    }
    assert!(agreed.len() > 650, "{} rows agree", agreed.len());
    assert!(theirs.values().all(|hashes| hashes.len() == 1), "a group of theirs is torn");
    assert!(ours.values().all(|groups| groups.len() == 1), "two groups of theirs are one");
}

#[test]
fn masked_statements_keep_their_group() {
    for row in rows() {
        let masked = mask(row.statement.as_bytes());
        assert_eq!(
            fingerprint(masked.as_bytes()),
            fingerprint(row.statement.as_bytes()),
            "{}\n{masked}",
            row.statement
        );
        assert_eq!(mask(masked.as_bytes()), masked, "{}", row.statement);
    }
}
