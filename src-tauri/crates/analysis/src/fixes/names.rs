//! Names as frameworks write them: `order_items` becomes the model `OrderItem` and the variable `orderItems`.

use super::plurals::singular;

/// The lower-case words of a name: `OrderItems`, `order_items` and `order items` are the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let after = characters.get(index + 1);
        let begins = character.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if begins || !character.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// `order_items` is the model `OrderItem`.
pub(super) fn model(table: &str) -> String {
    capitalised(&named(words(&singular(table)).iter().map(|word| capitalised(word)).collect()))
}

/// `customer_id` is `customerId`.
pub(super) fn camel(name: &str) -> String {
    let words = words(name);
    let mut words = words.iter();
    let first = words.next().cloned().unwrap_or_default();
    named(first + &words.map(|word| capitalised(word)).collect::<String>())
}

/// `OrderItems` is `order_items`.
pub(super) fn snake(name: &str) -> String {
    named(words(name).join("_"))
}

/// Words that one of the languages keeps for itself.
const RESERVED: &[&str] = &[
    "and",
    "as",
    "begin",
    "break",
    "case",
    "class",
    "const",
    "continue",
    "def",
    "default",
    "del",
    "delete",
    "do",
    "else",
    "end",
    "ensure",
    "enum",
    "except",
    "export",
    "extends",
    "final",
    "finally",
    "for",
    "from",
    "function",
    "global",
    "if",
    "import",
    "in",
    "interface",
    "is",
    "lambda",
    "module",
    "new",
    "next",
    "nil",
    "none",
    "not",
    "null",
    "or",
    "package",
    "pass",
    "private",
    "protected",
    "public",
    "raise",
    "rescue",
    "return",
    "self",
    "static",
    "super",
    "switch",
    "then",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "unless",
    "until",
    "var",
    "void",
    "when",
    "while",
    "with",
    "yield",
];

/// Whether a column's name cannot be a variable everywhere.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&snake(name).as_str())
}

/// No name begins with a digit, and none is empty.
fn named(name: String) -> String {
    match name.chars().next() {
        None => "row".to_owned(),
        Some(first) if first.is_numeric() => format!("t{name}"),
        Some(_) => name,
    }
}

pub(super) fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + characters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_variables() {
        for (table, expected, variable, snake_case) in [
            ("order_items", "OrderItem", "orderItems", "order_items"),
            ("OrderItems", "OrderItem", "orderItems", "order_items"),
            ("SSLCertificates", "SslCertificate", "sslCertificates", "ssl_certificates"),
            ("user", "User", "user", "user"),
            ("2fa_tokens", "T2faToken", "t2faTokens", "t2fa_tokens"),
            ("Order Lines", "OrderLine", "orderLines", "order_lines"),
            ("___", "Row", "row", "row"),
        ] {
            assert_eq!(model(table), expected);
            assert_eq!(camel(table), variable);
            assert_eq!(snake(table), snake_case);
        }
        assert_eq!(camel("customer_id"), "customerId");
        assert_eq!(camel("customerID"), "customerId");
    }
}
