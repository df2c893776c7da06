//! The name of a cached result in Redis: made exactly as an mPanel instance makes it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json;

/// What every key of a result begins with.
pub(super) const PREFIX: &str = "query:";

/// `query:` and the first 16 hexadecimal digits of SHA-256 over the text, its whitespace collapsed, and the
/// parameters as JSON.
///
/// Whitespace inside the text's literals is collapsed as well: what differs from call to call belongs into the
/// parameters. Members of objects are written in the order in which their map gives them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct QueryKey(Arc<str>);

impl QueryKey {
    /// The key of a statement (or of a cache type, whose name then is the text) with its parameters.
    #[must_use]
    pub fn new(text: &str, params: &[Value]) -> Self {
        let mut hashed = collapsed(text);
        json::write_array(params, &mut hashed);
        let digest = Sha256::digest(hashed);
        let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
        Self(std::iter::once(PREFIX.to_owned()).chain(digits).collect::<String>().into())
    }

    /// The key as Redis knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for QueryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn collapsed(text: &str) -> String {
    let words = text.split(is_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// JavaScript's `\s`, which knows one character that Unicode does not and the other way round.
fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::QueryKey;

    fn key(text: &str, params: &Value) -> String {
        QueryKey::new(text, params.as_array().unwrap()).to_string()
    }

    /// The right-hand sides were computed by mPanel's own lines in Node 20.
    #[test]
    fn keys_are_those_of_an_mpanel_instance() {
        let cases = [
            ("domain_pricing", json!([]), "query:8fb0544ac5b48d74"),
            (" SELECT *\n\tFROM products\r\n WHERE tenant_id = $1 ", json!([7]), "query:2caff2193ee60150"),
            ("SELECT *  FROM products WHERE tenant_id = $1", json!(["7"]), "query:0bdc095cfc653149"),
            (
                "products",
                json!([1.0, -0.0, 0.5, 1e21, 1e20, 1.5e-7, 0.000_001, 123_456.789, -2.5e30, 5e-324]),
                "query:a74211fee49baee6",
            ),
            (
                "products",
                json!([null, true, false, "a\"b\\c\n\u{1}\u{7f}\u{2028}é😀/<"]),
                "query:21ec685e3d3fc322",
            ),
            ("products", json!([[1, [2]], {"a": 1, "b": [null]}]), "query:3736d9891e0932fb"),
            ("a\u{a0}\u{feff}b\u{85}c\u{3000}d\u{2003} e", json!([]), "query:6518953f4fe0f5c4"),
            (
                "products",
                json!([9_007_199_254_740_991_i64, -9_007_199_254_740_991_i64, 4_294_967_296_i64]),
                "query:d1fa722a64a24d8f",
            ),
        ];
        for (text, params, expected) in cases {
            assert_eq!(key(text, &params), expected, "{text:?} {params}");
        }
    }

    fn space() -> impl Strategy<Value = String> {
        "[ \t\r\n\u{a0}\u{2003}\u{feff}]{1,4}"
    }

    proptest! {
        #[test]
        fn layout_does_not_matter(
            words in prop::collection::vec("[a-z$1*=']{1,6}", 1..8),
            spaces in prop::collection::vec(space(), 9),
            param in any::<i64>(),
        ) {
            let mut laid_out = spaces[8].clone();
            for (word, space) in words.iter().zip(&spaces) {
                laid_out.push_str(word);
                laid_out.push_str(space);
            }
            let params = [json!(param)];
            prop_assert_eq!(QueryKey::new(&laid_out, &params), QueryKey::new(&words.join(" "), &params));
        }

        #[test]
        fn every_parameter_matters(
            params in prop::collection::vec(any::<(i64, String)>(), 1..5),
            at in any::<prop::sample::Index>(),
            other in any::<(i64, String)>(),
        ) {
            let at = at.index(params.len());
            prop_assume!(params[at] != other);
            let mut changed = params.clone();
            changed[at] = other;
            let of = |all: &[(i64, String)]| {
                let values: Vec<Value> = all.iter().map(|(n, text)| json!([n, text])).collect();
                QueryKey::new("SELECT 1", &values)
            };
            prop_assert_ne!(of(&params), of(&changed));
        }

        #[test]
        fn floats_survive_their_text(float in any::<f64>().prop_filter("JSON has no others", |f| f.is_finite())) {
            let mut text = String::new();
            crate::query_cache::json::write_array(&[json!(float)], &mut text);
            let read: Vec<f64> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, [float]);
        }
    }
}
