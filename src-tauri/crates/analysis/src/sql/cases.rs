//! What libpg_query cannot judge: foreign placeholders, cut-off text, junk; and masked text word for word.

use super::{Values, fingerprint, mask, shape};

/// Statements of one line group together, and apart from those of every other line.
const GROUPS: &[&[&str]] = &[
    // Placeholders of every driver are constants.
    &[
        "SELECT * FROM t WHERE a = 1 AND b = 'x'",
        "SELECT * FROM t WHERE a = $1 AND b = $2",
        "SELECT * FROM t WHERE a = ? AND b = ?",
        "SELECT * FROM t WHERE a=? AND b=?",
        "SELECT * FROM t WHERE a = %s AND b = %s",
        "SELECT * FROM t WHERE a=%s AND b=%s",
        "SELECT * FROM t WHERE a = %(id)s AND b = %(name)s",
        "SELECT * FROM t WHERE a = :id AND b = :name",
        "SELECT * FROM t WHERE a = :1 AND b = :2",
        "select * from `t` where `a` = 1 and `b` = 'x'",
        "\u{feff}SELECT * FROM t WHERE a = 1 AND b = 'x'",
        "SELECT * FROM t\0WHERE a = 1 AND b = 'x'",
    ],
    // After an operand the same characters are operators.
    &["SELECT a % s FROM t WHERE b = 1", "SELECT a %s FROM t WHERE b = 2"],
    &["SELECT * FROM t WHERE data ? 'a' AND x = ?", "SELECT * FROM t WHERE data ? $1 AND x = 5"],
    &[
        "SELECT * FROM t WHERE data ?| ARRAY['a'] AND x = ?",
        "SELECT * FROM t WHERE data ?| ARRAY['a', 'b'] AND x = 3",
    ],
    // A placeholder's sign is no part of the operator before it, which then gives its minus back.
    &["SELECT a <<-%s FROM t", "SELECT a << -%s FROM t", "SELECT a << - $1 FROM t"],
    &["SELECT a[1:n] FROM t", "SELECT a[2:n] FROM t"],
    &["SELECT a[:n] FROM t"],
    &["SELECT f(x => 1, y := 2)", "SELECT f(x => 3, y := 4)"],
    &["SELECT `A` FROM t", "SELECT \"A\" FROM t"],
    &["SELECT A FROM t", "SELECT `a` FROM t"],
    // Cut-off text: inside a string, a list, a row, with and without a mark.
    &[
        "SELECT * FROM u WHERE a = 'abc... (truncated)",
        "SELECT * FROM u WHERE a = 'abcdef",
        "SELECT * FROM u WHERE a = 1",
    ],
    &[
        "SELECT * FROM u WHERE id IN (1, 2, 3",
        "SELECT * FROM u WHERE id IN (1, 2, 3, 4, 5... (truncated)",
        "SELECT * FROM u WHERE id IN (1, 2, ",
        "SELECT * FROM u WHERE id IN ('a', 'b",
        "SELECT * FROM u WHERE id IN (1)",
    ],
    &[
        "INSERT INTO u (a, b) VALUES (1, now()), (2, now()), (3, no... (truncated)",
        "INSERT INTO u (a, b) VALUES (1, now()), (2, now()), (3",
        "INSERT INTO u (a, b) VALUES (1, now())",
    ],
    &["SELECT * FROM u /* cut", "SELECT * FROM u -- cut", "SELECT * FROM u"],
    &["SELECT $$cut", "SELECT $1"],
    // A verb without the name that it wants, before the end of the statement.
    &["DECLARE; SELECT 1", "DECLARE;; SELECT 2"],
    &["PREPARE; SELECT 1", "PREPARE ; ; SELECT 2"],
    // Tables that differ by a digit, names that differ by quotes, schemas.
    &["SELECT * FROM shard_1"],
    &["SELECT * FROM shard_2"],
    &["SELECT * FROM s.shard_2"],
    &["SELECT * FROM a.b.c"],
    &["SELECT * FROM \"a.b\".c"],
    &["SELECT abcdefgh, ijklmnop FROM t"],
    &["SELECT abcdefghijklmnop FROM t"],
    // Batched already, or not.
    &["SELECT * FROM v WHERE id IN (1, 2)", "SELECT * FROM v WHERE id IN ($1)"],
    &["SELECT * FROM v WHERE id = ANY($1)", "SELECT * FROM v WHERE id = ANY('{1,2}')"],
    &["SELECT * FROM v WHERE id = 1", "SELECT * FROM v WHERE id = -1"],
    &[""],
];

