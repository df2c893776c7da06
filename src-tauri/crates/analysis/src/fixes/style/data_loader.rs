//! TypeScript with `pg`: a DataLoader for many keys, a map or mPanel's cache for the same answer.

use domain::{CodeLanguage, Fix, FixStyle};

use super::{fix, lines};
use crate::cache_types::CACHE_TYPES;
use crate::fixes::expressions::folded;
use crate::fixes::keys::Keys;
use crate::fixes::names::{camel, is_reserved, model};
use crate::fixes::pairing::Parent;
use crate::fixes::plurals::{plural, singular};
use crate::fixes::statement::{Answer, Read, Rewrite};

/// Statements of more lines are written as one, to keep the code short.
const MOST_LINES: usize = 10;

/// A loader that runs the rewritten query.
pub(super) fn batch(read: &Read, rewrite: &Rewrite, keys: &Keys, parent: Option<&Parent>) -> Option<Fix> {
    let ([key], [column]) = (keys.numbers.as_slice(), rewrite.key_columns.as_slice()) else { return None };
    let column_access = member("row", column);
    let name = format!("{}By{}", camel(&read.subject()), capital(&camel(&read.value_name(*key))));
    let values = variables(
        rewrite
            .arguments
            .iter()
            .map(|number| if number == key { "keys".to_owned() } else { read.value_name(*number) }),
    );
    let values = values.join(", ");
    let answer = match rewrite.answer {
        Answer::Exists => lines([
            format!("  const found = new Set(rows.map((row) => String({column_access})));"),
            "  return keys.map((key) => found.has(String(key)));".to_owned(),
        ]),
        Answer::One | Answer::Total => lines([
            format!("  const found = new Map(rows.map((row) => [String({column_access}), row]));"),
            "  return keys.map((key) => found.get(String(key)) ?? null);".to_owned(),
        ]),
        Answer::Many => lines([
            "  const found = new Map<string, any[]>(keys.map((key) => [String(key), []]));".to_owned(),
            format!("  for (const row of rows) found.get(String({column_access}))?.push(row);"),
            "  return keys.map((key) => found.get(String(key)) ?? []);".to_owned(),
        ]),
    };
    let asked = match parent {
        Some(parent) => member(&camel(&singular(&parent.table)), &folded(&parent.column.output)),
        None => variable(&read.value_name(*key)),
    };
    let result = match rewrite.answer {
        Answer::Many => camel(&plural(&read.subject())),
        Answer::One => camel(&singular(&read.subject())),
        Answer::Total => "total".to_owned(),
        Answer::Exists => "exists".to_owned(),
    };
    let code = lines([
        "import DataLoader from 'dataloader';".to_owned(),
        format!("const {name} = new DataLoader(async (keys: readonly (string | number)[]) => {{"),
        format!(
            "  const {{ rows }} = await pool.query(\n{},\n    [{values}],\n  );",
            template(&rewrite.sql, 4)
        ),
        answer,
        "});".to_owned(),
        format!("const {} = await {name}.load({asked}); // in the loop", variable(&result)),
    ]);
    let notes = [
        "Make one loader for each request: it remembers what it has loaded.",
        "Keys are compared as text, because pg gives bigint as text.",
    ];
    Some(fix(FixStyle::DataLoader, "Collect the keys in a DataLoader", code, &notes))
}

/// The answer kept for the request, and kept for all requests by mPanel's `withCache`.
pub(super) fn once(read: &Read) -> Vec<Fix> {
    let subject = read.subject();
    let values = variables(read.arguments.iter().map(|number| read.value_name(*number)));
    let parameters: Vec<String> = values.iter().map(|value| format!("{value}: unknown")).collect();
    let values = format!("[{}]", values.join(", "));
    let name = variable(&subject);
    let code = lines([
        "import type { QueryResult } from 'pg';".to_owned(),
        "const asked = new Map<string, Promise<QueryResult>>(); // one for each request".to_owned(),
        format!("function {name}Once({}) {{", parameters.join(", ")),
        format!("  const key = JSON.stringify({values});"),
        "  let answer = asked.get(key);".to_owned(),
        "  if (!answer) {".to_owned(),
        format!("    answer = pool.query(\n{},\n      {values},\n    );", template(&read.sql, 6)),
        "    asked.set(key, answer);".to_owned(),
        "  }".to_owned(),
        "  return answer;".to_owned(),
        "}".to_owned(),
    ]);
    let kept = fix(
        FixStyle::DataLoader,
        "Ask once in each request",
        code,
        &["Where the query stands in a loop, moving it before the loop is enough."],
    );
    let code = lines([
        "import { withCache } from '../utils/queryCache.js';".to_owned(),
        format!("const {name} = await withCache("),
        format!("  '{subject}',"),
        format!("  () => pool.query(\n{},\n    {values},\n  ),", template(&read.sql, 4)),
        format!("  {values},"),
        ");".to_owned(),
    ]);
    let known = CACHE_TYPES.iter().find(|kind| kind.name == subject);
    let note = match known {
        Some(kind) => {
            let tags: Vec<String> = kind.tags.iter().map(|tag| format!("'{tag}'")).collect();
            let (minutes, tags) = (kind.ttl_seconds / 60, tags.join(", "));
            format!(
                "The answer may be {minutes} minutes old; after a write call `invalidateCache([{tags}])`."
            )
        }
        None => format!(
            "Give the cache type '{subject}' a TTL and tags, and invalidate its tags after each write."
        ),
    };
    let mut cached = fix(FixStyle::DataLoader, "Keep the answer with mPanel's withCache", code, &[&note]);
    cached.language = CodeLanguage::JavaScript;
    vec![kept, cached]
}

/// A statement as a template literal on lines of its own.
fn template(sql: &str, indent: usize) -> String {
    let sql = sql.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${");
    let sql = if sql.lines().count() > MOST_LINES {
        sql.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    } else {
        sql
    };
    let indented: Vec<String> = sql.lines().map(|line| format!("{:indent$} {line}", "")).collect();
    let text = indented.join("\n");
    format!("{:indent$}`{}`", "", text.trim_start())
}

fn member(of: &str, column: &str) -> String {
    let plain = column.chars().all(|character| character.is_alphanumeric() || character == '_')
        && !column.starts_with(char::is_numeric);
    if plain { format!("{of}.{column}") } else { format!("{of}[{column:?}]") }
}

fn capital(name: &str) -> String {
    model(&format!("{name}_data")).trim_end_matches("Data").to_owned()
}

/// Names for values, each of its own.
fn variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let name = variable(&name);
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        taken.extend(free);
    }
    taken
}

/// A name that JavaScript does not keep for itself.
fn variable(name: &str) -> String {
    let name = camel(name);
    if is_reserved(&name) { format!("{name}Value") } else { name }
}
