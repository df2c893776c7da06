//! Opening a SQLite file of ours: identity, migrations with a backup, and what happens to damaged files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::HistoryError;
use crate::civil::file_suffix;
use crate::notices::Notices;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const BUSY: Duration = Duration::from_secs(5);
/// The log shrinks back to this after a burst.
const JOURNAL_BYTES: i64 = 16 * 1024 * 1024;

/// What makes a file ours, and how it came to its present form.
pub(crate) struct Format {
    pub application_id: i64,
    /// `user_version` is the number of these that were applied.
    pub migrations: &'static [&'static str],
    pub synchronous: &'static str,
    /// Small files are checked whole when opened.
    pub check_whole: bool,
}

/// Opens the file, migrates it, and sets a damaged one aside with a notice.
pub(crate) fn open(
    path: &Path,
    format: &Format,
    now: Timestamp,
    notices: &Notices,
) -> Result<Connection, HistoryError> {
    match open_existing(path, format) {
        Err(HistoryError::Damaged { reason, .. }) => {
            let aside = set_aside(path, now)?;
            notices.add(format!(
                "{} was damaged ({reason}). It was set aside as {} and a new one was begun.",
                name(path),
                name(&aside)
            ));
            open_existing(path, format)
        }
        outcome => outcome,
    }
}

fn open_existing(path: &Path, format: &Format) -> Result<Connection, HistoryError> {
    let sql = |error| HistoryError::sql(path, &error);
    refuse_what_is_not_ours(path, format)?;
    let mut connection = Connection::open(path).map_err(sql)?;
    prepare(&connection, format).map_err(sql)?;
    complete(path, &connection)?;
    migrate(path, &mut connection, format)?;
    if format.check_whole {
        check(path, &connection)?;
    }
    Ok(connection)
}

/// Looks before anything can change the file.
fn refuse_what_is_not_ours(path: &Path, format: &Format) -> Result<(), HistoryError> {
    let io = |error| HistoryError::io(path, &error);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
        Ok(found) if found.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    let mut head = [0_u8; 16];
    let mut file = std::fs::File::open(path).map_err(io)?;
    if std::io::Read::read_exact(&mut file, &mut head).is_err() || head != *MAGIC {
        return Err(HistoryError::Damaged {
            path: path.to_owned(),
            reason: "its header is destroyed".to_owned(),
        });
    }
    let sql = |error| HistoryError::sql(path, &error);
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(sql)?;
    connection.busy_timeout(BUSY).map_err(sql)?;
    let application_id: i64 = pragma(&connection, "application_id").map_err(sql)?;
    let version: i64 = pragma(&connection, "user_version").map_err(sql)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
    if application_id != format.application_id && (application_id != 0 || tables > 0) {
        return Err(HistoryError::Foreign { path: path.to_owned() });
    }
    let known = format.migrations.len() as i64;
    if version > known {
        return Err(HistoryError::TooNew { path: path.to_owned(), found: version, known });
    }
    Ok(())
}

fn prepare(connection: &Connection, format: &Format) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    // Only takes effect while the file is empty, so it stands before the first table.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", format.synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// A file that lost its tail opens well and fails later; its length tells at once.
fn complete(path: &Path, connection: &Connection) -> Result<(), HistoryError> {
    let sql = |error| HistoryError::sql(path, &error);
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sql)?;
    let pages = pragma_u64(connection, "page_count").map_err(sql)?;
    let page_size = pragma_u64(connection, "page_size").map_err(sql)?;
    let header = header_pages(path)?;
    let length = std::fs::metadata(path).map_err(|error| HistoryError::io(path, &error))?.len();
    let expected = pages.max(header) * page_size;
    if length < expected {
        let reason = format!("{} of {expected} bytes are missing", expected - length);
        return Err(HistoryError::Damaged { path: path.to_owned(), reason });
    }
    Ok(())
}

/// The number of pages that the file says it has (SQLite file format, 1.3: offset 28, big-endian).
fn header_pages(path: &Path) -> Result<u64, HistoryError> {
    let io = |error| HistoryError::io(path, &error);
    let mut head = [0_u8; 32];
    let mut file = std::fs::File::open(path).map_err(io)?;
    if std::io::Read::read_exact(&mut file, &mut head).is_err() {
        return Ok(0);
    }
    let bytes = head.last_chunk::<4>().copied().unwrap_or_default();
    Ok(u64::from(u32::from_be_bytes(bytes)))
}

fn check(path: &Path, connection: &Connection) -> Result<(), HistoryError> {
    let verdict: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| HistoryError::sql(path, &error))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(HistoryError::Damaged { path: path.to_owned(), reason: verdict })
    }
}