#[test]
fn statements_group_by_line() {
    let mut seen = std::collections::BTreeMap::new();
    for (index, group) in GROUPS.iter().enumerate() {
        for sql in *group {
            let first = *seen.entry(fingerprint(sql.as_bytes())).or_insert((index, *sql));
            assert_eq!(first.0, index, "{} ~ {sql}", first.1);
        }
        let hashes: std::collections::BTreeSet<_> =
            group.iter().map(|sql| fingerprint(sql.as_bytes())).collect();
        assert!(hashes.len() <= 1, "{group:?}");
    }
}

const MASKED: &[(&str, &str)] = &[
    ("select  *\nfrom t where a=1 and b = 'it''s' -- c", "select * from t where a = $1 and b = $2"),
    (
        "SELECT * FROM t WHERE a = $1 AND b = 5 AND c = $3",
        "SELECT * FROM t WHERE a = $1 AND b = $4 AND c = $3",
    ),
    (
        "SELECT * FROM t WHERE a = ? AND b = %s AND c = :name",
        "SELECT * FROM t WHERE a = $1 AND b = $2 AND c = $3",
    ),
    ("SELECT * FROM t WHERE id IN (1, 2, 3) LIMIT 5", "SELECT * FROM t WHERE id IN ($1 /*, ... */) LIMIT $2"),
    (
        "SELECT * FROM t WHERE id = ANY (ARRAY['a'::text, 'b'::text])",
        "SELECT * FROM t WHERE id = ANY (ARRAY[$1::text /*, ... */])",
    ),
    (
        "SELECT * FROM t WHERE (a, b) IN ((1, 2), (3, 4))",
        "SELECT * FROM t WHERE (a, b) IN (($1, $2) /*, ... */)",
    ),
    (
        "INSERT INTO t (a,b) VALUES (1,now()),(2,now()),(3,'x'),(4,'y') RETURNING id",
        "INSERT INTO t (a, b) VALUES ($1, now()) /*, ... */, ($2, $3) /*, ... */ RETURNING id",
    ),
    (
        "SELECT -1, a - 1, a -1, - b, count(*), t.* FROM t",
        "SELECT $1, a - $2, a - $3, -b, count(*), t.* FROM t",
    ),
    ("SELECT DATE '2024-01-01', '1 day'::interval, a::int", "SELECT $1::DATE, $2::interval, a::int"),
    ("SELECT data->>'key', data ? 'key', a[1:2] FROM t", "SELECT data ->> $1, data ? $2, a[$3 : $4] FROM t"),
    (
        "SELECT * FROM t WHERE a IS NULL AND b = NULL AND c IS NOT TRUE",
        "SELECT * FROM t WHERE a IS NULL AND b = $1 AND c IS NOT TRUE",
    ),
    ("SELECT \"Id\" /*route='x'*/ FROM \"T\";;", "SELECT \"Id\" FROM \"T\""),
    ("BEGIN; SELECT 1; COMMIT;", "BEGIN; SELECT $1; COMMIT"),
    ("SELECT E'a\\'b', $x$y$x$, U&'z' UESCAPE '!', X'1F', 12abc", "SELECT $1, $2, $3, $4, $5"),
    (
        "SELECT * FROM t WHERE secret = 'abc... (truncated)",
        "SELECT * FROM t WHERE secret = $1... (truncated)",
    ),
    ("SET password TO 'x'", "SET password TO $1"),
];

