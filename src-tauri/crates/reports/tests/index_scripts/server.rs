//! A server with the shop in it, and `psql` beside it.

use std::path::PathBuf;
use std::process::Stdio;

use domain::ScriptFile;
use servers::{Postgres, PostgresOptions, Program, find};
use tokio_postgres::{Client, SimpleQueryMessage};

pub(crate) struct Server {
    postgres: Postgres,
    pub(crate) client: Client,
    psql: PathBuf,
    files: tempfile::TempDir,
}

pub(crate) struct Ran {
    pub(crate) success: bool,
    pub(crate) output: String,
}

impl Server {
    pub(crate) async fn start() -> Server {
        let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
        let client = postgres.connect().await.unwrap();
        client.batch_execute(include_str!("shop.sql")).await.unwrap();
        let beside = find(Program::Postgres).unwrap().with_file_name("psql");
        let psql = if beside.is_file() { beside } else { PathBuf::from("psql") };
        Server { postgres, client, psql, files: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn stop(self) {
        let Server { postgres, client, .. } = self;
        drop(client);
        postgres.stop().await;
    }

    pub(crate) async fn another_client(&self) -> Client {
        self.postgres.connect().await.unwrap()
    }

    /// `psql -f`, as the script's header says.
    pub(crate) async fn psql(&self, contents: &str, more: &[&str]) -> Ran {
        let path = self.files.path().join("script.sql");
        std::fs::write(&path, contents).unwrap();
        let mut command = tokio::process::Command::new(&self.psql);
        command
            .args(["-X", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.postgres.dsn())
            .args(more)
            .arg("-f")
            .arg(path);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ran { success: output.status.success(), output: String::from_utf8_lossy(&text).into_owned() }
    }

    pub(crate) async fn run(&self, file: &ScriptFile) -> String {
        let ran = self.psql(&file.contents, &[]).await;
        assert!(ran.success, "{}\n{}", ran.output, file.contents);
        ran.output
    }

    /// Statements as messages of their own on one connection, as an adapter sends them.
    pub(crate) async fn run_each(&self, statements: &[String]) {
        let client = self.another_client().await;
        for statement in statements {
            if let Err(error) = client.batch_execute(statement).await {
                panic!("{error:?}\n{statement}");
            }
        }
        for setting in ["lock_timeout", "statement_timeout"] {
            let row = client.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
            assert_eq!(row.get::<_, String>(0), "0", "{setting} is the role's own again");
        }
    }

    /// Every index with its definition, its validity and the index that it is attached to.
    pub(crate) async fn catalog(&self) -> Vec<String> {
        self.rows(
            "SELECT concat_ws(' | ', pg_get_indexdef(i.indexrelid), i.indisvalid, h.inhparent::regclass)
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
             WHERE n.nspname !~ '^pg_' ORDER BY 1",
        )
        .await
    }

    /// The first column of a query.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        let messages = self.client.simple_query(sql).await.unwrap();
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        rows.collect()
    }

    /// The definition of an index, by its quoted name.
    pub(crate) async fn definition(&self, name: &str) -> String {
        let literal = name.replace('\'', "''");
        self.rows(&format!("SELECT pg_get_indexdef('{literal}'::regclass)")).await.remove(0)
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.files.path()
    }
}
