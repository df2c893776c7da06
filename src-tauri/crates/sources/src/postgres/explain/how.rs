//! The ways to ask for a plan, and what is sent for each of them.

use super::ExplainLimits;

pub(super) const NAME: &str = "mpanel_explain";

/// How a plan was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Version 16 and later plan a statement with its placeholders.
    GenericPlan,
    /// Earlier versions do so for a prepared statement, whose parameters are NULL.
    Prepared { placeholders: usize },
    /// Values are sent beside the statement, and planned for.
    Bound,
    /// The same, and run.
    Analyzed { limits: ExplainLimits, writes: bool },
}

impl How {
    /// The first version that knows `GENERIC_PLAN`.
    const GENERIC_PLAN: i32 = 160_000;

    pub(super) fn generic(version: i32, placeholders: usize) -> How {
        if version >= How::GENERIC_PLAN { How::GenericPlan } else { How::Prepared { placeholders } }
    }

    /// What asks for the plan itself.
    pub(super) fn explain(&self, statement: &str) -> String {
        match self {
            How::GenericPlan => format!("EXPLAIN (GENERIC_PLAN, FORMAT JSON)\n{statement}"),
            How::Prepared { placeholders: 0 } => format!("EXPLAIN (FORMAT JSON) EXECUTE {NAME}"),
            How::Prepared { placeholders } => {
                format!("EXPLAIN (FORMAT JSON) EXECUTE {NAME}({})", vec!["NULL"; *placeholders].join(", "))
            }
            How::Bound => format!("EXPLAIN (FORMAT JSON)\n{statement}"),
            How::Analyzed { .. } => format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)\n{statement}"),
        }
    }

    /// Nothing of it outlives its `ROLLBACK`.
    pub(super) fn begin(&self) -> String {
        match self {
            How::GenericPlan | How::Bound => "BEGIN READ ONLY".to_owned(),
            How::Prepared { .. } => {
                "BEGIN READ ONLY;\nSET LOCAL plan_cache_mode = force_generic_plan".to_owned()
            }
            How::Analyzed { limits, writes } => format!(
                "BEGIN {};\nSET LOCAL statement_timeout = '{}ms';\nSET LOCAL lock_timeout = '{}ms'",
                if *writes { "READ WRITE" } else { "READ ONLY" },
                limits.statement.as_millis(),
                limits.lock.as_millis()
            ),
        }
    }

    /// All that is sent for a statement, to be shown.
    pub fn sql(&self, statement: &str) -> String {
        let prepare = match self {
            How::Prepared { .. } => format!("{};\n", prepare(statement)),
            _ => String::new(),
        };
        format!("{};\n{prepare}{};\nROLLBACK;", self.begin(), self.explain(statement))
    }

    pub fn is_generic(&self) -> bool {
        matches!(self, How::GenericPlan | How::Prepared { .. })
    }

    pub fn is_analyzed(&self) -> bool {
        matches!(self, How::Analyzed { .. })
    }

    /// It ran, and was allowed to write.
    pub fn has_written(&self) -> bool {
        matches!(self, How::Analyzed { writes: true, .. })
    }
}

pub(super) fn prepare(statement: &str) -> String {
    format!("PREPARE {NAME} AS\n{statement}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_asked_in_its_own_way() {
        let sql = "SELECT * FROM orders WHERE id = $1 AND status = $2";
        let later = How::generic(160_002, 2);
        assert_eq!(later, How::generic(190_000, 2));
        assert_eq!(
            later.sql(sql),
            format!("BEGIN READ ONLY;\nEXPLAIN (GENERIC_PLAN, FORMAT JSON)\n{sql};\nROLLBACK;")
        );
        assert_eq!(
            How::generic(150_018, 2).sql(sql),
            format!(
                "BEGIN READ ONLY;\nSET LOCAL plan_cache_mode = force_generic_plan;\nPREPARE mpanel_explain AS\n{sql};\n\
                 EXPLAIN (FORMAT JSON) EXECUTE mpanel_explain(NULL, NULL);\nROLLBACK;"
            )
        );
        assert!(How::generic(130_000, 0).sql("SELECT 1").contains("EXECUTE mpanel_explain;"));
        assert_eq!(
            How::Bound.sql(sql),
            format!("BEGIN READ ONLY;\nEXPLAIN (FORMAT JSON)\n{sql};\nROLLBACK;")
        );
    }

    #[test]
    fn a_measurement_is_bounded_and_rolled_back() {
        let limits = ExplainLimits::default();
        for (writes, begin) in [(false, "BEGIN READ ONLY;"), (true, "BEGIN READ WRITE;")] {
            let sql = How::Analyzed { limits, writes }.sql("SELECT 1");
            assert_eq!(
                sql,
                format!(
                    "{begin}\nSET LOCAL statement_timeout = '60000ms';\nSET LOCAL lock_timeout = '2000ms';\n\
                     EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)\nSELECT 1;\nROLLBACK;"
                )
            );
        }
    }
}
