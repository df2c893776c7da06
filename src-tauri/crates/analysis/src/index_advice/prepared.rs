//! A workload read against a catalog: what each statement needs, which indexes might help, which are refused at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{Catalog, CatalogTable, IndexDefinition, IndexMethod, TableKind};

use super::candidates::{Proposed, Refused, Wanted, ascending, propose};
use super::choice::Set;
use super::needs::{Comparison, Leading, Need, Needs, needs};
use super::schema::Schema;
use super::selectivity;
use super::workload::Workload;
use super::{definition, dependencies, estimate, upkeep};

/// Below these an index serves nothing: the table is read as quickly as the index.
pub(super) const TINY_ROWS: f64 = 10_000.0;
const TINY_PAGES: u64 = 40;
/// Share of the rows above which an equality narrows down nothing.
const LEAST_SELECTIVE: f64 = 0.3;
/// Candidates of one statement; the rest would only repeat them.
const MOST_CANDIDATES: usize = 160;

/// An index that might be created.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) definition: IndexDefinition,
    /// Index into the catalog's tables.
    pub(super) table: usize,
    /// Share of the table's rows that it holds.
    pub(super) share: f64,
    pub(super) upkeep: Option<upkeep::Upkeep>,
    /// By our own arithmetic; `size_known` where statistics told it everything.
    pub(super) bytes: u64,
    pub(super) size_known: bool,
    /// `CREATE INDEX` for HypoPG, one for each leaf; empty where HypoPG knows no such index.
    pub(super) hypothetical: Vec<String>,
}

impl Candidate {
    /// HypoPG takes what it keeps of an expression or a predicate for that of the table which a query names first.
    fn shows_first_only(&self) -> bool {
        let definition = &self.definition;
        definition.method == IndexMethod::Btree
            && (definition.predicate.is_some() || definition.keys.iter().any(|key| key.expression.is_some()))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Analysed {
    pub(super) needs: Needs,
    pub(super) candidates: Set,
}

/// What stands between a workload and a choice.
pub struct Prepared {
    pub(super) catalog: Catalog,
    pub(super) workload: Workload,
    pub(super) statements: Vec<Analysed>,
    pub(super) candidates: Vec<Candidate>,
    /// With how many statements asked for it.
    pub(super) refused: BTreeMap<Refused, usize>,
}

impl Prepared {
    /// Reads every statement and makes the candidates.
    pub fn new(catalog: Catalog, workload: Workload) -> Prepared {
        let mut making = Making::new(&catalog, &workload);
        let analysed: Vec<Needs> = {
            let schema = Schema::new(&catalog);
            workload.statements.iter().map(|statement| needs(&statement.sql, &schema)).collect()
        };
        making.written_columns();
        for needs in analysed {
            making.statement(needs);
        }
        making.share();
        let Making { statements, candidates, refused, .. } = making;
        Prepared { statements, candidates, refused, catalog, workload }
    }

    /// Texts of `CREATE INDEX` for HypoPG, by candidate; empty where HypoPG cannot try it.
    pub fn hypothetical(&self) -> impl Iterator<Item = &[String]> {
        self.candidates.iter().map(|candidate| candidate.hypothetical.as_slice())
    }

    /// Statements for the planner, in the order of the workload.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.workload.statements.iter().map(|statement| statement.sql.as_str())
    }

    /// Of each statement the candidates that HypoPG shows the planner only where their table comes first, with the place of
    /// that table ([`led_by`](super::led_by)).
    pub fn led(&self) -> impl Iterator<Item = Vec<(usize, usize)>> {
        self.statements.iter().map(|statement| {
            let needs = statement.needs.needs.iter();
            let places = needs.filter_map(|need| match need.leading {
                Leading::After(place) => Some((need.table, place)),
                _ => None,
            });
            let places: Vec<(usize, usize)> = places.collect();
            let of =
                |table: usize| places.iter().filter(move |(led, _)| *led == table).map(|(_, place)| *place);
            let candidates = statement.candidates.iter();
            let shown = candidates.filter_map(|index| Some((index, self.candidates.get(index)?)));
            let shown = shown.filter(|(_, candidate)| candidate.shows_first_only());
            shown
                .flat_map(|(index, candidate)| of(candidate.table).map(move |place| (index, place)))
                .collect()
        })
    }

    /// The table of each candidate, as its place in the catalog.
    pub fn tables(&self) -> impl Iterator<Item = usize> {
        self.candidates.iter().map(|candidate| candidate.table)
    }

    /// The tables that a statement reads, as their places in the catalog; none where it names one that is not known.
    pub fn read_by(&self, statement: usize) -> Option<BTreeSet<usize>> {
        let needs = &self.statements.get(statement)?.needs;
        needs.unknown.is_empty().then(|| needs.tables.clone())
    }

    /// Whether the planner is never shown a candidate for a statement, which it might use.
    pub(super) fn is_hidden(&self, statement: &Analysed, candidate: &Candidate) -> bool {
        let mut needs = statement.needs.needs.iter().filter(|need| need.table == candidate.table).peekable();
        candidate.shows_first_only()
            && needs.peek().is_some()
            && needs.all(|need| need.leading == Leading::Never)
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

struct Making<'a> {
    catalog: &'a Catalog,
    workload: &'a Workload,
    known: HashMap<IndexDefinition, usize>,
    statements: Vec<Analysed>,
    candidates: Vec<Candidate>,
    refused: BTreeMap<Refused, usize>,
    /// Columns that the updates of the workload change, by table name.
    written: HashMap<String, BTreeSet<String>>,
    children: HashMap<u32, Vec<usize>>,
}

impl<'a> Making<'a> {
    fn new(catalog: &'a Catalog, workload: &'a Workload) -> Making<'a> {
        let mut children: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, table) in catalog.tables.iter().enumerate() {
            if let Some(parent) = table.parent {
                children.entry(parent).or_default().push(index);
            }
        }
        Making {
            catalog,
            workload,
            known: HashMap::new(),
            statements: Vec::new(),
            candidates: Vec::new(),
            refused: BTreeMap::new(),
            written: HashMap::new(),
            children,
        }
    }

