//! TypeORM: `In`, `relations`, the query builder's writes, and cached finds.

use domain::{Fix, FixStyle};

use super::prisma::{indented, keys_of};
use super::{ALL_AT_ONCE, camel_keys, fix, grouped_in_js, grouping_note, lines, or_with_parent, parent_note};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::{camel, model};
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let equal: Vec<String> = lookup.equal.iter().map(|column| camel(column)).collect();
    let place = match lookup.key() {
        Some(key) => {
            let key = format!("{}: In({})", camel(key), camel_keys(key));
            format!("{{ {} }}", std::iter::once(key).chain(equal).collect::<Vec<_>>().join(", "))
        }
        None if equal.is_empty() => "keys".to_owned(),
        None => format!("keys.map((key) => ({{ ...key, {} }}))", equal.join(", ")),
    };
    let mut code = lines([
        keys_of(lookup),
        format!(
            "const {} = await dataSource.getRepository({}).find({{",
            lookup.entity.many(),
            lookup.entity.model()
        ),
        format!("  where: {place},"),
        indented(&lookup.remark("//")),
        order(lookup),
        "});".to_owned(),
        lookup.key().map(|key| grouped_in_js(lookup, key)).unwrap_or_default(),
    ]);
    code.push_str(&or_with_parent(lookup, "//", |parent, parents| {
        lines([
            format!("const {parents} = await dataSource.getRepository({}).find({{", parent.entity.model()),
            format!("  relations: {{ {}: true }},", parent.association(lookup)),
            "});".to_owned(),
        ])
    }));
    Some(fix(FixStyle::TypeOrm, ALL_AT_ONCE, code, &[grouping_note(lookup), parent_note(lookup)]))
}

fn order(lookup: &Lookup) -> String {
    let item =
        |column: &str, descends| format!("{}: '{}'", camel(column), if descends { "DESC" } else { "ASC" });
    lookup.ordered("  order: { ", item, " },")
}

/// `{ id: In(ids), tenantId }`
fn chosen(written: &Written) -> String {
    let mut conditions = vec![format!("{}: In({})", camel(&written.key), camel_keys(&written.key))];
    conditions.extend(written.equal.iter().map(|column| camel(column)));
    format!("{{ {} }}", conditions.join(", "))
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let repository = format!("await dataSource.getRepository({model})");
    let quoted = |columns: &[String]| {
        columns.iter().map(|column| format!("'{column}'")).collect::<Vec<_>>().join(", ")
    };
    let (title, code) = match &written.action {
        Action::Insert { conflict, .. } => {
            let conflict = match conflict {
                Conflict::Fails => String::new(),
                Conflict::DoesNothing => "  .orIgnore()".to_owned(),
                Conflict::Updates { by, set } => {
                    format!("  .orUpdate([{}], [{}])", quoted(set), quoted(by))
                }
            };
            let code = lines([
                "await dataSource".to_owned(),
                "  .createQueryBuilder()".to_owned(),
                "  .insert()".to_owned(),
                format!("  .into({model})"),
                "  .values(rows)".to_owned(),
                conflict,
                "  .execute();".to_owned(),
            ]);
            ("Insert all rows at once", code)
        }
        Action::UpdateAll { set } => {
            let set: Vec<String> = set.iter().map(|column| camel(column)).collect();
            (
                "Update all rows at once",
                format!("{repository}.update({}, {{ {} }});", chosen(written), set.join(", ")),
            )
        }
        Action::UpdateEach { .. } => return None,
        Action::Delete => ("Delete all rows at once", format!("{repository}.delete({});", chosen(written))),
    };
    Some(fix(FixStyle::TypeOrm, title, code, &[]))
}

pub(super) fn once(lookup: &Lookup) -> Option<Fix> {
    let conditions: Vec<String> = lookup.equal.iter().map(|column| camel(column)).collect();
    let code = lines([
        format!(
            "const {} = await dataSource.getRepository({}).find({{",
            lookup.entity.many(),
            lookup.entity.model()
        ),
        if conditions.is_empty() {
            String::new()
        } else {
            format!("  where: {{ {} }},", conditions.join(", "))
        },
        indented(&lookup.remark("//")),
        order(lookup),
        "  cache: 60_000, // milliseconds".to_owned(),
        "});".to_owned(),
    ]);
    Some(fix(
        FixStyle::TypeOrm,
        "Keep the answer for a while",
        code,
        &["Needs `cache: true` in the data source; the answer may be a minute old."],
    ))
}