/// Brings the file to the present form in one transaction, after a copy of what was there.
fn migrate(path: &Path, connection: &mut Connection, format: &Format) -> Result<(), HistoryError> {
    let sql = |error| HistoryError::sql(path, &error);
    let version: i64 = pragma(connection, "user_version").map_err(sql)?;
    let applied = usize::try_from(version).unwrap_or(0);
    let pending = format.migrations.get(applied..).unwrap_or_default();
    if pending.is_empty() {
        return Ok(());
    }
    if applied > 0 {
        let copy = with_suffix(path, &format!("before-v{}", format.migrations.len()));
        back_up(path, connection, &copy)?;
    }
    let transaction = connection.transaction().map_err(sql)?;
    for migration in pending {
        transaction.execute_batch(migration).map_err(sql)?;
    }
    transaction.pragma_update(None, "application_id", format.application_id).map_err(sql)?;
    transaction.pragma_update(None, "user_version", format.migrations.len() as i64).map_err(sql)?;
    transaction.commit().map_err(sql)
}

/// A whole copy in one file, put in place only when it is complete.
pub(crate) fn back_up(path: &Path, connection: &Connection, copy: &Path) -> Result<(), HistoryError> {
    let sql = |error| HistoryError::sql(copy, &error);
    let unfinished = with_suffix(copy, "unfinished");
    remove_if_there(&unfinished)?;
    {
        let mut target = Connection::open(&unfinished).map_err(sql)?;
        let backup = rusqlite::backup::Backup::new(connection, &mut target).map_err(sql)?;
        backup.run_to_completion(1000, Duration::ZERO, None).map_err(sql)?;
    }
    tracing::debug!(from = %path.display(), to = %copy.display(), "copied");
    std::fs::rename(&unfinished, copy).map_err(|error| HistoryError::io(copy, &error))
}

/// Sets a file aside that turned out to be damaged while it was used.
pub(crate) fn begin_anew(
    path: &Path,
    now: Timestamp,
    notices: &Notices,
    error: &HistoryError,
) -> Result<(), HistoryError> {
    let aside = set_aside(path, now)?;
    notices.add(format!("{error} It was set aside as {} and a new one was begun.", aside.display()));
    Ok(())
}

/// Renames the file with its log, so that nothing of it is lost to whoever wants to look.
fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, HistoryError> {
    let stamp = format!("damaged-{}", file_suffix(now));
    let mut aside = with_suffix(path, &stamp);
    let mut attempt = 1;
    while aside.exists() {
        attempt += 1;
        aside = with_suffix(path, &format!("{stamp}-{attempt}"));
    }
    std::fs::rename(path, &aside).map_err(|error| HistoryError::io(path, &error))?;
    for companion in ["-wal", "-shm"] {
        let from = appended(path, companion);
        if from.exists() {
            let to = appended(&aside, companion);
            std::fs::rename(&from, &to).map_err(|error| HistoryError::io(&from, &error))?;
        }
    }
    Ok(aside)
}

fn remove_if_there(path: &Path) -> Result<(), HistoryError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(HistoryError::io(path, &error)),
        _ => Ok(()),
    }
}

/// Counts of pages and bytes are never negative.
pub(crate) fn pragma_u64(connection: &Connection, name: &str) -> rusqlite::Result<u64> {
    pragma::<i64>(connection, name).map(i64::unsigned_abs)
}

pub(crate) fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    appended(path, &format!(".{suffix}"))
}

pub(crate) fn appended(path: &Path, end: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(end);
    PathBuf::from(text)
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "CREATE TABLE kept (n INTEGER); INSERT INTO kept VALUES (7);";
    const V2: &str = "ALTER TABLE kept ADD COLUMN more TEXT DEFAULT 'new';";
    const BROKEN: &str = "CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1);";

    fn format(migrations: &'static [&'static str]) -> Format {
        Format { application_id: 77, migrations, synchronous: "NORMAL", check_whole: true }
    }

    fn open_as(path: &Path, migrations: &'static [&'static str]) -> Result<Connection, HistoryError> {
        open(path, &format(migrations), Timestamp(0), &Notices::default())
    }

    #[test]
    fn an_older_file_is_migrated_and_its_copy_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        drop(open_as(&path, &[V1]).unwrap());
        let connection = open_as(&path, &[V1, V2]).unwrap();
        let row: (i64, String) = connection
            .query_row("SELECT n, more FROM kept", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(row, (7, "new".to_owned()));
        let copy = Connection::open(dir.path().join("a.db.before-v2")).unwrap();
        assert_eq!(pragma::<i64>(&copy, "user_version").unwrap(), 1);
        assert_eq!(copy.query_row("SELECT n FROM kept", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        drop(open_as(&path, &[V1]).unwrap());
        assert_eq!(open_as(&path, &[V1, V2, BROKEN]).unwrap_err().code(), "sql");
        let connection = open_as(&path, &[V1]).unwrap();
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!((pragma::<i64>(&connection, "user_version").unwrap(), tables), (1, 1));
    }

    #[test]
    fn a_newer_file_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        drop(open_as(&path, &[V1, V2]).unwrap());
        let before = std::fs::read(&path).unwrap();
        let error = open_as(&path, &[V1]).unwrap_err();
        assert!(matches!(error, HistoryError::TooNew { found: 2, known: 1, .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_file_of_another_program_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE theirs (n INTEGER)").unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        assert_eq!(open_as(&path, &[V1]).unwrap_err().code(), "foreign");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
