//! SQLAlchemy: `in_`, loading options, and statements for many rows.

use domain::{Fix, FixStyle};

use super::{ALL_AT_ONCE, fix, lines, or_with_parent, parent_note, snake_keys};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::{model, snake};
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let (many, single, model) =
        (snake(&lookup.entity.many()), snake(&lookup.entity.single()), lookup.entity.model());
    let single = if single == many { "row".to_owned() } else { single };
    let key = match lookup.key() {
        Some(key) => format!("{model}.{}.in_({})", snake(key), snake_keys(key)),
        None => {
            let columns: Vec<String> =
                lookup.keys.iter().map(|column| format!("{model}.{}", snake(column))).collect();
            format!("tuple_({}).in_(keys)", columns.join(", "))
        }
    };
    let conditions: Vec<String> = std::iter::once(key).chain(equal(&model, &lookup.equal)).collect();
    let query = format!("select({model}).where({}){}", conditions.join(", "), order(lookup, &model));
    let mut code = match lookup.key() {
        Some(key) if lookup.one => lines([
            lookup.remark("#"),
            format!("query = {query}"),
            format!("{many} = {{{single}.{0}: {single} for {single} in session.scalars(query)}}", snake(key)),
        ]),
        Some(key) => lines([
            lookup.remark("#"),
            format!("query = {query}"),
            format!("{many} = defaultdict(list)"),
            format!("for {single} in session.scalars(query):"),
            format!("    {many}[{single}.{}].append({single})", snake(key)),
        ]),
        None => lines([lookup.remark("#"), format!("{many} = session.scalars({query}).all()")]),
    };
    code.push_str(&or_with_parent(lookup, "#", |parent, _| {
        let load = if parent.has_many { "selectinload" } else { "joinedload" };
        format!(
            "query = select({0}).options({load}({0}.{1}))",
            parent.entity.model(),
            parent.snake_association(lookup)
        )
    }));
    Some(fix(FixStyle::SqlAlchemy, ALL_AT_ONCE, code, &[parent_note(lookup)]))
}

fn equal(model: &str, columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| format!("{model}.{0} == {0}", snake(column))).collect()
}

fn order(lookup: &Lookup, model: &str) -> String {
    let item = |column: &str, descends| {
        format!("{model}.{}{}", snake(column), if descends { ".desc()" } else { "" })
    };
    lookup.ordered(".order_by(", item, ")")
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let chosen = || {
        let key = format!("{model}.{}.in_({})", snake(&written.key), snake_keys(&written.key));
        std::iter::once(key).chain(equal(&model, &written.equal)).collect::<Vec<_>>().join(", ")
    };
    let quoted = |columns: &[String]| {
        columns.iter().map(|one| format!("\"{}\"", snake(one))).collect::<Vec<_>>().join(", ")
    };
    let (title, code, note) = match &written.action {
        Action::Insert { conflict, .. } => {
            let code = match conflict {
                Conflict::Fails => format!("session.execute(insert({model}), rows)"),
                Conflict::DoesNothing => {
                    format!("session.execute(insert({model}).on_conflict_do_nothing(), rows)")
                }
                Conflict::Updates { by, set } => {
                    let set: Vec<String> = set
                        .iter()
                        .map(|one| format!("\"{0}\": statement.excluded.{0}", snake(one)))
                        .collect();
                    lines([
                        format!("statement = insert({model})"),
                        "statement = statement.on_conflict_do_update(".to_owned(),
                        format!("    index_elements=[{}],", quoted(by)),
                        format!("    set_={{{}}},", set.join(", ")),
                        ")".to_owned(),
                        "session.execute(statement, rows)".to_owned(),
                    ])
                }
            };
            let note = if matches!(conflict, Conflict::Fails) {
                ""
            } else {
                "`insert` comes from sqlalchemy.dialects.postgresql."
            };
            ("Insert all rows at once", code, note)
        }
        Action::UpdateAll { set } => {
            let set: Vec<String> = set.iter().map(|column| format!("{0}={0}", snake(column))).collect();
            let code = format!(
                "session.execute(\n    update({model}).where({}).values({})\n)",
                chosen(),
                set.join(", ")
            );
            ("Update all rows at once", code, "")
        }
        Action::UpdateEach { set } if written.is_by_id() => {
            let columns: Vec<String> = std::iter::once(&written.key)
                .chain(set)
                .map(|one| format!("\"{}\": …", snake(one)))
                .collect();
            let code = lines([
                format!("# rows = [{{{}}}, …]", columns.join(", ")),
                format!("session.execute(update({model}), rows)"),
            ]);
            (
                "Update by primary key in one call",
                code,
                "Each row names its primary key; the driver sends them together.",
            )
        }
        Action::UpdateEach { .. } => return None,
        Action::Delete => {
            ("Delete all rows at once", format!("session.execute(delete({model}).where({}))", chosen()), "")
        }
    };
    Some(fix(FixStyle::SqlAlchemy, title, code, &[note]))
}

/// Only by primary key does the session remember what it has loaded.
pub(super) fn once(lookup: &Lookup) -> Option<Fix> {
    let [only] = lookup.equal.as_slice() else { return None };
    if !lookup.others.is_empty() || !crate::fixes::keys::is_unique(only) {
        return None;
    }
    let code = format!(
        "{} = session.get({}, {})",
        snake(&lookup.entity.single()),
        lookup.entity.model(),
        snake(only)
    );
    Some(fix(
        FixStyle::SqlAlchemy,
        "Take it from the session",
        code,
        &["The session asks once for each primary key and remembers the row."],
    ))
}
