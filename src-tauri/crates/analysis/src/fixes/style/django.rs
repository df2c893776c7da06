//! Django: `__in`, `prefetch_related` and `select_related`, the bulk writes, and the cache.

use domain::{Fix, FixStyle};

use super::{ALL_AT_ONCE, fix, lines, or_with_parent, snake_keys};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::{model, snake, words};
use crate::fixes::plurals::singular;
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let (many, single, model) =
        (snake(&lookup.entity.many()), snake(&lookup.entity.single()), lookup.entity.model());
    let single = if single == many { "row".to_owned() } else { single };
    let equal = pairs(&lookup.equal);
    let query = |conditions: Vec<String>| {
        format!("{model}.objects.filter({}){}", conditions.join(", "), order(lookup))
    };
    let mut code = match lookup.key() {
        Some(key) if lookup.one && equal.is_empty() && lookup.others.is_empty() => {
            let field =
                if snake(key) == "id" { String::new() } else { format!(", field_name=\"{}\"", snake(key)) };
            format!("{many} = {model}.objects.in_bulk({}{field})", snake_keys(key))
        }
        Some(key) => {
            let conditions =
                std::iter::once(format!("{}__in={}", snake(key), snake_keys(key))).chain(equal).collect();
            let key = snake(key);
            let query = query(conditions);
            if lookup.one {
                lines([
                    lookup.remark("#"),
                    format!("{many} = {{{single}.{key}: {single} for {single} in {query}}}"),
                ])
            } else {
                lines([
                    lookup.remark("#"),
                    format!("{many} = defaultdict(list)"),
                    format!("for {single} in {query}:"),
                    format!("    {many}[{single}.{key}].append({single})"),
                ])
            }
        }
        None => {
            let columns: Vec<String> = lookup.keys.iter().map(|column| snake(column)).collect();
            let set: Vec<String> = columns.iter().map(|column| format!("{column}={column}")).collect();
            let conditions = std::iter::once("chosen".to_owned()).chain(equal).collect();
            lines([
                lookup.remark("#"),
                format!("chosen = reduce(or_, (Q({}) for {} in keys))", set.join(", "), columns.join(", ")),
                format!("{many} = {}", query(conditions)),
            ])
        }
    };
    code.push_str(&or_with_parent(lookup, "#", |parent, parents| {
        let related = if parent.has_many {
            format!("prefetch_related(\"{}_set\")", words(&singular(&lookup.entity.table)).concat())
        } else {
            format!("select_related(\"{}\")", parent.snake_association(lookup))
        };
        format!("{parents} = {}.objects.{related}", parent.entity.model())
    }));
    let named = "The second way needs the foreign key in the model; use its related_name where it has one.";
    let note = if lookup.relation().is_some() { named } else { "" };
    Some(fix(FixStyle::Django, ALL_AT_ONCE, code, &[note]))
}

fn pairs(columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| format!("{0}={0}", snake(column))).collect()
}

fn order(lookup: &Lookup) -> String {
    let item = |column: &str, descends| format!("\"{}{}\"", if descends { "-" } else { "" }, snake(column));
    lookup.ordered(".order_by(", item, ")")
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let chosen = || {
        let key = format!("{}__in={}", snake(&written.key), snake_keys(&written.key));
        let conditions: Vec<String> = std::iter::once(key).chain(pairs(&written.equal)).collect();
        format!("{model}.objects.filter({})", conditions.join(", "))
    };
    let quoted = |columns: &[String]| {
        columns.iter().map(|one| format!("\"{}\"", snake(one))).collect::<Vec<_>>().join(", ")
    };
    let (title, code) = match &written.action {
        Action::Insert { conflict, .. } => {
            let options = match conflict {
                Conflict::Fails => String::new(),
                Conflict::DoesNothing => "\n    ignore_conflicts=True,".to_owned(),
                Conflict::Updates { by, set } => format!(
                    "\n    update_conflicts=True,\n    unique_fields=[{}],\n    update_fields=[{}],",
                    quoted(by),
                    quoted(set)
                ),
            };
            let code = lines([
                format!("{model}.objects.bulk_create("),
                format!("    [{model}(**row) for row in rows],"),
                format!("    batch_size=1000,{options}"),
                ")".to_owned(),
            ]);
            ("Create all rows at once", code)
        }
        Action::UpdateAll { set } => {
            ("Update all rows at once", format!("{}.update({})", chosen(), pairs(set).join(", ")))
        }
        Action::UpdateEach { set } if written.is_by_id() => (
            "Update all rows at once",
            format!("{model}.objects.bulk_update(changed, [{}], batch_size=1000)", quoted(set)),
        ),
        Action::UpdateEach { .. } => return None,
        Action::Delete => ("Delete all rows at once", format!("{}.delete()", chosen())),
    };
    // Deleting is the one that sends signals.
    let unsaved = if matches!(written.action, Action::Delete) {
        ""
    } else {
        "`save()` does not run, nor do its signals."
    };
    Some(fix(FixStyle::Django, title, code, &[unsaved]))
}

pub(super) fn once(lookup: &Lookup) -> Option<Fix> {
    let (many, model) = (snake(&lookup.entity.many()), lookup.entity.model());
    let conditions = pairs(&lookup.equal);
    let query =
        if conditions.is_empty() { "all()".to_owned() } else { format!("filter({})", conditions.join(", ")) };
    let holes: String = lookup.equal.iter().map(|column| format!(":{{{}}}", snake(column))).collect();
    let code = lines([
        lookup.remark("#"),
        format!("{many} = cache.get_or_set("),
        format!("    {}\"{many}{holes}\",", if holes.is_empty() { "" } else { "f" }),
        format!("    lambda: list({model}.objects.{query}{}),", order(lookup)),
        "    timeout=300,".to_owned(),
        ")".to_owned(),
    ]);
    Some(fix(FixStyle::Django, "Keep the answer for a while", code, &["The answer may be 5 minutes old."]))
}
