//! The migrations of each tool, run as the tool runs them.

use std::path::Path;
use std::process::{Command, Stdio};

use domain::{IndexAdvice, ScriptFile, ScriptKind};

use crate::server::Server;
use crate::{assert_applied, everything, file, files};

/// Forwards, and backwards from the last to the first, to the catalog as it was.
async fn there_and_back(server: &Server, advice: &IndexAdvice, up: &[String], down: &[String]) {
    let before = server.catalog().await;
    server.run_each(up).await;
    assert_applied(server, advice).await;
    server.run_each(down).await;
    assert_eq!(server.catalog().await, before);
}

fn contents(files: &[ScriptFile], ending: &str) -> Vec<String> {
    files.iter().filter(|file| file.path.ends_with(ending)).map(|file| file.contents.clone()).collect()
}

fn reversed(mut statements: Vec<String>) -> Vec<String> {
    statements.reverse();
    statements
}

fn assert_ordered(files: &[ScriptFile], beginning: &str, ending: &str) {
    let wanted = |path: &&String| path.starts_with(beginning) && path.ends_with(ending);
    let paths: Vec<_> = files.iter().map(|file| &file.path).filter(wanted).collect();
    assert!(paths.len() > 10 && paths.is_sorted(), "{paths:?}");
    for path in paths {
        let allowed = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '/' | '.');
        assert!(path.chars().all(allowed), "{path}");
    }
}

#[tokio::test]
async fn files_of_sql() {
    let server = Server::start().await;
    let advice = everything(&server).await;
    for (kind, up, down) in [
        (ScriptKind::Prisma, "/migration.sql", "/down.sql"),
        (ScriptKind::GolangMigrate, ".up.sql", ".down.sql"),
    ] {
        let files = files(&advice, kind);
        assert_ordered(&files, "", up);
        let down = reversed(contents(&files, down));
        there_and_back(&server, &advice, &contents(&files, up), &down).await;
    }
    flyway(&server, &advice).await;
    server.stop().await;
}

/// Statement by statement, in a transaction where the configuration beside the file wants it.
async fn flyway(server: &Server, advice: &IndexAdvice) {
    let before = server.catalog().await;
    let files = files(advice, ScriptKind::Flyway);
    assert_ordered(&files, "V", ".sql");
    let run = async |file: &ScriptFile| {
        let conf = files.iter().find(|conf| conf.path == format!("{}.conf", file.path)).unwrap();
        let more: &[&str] = if conf.contents.contains("executeInTransaction=true") { &["-1"] } else { &[] };
        let ran = server.psql(&file.contents, more).await;
        assert!(ran.success, "{}\n{}", ran.output, file.contents);
    };
    let of = |letter: char| {
        files.iter().filter(move |file| file.path.starts_with(letter) && file.path.ends_with(".sql"))
    };
    for file in of('V') {
        run(file).await;
    }
    assert_applied(server, advice).await;
    for file in of('U').collect::<Vec<_>>().into_iter().rev() {
        run(file).await;
    }
    assert_eq!(server.catalog().await, before);
}

/// The statements that a program would run, as two arrays of JSON; none where its interpreter is not there.
fn collected(
    program: &str,
    folder: &Path,
    harness: &str,
    file: &ScriptFile,
) -> Option<(Vec<String>, Vec<String>)> {
    if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return None;
    }
    let name = Path::new(&file.path).file_name().unwrap();
    let migration = folder.join(name);
    std::fs::write(&migration, &file.contents).unwrap();
    let script = folder.join(format!("harness_for_{program}"));
    std::fs::write(&script, harness).unwrap();
    let output = Command::new(program).arg(script).arg(migration).output().unwrap();
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), file.contents);
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn programs() {
    let server = Server::start().await;
    let advice = everything(&server).await;
    for (program, kind, harness) in [
        ("node", ScriptKind::Knex, include_str!("knex.js")),
        ("python3", ScriptKind::Django, include_str!("django.py")),
        ("ruby", ScriptKind::Rails, include_str!("rails.rb")),
    ] {
        let migration = file(&advice, kind);
        if let Some((up, down)) = collected(program, server.folder(), harness, &migration) {
            there_and_back(&server, &advice, &up, &down).await;
        }
    }
    server.stop().await;
}
