//! TPC-H at scale factor 1 in a PostgreSQL of its own, made once and kept in `target/bench-tpch`.

use std::fmt::Display;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use servers::{Postgres, PostgresOptions};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

const SCHEMA: &str = include_str!("tpch/schema.sql");
const KEYS: &str = include_str!("tpch/keys.sql");
const SCALE: f64 = 1.0;

pub(crate) struct Tpch {
    pub(crate) server: Postgres,
}

impl Tpch {
    pub(crate) async fn made() -> Tpch {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let options = PostgresOptions {
            dir: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-tpch")),
            database: Some("tpch".to_owned()),
            settings: vec![
                setting("autovacuum", "off"),
                setting("shared_buffers", "128MB"),
                setting("max_wal_size", "8GB"),
                // As the published figures of index selection were measured.
                setting("max_parallel_workers_per_gather", "0"),
            ],
            ..PostgresOptions::default()
        };
        let tpch = Tpch { server: Postgres::start(options).await.expect("PostgreSQL starts") };
        if !tpch.is_loaded().await {
            tpch.load();
        }
        tpch
    }

    /// The keys are made last, with the extension.
    async fn is_loaded(&self) -> bool {
        let client = self.server.connect().await.expect("a connection");
        let found = client.query_opt("SELECT FROM pg_extension WHERE extname = 'hypopg'", &[]).await;
        found.expect("an answer").is_some()
    }

    fn load(&self) {
        self.run(&format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {SCHEMA}"));
        self.copy("region", RegionGenerator::new(SCALE, 1, 1).iter());
        self.copy("nation", NationGenerator::new(SCALE, 1, 1).iter());
        self.copy("part", PartGenerator::new(SCALE, 1, 1).iter());
        self.copy("supplier", SupplierGenerator::new(SCALE, 1, 1).iter());
        self.copy("partsupp", PartSuppGenerator::new(SCALE, 1, 1).iter());
        self.copy("customer", CustomerGenerator::new(SCALE, 1, 1).iter());
        self.copy("orders", OrderGenerator::new(SCALE, 1, 1).iter());
        self.copy("lineitem", LineItemGenerator::new(SCALE, 1, 1).iter());
        self.run(KEYS);
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.server.dsn()]).stdin(Stdio::piped());
        psql
    }

    fn run(&self, sql: &str) {
        let mut child = self.psql().spawn().expect("psql runs");
        child.stdin.take().expect("its input").write_all(sql.as_bytes()).expect("psql reads");
        assert!(child.wait().expect("psql ends").success(), "{sql}");
    }

    /// Rows as TPC-H's own generator writes them, `a|b|c|`, without the last bar.
    fn copy<R: Display>(&self, table: &str, rows: impl Iterator<Item = R>) {
        let copy = format!("COPY {table} FROM STDIN (DELIMITER '|')");
        let mut child = self.psql().args(["-c", &copy]).spawn().expect("psql runs");
        let mut input = BufWriter::new(child.stdin.take().expect("its input"));
        for row in rows {
            let row = row.to_string();
            writeln!(input, "{}", row.strip_suffix('|').unwrap_or(&row)).expect("psql reads");
        }
        drop(input);
        assert!(child.wait().expect("psql ends").success(), "{table}");
    }
}
