//! Migrations of Prisma, Flyway and golang-migrate: files of SQL, one for each step.
//!
//! They send a file as one message. With a second statement in it the server runs both in a transaction: CONCURRENTLY
//! refuses that, and the others use it for a setting of their own.

use domain::{CodeLanguage, ScriptFile, ScriptKind};

use super::{comment, heading, slug, version};
use crate::index_advice::chosen::Chosen;
use crate::index_advice::sql::{Statement, StatementKind};
use crate::index_advice::steps::{Step, steps};

const SETTINGS: &str = "A statement_timeout or a lock_timeout of the role ends a long build and leaves an invalid index: \
                        connect with options=-c%20statement_timeout%3D0%20-c%20lock_timeout%3D0 in the URL.";

/// What one step becomes.
struct Version {
    number: String,
    name: String,
    up: Sql,
    down: Sql,
}

struct Sql {
    text: String,
    in_transaction: bool,
}

pub(in super::super) fn prisma(chosen: &Chosen<'_>) -> Vec<ScriptFile> {
    const ADVICE: &str = "Add the indexes that Prisma can describe to the models (@@index with map), or `prisma migrate \
                          dev` wants to drop them. down.sql takes a step back: prisma db execute --file, the newest \
                          first.";
    let versions = versions(chosen, ScriptKind::Prisma, &[ADVICE, SETTINGS]);
    let files = versions.into_iter().flat_map(|Version { number, name, up, down }| {
        let folder = format!("prisma/migrations/{number}_{name}");
        [sql(format!("{folder}/migration.sql"), up.text), sql(format!("{folder}/down.sql"), down.text)]
    });
    files.collect()
}

pub(in super::super) fn flyway(chosen: &Chosen<'_>) -> Vec<ScriptFile> {
    const ADVICE: &str = "Flyway holds a transaction open while it migrates, for which CREATE INDEX CONCURRENTLY waits \
                          forever: set flyway.postgresql.transactional.lock=false. The U files are for editions with \
                          undo.";
    let versions = versions(chosen, ScriptKind::Flyway, &[ADVICE, SETTINGS]);
    let files = versions.into_iter().flat_map(|Version { number, name, up, down }| {
        [("V", up), ("U", down)].into_iter().flat_map(move |(letter, one)| {
            let path = format!("{letter}{number}__{name}.sql");
            // A name may hold what Flyway takes for a placeholder.
            let configuration =
                format!("executeInTransaction={}\nplaceholderReplacement=false\n", one.in_transaction);
            [sql(path.clone(), one.text), sql(format!("{path}.conf"), configuration)]
        })
    });
    files.collect()
}

pub(in super::super) fn golang_migrate(chosen: &Chosen<'_>) -> Vec<ScriptFile> {
    const ADVICE: &str =
        "Leave x-multi-statement off. After a failure: migrate force with the version before, then up.";
    let versions = versions(chosen, ScriptKind::GolangMigrate, &[ADVICE, SETTINGS]);
    let files = versions.into_iter().flat_map(|Version { number, name, up, down }| {
        let path = format!("{number}_{name}");
        [sql(format!("{path}.up.sql"), up.text), sql(format!("{path}.down.sql"), down.text)]
    });
    files.collect()
}

fn versions(chosen: &Chosen<'_>, kind: ScriptKind, advice: &[&str]) -> Vec<Version> {
    let steps = steps(chosen);
    let version = |(at, step): (usize, &Step)| {
        let mut up = written(&step.run);
        if at == 0 {
            up.text = format!("{}\n{}", comment(&heading(chosen, kind, &steps, advice), "--"), up.text);
        }
        // Each version needs its way back.
        let nothing =
            || Sql { text: "-- Nothing to take back.\nSELECT 1;\n".to_owned(), in_transaction: true };
        let down = step.undo.as_ref().map_or_else(nothing, written);
        Version { number: version(chosen.advice.made_at, at), name: slug(&step.title), up, down }
    };
    steps.iter().enumerate().map(version).collect()
}

fn written(statement: &Statement) -> Sql {
    let concurrently =
        matches!(statement.kind, StatementKind::CreateConcurrently | StatementKind::DropConcurrently);
    let set = statement.kind.lock_timeout().filter(|_| !concurrently);
    let set = set.map(|value| format!("SET LOCAL lock_timeout = {value};\n")).unwrap_or_default();
    Sql { text: format!("{set}{};\n", statement.block()), in_transaction: !concurrently }
}

fn sql(path: String, contents: String) -> ScriptFile {
    ScriptFile { path, language: CodeLanguage::Sql, contents }
}
