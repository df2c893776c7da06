//! Scripts and migrations as texts; `tests/index_scripts` runs them.

use charts::text::printable;
use domain::{AdviceFormat, CodeLanguage, ScriptChoice, ScriptKind};

use super::fixture::{empty, hostile, rich};
use super::{assert_in_order, choice, scripts};
use crate::ReportError;
use crate::index_advice::{StepEffect, plan, render, script};

#[test]
fn the_script_says_what_it_does_before_it_does_it() {
    let files = scripts(&rich(), ScriptKind::Apply);
    assert_eq!(files[0].path, "apply-indexes.sql");
    assert_in_order(
        &files[0].contents,
        &[
            "-- Index advice of 2026-11-22 09:00:00 UTC, by mPanel Console\n--\n",
            "-- Database  billing, PostgreSQL 15.18, read 2026-11-22 09:00:00 UTC\n",
            "-- Creates   2 indexes, about 48 MB, 1 of unknown size\n",
            "-- Drops     1 index, 88 MB\n",
            "-- Effect    the workload's cost falls from 4,953,770 to 3,327,281 (32% less)",
            "-- CREATE INDEX CONCURRENTLY takes SHARE UPDATE EXCLUSIVE",
            "--     psql -X -v ON_ERROR_STOP=1 -f apply-indexes.sql\n",
            "\nSET statement_timeout = 0;\n",
            "\\gexec\n",
            "-- customers (tenant_id, email), priority high\n",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_customers_tenant_id_email\n    ON public.customers (tenant_id, email);\n",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_customer_id\n    ON public.orders (customer_id);\n",
            "DO $check$\n",
            "-- customers (tenant_id): redundant, 88 MB: covered by",
            "DROP INDEX CONCURRENTLY IF EXISTS public.customers_tenant_id;\n",
            "RESET lock_timeout;\nRESET statement_timeout;\n",
        ],
    );
    assert!(!files[0].contents.contains("ATTACH"), "locks of statements that are not there");
    assert_eq!(render(&rich(), AdviceFormat::Sql).unwrap(), files[0].contents);
    assert!(render(&empty(), AdviceFormat::Sql).unwrap().starts_with("-- "));
}

#[test]
fn the_way_back_creates_before_it_drops() {
    let files = scripts(&rich(), ScriptKind::RollBack);
    assert_in_order(
        &files[0].contents,
        &[
            "-- Takes back what the index advice of",
            "-- Drops     2 indexes",
            "-- Creates   1 index, 88 MB",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_tenant_id\n    ON public.customers USING btree (tenant_id);\n",
            "WHERE c.oid = to_regclass('public.idx_orders_customer_id') AND NOT c.relispartition\n",
            "= 'Created by mPanel Console from its index advice of 2026-11-22 09:00:00 UTC';\n\\gexec\n",
            "SELECT format('DROP INDEX CONCURRENTLY %s', c.oid::regclass) AS created_by_the_script\n",
            "WHERE c.oid = to_regclass('public.idx_customers_tenant_id_email')",
        ],
    );
}

#[test]
fn another_choice_promises_nothing_for_the_whole() {
    let advice = rich();
    let only = ScriptChoice { create: vec!["a3".to_owned()], drop: Vec::new() };
    let files = script(&advice, &only, ScriptKind::Apply).unwrap();
    assert_in_order(
        &files[0].contents,
        &[
            "not foretold as a whole",
            "-- ATTACH PARTITION takes",
            "SET lock_timeout = '2s';\nCREATE INDEX IF NOT EXISTS idx_events_kind ON ONLY parts.events",
            "SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS idx_events_kind_2026",
            "SET lock_timeout = '2s';\nALTER INDEX parts.idx_events_kind ATTACH PARTITION parts.idx_events_kind_2026;",
        ],
    );
}

#[test]
fn choices_that_name_nothing_are_refused() {
    let advice = rich();
    let cases = [
        (ScriptChoice::default(), "advice_nothing_chosen"),
        (
            ScriptChoice { create: vec!["a1".to_owned(), "zz".to_owned()], drop: vec!["yy".to_owned()] },
            "advice_unknown_suggestion",
        ),
    ];
    for (choice, code) in cases {
        for kind in ScriptKind::ALL {
            let error = script(&advice, &choice, kind).unwrap_err();
            assert_eq!(error.code(), code);
        }
    }
    let error =
        script(&advice, &ScriptChoice { create: vec!["zz".to_owned()], drop: Vec::new() }, ScriptKind::Apply);
    assert_eq!(
        error.unwrap_err().to_string(),
        "the advice has no suggestion zz; take the ids from its own lists"
    );
}

#[test]
fn knex_says_what_it_cannot_run() {
    let mut advice = rich();
    advice.create[0].definition.predicate = Some("email ~ 'a\\?'".to_owned());
    let error = script(&advice, &choice(&advice), ScriptKind::Knex).unwrap_err();
    assert!(matches!(error, ReportError::NotWritable { tool: "Knex", .. }), "{error}");
    assert!(script(&advice, &choice(&advice), ScriptKind::Rails).is_ok());
}

