//! Why an index is suggested, and what to mind, in sentences.

use domain::{CatalogTable, IndexKey, ServedStatement};

use crate::index_advice::candidates::ascending;
use crate::index_advice::estimate::Model;
use crate::index_advice::needs::{Comparison, Key, Need};
use crate::index_advice::prepared::{Candidate, Prepared};
use crate::index_advice::{dependencies, selectivity};
use crate::words::{duration, number};

/// How many times as many rows as a usual value a frequent one has.
const FREQUENT: f64 = 10.0;

/// One to three sentences: who asks for it, what it leaves to read, what the planner said.
pub(super) fn reason(
    prepared: &Prepared,
    candidate: &Candidate,
    serves: &[ServedStatement],
    listed: &[usize],
    asked: usize,
    verified: bool,
) -> String {
    let table = prepared.catalog.tables.get(candidate.table);
    let workload: Vec<usize> = serves.iter().filter_map(|one| listed.get(one.statement).copied()).collect();
    let statements = workload.iter().filter_map(|index| prepared.workload.statements.get(*index));
    let (calls, total) = statements.fold((0, None), |(calls, total): (u64, Option<f64>), one| {
        (calls + one.calls, one.total_ms.map_or(total, |ms| Some(total.unwrap_or(0.0) + ms)))
    });
    let need = workload.iter().find_map(|index| need_of(prepared, candidate, *index));
    let who = match (serves.len(), total) {
        (0, _) => "No statement of the workload".to_owned(),
        (1, Some(total)) => format!("A statement ({} {})", executions(calls), mean(total, calls)),
        (1, None) => "A statement".to_owned(),
        (count, Some(total)) => format!("{count} statements ({} {})", executions(calls), mean(total, calls)),
        (count, None) => format!("{count} statements"),
    };
    let many = serves.len() > 1;
    let mut sentences = vec![format!("{who} {}.", asks(candidate, need, many))];
    sentences.extend(table.zip(need).and_then(|(table, need)| leaves(candidate, table, need)));
    if verified {
        sentences.push(match (serves.len(), asked.max(serves.len())) {
            (1, 1) => "The planner chose it.".to_owned(),
            (chosen, all) => format!("The planner chose it for {chosen} of the {all}."),
        });
    }
    sentences.join(" ")
}

fn executions(calls: u64) -> String {
    if calls == 1 { "1 execution,".to_owned() } else { format!("{} executions,", number(calls as f64)) }
}

fn mean(total: f64, calls: u64) -> String {
    format!("{} on average", duration(total / calls.max(1) as f64 / 1e3))
}

fn need_of<'p>(prepared: &'p Prepared, candidate: &Candidate, statement: usize) -> Option<&'p Need> {
    let needs = &prepared.statements.get(statement)?.needs.needs;
    let first = candidate.definition.keys.first()?;
    let mine = || needs.iter().filter(|need| need.table == candidate.table);
    mine().find(|need| role(need, first).is_some()).or_else(|| mine().next())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Equality,
    List,
    Range,
    Join,
    Order,
    Group,
    Search,
}

fn role(need: &Need, key: &IndexKey) -> Option<Role> {
    let same = |other: &Key| {
        let other = ascending(other);
        other.column == key.column && other.expression == key.expression
    };
    let alternatives = need.alternatives.iter().flatten().flatten();
    let condition = need.conditions.iter().chain(alternatives).filter(|one| same(&one.key));
    let roles = condition.filter_map(|one| match one.comparison {
        one if one.is_equality() => Some(Role::Equality),
        Comparison::In(_) => Some(Role::List),
        one if one.is_range() => Some(Role::Range),
        Comparison::Inverted(_) | Comparison::Like { .. } | Comparison::ILike | Comparison::Regex => {
            Some(Role::Search)
        }
        _ => None,
    });
    let order = need.order.iter().any(|item| same(&item.key));
    roles
        .min_by_key(|role| *role as u8)
        .or(need.joins.iter().any(|join| same(&join.key)).then_some(Role::Join))
        .or(order.then_some(Role::Order))
        .or(need.groups.iter().any(same).then_some(Role::Group))
}

