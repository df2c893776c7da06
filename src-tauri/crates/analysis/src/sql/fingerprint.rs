//! One pass over a statement to the number of its group and the number of its constants.

use std::fmt;

use super::keywords::{Keyword, Utility};
use super::lanes::mix;
use super::lexer::{Kind, Lexer, Token};
use super::lists::Lists;
use super::params::Values;
use super::truncation;

/// Names the group of a statement: its text without constants, comments, spacing and case.
///
/// Stable over versions and machines, so it may be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What one pass over a statement yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub fingerprint: Fingerprint,
    /// The constants written in the text, every element of a list; equal for equal constants, and unchanged by spacing
    /// or comments. Placeholders add nothing: put the values given for them before, with [`Values::and_constants`].
    pub constants: Values,
    /// Placeholders (`$1`, `?`, …) written in the text.
    pub placeholders: u32,
}

/// The group of a statement. Any bytes are accepted; nothing is allocated.
pub fn fingerprint(sql: &[u8]) -> Fingerprint {
    shape(sql).fingerprint
}

/// The group of a statement together with the hash of its constants, in the same pass.
pub fn shape(sql: &[u8]) -> Shape {
    Pass::new(truncation::strip(sql).0).run()
}

const LITERAL: u64 = 0x4C49_5445_5241_4C00;
const WORD: u64 = 0x8EBC_6AF0_9C88_C6E3;
const OPERATOR: u64 = 0x5899_65CC_7537_4CC3;
const PUNCTUATION: u64 = 0x1D8E_4E27_C47D_124F;

struct Pass<'a> {
    lexer: Lexer<'a>,
    lists: Lists,
    values: Values,
    placeholders: u32,
    previous: Kind,
    /// The item's hash before the last word, to take a type name back that its constant makes redundant.
    before_type: u64,
    /// A sign that belongs to the number after it.
    negative: bool,
    /// Nothing read so far, or a semicolon just before.
    first: bool,
}

impl<'a> Pass<'a> {
    fn new(sql: &'a [u8]) -> Self {
        Self {
            lexer: Lexer::new(sql),
            lists: Lists::new(),
            values: Values::default(),
            placeholders: 0,
            previous: Kind::End,
            before_type: 0,
            negative: false,
            first: true,
        }
    }

    fn run(&mut self) -> Shape {
        let mut separator = false;
        loop {
            let operand = self.lexer.operand;
            let token = self.lexer.step();
            if token.kind == Kind::End {
                break;
            }
            // A trailing semicolon ends nothing that the end of the text would not.
            if token.kind == Kind::Semicolon {
                separator = !self.first || separator;
                self.first = true;
                self.previous = token.kind;
                continue;
            }
            if separator {
                self.lists.end_statement();
                self.lists.clause(PUNCTUATION, false);
                separator = false;
            }
            self.token(token, operand);
        }
        Shape {
            fingerprint: Fingerprint(self.lists.finish()),
            constants: self.values,
            placeholders: self.placeholders,
        }
    }

    #[inline]
    fn token(&mut self, token: Token, operand: bool) {
        let first = std::mem::replace(&mut self.first, false);
        match token.kind {
            Kind::Word(Keyword::None) | Kind::Quoted => self.name(token),
            Kind::Word(keyword) => self.keyword(keyword, token, first),
            Kind::Text | Kind::Number | Kind::Placeholder => self.literal(token),
            Kind::Open | Kind::OpenBracket => self.lists.open(token.kind == Kind::Open),
            Kind::Close | Kind::CloseBracket => self.lists.close(),
            Kind::Comma => self.lists.comma(),
            Kind::Operator if operand && token.lane == u64::from(b'-') && self.lexer.number_follows() => {
                self.negative = true;
                return;
            }
            Kind::Operator => {
                let lane = if token.lane == NOT_EQUAL { UNEQUAL } else { token.lane };
                self.lists.add(lane ^ OPERATOR ^ token.tail);
            }
            Kind::Cast if self.previous.is_literal() || self.previous == Kind::Word(Keyword::Constant) => {
                self.lexer.skip_type();
                return;
            }
            Kind::Dot | Kind::Cast | Kind::Semicolon | Kind::End => {
                self.lists.add(PUNCTUATION ^ (token.kind == Kind::Dot) as u64);
            }
        }
        self.previous = token.kind;
    }

    #[inline]
    fn name(&mut self, token: Token) {
        self.lists.add(token.lane ^ WORD);
        if token.tail != 0 {
            self.lists.add(token.tail);
        }
    }

    fn keyword(&mut self, keyword: Keyword, token: Token, first: bool) {
        match keyword {
            Keyword::Clause => self.lists.clause(token.lane, false),
            Keyword::Values => self.lists.clause(token.lane, true),
            Keyword::By => self.lists.ordered(token.lane),
            Keyword::Set if !first => self.lists.clause(token.lane, false),
            Keyword::Set => self.set(token),
            Keyword::Noise => {}
            Keyword::Constant => self.constant(token),
            // DEFAULT as a value is one more constant; in a column definition it is not.
            Keyword::Default if matches!(self.previous, Kind::Open | Kind::Comma | Kind::Operator) => {
                self.lists.add(LITERAL);
            }
            Keyword::Type => {
                self.before_type = self.lists.item();
                self.name(token);
            }
            Keyword::Utility(verb) if first => self.utility(verb, token),
            _ => self.name(token),
        }
    }

