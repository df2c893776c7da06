//! The queries for every version of PostgreSQL, put together from columns that were recorded.

use super::{counters, extension, texts};
use crate::postgres::columns::Columns;

/// Whether each `s.column` of the query is there.
fn unknown<'a>(columns: &Columns, sql: &'a str) -> Vec<&'a str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    sql.match_indices("s.")
        .filter(|(at, _)| !sql.get(..*at).is_some_and(|before| before.ends_with(is_name)))
        .filter_map(|(at, _)| sql.get(at + 2..)?.split(|letter| !is_name(letter)).next())
        .filter(|column| !columns.has(extension::VIEW, column))
        .collect()
}

#[test]
fn every_version_is_asked_for_what_it_has() {
    // Version, blocks' time, since, info, top level, JIT.
    let cases = [
        (13, "s.blk_read_time + s.blk_write_time AS io_ms", false, false, false, false),
        (14, "s.blk_read_time + s.blk_write_time AS io_ms", false, true, true, false),
        (
            15,
            "s.blk_write_time + s.temp_blk_read_time + s.temp_blk_write_time AS io_ms",
            false,
            true,
            true,
            true,
        ),
        (
            16,
            "s.blk_write_time + s.temp_blk_read_time + s.temp_blk_write_time AS io_ms",
            false,
            true,
            true,
            true,
        ),
        (
            17,
            "s.shared_blk_write_time + s.local_blk_read_time + s.local_blk_write_time",
            true,
            true,
            true,
            true,
        ),
        (
            18,
            "s.shared_blk_write_time + s.local_blk_read_time + s.local_blk_write_time",
            true,
            true,
            true,
            true,
        ),
        (
            19,
            "s.shared_blk_write_time + s.local_blk_read_time + s.local_blk_write_time",
            true,
            true,
            true,
            true,
        ),
    ];
    for (version, io, since, info, top_level, jit) in cases {
        let columns = Columns::recorded_version(version);
        let counters = counters::sql(&columns, "public");
        let texts = texts::sql(&columns, "public");
        assert!(counters.contains(io), "{version}: {counters}");
        assert_eq!(counters.contains("s.stats_since AS since"), since, "{version}");
        assert_eq!(counters.contains("s.toplevel AS top_level"), top_level, "{version}");
        assert_eq!(counters.contains("s.jit_generation_time"), jit, "{version}");
        let info_sql = extension::info_sql(&columns, "public");
        assert_eq!(info_sql.contains("public.pg_stat_statements_info"), info, "{version}");
        for sql in [&counters, &texts] {
            assert_eq!(unknown(&columns, sql), [""; 0], "{version}: {sql}");
            assert!(!sql.contains('{'), "{version}: {sql}");
        }
    }
}
