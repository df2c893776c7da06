//! A statement as one may show and store it: constants replaced, comments gone, spacing even.
//!
//! Over 400 lines because every rule here mirrors one of the fingerprint's and is read beside the others.

use memchr::memchr;

use super::fingerprint::fingerprint;
use super::keywords::{Keyword, Utility};
use super::lexer::{Kind, Lexer, Token};
use super::lists::{DEPTH, ROWS};
use super::truncation;

/// Stands behind the first of several like items, as PostgreSQL 18 writes it.
const MORE: &str = " /*, ... */";
/// PostgreSQL's limit on parameters; a larger number after `$` is not one.
const LAST_PARAMETER: u32 = 65_535;

/// The statement without its constants.
///
/// Constants and foreign placeholders become `$n`, numbered after the highest `$n` already there, which keep
/// their numbers. Lists of constants and rows of VALUES show their first item and `/*, ... */`. Comments go,
/// spacing becomes even, words keep their case. The result has the fingerprint of the statement, and masking
/// it again changes nothing. Invalid UTF-8 becomes U+FFFD.
pub fn mask(sql: &[u8]) -> String {
    let (text, cut) = truncation::strip(sql);
    let mut masking = Masking {
        out: String::with_capacity(text.len().min(4096)),
        next: highest_parameter(text) + 1,
        last: None,
        previous: Kind::End,
        verb: None,
        index: 0,
        type_until: 0,
        binary: true,
        depth: 0,
        rows_depth: None,
        text,
    };
    masking.run(Lexer::new(text), text.len());
    let mut out = masking.out;
    if cut {
        out.push_str(truncation::MARK);
    }
    out
}

struct Masking<'a> {
    text: &'a [u8],
    out: String,
    next: u32,
    /// The token written last.
    last: Option<Token>,
    /// What the rules go by: that token's kind, or the constant's whose type it belongs to.
    previous: Kind,
    /// The first word of the statement, where it names things instead of querying them.
    verb: Option<Utility>,
    /// Tokens of the statement written so far.
    index: usize,
    /// Where the type name behind a constant ends.
    type_until: usize,
    /// Whether that token, an operator, stands apart from what follows: all but signs do.
    binary: bool,
    /// Parentheses and brackets that are open.
    depth: usize,
    /// Depth of the VALUES being written, the outermost where they nest.
    rows_depth: Option<usize>,
}

