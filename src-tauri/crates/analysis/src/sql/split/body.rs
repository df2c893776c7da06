//! Whether a text is within the body of a function in standard SQL, whose statements belong to the one that creates it.

/// `CREATE … FUNCTION … BEGIN ATOMIC …; …; END`, in which `CASE` has an `END` of its own. Fed word by word.
#[derive(Default)]
pub(super) struct Body {
    /// Words seen, as far as they matter.
    words: usize,
    creates: bool,
    routine: bool,
    begins: bool,
    depth: usize,
}

/// `CREATE OR REPLACE FUNCTION`
const HEAD: usize = 4;

impl Body {
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    pub(super) fn word(&mut self, word: &str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        self.words = self.words.saturating_add(1);
        if self.words == 1 {
            self.creates = is("create");
        }
        if !self.creates {
            return;
        }
        self.routine |= self.words <= HEAD && (is("function") || is("procedure"));
        if self.depth > 0 && is("case") || self.routine && self.begins && is("atomic") {
            self.depth += 1;
        } else if is("end") {
            self.depth = self.depth.saturating_sub(1);
        }
        self.begins = is("begin");
    }
}

#[cfg(test)]
mod tests {
    use crate::sql::statements;

    #[test]
    fn the_body_of_a_function_belongs_to_it() {
        let function = "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n  \
            UPDATE t SET b = CASE WHEN a > 1 THEN 'end;' ELSE x.\"end\" END;\n  SELECT 1; -- END;\nEND";
        let procedure = "create procedure p() begin /* now */ atomic select $$end$$; end";
        let text = format!("SELECT 1;\n{function};{procedure} ; SELECT 2");
        let split: Vec<_> = statements(&text).collect();
        assert_eq!(split, ["SELECT 1", function, procedure, "SELECT 2"]);
    }

    #[test]
    fn elsewhere_begin_and_end_are_statements() {
        for (text, count) in [
            ("BEGIN; SELECT 1; END", 3),
            ("BEGIN ATOMIC; SELECT 1; END", 3),
            ("SELECT begin, atomic FROM t; SELECT 2", 2),
            ("CREATE TABLE f (begin atomic); SELECT 2", 2),
            ("CREATE FUNCTION f(x int) RETURNS int AS 'BEGIN ATOMIC;' LANGUAGE sql; SELECT 2", 2),
            ("CREATE FUNCTION f() BEGIN ATOMIC never; ended; SELECT 1", 1),
        ] {
            assert_eq!(statements(text).count(), count, "{text}");
        }
    }
}
