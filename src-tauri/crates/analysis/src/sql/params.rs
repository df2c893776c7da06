//! Hashes of constants and parameter values, to tell the same from different ones without keeping them.

use super::fingerprint::content;
use super::keywords::Keyword;
use super::lanes::{mix, mix_bytes};
use super::lexer::{Kind, Lexer};

const VALUE: u64 = 0x9FB2_1C65_1E98_DF25;
/// NULL is a value of its own.
const NULL: u64 = 0x5851_F42D_4C95_7F2D;
/// Values whose digests are kept.
const DIGESTS: u32 = 8;

/// The values of one execution, told apart without being kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Of all values in order; 0 when there are none.
    pub hash: u64,
    /// A byte of each of the first eight values' own hashes, the first lowest: XORed with another execution's they
    /// tell which values differ.
    pub digests: u64,
    pub count: u32,
}

impl Values {
    #[inline]
    pub(super) fn add(&mut self, value: u64) {
        self.hash = mix(self.hash ^ VALUE, value);
        if self.count < DIGESTS {
            self.digests |= (value & 0xFF) << (8 * self.count);
        }
        self.count += 1;
    }

    #[inline]
    pub(super) fn add_text(&mut self, kind: u64, text: &[u8]) {
        self.add(mix_bytes(VALUE ^ kind, text));
    }

    /// Values given beside a text, followed by the constants in it. This is the order of their numbers in masked text.
    pub fn and_constants(self, constants: Values) -> Values {
        if self.count == 0 || constants.count == 0 {
            return if self.count == 0 { constants } else { self };
        }
        let room = 8 * self.count.min(DIGESTS);
        let shifted = constants.digests.checked_shl(room).unwrap_or(0);
        Values {
            hash: mix(constants.hash ^ VALUE, self.hash),
            digests: self.digests | shifted,
            count: self.count.saturating_add(constants.count),
        }
    }

    /// What an application logged beside a statement, in order; `None` is NULL.
    pub fn of<'a>(values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Values {
        let mut all = Values::default();
        for value in values {
            match value {
                Some(text) => all.add_text(0, text),
                None => all.add(NULL),
            }
        }
        all
    }

    /// What PostgreSQL writes after `DETAIL:  parameters:` (`$1 = 'x', $2 = NULL`).
    ///
    /// Values hold doubled quotes, newlines and texts like `, $2 = `; a value cut off to `'abc...` counts as it stands.
    /// Equal to [`Values::of`] the same values, except where one holds a quote, which PostgreSQL doubles.
    pub fn of_detail(detail: &[u8]) -> Values {
        let mut lexer = Lexer::new(detail);
        let mut all = Values::default();
        loop {
            let token = lexer.next();
            match token.kind {
                Kind::End => return all,
                Kind::Text | Kind::Number => {
                    all.add_text(0, content(lexer.slice(token.start, token.end)));
                }
                Kind::Word(Keyword::Constant) => all.add(NULL),
                _ => {}
            }
        }
    }
}