    fn written_columns(&mut self) {
        for statement in &self.workload.statements {
            let facts = crate::sql::statement_facts(&statement.masked);
            if facts.kind == crate::sql::StatementKind::Update
                && let Some(table) = facts.main_table()
            {
                self.written.entry(table.name.clone()).or_default().extend(facts.written.iter().cloned());
            }
        }
    }

    fn statement(&mut self, needs: Needs) {
        let mut candidates: Vec<usize> = Vec::new();
        let mut refused = BTreeSet::new();
        for need in &needs.needs {
            let Some(table) = self.catalog.tables.get(need.table) else { continue };
            let wanted = Wanted { need, table, extensions: &self.catalog.extensions };
            let proposed = considered(&wanted);
            refused.extend(proposed.refused);
            candidates.extend(
                proposed.definitions.into_iter().map(|definition| self.candidate(need.table, definition)),
            );
        }
        for refusal in refused {
            *self.refused.entry(refusal).or_default() += 1;
        }
        candidates.truncate(MOST_CANDIDATES);
        self.statements.push(Analysed { needs, candidates: Set::of(candidates) });
    }

    fn candidate(&mut self, table: usize, definition: IndexDefinition) -> usize {
        if let Some(known) = self.known.get(&definition) {
            return *known;
        }
        let candidate = self.made(table, definition.clone());
        self.candidates.push(candidate);
        self.known.insert(definition, self.candidates.len() - 1);
        self.candidates.len() - 1
    }

    fn made(&self, index: usize, definition: IndexDefinition) -> Candidate {
        let Some(table) = self.catalog.tables.get(index) else {
            return Candidate {
                definition,
                table: index,
                share: 1.0,
                upkeep: None,
                bytes: 0,
                size_known: false,
                hypothetical: Vec::new(),
            };
        };
        let share = selectivity::of_predicate(table, definition.predicate.as_deref());
        let written: Vec<String> = self.written.get(&table.name).into_iter().flatten().cloned().collect();
        let rates = upkeep::rates(self.catalog, table);
        let upkeep = rates.map(|rates| upkeep::upkeep(table, &definition, rates, share, &written));
        let hypothetical = match definition.method {
            IndexMethod::Gin => Vec::new(),
            _ => self
                .leaves(index)
                .map(|leaf| definition::hypothetical(&definition, &leaf.schema, &leaf.name))
                .collect(),
        };
        let size = estimate::index_size(table, &definition, share);
        let (bytes, size_known) = (size.bytes, size.known);
        Candidate { definition, table: index, share, upkeep, bytes, size_known, hypothetical }
    }

    /// A statement may use what was thought of for another: an index that begins with a key of its own.
    fn share(&mut self) {
        let first = |candidate: &Candidate| (candidate.table, candidate.definition.keys.first().cloned());
        let mut by_first: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, candidate) in self.candidates.iter().enumerate() {
            by_first.entry(first(candidate)).or_default().push(index);
        }
        for statement in &mut self.statements {
            let own: Vec<&Candidate> =
                statement.candidates.iter().filter_map(|index| self.candidates.get(index)).collect();
            let predicates: BTreeSet<Option<&str>> =
                own.iter().map(|one| one.definition.predicate.as_deref()).chain([None]).collect();
            let firsts: HashSet<_> = own.iter().map(|one| first(one)).collect();
            let others = firsts.iter().filter_map(|first| by_first.get(first)).flatten().copied();
            let usable = others.filter(|index| {
                let one = self.candidates.get(*index);
                one.is_some_and(|one| predicates.contains(&one.definition.predicate.as_deref()))
            });
            let mut usable: Vec<usize> =
                usable.filter(|index| !statement.candidates.contains(*index)).collect();
            usable.sort_unstable();
            usable.truncate(MOST_CANDIDATES.saturating_sub(statement.candidates.len()));
            for index in usable {
                statement.candidates.insert(index);
            }
        }
    }

    /// The table itself, or the partitions that hold its rows.
    fn leaves(&self, index: usize) -> impl Iterator<Item = &'a CatalogTable> + use<'a> {
        let mut leaves = Vec::new();
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            let Some(table) = self.catalog.tables.get(next) else { continue };
            match self.children.get(&table.oid) {
                Some(children) if table.kind == TableKind::Partitioned => open.extend(children.iter().rev()),
                _ if table.kind == TableKind::Partitioned => {}
                _ => leaves.push(table),
            }
        }
        leaves.into_iter()
    }
}

