//! Hashes of parameter values, to tell the same parameters from different ones without keeping them.

use super::fingerprint::content;
use super::keywords::Keyword;
use super::lanes::{mix, mix_bytes};
use super::lexer::{Kind, Lexer};

const VALUE: u64 = 0x9FB2_1C65_1E98_DF25;

/// The hash of constants together with the hash of the values given beside the text.
pub fn combine(constants: u64, given: u64) -> u64 {
    if given == 0 { constants } else { mix(constants ^ VALUE, given) }
}

/// Hashes the values that an application logged beside a statement, in order; `None` is NULL.
///
/// 0 when there are none.
pub fn hash_values<'a>(values: impl IntoIterator<Item = Option<&'a [u8]>>) -> u64 {
    values.into_iter().fold(0, |state, value| match value {
        Some(value) => mix_bytes(state ^ VALUE, value),
        None => mix(state ^ VALUE, 1),
    })
}

/// Hashes what PostgreSQL writes after `DETAIL:  parameters:` (`$1 = 'x', $2 = NULL`); 0 when no value is there.
///
/// Values hold doubled quotes, newlines and texts like `, $2 = `; a value cut off to `'abc...` counts as it stands.
/// Equal to [`hash_values`] over the same values, except where one holds a quote, which PostgreSQL doubles.
pub fn hash_detail(detail: &[u8]) -> u64 {
    let mut lexer = Lexer::new(detail);
    let mut state = 0;
    loop {
        let token = lexer.next();
        match token.kind {
            Kind::End => return state,
            Kind::Text | Kind::Number => {
                state = mix_bytes(state ^ VALUE, content(lexer.slice(token.start, token.end)));
            }
            Kind::Word(Keyword::Constant) => state = mix(state ^ VALUE, 1),
            _ => {}
        }
    }
}
