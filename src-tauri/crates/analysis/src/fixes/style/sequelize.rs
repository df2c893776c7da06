//! Sequelize: an array as a condition, `include`, and the bulk writes.

use domain::{Fix, FixStyle};

use super::prisma::{indented, keys_of};
use super::{ALL_AT_ONCE, camel_keys, fix, grouped_in_js, grouping_note, lines, or_with_parent, parent_note};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::{camel, model};
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let mut conditions = match lookup.key() {
        Some(key) => vec![format!("{}: {}", camel(key), camel_keys(key))],
        None => vec!["[Op.or]: keys".to_owned()],
    };
    conditions.extend(lookup.equal.iter().map(|column| camel(column)));
    let mut code = lines([
        keys_of(lookup),
        format!("const {} = await {}.findAll({{", lookup.entity.many(), lookup.entity.model()),
        format!(
            "  where: {{ {} }},{}",
            conditions.join(", "),
            if lookup.key().is_some() { " // an array is IN" } else { "" }
        ),
        indented(&lookup.remark("//")),
        lookup.ordered("  order: [", order, "],"),
        "});".to_owned(),
        lookup.key().map(|key| grouped_in_js(lookup, key)).unwrap_or_default(),
    ]);
    code.push_str(&or_with_parent(lookup, "//", |parent, parents| {
        let separate = if parent.has_many { ", separate: true" } else { "" };
        lines([
            format!("const {parents} = await {}.findAll({{", parent.entity.model()),
            format!("  include: [{{ association: '{}'{separate} }}],", parent.association(lookup)),
            "});".to_owned(),
        ])
    }));
    Some(fix(FixStyle::Sequelize, ALL_AT_ONCE, code, &[grouping_note(lookup), parent_note(lookup)]))
}

fn order(column: &str, descends: bool) -> String {
    format!("['{}', '{}']", camel(column), if descends { "DESC" } else { "ASC" })
}

fn chosen(written: &Written) -> String {
    let mut conditions = vec![format!("{}: {}", camel(&written.key), camel_keys(&written.key))];
    conditions.extend(written.equal.iter().map(|column| camel(column)));
    format!("{{ where: {{ {} }} }}", conditions.join(", "))
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let quoted = |columns: &[String]| {
        columns.iter().map(|column| format!("'{}'", camel(column))).collect::<Vec<_>>().join(", ")
    };
    let (title, code) = match &written.action {
        Action::Insert { conflict, .. } => {
            let options = match conflict {
                Conflict::Fails => String::new(),
                Conflict::DoesNothing => ", { ignoreDuplicates: true }".to_owned(),
                Conflict::Updates { by, set } => format!(
                    ", {{\n  updateOnDuplicate: [{}],\n  conflictAttributes: [{}],\n}}",
                    quoted(set),
                    quoted(by)
                ),
            };
            ("Create all rows at once", format!("await {model}.bulkCreate(rows{options});"))
        }
        Action::UpdateAll { set } => {
            let set: Vec<String> = set.iter().map(|column| camel(column)).collect();
            (
                "Update all rows at once",
                format!("await {model}.update({{ {} }}, {});", set.join(", "), chosen(written)),
            )
        }
        Action::UpdateEach { .. } => return None,
        Action::Delete => ("Delete all rows at once", format!("await {model}.destroy({});", chosen(written))),
    };
    Some(fix(FixStyle::Sequelize, title, code, &[]))
}
