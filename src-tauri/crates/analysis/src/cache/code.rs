//! The code that keeps a statement's result: for mPanel's query cache, and for a Rust service.

use domain::CacheCodeSample;

/// A type of its own for each statement: the key is made of the type and the parameters alone, so that two statements under
/// one type would find each other's results.
pub(super) fn type_name(tables: &[String], fingerprint: &str) -> String {
    let mut name: String = tables.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("_");
    name.retain(|character| character.is_alphanumeric() || character == '_');
    let tail = fingerprint.get(..4).unwrap_or(fingerprint);
    if name.is_empty() { format!("query_{tail}") } else { format!("{name}_{tail}") }
}

pub(super) fn samples(
    name: &str,
    statement: &str,
    ttl_seconds: u32,
    tags: &[String],
) -> Vec<CacheCodeSample> {
    let parameters = parameters(statement);
    vec![
        CacheCodeSample {
            title: "mPanel (JavaScript)".to_owned(),
            language: "js".to_owned(),
            text: javascript(name, statement, ttl_seconds, tags, &parameters),
        },
        CacheCodeSample {
            title: "Rust".to_owned(),
            language: "rust".to_owned(),
            text: rust(name, statement, ttl_seconds, tags, &parameters),
        },
    ]
}

/// `p1` to the highest `$n` of the statement.
fn parameters(statement: &str) -> Vec<String> {
    let numbers = statement.split('$').skip(1).filter_map(|rest| {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits)?.parse::<u32>().ok()
    });
    let most = numbers.max().unwrap_or(0).min(100);
    (1..=most).map(|number| format!("p{number}")).collect()
}

fn quoted(tags: &[String], quote: char) -> String {
    tags.iter().map(|tag| format!("{quote}{tag}{quote}")).collect::<Vec<_>>().join(", ")
}

fn javascript(name: &str, statement: &str, ttl: u32, tags: &[String], parameters: &[String]) -> String {
    let (tags, values) = (quoted(tags, '\''), parameters.join(", "));
    let statement = statement.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${");
    format!(
        "// In the list of cache types of src/utils/queryCache.js\n\
         '{name}': {{ ttl: {ttl}, tags: [{tags}] }},\n\n\
         // Instead of pool.query\n\
         const result = await withCache('{name}',\n  \
         () => pool.query(`{statement}`, [{values}]),\n  \
         [{values}],\n\
         );\n\n\
         // After every write to these tables has committed\n\
         await invalidateCache([{tags}]);\n"
    )
}

fn rust(name: &str, statement: &str, ttl: u32, tags: &[String], parameters: &[String]) -> String {
    let tags = quoted(tags, '"');
    let json = parameters.iter().map(|name| format!("json!({name})")).collect::<Vec<_>>().join(", ");
    let values = parameters.iter().map(|name| format!("&{name}")).collect::<Vec<_>>().join(", ");
    format!(
        "// Once\n\
         cache.register(CacheType::new(\"{name}\", Duration::from_secs({ttl}), [{tags}]));\n\n\
         // Instead of the query\n\
         let rows: Vec<Row> = cache\n    \
         .with_cache(\"{name}\", &[{json}], || async move {{\n        \
         client.query(r#\"{statement}\"#, &[{values}]).await.map(rows_from)\n    \
         }})\n    \
         .await?;\n\n\
         // After every write to these tables has committed\n\
         cache.invalidate_tags(&[{tags}]).await;\n"
    )
}
