//! What a statement does and to which tables and columns, read once per distinct fingerprint.

use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::facts::{StatementFacts, StatementKind};
use super::keywords::Keyword;
use super::lexer::{Kind, Lexer};
use super::{glance, housekeeping, truncation, walk};

/// Longer text is read by its words alone: it is an import, not a query worth a tree.
const LONGEST_PARSED: usize = 64 * 1024;
/// Chains of operators become trees as deep as they are long, and trees are walked by recursion.
const LONGEST_CHAIN: usize = 400;
const DEEPEST_NESTING: usize = 40;

/// Reads a statement. Never fails: text that is cut off or of another dialect yields its kind and its tables,
/// with `parsed` false. Of several statements in one text the first that is not mere transaction control counts.
pub fn statement_facts(sql: &str) -> StatementFacts {
    let (text, _) = truncation::strip(sql.as_bytes());
    let text = std::str::from_utf8(text).unwrap_or(sql);
    let tree = parse(sql);
    let facts = tree.as_ref().map(walk::facts).filter(|facts| facts.kind != StatementKind::Other);
    let mut facts = facts.unwrap_or_else(|| glance::facts(text.as_bytes()));
    facts.volatile = housekeeping::volatile(text);
    facts
}

/// The tree of a statement; none for text that is cut off, of another dialect, or too long or deep to be worth one.
pub(crate) fn parse(sql: &str) -> Option<Statement> {
    let (text, cut) = truncation::strip(sql.as_bytes());
    let text = std::str::from_utf8(text).unwrap_or(sql);
    if cut || text.len() > LONGEST_PARSED || !shallow(text) {
        return None;
    }
    let dialect = PostgreSqlDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST_NESTING);
    let mut statements = parser.try_with_sql(text).ok()?.parse_statements().ok()?;
    let chosen = statements.iter().position(|statement| !walk::is_transaction_control(statement));
    let index = chosen.unwrap_or(0);
    (index < statements.len()).then(|| statements.swap_remove(index))
}

/// Whether the tree of the text stays shallow enough to be built and dropped on any stack.
fn shallow(text: &str) -> bool {
    let mut lexer = Lexer::new(text.as_bytes());
    let (mut depth, mut chain) = (0usize, 0usize);
    loop {
        match lexer.next().kind {
            Kind::End => return true,
            Kind::Open | Kind::OpenBracket => depth += 1,
            Kind::Close | Kind::CloseBracket => depth = depth.saturating_sub(1),
            Kind::Operator
            | Kind::Cast
            | Kind::Word(Keyword::Operand | Keyword::Not | Keyword::Is | Keyword::Clause) => chain += 1,
            Kind::Comma | Kind::Semicolon => chain = chain.saturating_sub(2),
            _ => {}
        }
        if depth > DEEPEST_NESTING || chain > LONGEST_CHAIN {
            return false;
        }
    }
}
