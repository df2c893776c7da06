//! Prisma: `findMany` with `in`, `include`, and the `…Many` writes.

use domain::{Fix, FixStyle};

use super::{ALL_AT_ONCE, camel_keys, fix, grouped_in_js, grouping_note, lines, or_with_parent, parent_note};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::camel;
use crate::fixes::plurals::singular;
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let mut conditions = match lookup.key() {
        Some(key) => vec![format!("{}: {{ in: {} }}", camel(key), camel_keys(key))],
        None => vec!["OR: keys".to_owned()],
    };
    conditions.extend(lookup.equal.iter().map(|column| camel(column)));
    let mut code = lines([
        keys_of(lookup),
        format!("const {} = await prisma.{}.findMany({{", lookup.entity.many(), lookup.entity.single()),
        format!("  where: {{ {} }},", conditions.join(", ")),
        indented(&lookup.remark("//")),
        lookup.ordered("  orderBy: [", order, "],"),
        "});".to_owned(),
        lookup.key().map(|key| grouped_in_js(lookup, key)).unwrap_or_default(),
    ]);
    code.push_str(&or_with_parent(lookup, "//", |parent, parents| {
        lines([
            format!("const {parents} = await prisma.{}.findMany({{", parent.entity.single()),
            format!("  include: {{ {}: true }},", parent.association(lookup)),
            "});".to_owned(),
        ])
    }));
    Some(fix(FixStyle::Prisma, ALL_AT_ONCE, code, &[grouping_note(lookup), parent_note(lookup)]))
}

fn order(column: &str, descends: bool) -> String {
    format!("{{ {}: '{}' }}", camel(column), if descends { "desc" } else { "asc" })
}

/// Keys of several columns are objects.
pub(super) fn keys_of(lookup: &Lookup) -> String {
    if lookup.key().is_some() {
        return String::new();
    }
    let columns: Vec<String> = lookup.keys.iter().map(|column| camel(column)).collect();
    format!("// keys: [{{ {} }}, …]", columns.join(", "))
}

pub(super) fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("  {line}") }
}

/// `{ id: { in: ids }, tenantId }`
fn chosen(written: &Written) -> String {
    let mut conditions = vec![format!("{}: {{ in: {} }}", camel(&written.key), camel_keys(&written.key))];
    conditions.extend(written.equal.iter().map(|column| camel(column)));
    format!("{{ {} }}", conditions.join(", "))
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = camel(&singular(&written.table));
    let (title, code) = match &written.action {
        Action::Insert { columns, conflict, returning } => {
            let skip = match conflict {
                Conflict::Fails => "",
                Conflict::DoesNothing => "\n  skipDuplicates: true,",
                // Prisma updates one row at a time.
                Conflict::Updates { .. } => return None,
            };
            let call = if *returning { "createManyAndReturn" } else { "createMany" };
            let columns: Vec<String> = columns.iter().map(|column| camel(column)).collect();
            let row = if columns.is_empty() {
                String::new()
            } else {
                format!(" // [{{ {} }}, …]", columns.join(", "))
            };
            (
                "Create all rows at once",
                format!("await prisma.{model}.{call}({{\n  data: rows,{row}{skip}\n}});"),
            )
        }
        Action::UpdateAll { set } => {
            let set: Vec<String> = set.iter().map(|column| camel(column)).collect();
            let (chosen, set) = (chosen(written), set.join(", "));
            (
                "Update all rows at once",
                format!("await prisma.{model}.updateMany({{\n  where: {chosen},\n  data: {{ {set} }},\n}});"),
            )
        }
        Action::UpdateEach { .. } => return None,
        Action::Delete => (
            "Delete all rows at once",
            format!("await prisma.{model}.deleteMany({{\n  where: {},\n}});", chosen(written)),
        ),
    };
    Some(fix(FixStyle::Prisma, title, code, &[]))
}
