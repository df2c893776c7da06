//! Entries of every version, and logs that wrap, restart and are emptied.

use super::*;
use proptest::prelude::*;

fn text(word: &str) -> Value {
    Value::BulkString(word.as_bytes().to_vec())
}

fn logged(id: i64, words: &[&str]) -> Value {
    let words = words.iter().map(|word| text(word)).collect();
    Value::Array(vec![
        Value::Int(id),
        Value::Int(1_700_000_000),
        Value::Int(12_345),
        Value::Array(words),
        text("10.0.0.9:50432"),
        text("panel"),
    ])
}

/// Words as logged, then the command, its key and the number of its arguments.
const COMMANDS: [(&[&str], &str, Option<&str>, u64); 18] = [
    (&["get", "query:9f86d081884c7d65"], "GET", Some("query:*"), 1),
    (&["SET", "user:17", "{\"name\":\"Ada\"}", "EX", "60"], "SET", Some("user:*"), 4),
    (&["KEYS", "user:*"], "KEYS", None, 1),
    (&["CONFIG", "GET", "maxmemory"], "CONFIG GET", None, 1),
    (&["client", "list"], "CLIENT LIST", None, 0),
    (&["EVAL", "return redis.call('get', KEYS[1])", "1", "job:7", "secret"], "EVAL", Some("job:*"), 4),
    (&["EVAL", "return 'secret'", "0", "secret"], "EVAL", None, 3),
    (&["FCALL", "f", "many", "secret"], "FCALL", None, 3),
    (&["MEMORY", "USAGE", "queue:emails"], "MEMORY USAGE", Some("queue:emails"), 1),
    (&["MEMORY", "DOCTOR"], "MEMORY DOCTOR", None, 0),
    (&["ZUNION", "2", "board:1", "board:2"], "ZUNION", Some("board:*"), 3),
    (&["BLMPOP", "0", "1", "queue:sms", "LEFT"], "BLMPOP", Some("queue:sms"), 4),
    (&["XREAD", "COUNT", "2", "STREAMS", "events", "0"], "XREAD", Some("events"), 5),
    (&["XGROUP", "CREATE", "events", "g", "$"], "XGROUP CREATE", Some("events"), 3),
    (&["PUBLISH", "news", "secret"], "PUBLISH", None, 2),
    (&["FT.SEARCH", "secret", "secret"], "FT.SEARCH", None, 2),
    (&["what is this", "secret"], "?", None, 1),
    (&["FLUSHALL"], "FLUSHALL", None, 0),
];

#[test]
fn commands_are_told_without_their_values() {
    for (words, command, key, arguments) in COMMANDS {
        let found = entries(&Value::Array(vec![logged(7, words)]));
        let [entry] = found.as_slice() else { panic!("{words:?}: {found:?}") };
        assert_eq!(
            (entry.command.as_str(), entry.key.as_deref(), entry.arguments),
            (command, key, arguments),
            "{words:?}"
        );
        assert!(!format!("{entry:?}").contains("secret"), "{entry:?}");
        assert_eq!((entry.id, entry.at, entry.took_us), (7, Timestamp(1_700_000_000_000), 12_345));
        assert_eq!(entry.client.as_deref(), Some("10.0.0.9:50432"));
    }
}

#[test]
fn words_that_the_log_left_out_are_counted() {
    let mut words = vec!["MGET"];
    words.extend(std::iter::repeat_n("k", 30));
    words.push("... (70 more arguments)");
    let found = entries(&Value::Array(vec![logged(1, &words)]));
    assert_eq!(found[0].arguments, 100);
}

#[test]
fn what_is_no_entry_is_passed_over() {
    let old =
        Value::Array(vec![Value::Int(1), Value::Int(2), Value::Int(3), Value::Array(vec![text("PING")])]);
    let found = entries(&Value::Array(vec![Value::Nil, Value::Array(vec![]), text("x"), old]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].command.as_str(), &found[0].client), ("PING", &None));
    assert!(entries(&Value::Nil).is_empty());
}

fn with_ids(ids: impl IntoIterator<Item = u64>) -> Vec<SlowEntry> {
    let entry = |id| entries(&Value::Array(vec![logged(id, &["GET", "k"])]));
    ids.into_iter().flat_map(|id| entry(i64::try_from(id).unwrap())).collect()
}

/// The run of the server, and the ids in its log.
type Log = (&'static str, &'static [u64]);

/// The log at one poll and at the next; the ids that are new, and how many are missed.
const POLLS: [(Log, Log, &[u64], u64); 9] = [
    (("a", &[]), ("a", &[0]), &[0], 0),
    // It was emptied long ago, at 500 entries.
    (("a", &[]), ("a", &[500]), &[500], 0),
    (("a", &[2, 1]), ("a", &[4, 3, 2]), &[3, 4], 0),
    (("a", &[2, 1]), ("a", &[2, 1]), &[], 0),
    // It wrapped: 3 to 7 came and went.
    (("a", &[2, 1]), ("a", &[9, 8]), &[8, 9], 5),
    // It was emptied by hand; 3 went with it.
    (("a", &[2, 1]), ("a", &[4]), &[4], 1),
    (("a", &[2, 1]), ("a", &[]), &[], 0),
    // It started anew, and 0 is gone already.
    (("a", &[2, 1]), ("b", &[2, 1]), &[1, 2], 1),
    // A restart that is not told.
    (("", &[9, 8]), ("", &[1, 0]), &[0, 1], 0),
];

#[test]
fn new_entries_are_found_by_id_and_gaps_are_counted() {
    for ((run, before), (next_run, after), new, missed) in POLLS {
        let first = fresh(None, run, with_ids(before.iter().copied()));
        assert_eq!((first.entries.len(), first.missed), (before.len(), 0));
        let next = fresh(Some(&first.cursor), next_run, with_ids(after.iter().copied()));
        let ids: Vec<u64> = next.entries.iter().map(|entry| entry.id).collect();
        assert_eq!((ids.as_slice(), next.missed), (new, missed), "{before:?} {after:?}");
    }
}

#[test]
fn an_emptied_log_does_not_forget_how_far_it_was_read() {
    let first = fresh(None, "a", with_ids([5]));
    let emptied = fresh(Some(&first.cursor), "a", Vec::new());
    let next = fresh(Some(&emptied.cursor), "a", with_ids([6]));
    assert_eq!((next.entries.len(), next.missed), (1, 0));
}

proptest! {
    /// Whatever the log keeps between polls, each entry is told once or counted as missed.
    #[test]
    fn told_and_missed_add_up(steps in prop::collection::vec((0u64..40, 1usize..20), 1..12)) {
        let (mut cursor, mut written, mut told, mut missed) = (None::<Cursor>, 1u64, 0u64, 0u64);
        for (more, kept) in steps {
            written += more;
            let log = with_ids((0..written).rev().take(kept));
            let first = cursor.is_none();
            let found = fresh(cursor.as_ref(), "a", log);
            told += found.entries.len() as u64;
            missed += found.missed;
            if first {
                // Nothing is known of what was before.
                missed += written - found.entries.len() as u64;
            }
            cursor = Some(found.cursor);
            prop_assert_eq!(told + missed, written);
        }
    }
}
