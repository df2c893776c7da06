//! Where the servers' programs are on this machine.

use std::env;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Postgres,
    Pgbouncer,
    Redis,
}

impl Program {
    /// The package that installs it on Debian and Ubuntu.
    pub fn package(self) -> &'static str {
        match self {
            Program::Postgres => "postgresql",
            Program::Pgbouncer => "pgbouncer",
            Program::Redis => "redis-server",
        }
    }

    /// The product's name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Program::Postgres => "PostgreSQL",
            Program::Pgbouncer => "PgBouncer",
            Program::Redis => "Redis",
        }
    }

    pub(crate) fn executable(self) -> &'static str {
        match self {
            Program::Postgres => "postgres",
            Program::Pgbouncer => "pgbouncer",
            Program::Redis => "redis-server",
        }
    }
}

/// The server's executable; for PostgreSQL one with `initdb` beside it, the newest where there are several.
pub fn find(program: Program) -> Option<PathBuf> {
    candidates(program).into_iter().find(|path| {
        path.is_file()
            && (program != Program::Postgres
                || path.parent().is_some_and(|folder| folder.join("initdb").is_file()))
    })
}

/// Versioned directories come first: Debian puts wrappers, not servers, on PATH.
fn candidates(program: Program) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if program == Program::Postgres {
        folders.extend(versioned("/usr/lib/postgresql", "", "bin"));
    }
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    if program == Program::Postgres {
        folders.extend(versioned("/usr", "pgsql-", "bin"));
        for prefix in ["/opt/homebrew/opt", "/usr/local/opt"] {
            folders.extend(versioned(prefix, "postgresql@", "bin"));
            folders.push(Path::new(prefix).join("postgresql/bin"));
        }
    }
    folders.extend(
        ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"]
            .map(PathBuf::from),
    );
    folders.into_iter().map(|folder| folder.join(program.executable())).collect()
}

/// `<base>/<prefix><number>/<leaf>` for every number there is, highest first.
fn versioned(base: &str, prefix: &str, leaf: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(base)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join(leaf)))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_comes_first_by_number_not_by_text() {
        let base = tempfile::tempdir().unwrap();
        for name in ["9", "15", "18", "x", "common"] {
            std::fs::create_dir(base.path().join(name)).unwrap();
        }
        let found = versioned(base.path().to_str().unwrap(), "", "bin");
        let names: Vec<_> =
            found.iter().map(|p| p.parent().unwrap().file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["18", "15", "9"]);
    }
}