#[test]
fn masked_text_word_for_word() {
    for (sql, expected) in MASKED {
        assert_eq!(mask(sql.as_bytes()), *expected, "{sql}");
    }
}

#[test]
fn parameters_are_equal_or_different() {
    let hash = |sql: &str| shape(sql.as_bytes()).constants.hash;
    assert_eq!(hash("SELECT 1 WHERE a = 5"), hash("select  1 where a='5' -- x"));
    assert_ne!(hash("SELECT a WHERE a = 5"), hash("SELECT a WHERE a = -5"));
    assert_ne!(hash("SELECT a WHERE a = 5 AND b = 6"), hash("SELECT a WHERE a = 6 AND b = 5"));
    assert_ne!(hash("SELECT a WHERE a IN (1, 2)"), hash("SELECT a WHERE a IN (1, 2, 3)"));
    assert_ne!(hash("SELECT a WHERE a = NULL"), hash("SELECT a WHERE a = 'NULL'"));
    assert_eq!(hash("SELECT a WHERE a = $1"), 0);
    let counts = shape(b"SELECT a WHERE a IN (1, 2, $1) AND b = ?");
    assert_eq!((counts.constants.count, counts.placeholders), (2, 2));
}

#[test]
fn given_values_are_told_apart_like_constants() {
    let values = |values: &[Option<&str>]| Values::of(values.iter().map(|v| v.map(str::as_bytes)));
    assert_eq!(values(&[]), Values::default());
    for (detail, expected) in [
        ("$1 = '5'", values(&[Some("5")])),
        ("$1 = '5', $2 = NULL", values(&[Some("5"), None])),
        ("$1 = 'a, $2 = ''x''\nb'", values(&[Some("a, $2 = ''x''\nb")])),
        ("$1 = 'abc...", values(&[Some("abc...")])),
    ] {
        assert_eq!(Values::of_detail(detail.as_bytes()), expected, "{detail}");
    }
    assert_ne!(values(&[Some("1"), Some("2")]).hash, values(&[Some("2"), Some("1")]).hash);
    assert_ne!(values(&[None]).hash, values(&[Some("NULL")]).hash);
    let constants = shape(b"SELECT a WHERE a = 5 AND b = $1").constants;
    assert_eq!(constants, values(&[Some("5")]));
    assert_eq!(values(&[]).and_constants(constants), constants);
    assert_eq!(constants.and_constants(values(&[])), constants);
    let (one, two) = (values(&[Some("1")]), values(&[Some("2")]));
    assert_ne!(one.and_constants(constants).hash, two.and_constants(constants).hash);
}

#[test]
fn digests_tell_which_values_differ() {
    let of = |given: &[&str], sql: &str| {
        let given = Values::of(given.iter().map(|value| Some(value.as_bytes())));
        given.and_constants(shape(sql.as_bytes()).constants)
    };
    let differing = |one: Values, other: Values| -> Vec<usize> {
        let bytes = (one.digests ^ other.digests).to_le_bytes();
        bytes.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(index, _)| index).collect()
    };
    let sql = |constant: u32| format!("SELECT a WHERE t = $1 AND c = $2 AND s = {constant} LIMIT 5");
    let one = of(&["7", "100"], &sql(1));
    assert_eq!(differing(one, of(&["7", "101"], &sql(1))), [1]);
    assert_eq!(differing(one, of(&["8", "100"], &sql(2))), [0, 2]);
    assert_eq!(differing(one, of(&["7", "100"], &sql(1))), [] as [usize; 0]);
    let many = |last: &str| of(&["1", "2", "3", "4", "5", "6", "7", "8", last], "SELECT 1");
    assert_eq!(differing(many("9"), many("10")), [] as [usize; 0]);
    assert_ne!(many("9").hash, many("10").hash);
}
