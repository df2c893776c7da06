//! The password file, `.pgpass`: which line answers for a connection.

/// The password of the first line that matches `host:port:database:user`, where `*` matches anything and `\` escapes.
pub(crate) fn find(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let port = port.to_string();
    let wanted = [host, port.as_str(), database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line.strip_suffix('\r').unwrap_or(line);
        for value in wanted {
            let (field, after) = split_field(rest)?;
            let field_matches = field == "*" || unescaped(field) == value;
            if !field_matches {
                return None;
            }
            rest = after;
        }
        let password = split_field(rest).map_or(rest, |(field, _)| field);
        (!password.is_empty()).then(|| unescaped(password))
    })
}

/// Splits at the first `:` that no `\` stands before.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn unescaped(field: &str) -> String {
    let mut chars = field.chars();
    let mut plain = String::with_capacity(field.len());
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_matching_line_answers() {
        let cases: &[(&str, Option<&str>)] = &[
            ("", None),
            ("db:5432:shop:ada:secret", Some("secret")),
            ("other:5432:shop:ada:x\ndb:5432:shop:ada:y", Some("y")),
            ("*:*:*:*:any\ndb:5432:shop:ada:y", Some("any")),
            ("#db:5432:shop:ada:comment\n*:5432:*:ada:wild", Some("wild")),
            ("db:5432:shop:ada:with\\:colon\\\\", Some("with:colon\\")),
            ("db:5432:shop:ada:ends:here", Some("ends")),
            ("db:5432:shop:ada:", None),
            ("db:5432:shop:ada", None),
            ("db:5433:shop:ada:x", None),
            ("DB:5432:shop:ada:x", None),
            ("\\*:5432:shop:ada:x", None),
            ("db:5432:shop:ada:secret\r\n", Some("secret")),
        ];
        for (text, wanted) in cases {
            assert_eq!(find(text, "db", 5432, "shop", "ada").as_deref(), *wanted, "{text:?}");
        }
        assert_eq!(find("\\:\\:1:1:a\\\\b:c:p", "::1", 1, "a\\b", "c").as_deref(), Some("p"));
        assert_eq!(find("a\\*:1:b:c:p", "a*", 1, "b", "c").as_deref(), Some("p"));
    }

    proptest! {
        #[test]
        fn an_escaped_line_gives_its_password_back(
            host in "[^\\x00\\r\\n#*]{1,12}", database in "[^\\x00\\r\\n*]{1,12}",
            user in "[^\\x00\\r\\n*]{1,12}", password in "[^\\x00\\r\\n]{1,20}", port: u16,
        ) {
            let escape = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
            let line = format!("{}:{port}:{}:{}:{}", escape(&host), escape(&database), escape(&user), escape(&password));
            prop_assert_eq!(find(&line, &host, port, &database, &user), Some(password));
        }

        #[test]
        fn any_text_is_searched(text in any::<String>()) {
            let _ = find(&text, "h", 1, "d", "u");
        }
    }
}