impl<'a> Masking<'a> {
    fn run(&mut self, mut lexer: Lexer<'a>, until: usize) {
        let mut semicolon = None;
        let mut shortcut: Option<(usize, Lexer<'a>)> = None;
        loop {
            let operand = lexer.operand;
            let before = lexer;
            let mut token = lexer.next();
            if token.kind == Kind::End {
                self.keep_more(self.text.len());
                return;
            }
            if token.start >= until {
                return;
            }
            if let Some((at, resume)) = shortcut
                && at == token.start
            {
                self.out.push_str(MORE);
                lexer = resume;
                shortcut = None;
                continue;
            }
            self.keep_more(token.start);
            if token.kind == Kind::Semicolon {
                semicolon = self.last.is_some().then_some(token);
                continue;
            }
            if let Some(semicolon) = semicolon.take() {
                self.write(semicolon, false);
                self.index = 0;
            }
            if self.index == 0 {
                self.verb =
                    if let Kind::Word(Keyword::Utility(verb)) = token.kind { Some(verb) } else { None };
            }
            match token.kind {
                Kind::Operator if operand && self.slice(token) == b"-" && lexer.number_follows() => {
                    token = lexer.next();
                }
                Kind::Word(Keyword::Type) if self.typed_constant(token, &mut lexer) => continue,
                _ => {}
            }
            if token.kind == Kind::Cast && is_constant(self.previous) {
                let mut behind = lexer;
                behind.skip_type();
                self.type_until = behind.position();
            }
            if self.depth + 2 < DEPTH && !self.names_things() {
                match (self.previous, token.kind) {
                    (Kind::Word(Keyword::In), Kind::Open)
                    | (Kind::Word(Keyword::Array), Kind::OpenBracket) => {
                        shortcut = Run::of_constants(lexer).map(|run| (run.comma, run.resume));
                    }
                    (Kind::Word(Keyword::Values), Kind::Open) if self.rows_depth == Some(self.depth) => {
                        lexer = self.rows(before);
                        continue;
                    }
                    _ => {}
                }
            }
            self.write(token, operand);
        }
    }

    fn slice(&self, token: Token) -> &'a [u8] {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// Text that was masked before says with a comment that items were left out.
    fn keep_more(&mut self, start: usize) {
        if let Some(last) = self.last {
            self.keep_more_between(last.end, start);
        }
    }

    fn keep_more_between(&mut self, end: usize, start: usize) {
        let gap = self.text.get(end..start).unwrap_or_default();
        if gap.trim_ascii() == MORE.trim_ascii().as_bytes() && !self.out.ends_with(MORE) {
            self.out.push_str(MORE);
        }
    }

    /// `DATE '2024-01-01'` cannot be written with a parameter, `$1::DATE` can.
    fn typed_constant(&mut self, name: Token, lexer: &mut Lexer<'a>) -> bool {
        let mut ahead = *lexer;
        let constant = ahead.next();
        if constant.kind != Kind::Text || self.names_things() {
            return false;
        }
        *lexer = ahead;
        self.write(constant, true);
        self.out.push_str("::");
        self.push_text(name);
        let mut behind = *lexer;
        behind.skip_type_rest();
        self.type_until = behind.position();
        true
    }

    /// Whether a word here is a cursor's or a prepared statement's name, whatever it says.
    fn names_things(&self) -> bool {
        match self.verb {
            Some(Utility::Prepare | Utility::Declare) => self.index <= 2,
            verb => verb == Some(Utility::Fetch),
        }
    }

    /// Keeps what [`super::lists`] keeps: which VALUES the rows belong to.
    fn follow_rows(&mut self, kind: Kind) {
        let outer = self.rows_depth.is_some_and(|depth| depth < self.depth);
        match kind {
            Kind::Word(Keyword::Values) if !outer => self.rows_depth = Some(self.depth),
            Kind::Semicolon => self.rows_depth = None,
            Kind::Word(Keyword::Clause | Keyword::By | Keyword::Set) if !outer => {
                self.rows_depth = None;
            }
            _ if self.rows_depth.is_some_and(|depth| depth > self.depth) => self.rows_depth = None,
            _ => {}
        }
    }

    /// Writes the rows of VALUES, one of each shape, and returns the cursor behind them.
    fn rows(&mut self, first: Lexer<'a>) -> Lexer<'a> {
        let mut shapes = Vec::with_capacity(ROWS);
        let mut row = first;
        loop {
            let mut behind = row;
            let open = behind.next();
            let complete = skip_group(&mut behind);
            let end = behind.position();
            let shape = fingerprint(self.text.get(open.start..end).unwrap_or_default());
            let mut ahead = behind;
            let next = ahead.next();
            // A row that goes on behind its parenthesis is like no other.
            let whole = complete && ends_item(next.kind);
            let fresh = !shapes.contains(&shape) && shapes.len() < ROWS;
            if shapes.is_empty() || fresh || !whole {
                if !shapes.is_empty() {
                    self.out.push(',');
                    self.last = Some(Token { kind: Kind::Comma, ..open });
                    self.previous = Kind::Comma;
                }
                shapes.push(shape);
                self.row(row, end);
            } else if !self.out.ends_with(MORE) {
                self.out.push_str(MORE);
            }
            row = ahead;
            if !complete || next.kind != Kind::Comma || ahead.next().kind != Kind::Open {
                return behind;
            }
            self.keep_more_between(end, next.start);
        }
    }

    fn row(&mut self, mut row: Lexer<'a>, end: usize) {
        let operand = row.operand;
        let open = row.next();
        self.write(open, operand);
        self.run(row, end);
    }

    fn write(&mut self, token: Token, operand: bool) {
        if self.spaced(token) {
            self.out.push(' ');
        }
        self.binary = !operand || !matches!(self.slice(token), b"-" | b"+" | b"~" | b"@");
        self.depth = match token.kind {
            Kind::Open | Kind::OpenBracket => self.depth + 1,
            Kind::Close | Kind::CloseBracket => self.depth.saturating_sub(1),
            Kind::Semicolon => 0,
            _ => self.depth,
        };
        match token.kind {
            Kind::Placeholder => self.placeholder(token),
            Kind::Text | Kind::Number | Kind::Word(Keyword::Constant) if !self.tested(token) => {
                self.parameter()
            }
            _ => self.push_text(token),
        }
        self.last = Some(token);
        self.index += 1;
        if token.start >= self.type_until {
            self.follow_rows(token.kind);
            self.previous = token.kind;
        }
    }

    /// NULL, TRUE and FALSE in `IS NULL` and `NOT NULL` are text, not constants.
    fn tested(&self, token: Token) -> bool {
        token.kind == Kind::Word(Keyword::Constant)
            && (token.start < self.type_until
                || matches!(self.previous, Kind::Word(Keyword::Is | Keyword::Not | Keyword::Set)))
    }

    fn placeholder(&mut self, token: Token) {
        if parameter_number(self.slice(token)).is_some() {
            self.push_text(token);
        } else {
            self.parameter();
        }
    }

    fn parameter(&mut self) {
        self.out.push('$');
        self.out.push_str(&self.next.to_string());
        self.next += 1;
    }

    fn push_text(&mut self, token: Token) {
        self.out.push_str(&String::from_utf8_lossy(self.slice(token)));
    }

    fn spaced(&self, token: Token) -> bool {
        let Some(last) = self.last else { return false };
        match (last.kind, token.kind) {
            // Nothing may grow together into another token, nor dots into a mark of truncation.
            (Kind::Dot, Kind::Dot) | (Kind::Operator, Kind::Operator | Kind::Cast) => true,
            (_, Kind::Comma | Kind::Semicolon | Kind::Close | Kind::CloseBracket | Kind::Cast) => false,
            (Kind::Dot | Kind::Cast | Kind::Open | Kind::OpenBracket, _) | (_, Kind::Dot) => false,
            (Kind::Operator, _) => self.binary,
            (Kind::Comma | Kind::Semicolon, _) => true,
            // `count(` and `IN (` stay as they were written.
            (_, Kind::Open | Kind::OpenBracket) => token.start > last.end,
            _ => true,
        }
    }
}

/// Where the items after the first begin, and the cursor before what ends the list.
struct Run<'a> {
    comma: usize,
    resume: Lexer<'a>,
}

impl<'a> Run<'a> {
    /// Two or more constants (or rows of constants) up to the end of the list; anything else is shown in full.
    fn of_constants(mut lexer: Lexer<'a>) -> Option<Self> {
        let mut comma = None;
        let mut ahead = lexer;
        let rows = ahead.next().kind == Kind::Open;
        loop {
            let mut resume = lexer;
            let ends = comma.is_some() && resume.next().kind == Kind::End;
            if !ends && !constant(&mut lexer, rows) {
                return None;
            }
            let resume = lexer;
            let token = lexer.next();
            match token.kind {
                Kind::Comma => _ = comma.get_or_insert(token.start),
                Kind::Close | Kind::CloseBracket | Kind::End => return Some(Self { comma: comma?, resume }),
                _ => return None,
            }
        }
    }
}

/// Steps over one constant with its sign and type, or over a row of constants where rows are listed.
fn constant(lexer: &mut Lexer<'_>, row: bool) -> bool {
    let mut token = lexer.next();
    if row {
        return token.kind == Kind::Open && constant_row(lexer);
    }
    if token.kind == Kind::Operator && lexer.slice(token.start, token.end) == b"-" && lexer.number_follows() {
        token = lexer.next();
    }
    if !is_constant(token.kind) {
        return false;
    }
    skip_casts(lexer);
    true
}

fn constant_row(lexer: &mut Lexer<'_>) -> bool {
    loop {
        let token = lexer.next();
        if !is_constant(token.kind) {
            return false;
        }
        skip_casts(lexer);
        match lexer.next().kind {
            Kind::Comma => {}
            Kind::Close => return true,
            _ => return false,
        }
    }
}

fn skip_casts(lexer: &mut Lexer<'_>) {
    loop {
        let mut ahead = *lexer;
        if ahead.next().kind != Kind::Cast {
            return;
        }
        ahead.skip_type();
        *lexer = ahead;
    }
}

fn is_constant(kind: Kind) -> bool {
    kind.is_literal() || kind == Kind::Word(Keyword::Constant)
}

/// Whether a row of VALUES is over before such a token.
fn ends_item(kind: Kind) -> bool {
    use Keyword::{By, Clause, Set, Values};
    matches!(
        kind,
        Kind::Comma
            | Kind::Close
            | Kind::CloseBracket
            | Kind::Semicolon
            | Kind::End
            | Kind::Word(Clause | Values | By | Set)
    )
}

/// Steps behind the parenthesis that closes the one just read; false when the statement ends first.
fn skip_group(lexer: &mut Lexer<'_>) -> bool {
    let mut depth = 1;
    while depth > 0 {
        let mut ahead = *lexer;
        match ahead.next().kind {
            Kind::Open | Kind::OpenBracket => depth += 1,
            Kind::Close | Kind::CloseBracket => depth -= 1,
            Kind::End | Kind::Semicolon => return false,
            _ => {}
        }
        *lexer = ahead;
    }
    true
}

fn parameter_number(text: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(text.strip_prefix(b"$")?).ok()?;
    digits.parse().ok().filter(|number| *number <= LAST_PARAMETER)
}

fn highest_parameter(text: &[u8]) -> u32 {
    if memchr(b'$', text).is_none() {
        return 0;
    }
    let mut lexer = Lexer::new(text);
    let mut highest = 0;
    loop {
        let token = lexer.next();
        match token.kind {
            Kind::End => return highest,
            Kind::Placeholder => {
                let number = parameter_number(lexer.slice(token.start, token.end));
                highest = highest.max(number.unwrap_or(0));
            }
            _ => {}
        }
    }
}
