//! The same fix in the words of each framework, one file for each.

mod data_loader;
mod django;
mod hibernate;
mod prisma;
mod rails;
mod sequelize;
mod sql_alchemy;
mod type_orm;

#[cfg(test)]
mod cases;

use domain::{CodeLanguage, Fix, FixStyle};

use super::keys::Keys;
use super::lookup::{Lookup, Relation};
use super::names::{camel, model, snake};
use super::pairing::Parent;
use super::plurals::plural;
use super::statement::{Read, Rewrite};
use super::written::Written;

/// Code that reads for all keys at once.
pub(super) fn reads(
    read: &Read,
    rewrite: Option<&Rewrite>,
    keys: &Keys,
    lookup: Option<&Lookup>,
    parent: Option<&Parent>,
) -> Vec<Fix> {
    let loader = rewrite.and_then(|rewrite| data_loader::batch(read, rewrite, keys, parent));
    let frameworks = lookup.into_iter().flat_map(|lookup| {
        [
            prisma::read(lookup),
            sequelize::read(lookup),
            type_orm::read(lookup),
            rails::read(lookup),
            django::read(lookup),
            sql_alchemy::read(lookup),
            hibernate::read(lookup),
        ]
    });
    loader.into_iter().chain(frameworks.flatten()).collect()
}

/// Code that writes all rows at once.
pub(super) fn writes(written: &Written) -> Vec<Fix> {
    let frameworks = [
        prisma::write(written),
        sequelize::write(written),
        type_orm::write(written),
        rails::write(written),
        django::write(written),
        sql_alchemy::write(written),
        hibernate::write(written),
    ];
    frameworks.into_iter().flatten().collect()
}

/// Code that asks once and keeps the answer.
pub(super) fn once(read: &Read, lookup: Option<&Lookup>) -> Vec<Fix> {
    let mut found = data_loader::once(read);
    if let Some(lookup) = lookup {
        found.extend(type_orm::once(lookup));
        found.extend(rails::once(lookup));
        found.extend(django::once(lookup));
        found.extend(sql_alchemy::once(lookup));
        found.extend(hibernate::once(lookup));
    }
    found
}

fn fix(style: FixStyle, title: impl Into<String>, code: impl Into<String>, notes: &[&str]) -> Fix {
    let language = match style {
        FixStyle::Sql => CodeLanguage::Sql,
        FixStyle::DataLoader | FixStyle::Prisma | FixStyle::TypeOrm => CodeLanguage::TypeScript,
        FixStyle::Sequelize => CodeLanguage::JavaScript,
        FixStyle::Rails => CodeLanguage::Ruby,
        FixStyle::Django | FixStyle::SqlAlchemy => CodeLanguage::Python,
        FixStyle::Hibernate => CodeLanguage::Java,
    };
    let notes = notes.iter().filter(|note| !note.is_empty()).map(|note| (*note).to_owned()).collect();
    Fix { style, title: title.into(), language, before: None, code: code.into(), notes }
}

const ALL_AT_ONCE: &str = "One query for all keys";

/// `customerIds`
fn camel_keys(column: &str) -> String {
    plural(&camel(column))
}

/// `customer_ids`
fn snake_keys(column: &str) -> String {
    plural(&snake(column))
}

/// Lines joined, those that are empty left out.
fn lines<I: IntoIterator<Item = S>, S: AsRef<str>>(lines: I) -> String {
    let mut text = String::new();
    for line in lines {
        if !line.as_ref().is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.as_ref());
        }
    }
    text
}

/// The same with the relation between both models.
fn or_with_parent(lookup: &Lookup, mark: &str, code: impl Fn(&Relation, &str) -> String) -> String {
    let Some(relation) = lookup.relation() else { return String::new() };
    let parents = if mark == "#" { snake(&relation.entity.many()) } else { relation.entity.many() };
    let code = code(relation, &parents);
    format!("\n\n{mark} or with the {parents}, chosen as before:\n{code}")
}

fn parent_note(lookup: &Lookup) -> &'static str {
    if lookup.relation().is_some() { "The second way needs the relation between both models." } else { "" }
}

fn grouping_note(lookup: &Lookup) -> &'static str {
    if lookup.key().is_some() && !lookup.one { "`Map.groupBy` came with Node.js 21." } else { "" }
}

/// Rows by their key, in JavaScript.
fn grouped_in_js(lookup: &Lookup, key: &str) -> String {
    let (many, single, key) = (lookup.entity.many(), lookup.entity.single(), camel(key));
    let by = format!("by{}", model(&key));
    let row = if many == single { "row".to_owned() } else { single };
    if lookup.one {
        format!("const {by} = new Map({many}.map(({row}) => [{row}.{key}, {row}]));")
    } else {
        format!("const {by} = Map.groupBy({many}, ({row}) => {row}.{key});")
    }
}
