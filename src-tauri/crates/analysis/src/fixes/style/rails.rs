//! Rails: a list as a condition, `includes`, `insert_all`, and the cache.

use domain::{Fix, FixStyle};

use super::{ALL_AT_ONCE, fix, lines, or_with_parent, parent_note, snake_keys};
use crate::fixes::lookup::Lookup;
use crate::fixes::names::{model, snake};
use crate::fixes::plurals::singular;
use crate::fixes::written::{Action, Conflict, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    let (many, model) = (snake(&lookup.entity.many()), lookup.entity.model());
    let others = pairs(&lookup.equal);
    let key = match lookup.key() {
        Some(key) => format!("{}: {}", snake(key), snake_keys(key)),
        None => {
            let columns: Vec<String> =
                lookup.keys.iter().map(|column| format!(":{}", snake(column))).collect();
            format!("[{}] => keys", columns.join(", "))
        }
    };
    let conditions: Vec<String> = std::iter::once(key).chain(others).collect();
    let mut query = format!("{many} = {model}.where({})", conditions.join(", "));
    query.push_str(&order(lookup));
    query.push_str(&match lookup.key() {
        Some(key) if lookup.one => format!(".index_by(&:{})", snake(key)),
        Some(key) => format!(".group_by(&:{})", snake(key)),
        None => String::new(),
    });
    let mut code = lines([lookup.remark("#"), query]);
    code.push_str(&or_with_parent(lookup, "#", |parent, parents| {
        format!("{parents} = {}.includes(:{})", parent.entity.model(), parent.snake_association(lookup))
    }));
    let tuple = if lookup.key().is_none() {
        "Conditions on several columns at once came with Rails 7.1."
    } else {
        ""
    };
    Some(fix(FixStyle::Rails, ALL_AT_ONCE, code, &[parent_note(lookup), tuple]))
}

fn pairs(columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| format!("{0}: {0}", snake(column))).collect()
}

fn order(lookup: &Lookup) -> String {
    let item =
        |column: &str, descends| format!("{}: :{}", snake(column), if descends { "desc" } else { "asc" });
    lookup.ordered(".order(", item, ")")
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let chosen = || {
        let key = format!("{}: {}", snake(&written.key), snake_keys(&written.key));
        let conditions: Vec<String> = std::iter::once(key).chain(pairs(&written.equal)).collect();
        format!("{model}.where({})", conditions.join(", "))
    };
    let (title, code) = match &written.action {
        Action::Insert { columns, conflict, .. } => {
            let call = match conflict {
                Conflict::Fails => "insert_all!(rows)".to_owned(),
                Conflict::DoesNothing => "insert_all(rows)".to_owned(),
                Conflict::Updates { by, set } => {
                    let symbols = |columns: &[String]| {
                        columns.iter().map(|one| snake(one)).collect::<Vec<_>>().join(" ")
                    };
                    format!(
                        "upsert_all(rows, unique_by: %i[{}], update_only: %i[{}])",
                        symbols(by),
                        symbols(set)
                    )
                }
            };
            let columns: Vec<String> = columns.iter().map(|column| format!("{}:", snake(column))).collect();
            let row = if columns.is_empty() {
                String::new()
            } else {
                format!("# rows = [{{ {} }}, ...]", columns.join(", "))
            };
            ("Insert all rows at once", lines([row, format!("{model}.{call}")]))
        }
        Action::UpdateAll { set } => {
            ("Update all rows at once", format!("{}.update_all({})", chosen(), pairs(set).join(", ")))
        }
        Action::UpdateEach { .. } => return None,
        Action::Delete => ("Delete all rows at once", format!("{}.delete_all", chosen())),
    };
    Some(fix(FixStyle::Rails, title, code, &["Validations and callbacks do not run."]))
}

pub(super) fn once(lookup: &Lookup) -> Option<Fix> {
    let (many, model) = (snake(&lookup.entity.many()), lookup.entity.model());
    let keys: Vec<String> = std::iter::once(format!("\"{}\"", snake(&singular(&lookup.entity.table))))
        .chain(lookup.equal.iter().map(|column| snake(column)))
        .collect();
    let conditions = pairs(&lookup.equal);
    let query =
        if conditions.is_empty() { "all".to_owned() } else { format!("where({})", conditions.join(", ")) };
    let code = lines([
        format!("{many} = Rails.cache.fetch([{}], expires_in: 5.minutes) do", keys.join(", ")),
        if lookup.others.is_empty() { String::new() } else { format!("  {}", lookup.remark("#")) },
        format!("  {model}.{query}{}.to_a", order(lookup)),
        "end".to_owned(),
    ]);
    let note = "Within one request a memo is enough (`@settings ||= …`); the answer may be 5 minutes old.";
    Some(fix(FixStyle::Rails, "Keep the answer for a while", code, &[note]))
}
