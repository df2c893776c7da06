//! Splits SQL text into tokens in one pass over its bytes; any bytes will do, and nothing is allocated.
//!
//! Over 400 lines because each rule relies on the cursor's state after the others, and the hot loop inlines them all.

use memchr::{memchr, memchr2, memmem};

use super::keywords::{self, Keyword};
use super::lanes::{identifier, keep, load, mix, mix_bytes, until};

/// What a token is, as far as grouping and masking care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Word(Keyword),
    /// `"name"` or `` `name` ``: its letters keep their case.
    Quoted,
    /// Any string constant with its prefix, continuation lines and UESCAPE.
    Text,
    Number,
    /// `$1`, `?`, `%s`, `%(name)s`, `:name`, `:1`.
    Placeholder,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Semicolon,
    Dot,
    Cast,
    Operator,
}

impl Kind {
    #[inline]
    pub(super) fn is_literal(self) -> bool {
        matches!(self, Kind::Text | Kind::Number | Kind::Placeholder)
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// First eight bytes of a word (folded), quoted name or operator.
    pub(super) lane: u64,
    /// Hash of the bytes after the first eight; 0 when there are none.
    pub(super) tail: u64,
}

/// A cursor over the text. Copying it is how one looks ahead.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// An operand may stand here: `?` is a placeholder and `-` a sign.
    pub(super) operand: bool,
    after: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    /// May start a byte order mark.
    Mark,
    Letter,
    Digit,
    SingleQuote,
    NameQuote,
    Dollar,
    Dot,
    Colon,
    Minus,
    Slash,
    Question,
    Percent,
    Operator,
    Punctuation(Kind),
    Other,
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        let class = match byte as u8 {
            0..=b' ' | 0x7F => Class::Space,
            0xEF => Class::Mark,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'\'' => Class::SingleQuote,
            b'"' | b'`' => Class::NameQuote,
            b'$' => Class::Dollar,
            b'.' => Class::Dot,
            b':' => Class::Colon,
            b'-' => Class::Minus,
            b'/' => Class::Slash,
            b'?' => Class::Question,
            b'%' => Class::Percent,
            b'+' | b'*' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' => {
                Class::Operator
            }
            b'(' => Class::Punctuation(Kind::Open),
            b')' => Class::Punctuation(Kind::Close),
            b'[' => Class::Punctuation(Kind::OpenBracket),
            b']' => Class::Punctuation(Kind::CloseBracket),
            b',' => Class::Punctuation(Kind::Comma),
            b';' => Class::Punctuation(Kind::Semicolon),
            _ => Class::Other,
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "a const fn has no other way, and a slip would not compile"
        )]
        {
            table[byte] = class;
        }
        byte += 1;
    }
    table
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, operand: true, after: Kind::End }
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    #[inline]
    fn class(byte: u8) -> Class {
        CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Other)
    }

    /// The bytes of a token, or of any other range of the text.
    #[inline]
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Where the next token, or the blanks before it, begin.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// [`Self::step`] for callers that read few tokens.
    #[inline(never)]
    pub(super) fn next(&mut self) -> Token {
        self.step()
    }

    /// The next token; `Kind::End` for ever once the text is used up.
    #[inline(always)]
    pub(super) fn step(&mut self) -> Token {
        loop {
            // Most tokens stand behind one blank: no need to classify it.
            if self.peek(0) == b' ' {
                self.at += 1;
            }
            let start = self.at;
            let Some(&byte) = self.bytes.get(start) else {
                return Token { kind: Kind::End, start, end: start, lane: 0, tail: 0 };
            };
            match Self::class(byte) {
                Class::Space => self.at += 1,
                Class::Letter => return self.word(start),
                Class::Mark if (self.peek(1), self.peek(2)) == (0xBB, 0xBF) => self.at += 3,
                Class::Mark => return self.word(start),
                Class::Punctuation(kind) => {
                    self.at += 1;
                    return self.token(kind, start, !matches!(kind, Kind::Close | Kind::CloseBracket));
                }
                Class::NameQuote => return self.quoted(start, byte),
                Class::Digit => return self.number(start),
                Class::SingleQuote => return self.text(start, 0, false),
                Class::Minus if self.peek(1) == b'-' => self.line_comment(),
                Class::Slash if self.peek(1) == b'*' => self.block_comment(),
                Class::Dot => return self.dot(start),
                Class::Dollar => return self.dollar(start),
                Class::Colon => return self.colon(start),
                Class::Question => return self.question(start),
                Class::Percent if self.operand && self.percent_placeholder() > 0 => {
                    self.at += self.percent_placeholder();
                    return self.token(Kind::Placeholder, start, false);
                }
                Class::Minus | Class::Slash | Class::Percent | Class::Operator => {
                    return self.operator(start);
                }
                Class::Other => {
                    self.at += 1;
                    return self.token(Kind::Operator, start, byte != b'}');
                }
            }
        }
    }

    #[inline]
    fn token(&mut self, kind: Kind, start: usize, operand: bool) -> Token {
        self.operand = operand;
        self.after = kind;
        let lane = if kind == Kind::Operator { keep(load(self.bytes, start), self.at - start) } else { 0 };
        Token { kind, start, end: self.at, lane, tail: 0 }
    }

    #[inline]
    fn word(&mut self, start: usize) -> Token {
        let (mut count, folded) = identifier(load(self.bytes, start));
        let lane = keep(folded, count);
        self.at = start + count;
        let mut tail = 0;
        while count == 8 {
            let folded;
            (count, folded) = identifier(load(self.bytes, self.at));
            if count > 0 {
                tail = mix(tail ^ TAIL, keep(folded, count));
                self.at += count;
            }
        }
        let len = self.at - start;
        if len <= 1
            && matches!(self.peek(0), b'\'' | b'&')
            && let Some(token) = self.prefixed(start)
        {
            return token;
        }
        // A name after a dot is a name, whatever it is called.
        let keyword = if self.after == Kind::Dot { Keyword::None } else { keywords::lookup(lane, len) };
        self.operand = keyword.expects_operand();
        self.after = Kind::Word(keyword);
        Token { kind: self.after, start, end: self.at, lane, tail }
    }

    #[inline]
    fn quoted(&mut self, start: usize, quote: u8) -> Token {
        self.at = start + 1;
        let first = load(self.bytes, self.at);
        let mut count = self.within(until(first, quote));
        let lane = keep(first, count);
        self.at += count;
        let mut tail = 0;
        loop {
            if count == 8 {
                let next = load(self.bytes, self.at);
                count = self.within(until(next, quote));
                if count > 0 {
                    tail = mix(tail ^ TAIL, keep(next, count));
                    self.at += count;
                }
            } else if self.peek(0) == quote && self.peek(1) == quote {
                self.at += 2;
                tail = mix(tail ^ TAIL, u64::from(quote));
                count = 8;
            } else {
                break;
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
        self.operand = false;
        self.after = Kind::Quoted;
        Token { kind: Kind::Quoted, start, end: self.at, lane, tail }
    }

    /// The zero padding after the text is not part of a name.
    #[inline]
    fn within(&self, count: usize) -> usize {
        count.min(self.bytes.len().saturating_sub(self.at))
    }

    /// `E''`, `B''`, `X''`, `N''`, `U&''` and `U&""`.
    #[inline(never)]
    fn prefixed(&mut self, start: usize) -> Option<Token> {
        let letter = self.bytes.get(start)?.to_ascii_lowercase();
        match (letter, self.peek(0), self.peek(1)) {
            (b'e', b'\'', _) => Some(self.text(start, 1, true)),
            (b'b' | b'x' | b'n', b'\'', _) => Some(self.text(start, 1, false)),
            (b'u', b'&', b'\'') => {
                let token = self.text(start, 2, false);
                self.unicode_escape();
                Some(Token { end: self.at, ..token })
            }
            (b'u', b'&', b'"') => {
                let token = self.quoted(start + 2, b'"');
                Some(Token { start, ..token })
            }
            _ => None,
        }
    }

    /// `UESCAPE '!'` belongs to the constant before it.
    fn unicode_escape(&mut self) {
        let mut ahead = *self;
        ahead.skip_blank();
        let word = self.slice(ahead.at, ahead.at + 7);
        if word.eq_ignore_ascii_case(b"uescape") {
            ahead.at += 7;
            ahead.skip_blank();
            if ahead.peek(0) == b'\'' {
                self.at = ahead.at;
                self.text(ahead.at, 0, false);
            }
        }
    }

    fn skip_blank(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| Self::class(*byte) == Class::Space) {
            self.at += 1;
        }
    }

    #[inline]
    fn text(&mut self, start: usize, prefix: usize, escapes: bool) -> Token {
        self.at = start + prefix;
        loop {
            self.at += 1;
            self.string_body(escapes);
            // A constant goes on in the next quotes when only blanks stand between.
            let mut ahead = *self;
            ahead.skip_blank();
            if ahead.peek(0) != b'\'' {
                break;
            }
            self.at = ahead.at;
        }
        self.token(Kind::Text, start, false)
    }

    /// Leaves the cursor behind the closing quote, or at the end of the text.
    #[inline]
    fn string_body(&mut self, escapes: bool) {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let found = if escapes { memchr2(b'\'', b'\\', rest) } else { memchr(b'\'', rest) };
            let Some(offset) = found else {
                self.at = self.bytes.len();
                return;
            };
            self.at += offset;
            if self.peek(0) == b'\\' || self.peek(1) == b'\'' {
                self.at = (self.at + 2).min(self.bytes.len());
            } else {
                self.at += 1;
                return;
            }
        }
    }

    /// Letters that touch a number belong to it: nothing of a mistyped constant may be shown as a name.
    #[inline]
    fn number(&mut self, start: usize) -> Token {
        self.at = start;
        loop {
            let (count, _) = identifier(load(self.bytes, self.at));
            self.at += count;
            if count < 8 && !self.number_goes_on(start) {
                break;
            }
            self.at += usize::from(count < 8);
        }
        self.token(Kind::Number, start, false)
    }

    /// A decimal point, or the sign of an exponent.
    #[inline]
    fn number_goes_on(&self, start: usize) -> bool {
        match self.peek(0) {
            b'.' => true,
            b'+' | b'-' => {
                self.at > start
                    && matches!(self.bytes.get(self.at - 1), Some(b'e' | b'E'))
                    && self.peek(1).is_ascii_digit()
                    && !matches!(self.slice(start, start + 2), b"0x" | b"0X")
            }
            _ => false,
        }
    }

    #[inline]
    fn dot(&mut self, start: usize) -> Token {
        if self.operand && self.peek(1).is_ascii_digit() {
            return self.number(start);
        }
        self.at += 1;
        self.token(Kind::Dot, start, true)
    }

    fn dollar(&mut self, start: usize) -> Token {
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            return self.token(Kind::Placeholder, start, false);
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let tag = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b >= 0x80).count();
        if rest.get(tag) != Some(&b'$') {
            return self.token(Kind::Operator, start, true);
        }
        let opening = self.slice(start, self.at + tag + 1);
        self.at += tag + 1;
        let body = self.bytes.get(self.at..).unwrap_or_default();
        self.at = memmem::find(body, opening).map_or(self.bytes.len(), |end| self.at + end + opening.len());
        self.token(Kind::Text, start, false)
    }

    fn colon(&mut self, start: usize) -> Token {
        let next = self.peek(1);
        if next == b':' {
            self.at += 2;
            return self.token(Kind::Cast, start, true);
        }
        let named = next.is_ascii_alphanumeric() || next == b'_';
        if named && self.operand && self.after != Kind::OpenBracket {
            self.at += 1;
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                self.at += 1;
            }
            return self.token(Kind::Placeholder, start, false);
        }
        self.at += if next == b'=' { 2 } else { 1 };
        self.token(Kind::Operator, start, true)
    }

    /// After an operand `?` is the jsonb operator (`??` where a driver doubles it), else a placeholder.
    fn question(&mut self, start: usize) -> Token {
        self.at += 1;
        if self.operand {
            return self.token(Kind::Placeholder, start, false);
        }
        while matches!(self.peek(0), b'|' | b'&' | b'#' | b'?')
            || (self.peek(0) == b'-' && self.peek(1) != b'-')
        {
            self.at += 1;
        }
        self.token(Kind::Operator, start, true)
    }

    /// Length of `%s` or `%(name)s` at the cursor, 0 when there is neither.
    fn percent_placeholder(&self) -> usize {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let name = match rest.first() {
            Some(b'(') => match memchr(b')', rest.get(..LONGEST_NAME).unwrap_or(rest)) {
                Some(close) => close + 1,
                None => return 0,
            },
            _ => 0,
        };
        let ends = !rest.get(name + 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
        if rest.get(name) == Some(&b's') && ends { name + 2 } else { 0 }
    }

    /// As PostgreSQL splits operators: they end before a comment, and before a sign unless they hold a rarer character.
    #[inline]
    fn operator(&mut self, start: usize) -> Token {
        let mut rare = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            let stop = match Self::class(byte) {
                Class::Operator => {
                    rare |= matches!(byte, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|');
                    false
                }
                Class::Minus => self.peek(1) == b'-',
                Class::Slash => self.peek(1) == b'*',
                Class::Percent => {
                    let placeholder = self.at > start && self.percent_placeholder() > 0;
                    rare |= !placeholder;
                    placeholder
                }
                // `@?` alone is an operator with a question mark inside; elsewhere one has been met by its placeholder.
                Class::Question => self.slice(start, self.at) != b"@",
                _ => true,
            };
            if stop {
                break;
            }
            self.at += 1;
        }
        while !rare && self.at - start > 1 && matches!(self.bytes.get(self.at - 1), Some(b'+' | b'-')) {
            self.at -= 1;
        }
        let token = self.token(Kind::Operator, start, true);
        if token.end - start > 8 {
            return Token { tail: mix_bytes(TAIL, self.slice(start + 8, token.end)), ..token };
        }
        token
    }

    #[inline(never)]
    fn line_comment(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = memchr(b'\n', rest).map_or(self.bytes.len(), |offset| self.at + offset + 1);
    }

    #[inline(never)]
    fn block_comment(&mut self) {
        self.at += 2;
        let mut depth = 1;
        while depth > 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(offset) = memchr2(b'*', b'/', rest) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += offset;
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => (depth, self.at) = (depth + 1, self.at + 2),
                (b'*', b'/') => (depth, self.at) = (depth - 1, self.at + 2),
                _ => self.at += 1,
            }
        }
    }

    /// Skips to behind the next block comment; the text inside it, `None` when there is no more.
    pub(super) fn next_comment(&mut self) -> Option<&'a [u8]> {
        loop {
            self.skip_blank();
            let start = self.at;
            let comment = match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    self.block_comment();
                    true
                }
                (b'-', b'-') => {
                    self.line_comment();
                    false
                }
                _ => {
                    // One token, without the comments behind it.
                    if self.next().kind == Kind::End {
                        return None;
                    }
                    continue;
                }
            };
            if comment {
                let text = self.slice(start + 2, self.at);
                return Some(text.strip_suffix(b"*/").unwrap_or(text));
            }
        }
    }

    /// Whether a number follows the sign just read, so that both are one constant.
    #[inline]
    pub(super) fn number_follows(&self) -> bool {
        let mut ahead = *self;
        ahead.skip_blank();
        ahead.peek(0).is_ascii_digit() || (ahead.peek(0) == b'.' && ahead.peek(1).is_ascii_digit())
    }

    /// Skips the type name behind a `::`: `character varying(10)[]`, `"public"."Role"`.
    #[inline(never)]
    pub(super) fn skip_type(&mut self) {
        let mut ahead = *self;
        if matches!(ahead.next().kind, Kind::Word(_) | Kind::Quoted) {
            *self = ahead;
            self.skip_type_rest();
        }
    }

    /// What may follow the first word of a type.
    #[inline(never)]
    pub(super) fn skip_type_rest(&mut self) {
        while self.skip(|ahead| {
            ahead.next().kind == Kind::Dot && matches!(ahead.next().kind, Kind::Word(_) | Kind::Quoted)
        }) {}
        self.skip(|ahead| ahead.next_is(&["varying", "precision"]));
        self.skip(Self::modifier);
        self.skip(|ahead| {
            ahead.next_is(&["with", "without"]) && ahead.next_is(&["time"]) && ahead.next_is(&["zone"])
        });
        while self.skip(Self::array_bounds) {}
    }

    /// Moves on over what `matches` reads, if it is there.
    fn skip(&mut self, matches: impl FnOnce(&mut Self) -> bool) -> bool {
        let mut ahead = *self;
        let found = matches(&mut ahead);
        if found {
            *self = ahead;
        }
        found
    }

    fn next_is(&mut self, words: &[&str]) -> bool {
        let token = self.next();
        let text = self.slice(token.start, token.end);
        words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text))
    }

    /// `(10, 2)`, masked or not.
    fn modifier(&mut self) -> bool {
        if self.next().kind != Kind::Open {
            return false;
        }
        loop {
            match self.constant() {
                kind if kind.is_literal() || kind == Kind::Comma => {}
                kind => return kind == Kind::Close,
            }
        }
    }

    /// The next token's kind, a sign and the words for constants taken as the constants that masking makes of them.
    fn constant(&mut self) -> Kind {
        let operand = self.operand;
        let token = self.next();
        match token.kind {
            Kind::Operator if operand && token.lane == u64::from(b'-') && self.number_follows() => {
                self.next().kind
            }
            Kind::Word(Keyword::Constant) => Kind::Number,
            kind => kind,
        }
    }

    /// `[]` or `[3]`.
    fn array_bounds(&mut self) -> bool {
        if self.next().kind != Kind::OpenBracket {
            return false;
        }
        match self.constant() {
            Kind::CloseBracket => true,
            kind => kind.is_literal() && self.next().kind == Kind::CloseBracket,
        }
    }
}

/// A driver's parameter name longer than this is none.
const LONGEST_NAME: usize = 130;

const TAIL: u64 = 0xA076_1D64_78BD_642F;
