//! What each supported version's views have, and which columns of a query are not among them.

use super::Columns;

/// The versions that queries are put together for.
pub(in crate::postgres) const VERSIONS: [u32; 7] = [13, 14, 15, 16, 17, 18, 19];

impl Columns {
    /// Of a recording: lines of "view: column column …".
    pub(in crate::postgres) fn recorded(text: &str) -> Columns {
        let line = |line: &str| {
            let (view, columns) = line.split_once(':')?;
            Some((view.trim().to_owned(), columns.split_whitespace().map(str::to_owned).collect()))
        };
        Columns { views: text.lines().filter_map(line).collect() }
    }

    /// One of [`VERSIONS`], with the `pg_stat_statements` that comes with it.
    pub(in crate::postgres) fn recorded_version(version: u32) -> Columns {
        Columns::recorded(match version {
            13 => include_str!("recorded/13.txt"),
            14 => include_str!("recorded/14.txt"),
            15 => include_str!("recorded/15.txt"),
            16 => include_str!("recorded/16.txt"),
            17 => include_str!("recorded/17.txt"),
            18 => include_str!("recorded/18.txt"),
            19 => include_str!("recorded/19.txt"),
            other => panic!("PostgreSQL {other} was not recorded"),
        })
    }

    /// Without one view, as where an extension is not installed.
    pub(in crate::postgres) fn without(mut self, view: &str) -> Columns {
        self.views.remove(view);
        self
    }

    /// Views and columns that a query refers to, as `FROM view AS alias` and `alias.column`, and that are not there.
    pub(in crate::postgres) fn missing(&self, sql: &str) -> Vec<String> {
        let words = words(sql);
        let aliases: Vec<(&str, &str)> = words
            .windows(3)
            .filter(|three| three[1].eq_ignore_ascii_case("as"))
            .map(|three| (three[0].trim_start_matches("pg_catalog."), three[2]))
            .filter(|(view, _)| recorded_name(view))
            .collect();
        let mut missing: Vec<String> = aliases
            .iter()
            .filter(|(view, _)| !self.has_view(view))
            .map(|(view, _)| (*view).to_owned())
            .collect();
        for word in words {
            let Some((alias, column)) = word.split_once('.') else { continue };
            let mut views = aliases.iter().filter(|(_, known)| *known == alias).peekable();
            if views.peek().is_some() && !views.any(|(view, _)| self.has(view, column)) {
                missing.push(word.to_owned());
            }
        }
        missing
    }
}

fn recorded_name(view: &str) -> bool {
    view.starts_with("pg_stat_") || ["pg_locks", "pg_prepared_xacts", "pg_replication_slots"].contains(&view)
}

fn words(sql: &str) -> Vec<&str> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let code = |line| str::split_once(line, "--").map_or(line, |(code, _)| code);
    let lines = sql.lines().map(code);
    lines.flat_map(|line| line.split(move |letter| !inside(letter))).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use servers::{Postgres, PostgresOptions};

    use super::*;
    use crate::postgres::own_queries::{Asking, Ledger};

    #[test]
    fn what_a_query_refers_to_is_looked_up() {
        let columns = Columns::recorded_version(13);
        let there =
            "SELECT a.pid, l.mode -- a.query_id\n FROM pg_catalog.pg_stat_activity AS a, pg_locks AS l";
        assert_eq!(columns.missing(there), [""; 0]);
        let absent =
            "SELECT a.query_id, i.reads FROM pg_stat_activity AS a JOIN pg_stat_io AS i ON a.pid = i.x";
        assert_eq!(columns.missing(absent), ["pg_stat_io", "a.query_id", "i.reads", "i.x"]);
    }

    #[test]
    fn every_version_has_what_the_oldest_kept() {
        for version in VERSIONS {
            let columns = Columns::recorded_version(version);
            assert!(columns.has("pg_stat_activity", "leader_pid"), "{version}");
            assert_eq!(columns.has("pg_stat_activity", "query_id"), version >= 14, "{version}");
            assert_eq!(columns.has("pg_stat_statements", "stats_since"), version >= 17, "{version}");
            assert!(!columns.without("pg_locks").has_view("pg_locks"));
        }
    }

    #[tokio::test]
    async fn the_recording_is_what_a_server_of_that_version_shows() {
        let server = Postgres::start(PostgresOptions::default()).await.unwrap();
        let client = server.connect().await.unwrap();
        let version: i32 =
            client.query_one("SELECT current_setting('server_version_num')::int4", &[]).await.unwrap().get(0);
        let asking = Asking { client: &client, ledger: &Ledger::default() };
        let found = Columns::read(asking).await.unwrap();
        let recorded = Columns::recorded_version(u32::try_from(version / 10_000).unwrap());
        for (view, columns) in &recorded.views {
            assert_eq!(found.views.get(view), Some(columns), "{view}");
        }
    }
}