    fn constant(&mut self, token: Token) {
        let tested = matches!(self.previous, Kind::Word(Keyword::Is | Keyword::Not | Keyword::Set));
        if tested {
            self.name(token);
            return;
        }
        self.values.add(mix(LITERAL, token.lane));
        self.lists.add(LITERAL);
    }

    #[inline]
    fn literal(&mut self, token: Token) {
        if self.previous == Kind::Word(Keyword::Type) && token.kind == Kind::Text {
            self.lists.take_back(self.before_type);
            // The same would be read behind `$1::date`, as masked text has it.
            self.lexer.skip_type_rest();
        }
        self.value(token);
        self.lists.add(LITERAL);
    }

    #[inline]
    fn value(&mut self, token: Token) {
        if token.kind == Kind::Placeholder {
            self.placeholders += 1;
            return;
        }
        let sign = u64::from(std::mem::take(&mut self.negative));
        self.values.add_text(sign, content(self.lexer.slice(token.start, token.end)));
    }

    /// Transaction, session and cursor statements: what drivers number and generate does not count.
    #[inline(never)]
    fn utility(&mut self, verb: Utility, token: Token) {
        match verb {
            Utility::Begin | Utility::Start => self.lists.add(token.lane),
            Utility::Commit => self.lists.add(COMMIT),
            Utility::Rollback => self.lists.add(ROLLBACK),
            Utility::VerbOnly => {
                self.name(token);
                self.mute();
                return;
            }
            Utility::Deallocate | Utility::Prepare | Utility::Declare | Utility::Fetch => self.name(token),
        }
        match verb {
            Utility::Start => {}
            Utility::Begin | Utility::Commit | Utility::Rollback => self.transaction(),
            Utility::Deallocate => {
                let words = self.words_ahead();
                if words.0.eq_ignore_ascii_case(b"all") || words.1.eq_ignore_ascii_case(b"all") {
                    self.lists.add(WORD);
                }
                self.mute();
            }
            Utility::Prepare if self.words_ahead().0.eq_ignore_ascii_case(b"transaction") => {
                self.lists.add(WORD);
                self.mute();
            }
            Utility::Prepare | Utility::Declare => {
                if !self.at_end() {
                    self.lexer.next();
                }
            }
            Utility::Fetch => self.cursor(),
            Utility::VerbOnly => {}
        }
    }

    /// WORK and TRANSACTION are noise; a savepoint's or a prepared transaction's name is generated.
    fn transaction(&mut self) {
        loop {
            let ahead = self.words_ahead().0;
            if ahead.eq_ignore_ascii_case(b"work") || ahead.eq_ignore_ascii_case(b"transaction") {
                self.lexer.next();
            } else if ahead.eq_ignore_ascii_case(b"to") {
                self.lists.add(WORD);
                self.mute();
                return;
            } else {
                return;
            }
        }
    }

    /// FETCH and MOVE: counts are constants, the cursor's name is generated.
    fn cursor(&mut self) {
        while !self.at_end() {
            let token = self.lexer.next();
            match token.kind {
                Kind::Number | Kind::Text | Kind::Placeholder | Kind::Word(Keyword::Constant) => {
                    self.value(token);
                    self.lists.add(LITERAL);
                }
                Kind::Word(_) => {
                    let text = self.lexer.slice(token.start, token.end);
                    if text.eq_ignore_ascii_case(b"from") || text.eq_ignore_ascii_case(b"in") {
                        self.mute();
                        return;
                    }
                    self.name(token);
                }
                _ => {}
            }
        }
    }

    /// `SET name = value`: the name counts, the value does not, DEFAULT does.
    #[inline(never)]
    fn set(&mut self, token: Token) {
        self.lists.add(token.lane);
        if self.words_ahead().0.eq_ignore_ascii_case(b"session") {
            self.lexer.next();
        }
        while !self.at_end() {
            let operand = self.lexer.operand;
            let token = self.lexer.next();
            let text = self.lexer.slice(token.start, token.end);
            if text == b"=" || text.eq_ignore_ascii_case(b"to") {
                if self.words_ahead().0.eq_ignore_ascii_case(b"default") {
                    self.lists.add(WORD);
                }
                self.mute();
                return;
            }
            self.token(token, operand);
        }
    }

    /// Reads up to the end of the statement; only its constants are taken in.
    fn mute(&mut self) {
        while !self.at_end() {
            let token = self.lexer.next();
            if token.kind.is_literal() {
                self.value(token);
            }
        }
    }

    fn at_end(&self) -> bool {
        let mut ahead = self.lexer;
        matches!(ahead.next().kind, Kind::End | Kind::Semicolon)
    }

    /// The texts of the next two tokens.
    fn words_ahead(&self) -> (&'a [u8], &'a [u8]) {
        let mut ahead = self.lexer;
        let (one, two) = (ahead.next(), ahead.next());
        (self.lexer.slice(one.start, one.end), self.lexer.slice(two.start, two.end))
    }
}

const NOT_EQUAL: u64 = super::keywords::lane_of("!=");
const UNEQUAL: u64 = super::keywords::lane_of("<>");
const COMMIT: u64 = super::keywords::lane_of("commit");
const ROLLBACK: u64 = super::keywords::lane_of("rollback");

/// A constant without its quotes, so that `'5'` in the text equals `5` given beside it.
pub(super) fn content(literal: &[u8]) -> &[u8] {
    match literal {
        [b'\'', inner @ .., b'\''] | [b'\'', inner @ ..] => inner,
        _ => literal,
    }
}
