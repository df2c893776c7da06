//! Kind and tables of a statement that has no parse tree, from its words.

use super::facts::{StatementFacts, StatementKind, TableRef};
use super::lexer::{Kind, Lexer, Token};

/// The kind by the first word that tells, the tables by the words before them.
pub(super) fn facts(sql: &[u8]) -> StatementFacts {
    let mut glance = Glance {
        lexer: Lexer::new(sql),
        facts: StatementFacts::new(StatementKind::Other),
        depth: 0,
        no_from: false,
        nested: None,
    };
    glance.run();
    glance.facts
}

struct Glance<'a> {
    lexer: Lexer<'a>,
    facts: StatementFacts,
    depth: usize,
    /// FROM names a file or a role, not a table.
    no_from: bool,
    /// The first kind met in parentheses, for text that begins with one or is cut off inside one.
    nested: Option<StatementKind>,
}

impl Glance<'_> {
    fn run(&mut self) {
        let mut common: Vec<String> = Vec::new();
        let mut functions = false;
        loop {
            let token = self.lexer.next();
            match token.kind {
                Kind::End => break,
                Kind::Open => {
                    self.depth += 1;
                    functions = true;
                }
                Kind::Close => self.depth = self.depth.saturating_sub(1),
                Kind::Word(_) => {
                    let word = self.text(token).to_ascii_lowercase();
                    let before = self.facts.kind;
                    self.word(&word, &mut common);
                    if before == StatementKind::Transaction && self.facts.kind == before && word == "to" {
                        break;
                    }
                }
                _ => {}
            }
        }
        if self.facts.kind == StatementKind::Other {
            self.facts.kind = self.nested.unwrap_or(StatementKind::Other);
        }
        self.facts.tables.retain(|table| table.schema.is_some() || !common.contains(&table.name));
        let select = self.facts.kind == StatementKind::Select;
        self.facts.housekeeping = select && self.facts.tables.is_empty() && !functions;
    }

    fn word(&mut self, word: &str, common: &mut Vec<String>) {
        let found = kind_of(word);
        if self.nested.is_none() {
            self.nested = found.filter(|kind| is_query(*kind));
        }
        if let Some(kind) = found
            && self.depth == 0
            && matches!(self.facts.kind, StatementKind::Other | StatementKind::Transaction)
            && (self.facts.kind == StatementKind::Other || is_query(kind))
        {
            self.facts.kind = kind;
        }
        match word {
            "from" if self.no_from => {}
            "from" | "join" | "into" | "using" => self.tables(),
            "copy" if found == Some(self.facts.kind) && self.facts.tables.is_empty() => {
                self.no_from = true;
                self.tables();
            }
            "grant" | "revoke" if self.facts.tables.is_empty() => self.no_from = true,
            "update" if self.facts.tables.is_empty() => self.tables(),
            "table" | "truncate" if self.facts.kind == StatementKind::Utility => self.tables(),
            "with" | "recursive" if self.facts.tables.is_empty() => common.extend(self.common()),
            "limit" if self.depth == 0 => self.facts.limit = true,
            "offset" if self.depth == 0 => self.facts.offset = true,
            "returning" => self.facts.returning = true,
            "conflict" => self.facts.on_conflict = true,
            _ => {}
        }
    }

    fn text(&self, token: Token) -> String {
        String::from_utf8_lossy(self.lexer.slice(token.start, token.end)).into_owned()
    }

    /// Names of common table expressions are not tables.
    fn common(&self) -> Option<String> {
        let mut ahead = self.lexer;
        let name = ahead.next();
        let follows = ahead.next();
        let named = matches!(name.kind, Kind::Word(_) | Kind::Quoted)
            && (follows.kind == Kind::Open || self.text(follows).eq_ignore_ascii_case("as"));
        named.then(|| self.name(name))
    }

    fn name(&self, token: Token) -> String {
        let text = self.text(token);
        if token.kind == Kind::Quoted {
            text.trim_matches(|quote| matches!(quote, '"' | '`')).to_string()
        } else {
            text.to_ascii_lowercase()
        }
    }

    /// `a`, `s.a`, `a AS x, b y`.
    fn tables(&mut self) {
        loop {
            let mut ahead = self.lexer;
            let mut first = ahead.next();
            // ONLY, TABLE, and IF [NOT] EXISTS stand before the name.
            while ["only", "table", "if", "not", "exists"]
                .iter()
                .any(|word| self.text(first).eq_ignore_ascii_case(word))
            {
                first = ahead.next();
            }
            if !matches!(first.kind, Kind::Word(super::keywords::Keyword::None) | Kind::Quoted) {
                return;
            }
            let mut names = vec![self.name(first)];
            self.lexer = ahead;
            while ahead.next().kind == Kind::Dot {
                names.push(self.name(ahead.next()));
                self.lexer = ahead;
            }
            let mut behind = self.lexer;
            let mut next = behind.next();
            let lists_columns = matches!(self.facts.kind, StatementKind::Insert | StatementKind::Utility);
            if next.kind == Kind::Open && !lists_columns {
                return;
            }
            let (Some(name), schema) = (names.pop(), names.pop()) else { return };
            let mut alias = None;
            if self.text(next).eq_ignore_ascii_case("as") {
                next = behind.next();
            }
            if matches!(next.kind, Kind::Word(super::keywords::Keyword::None) | Kind::Quoted)
                && !is_reserved(&self.text(next))
            {
                alias = Some(self.name(next));
                self.lexer = behind;
                next = behind.next();
            }
            let table = TableRef { schema, name, alias };
            if !self.facts.tables.contains(&table) {
                self.facts.tables.push(table);
            }
            if is_write(self.facts.kind) && self.facts.target.is_none() {
                self.facts.target = Some(0);
            }
            if next.kind != Kind::Comma {
                return;
            }
            self.lexer = behind;
        }
    }
}

fn is_query(kind: StatementKind) -> bool {
    !matches!(kind, StatementKind::Transaction | StatementKind::Session | StatementKind::Other)
}

fn is_write(kind: StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Insert | StatementKind::Update | StatementKind::Delete | StatementKind::Merge
    )
}

/// Words that may follow a table without being its alias.
fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 11] = [
        "join",
        "left",
        "right",
        "full",
        "cross",
        "natural",
        "lateral",
        "tablesample",
        "window",
        "do",
        "with",
    ];
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

pub(super) fn kind_of(first: &str) -> Option<StatementKind> {
    Some(match first {
        "select" | "values" | "table" => StatementKind::Select,
        "insert" | "replace" => StatementKind::Insert,
        "update" => StatementKind::Update,
        "delete" => StatementKind::Delete,
        "merge" => StatementKind::Merge,
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            StatementKind::Transaction
        }
        "set" | "show" | "reset" | "discard" | "listen" | "unlisten" | "notify" | "deallocate" | "use" => {
            StatementKind::Session
        }
        "create" | "alter" | "drop" | "truncate" | "vacuum" | "analyze" | "reindex" | "cluster"
        | "refresh" | "grant" | "revoke" | "comment" | "copy" | "lock" | "explain" | "call" | "do"
        | "checkpoint" | "fetch" | "move" | "close" | "declare" | "prepare" | "execute" => {
            StatementKind::Utility
        }
        _ => return None,
    })
}
