//! Which expressions an index takes as they are, and which only in parentheses.

use domain::keywords::is_no_function;

/// An expression as a key of an index: a call of a function may stand alone.
pub(super) fn as_key(expression: &str) -> String {
    let expression = expression.trim();
    let name: String = expression.chars().take_while(|one| is_word(*one) || *one == '.').collect();
    let rest = expression.get(name.len()..).unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let call = !name.is_empty() && !is_no_function(&last.to_ascii_lowercase());
    if (call || name.is_empty()) && is_one_group(rest) {
        expression.to_owned()
    } else {
        format!("({expression})")
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The parenthesis that opens first closes last. With escapes and dollar quotes it is not told, and answered with no:
/// one more pair of parentheses changes nothing.
fn is_one_group(text: &str) -> bool {
    if !text.starts_with('(') || text.contains(['\\', '$']) {
        return false;
    }
    let (mut depth, mut quote) = (0_usize, None);
    for (index, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_stand_where_the_grammar_wants_them() {
        let cases = [
            ("lower(email)", "lower(email)"),
            ("public.slug(a, ')')", "public.slug(a, ')')"),
            ("left(name, 3)", "left(name, 3)"),
            ("(a || b)", "(a || b)"),
            ("a || b", "(a || b)"),
            ("(a) || (b)", "((a) || (b))"),
            ("lower(a) || lower(b)", "(lower(a) || lower(b))"),
            ("lower(a) COLLATE \"C\"", "(lower(a) COLLATE \"C\")"),
            ("data ->> 'kind'", "(data ->> 'kind')"),
            ("NOT (a)", "(NOT (a))"),
            ("not(a)", "(not(a))"),
            ("COALESCE(a, b)", "(COALESCE(a, b))"),
            ("row(a, b)", "(row(a, b))"),
            ("f(E'\\')')", "(f(E'\\')'))"),
            ("\"Odd f\"(a)", "(\"Odd f\"(a))"),
            ("lower(email", "(lower(email)"),
        ];
        for (expression, expected) in cases {
            assert_eq!(as_key(expression), expected);
        }
    }
}
