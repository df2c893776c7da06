//! The words of a statement: what is neither a name in quotes nor a constant.

use super::lexer::{Kind, Lexer};

/// In lower case, in the order of the text.
pub(crate) fn words(sql: &str) -> impl Iterator<Item = String> {
    let mut lexer = Lexer::new(sql.as_bytes());
    std::iter::from_fn(move || {
        loop {
            let token = lexer.next();
            match token.kind {
                Kind::End => return None,
                Kind::Word(_) => {
                    let word = lexer.slice(token.start, token.end);
                    return Some(String::from_utf8_lossy(word).to_ascii_lowercase());
                }
                _ => {}
            }
        }
    })
}
