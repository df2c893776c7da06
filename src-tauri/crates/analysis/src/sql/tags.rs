//! What frameworks write into comments about the origin of a statement.

use std::borrow::Cow;

use super::lexer::Lexer;

/// The tags in the comments of a statement, in order: sqlcommenter's `route='%2Fusers'`, and the older `route:users`.
///
/// Keys and values are decoded. Comments that hold prose or hints yield nothing.
pub fn comment_tags(sql: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    comments(sql).flat_map(pairs)
}

/// The insides of the block comments.
fn comments(sql: &[u8]) -> impl Iterator<Item = &[u8]> {
    let none = !has_comment(sql);
    let mut lexer = Lexer::new(sql);
    std::iter::from_fn(move || if none { None } else { lexer.next_comment() })
}

/// Whether a comment may begin anywhere; divisions are rare, so that most texts are passed over in one search.
fn has_comment(sql: &[u8]) -> bool {
    memchr::memchr_iter(b'/', sql).any(|at| sql.get(at + 1) == Some(&b'*'))
}

fn pairs(comment: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let mut rest = comment;
    std::iter::from_fn(move || {
        let (pair, behind) = pair(rest)?;
        rest = behind;
        Some(pair)
    })
}

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

fn pair(text: &[u8]) -> Option<(Pair<'_>, &[u8])> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b",").unwrap_or(text).trim_ascii_start();
    let key_end = text.iter().position(|b| !(b.is_ascii_alphanumeric() || b"_-.%".contains(b)))?;
    let (key, rest) = text.split_at_checked(key_end).filter(|(key, _)| !key.is_empty())?;
    let (value, behind) = match rest {
        [b'=', b'\'', rest @ ..] => quoted(rest)?,
        [b'=' | b':', rest @ ..] => bare(rest)?,
        _ => return None,
    };
    Some(((decode(key), decode(value)), behind))
}

/// A value in quotes; `\'` inside is a quote.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'\'' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => at += 1,
        }
    }
}

/// A value up to the comma; one with blanks inside is prose.
fn bare(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|b| *b == b',').unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end)?;
    let value = value.trim_ascii_end();
    let plain = !value.is_empty() && !value.iter().any(|b| b.is_ascii_whitespace());
    plain.then_some((value, rest))
}

/// Undoes percent-encoding and backslashes; a broken escape stays as it is.
fn decode(text: &[u8]) -> Cow<'_, str> {
    if !text.iter().any(|b| matches!(b, b'%' | b'\\')) {
        return String::from_utf8_lossy(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'%', [high, low, tail @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => {
                    out.push(high * 16 + low);
                    rest = tail;
                }
                None => out.push(b'%'),
            },
            (b'\\', [escaped, tail @ ..]) => {
                out.push(*escaped);
                rest = tail;
            }
            _ => out.push(*byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &[(&str, &[(&str, &str)])] = &[
        ("SELECT 1", &[]),
        ("SELECT 1 /* a remark: with words */", &[]),
        ("/*+ SeqScan(t) */ SELECT 1", &[]),
        ("SELECT '/*route=''x''*/'", &[]),
        (
            "SELECT * FROM t /*action='%2Fparam*d',controller='index',framework='spring',\
             traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
            &[
                ("action", "/param*d"),
                ("controller", "index"),
                ("framework", "spring"),
                ("traceparent", "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01"),
            ],
        ),
        ("SELECT 1 /*route='\\'quoted\\' %41 %zz'*/", &[("route", "'quoted' A %zz")]),
        (
            "/*application:Shop,controller:users,action:index*/ SELECT 1",
            &[("application", "Shop"), ("controller", "users"), ("action", "index")],
        ),
        ("SELECT 1 /*a='1'*/ FROM t /* b='2' , c='3' */", &[("a", "1"), ("b", "2"), ("c", "3")]),
        ("SELECT 1 /*route='cut of", &[]),
    ];

    #[test]
    fn tags_of_every_style() {
        for (sql, expected) in CASES {
            let found: Vec<_> = comment_tags(sql.as_bytes()).collect();
            let found: Vec<_> = found.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect();
            assert_eq!(&found, expected, "{sql}");
        }
    }
}
