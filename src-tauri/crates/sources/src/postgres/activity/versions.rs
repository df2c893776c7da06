//! Every query against what each version's views have.

use super::{horizons, sessions, waits};
use crate::postgres::columns::Columns;
use crate::postgres::columns::recordings::VERSIONS;

#[test]
fn every_query_fits_every_version() {
    for version in VERSIONS {
        let columns = Columns::recorded_version(version);
        let queries = [sessions::sql(&columns), waits::sql(&columns), horizons::SQL.to_owned()];
        for sql in queries {
            assert_eq!(columns.missing(&sql), [""; 0], "PostgreSQL {version}: {sql}");
            assert!(!sql.contains('{') || !sql.contains("_}"), "a place was left open: {sql}");
        }
    }
}

#[test]
fn what_a_version_has_is_read() {
    let has = |version, sql: fn(&Columns) -> String, column: &str| {
        sql(&Columns::recorded_version(version)).contains(column)
    };
    assert!(!has(13, sessions::sql, "a.query_id") && has(14, sessions::sql, "a.query_id"));
    assert!(!has(13, waits::sql, "l.waitstart") && has(14, waits::sql, "l.waitstart"));
}