/// The candidates of one need, without those that something else serves or that would serve nobody.
fn considered(wanted: &Wanted<'_>) -> Proposed {
    let mut proposed = Proposed::default();
    let table = wanted.table;
    for unusable in &wanted.need.unusable {
        proposed.refused.insert(Refused {
            table: wanted.need.table,
            title: format!("{} ({})", table.name, unusable.key),
            code: "not_immutable",
            reason: unusable.reason.clone(),
        });
    }
    if let Some(refusal) = no_table(wanted) {
        proposed.refused.extend(refusal);
        return proposed;
    }
    if let Some(refusal) = found_by_unique(wanted) {
        proposed.refused.insert(refusal);
        return proposed;
    }
    let all = propose(wanted);
    proposed.refused.extend(all.refused);
    proposed.refused.extend(dependencies::refused(table, wanted.need));
    for definition in all.definitions {
        match left_out(wanted, &definition) {
            Some(refusal) => proposed.refused.extend(refusal),
            None => drop(proposed.definitions.insert(definition)),
        }
    }
    proposed
}

/// `Some(None)`: nothing to say about it.
fn no_table(wanted: &Wanted<'_>) -> Option<Option<Refused>> {
    let table = wanted.table;
    let refused = |code, reason: String| {
        let keys: Vec<_> = asked_for(wanted.need);
        (!keys.is_empty()).then(|| Refused {
            table: wanted.need.table,
            title: wanted.title(&keys),
            code,
            reason,
        })
    };
    if table.kind == TableKind::Foreign {
        let reason = "a foreign table: its index belongs on the server that holds the rows".to_owned();
        return Some(refused("foreign_table", reason));
    }
    if table.temporary {
        return Some(refused("temporary_table", "a temporary table: it is gone with its session".to_owned()));
    }
    let rows = table.rows?;
    (rows < TINY_ROWS || (table.pages > 0 && table.pages < TINY_PAGES)).then(|| {
        let pages = match table.pages {
            1 => "1 page".to_owned(),
            pages => format!("{} pages", crate::words::number(pages as f64)),
        };
        let rows = crate::words::number(rows);
        refused("tiny_table", format!("{rows} rows in {pages}: reading all of them is as quick"))
    })
}

/// What the need compares, for a title.
fn asked_for(need: &Need) -> Vec<super::needs::Key> {
    let conditions =
        need.conditions.iter().filter(|one| one.comparison != Comparison::NotEqual).map(|one| &one.key);
    let mut keys: Vec<super::needs::Key> = Vec::new();
    for key in conditions.chain(need.joins.iter().map(|join| &join.key)) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys.truncate(4);
    keys
}

/// A unique index on what is compared for equality finds the one row there can be.
fn found_by_unique(wanted: &Wanted<'_>) -> Option<Refused> {
    let equal: Vec<&str> = wanted
        .need
        .conditions
        .iter()
        .filter(|one| one.comparison == Comparison::Equal)
        .filter_map(|one| one.key.column())
        .collect();
    let index = wanted.table.indexes.iter().find(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && !index.keys.is_empty()
            && index.keys.iter().all(|key| key.column.as_deref().is_some_and(|name| equal.contains(&name)))
    })?;
    Some(Refused {
        table: wanted.need.table,
        title: wanted.title(&asked_for(wanted.need)),
        code: "covered",
        reason: format!("covered by {}, which finds the one row there can be", index.name),
    })
}

/// `Some(None)`: left out without a word, because a plainer one says it.
fn left_out(wanted: &Wanted<'_>, definition: &IndexDefinition) -> Option<Option<Refused>> {
    let table = wanted.table;
    let refused = |code, reason: String| Refused {
        table: wanted.need.table,
        title: definition::title(definition),
        code,
        reason,
    };
    if let Some(index) = table.indexes.iter().find(|index| definition::exists(index, definition)) {
        return Some(
            definition.include.is_empty().then(|| refused("covered", format!("covered by {}", index.name))),
        );
    }
    let [only] = definition.keys.as_slice() else { return None };
    if definition.method != IndexMethod::Btree
        || !definition.include.is_empty()
        || definition.predicate.is_some()
    {
        return None;
    }
    let condition = wanted.need.conditions.iter().find(|one| ascending(&one.key) == *only)?;
    let ordered = wanted.need.order.iter().any(|item| ascending(&item.key).column == only.column);
    if !condition.comparison.is_equality() || ordered {
        return None;
    }
    let share = selectivity::known(table, condition)?;
    (share > LEAST_SELECTIVE).then(|| {
        let distinct = selectivity::distinct(table, &condition.key);
        let reason = format!(
            "{} distinct values; the planner would not use it, since {} of the rows match",
            crate::words::number(distinct),
            crate::words::percent(share, 1.0)
        );
        Some(refused("low_selectivity", reason))
    })
}
