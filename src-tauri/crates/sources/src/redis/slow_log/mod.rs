//! The slow log: its entries without the values in them, and which of them are new.

mod keys;
mod words;

use domain::{SlowCommand, Timestamp};
use redis::Value;

pub use keys::masked;
use words::Words;

/// Of a client's address, as the server writes it.
const CLIENT_CHARACTERS: usize = 64;

/// One entry as it is safe to keep: no argument but a masked key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowEntry {
    /// Grows by one with each entry, and begins at 0 after a restart.
    pub id: u64,
    pub at: Timestamp,
    pub took_us: u64,
    /// "GET", "CONFIG GET"
    pub command: String,
    pub key: Option<String>,
    /// Words after the command.
    pub arguments: u64,
    pub client: Option<String>,
}

/// The entries of an answer to SLOWLOG GET, newest first as they come. What is no entry is passed over.
pub fn entries(answer: &Value) -> Vec<SlowEntry> {
    let Value::Array(found) = answer else { return Vec::new() };
    found.iter().filter_map(entry).collect()
}

/// Servers before 4.0 tell no client, later ones may tell more.
fn entry(value: &Value) -> Option<SlowEntry> {
    let Value::Array(fields) = value else { return None };
    let [id, seconds, took, words, told @ ..] = fields.as_slice() else { return None };
    let Value::Array(words) = words else { return None };
    let words = Words::new(words);
    let client = told.first().and_then(bytes).map(|client| String::from_utf8_lossy(client).into_owned());
    Some(SlowEntry {
        id: count(id)?,
        at: Timestamp(i64::try_from(count(seconds)?).ok()?.saturating_mul(1000)),
        took_us: count(took)?,
        command: words.command()?,
        key: words.key(),
        arguments: words.arguments(),
        client: client
            .filter(|client| !client.is_empty())
            .map(|client| client.chars().take(CLIENT_CHARACTERS).collect()),
    })
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// How far the slow log of one node was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    run_id: String,
    /// None where the log was empty.
    newest: Option<u64>,
}

/// What is new in a log since the poll before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// Oldest first.
    pub entries: Vec<SlowEntry>,
    /// Entries that came and went between two polls.
    pub missed: u64,
    pub cursor: Cursor,
}

/// Picks the new ones out of `found`. Without a cursor all that is there is new, and nothing is known to be missed.
pub fn fresh(cursor: Option<&Cursor>, run_id: &str, mut found: Vec<SlowEntry>) -> Fresh {
    found.sort_by_key(|entry| entry.id);
    found.dedup_by_key(|entry| entry.id);
    let newest = found.last().map(|entry| entry.id);
    // Ids that fall without a restart that is told (a proxy in between) are a restart too.
    let same_run =
        |cursor: &&Cursor| cursor.run_id == run_id && (newest.is_none() || cursor.newest <= newest);
    let seen = cursor.filter(same_run).and_then(|cursor| cursor.newest);
    let first_unseen = seen.map_or(0, |seen| seen.saturating_add(1));
    found.retain(|entry| entry.id >= first_unseen);
    let came = newest.map_or(0, |newest| (newest.saturating_add(1)).saturating_sub(first_unseen));
    // An empty log does not tell where its ids stand: it may have been emptied by hand.
    let known_from = seen.is_some() || cursor.is_some_and(|cursor| cursor.newest.is_some());
    let missed = if known_from { came.saturating_sub(found.len() as u64) } else { 0 };
    Fresh { missed, cursor: Cursor { run_id: run_id.to_owned(), newest: newest.or(seen) }, entries: found }
}

impl SlowEntry {
    pub(super) fn into_command(self, node: &str, run_id: &str) -> SlowCommand {
        SlowCommand {
            node: node.to_owned(),
            run_id: run_id.to_owned(),
            id: self.id.to_string(),
            at: self.at,
            took_us: self.took_us,
            command: self.command,
            key: self.key,
            arguments: self.arguments,
            client: self.client,
        }
    }
}

#[cfg(test)]
mod tests;