/// "filters on `tenant_id` and `email` with equality"
fn asks(candidate: &Candidate, need: Option<&Need>, many: bool) -> String {
    let table = &candidate.definition.table;
    let verb = |one: &str, more: &str| if many { more.to_owned() } else { one.to_owned() };
    let Some(need) = need else { return format!("{} `{table}`", verb("reads", "read")) };
    let of = |wanted: Role| -> Vec<String> {
        let keys = candidate.definition.keys.iter().filter(|key| role(need, key) == Some(wanted));
        keys.filter_map(|key| key.column.clone().or_else(|| key.expression.clone()))
            .map(|name| format!("`{name}`"))
            .collect()
    };
    let mut parts = Vec::new();
    for (role, one, more, after) in [
        (Role::Equality, "filters on", "filter on", " with equality"),
        (Role::List, "filters on", "filter on", " with a list of values"),
        (Role::Range, "filters on", "filter on", " by range"),
        (Role::Search, "searches in", "search in", ""),
        (Role::Join, "joins by", "join by", ""),
        (Role::Order, "orders by", "order by", ""),
        (Role::Group, "groups by", "group by", ""),
    ] {
        let names = of(role);
        if !names.is_empty() {
            parts.push(format!("{} {}{after}", verb(one, more), listing(&names)));
        }
    }
    if let Some(predicate) = &candidate.definition.predicate {
        parts.push(format!("{} only rows with `{predicate}`", verb("wants", "want")));
    }
    if parts.is_empty() {
        return format!("{} a few columns of every row of `{table}`", verb("reads", "read"));
    }
    listing(&parts)
}

fn listing(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// "`tenant_id` alone leaves 4,100 rows to read, both leave 1."
fn leaves(candidate: &Candidate, table: &CatalogTable, need: &Need) -> Option<String> {
    let rows = table.rows?;
    let mut shares: Vec<(String, f64)> = Vec::new();
    for key in &candidate.definition.keys {
        let name = key.column.clone()?;
        let condition = need.conditions.iter().find(|one| {
            one.key.column() == Some(&name) && (one.comparison.is_equality() || one.comparison.is_range())
        });
        match condition {
            Some(condition) => shares.push((name, selectivity::of(table, condition))),
            None if need.joins.iter().any(|join| join.key.column() == Some(&name)) => {
                let distinct = selectivity::distinct(table, &Key::Column(name.clone()));
                shares.push((name, 1.0 / distinct.max(1.0)));
            }
            None => break,
        }
    }
    let left = |share: f64| number((rows * share * candidate.share).max(1.0).round());
    let whole: f64 = shares.iter().map(|(_, share)| share).product();
    match shares.as_slice() {
        [] => None,
        [(name, share)] => {
            Some(format!("One value of `{name}` leaves {} of {} rows to read.", left(*share), number(rows)))
        }
        [(name, share), .., _] => Some(format!(
            "`{name}` alone leaves {} rows to read, {} leave {}.",
            left(*share),
            if shares.len() == 2 { "both" } else { "all of them" },
            left(whole)
        )),
    }
}

/// What to mind before creating it.
pub(super) fn notes(table: &CatalogTable, candidate: &Candidate) -> Vec<String> {
    let mut notes = Vec::new();
    let definition = &candidate.definition;
    if !definition.include.is_empty() {
        notes.push(
            "It holds every column that is read, so that the table itself is not read where a vacuum has marked its pages."
                .to_owned(),
        );
    }
    if let Some(predicate) = &definition.predicate {
        notes.push(format!(
            "It serves only statements that ask for `{predicate}` in these words, not with a parameter."
        ));
    }
    if table.kind == domain::TableKind::Partitioned {
        notes.push(
            "Every partition gets its own; the script creates them one after the other and attaches them."
                .to_owned(),
        );
    }
    let columns: Vec<&str> = definition.keys.iter().filter_map(|key| key.column.as_deref()).collect();
    notes.extend(dependencies::note(table, &columns));
    notes
}

/// A parameter may have a value that many rows have: what the index is worth then.
pub(super) fn by_value(
    prepared: &Prepared,
    candidate: &Candidate,
    serves: &[ServedStatement],
    listed: &[usize],
) -> Option<String> {
    let table = prepared.catalog.tables.get(candidate.table)?;
    let statements = serves.iter().filter_map(|one| listed.get(one.statement));
    let need = statements.filter_map(|index| need_of(prepared, candidate, *index)).next()?;
    let keyed = |key: &Key| {
        candidate
            .definition
            .keys
            .iter()
            .any(|one| one.column.is_some() && one.column.as_deref() == key.column())
    };
    let (place, condition) = need.conditions.iter().enumerate().find(|(_, one)| {
        keyed(&one.key) && selectivity::most_frequent(table, one).is_some_and(|(_, times)| times >= FREQUENT)
    })?;
    let (share, times) = selectivity::most_frequent(table, condition)?;
    let model = Model::new(prepared);
    let usual = model.with_value(need, candidate, place, 1.0)?;
    let frequent = model.with_value(need, candidate, place, times)?;
    Some(format!(
        "What a parameter holds decides: the most frequent value of `{}` is in {} rows, for which reading `{}` costs about {} with this index; for a usual one about {}.",
        condition.key.column()?,
        number((share * table.rows?).round()),
        table.name,
        number(frequent.ceil()),
        number(usual.ceil())
    ))
}