#[test]
fn rails_is_told_in_its_own_words() {
    let mut advice = rich();
    let definition = &mut advice.create[0].definition;
    definition.keys[1].descending = true;
    definition.keys[0].operator_class = Some("int4_ops".to_owned());
    definition.include = vec!["id".to_owned()];
    definition.predicate = Some("status = '#{x}'".to_owned());
    let file = &scripts(&advice, ScriptKind::Rails)[0];
    assert_eq!(file.path, "db/migrate/20261122090000_advised_indexes20261122090000.rb");
    assert_in_order(
        &file.contents,
        &[
            "class AdvisedIndexes20261122090000 < ActiveRecord::Migration[7.1]",
            "disable_ddl_transaction!",
            "  def up\n    execute \"SET statement_timeout = 0\"\n    execute \"SET lock_timeout = 0\"\n",
            "    add_index \"public.customers\", [\"tenant_id\", \"email\"], name: \"idx_customers_tenant_id_email\", \
             algorithm: :concurrently, if_not_exists: true, order: { \"email\" => \"DESC NULLS LAST\" }, \
             opclass: { \"tenant_id\" => \"int4_ops\" }, include: [\"id\"], where: \"status = '\\#{x}'\"\n",
            "    execute \"DROP INDEX CONCURRENTLY IF EXISTS public.customers_tenant_id\"\n",
            "    execute \"RESET lock_timeout\"\n    execute \"RESET statement_timeout\"\n  end\n",
            "  def down\n",
            "    execute \"CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_tenant_id ON public.customers",
        ],
    );
}

#[test]
fn each_tool_gets_its_files_where_it_looks_for_them() {
    let advice = rich();
    let paths = |kind| scripts(&advice, kind).into_iter().map(|file| file.path).collect::<Vec<_>>();
    assert_eq!(
        paths(ScriptKind::Prisma)[..2],
        [
            "prisma/migrations/20261122090000_create_idx_customers_tenant_id_email/migration.sql",
            "prisma/migrations/20261122090000_create_idx_customers_tenant_id_email/down.sql",
        ]
    );
    assert_eq!(
        paths(ScriptKind::Flyway)[4..8],
        [
            "V20261122090001__create_idx_orders_customer_id.sql",
            "V20261122090001__create_idx_orders_customer_id.sql.conf",
            "U20261122090001__create_idx_orders_customer_id.sql",
            "U20261122090001__create_idx_orders_customer_id.sql.conf",
        ]
    );
    assert_eq!(
        paths(ScriptKind::GolangMigrate).last().unwrap(),
        "20261122090003_drop_customers_tenant_id.down.sql"
    );
    assert_eq!(paths(ScriptKind::Knex), ["migrations/20261122090000_advised_indexes.js"]);
    assert_eq!(paths(ScriptKind::Django), ["FILL_IN_APP_LABEL/migrations/advised_indexes_20261122090000.py"]);
}

/// Names that hold line ends, quotes and signs of comments stay names, and comments stay comments.
#[test]
fn hostile_names_break_out_of_no_file() {
    let mut advice = hostile();
    advice.drop[0].definition = "CREATE INDEX x ON y USING btree (z)".to_owned();
    for kind in ScriptKind::ALL {
        for file in scripts(&advice, kind) {
            assert_eq!(printable(&file.contents), file.contents, "{kind:?}");
            let sign = match file.language {
                CodeLanguage::JavaScript => "//",
                CodeLanguage::Ruby | CodeLanguage::Python => "#",
                _ => "--",
            };
            let begun = file.contents.lines().take_while(|line| line.starts_with(sign)).count();
            if !file.path.ends_with(".conf") && file.contents.contains("by mPanel Console") {
                assert!(begun > 10, "{kind:?}: the comment at the top is one\n{}", file.contents);
                let two: Vec<_> = file.contents.lines().take(2).collect();
                assert!(!two.join("").contains("script"), "an encoding is told in the first two lines");
            }
            let alone =
                file.contents.lines().filter(|line| line.trim_start().starts_with("SELECT '")).count();
            assert_eq!(alone, 0, "{kind:?}");
        }
    }
}

#[test]
fn a_program_runs_what_the_script_runs() {
    for advice in [rich(), hostile()] {
        let steps = plan(&advice, &choice(&advice)).unwrap();
        let script = scripts(&advice, ScriptKind::Apply).remove(0).contents;
        let way_back = scripts(&advice, ScriptKind::RollBack).remove(0).contents;
        let mut rest = script.as_str();
        for step in &steps {
            let at = rest.find(&format!("{};\n", step.sql)).unwrap_or_else(|| panic!("{}", step.sql));
            rest = &rest[at + step.sql.len()..];
            let is_check = step.effect == StepEffect::Checks;
            assert!(is_check || step.lock_timeout.is_some(), "{step:?}");
            // What the script created it drops by its mark.
            if let Some(undo) =
                step.undo.as_ref().filter(|undo| !matches!(undo.effect, StepEffect::Drops { .. }))
            {
                assert!(way_back.contains(&format!("{};\n", undo.sql)), "{}", undo.sql);
            }
        }
        assert!(steps.iter().any(|step| matches!(step.effect, StepEffect::Creates { .. })));
    }
}
