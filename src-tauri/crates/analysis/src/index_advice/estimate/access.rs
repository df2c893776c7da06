//! One table read in one way, in the planner's units.

use domain::{CatalogTable, IndexKey, IndexMethod, PlannerCosts};

use crate::index_advice::candidates::ascending;
use crate::index_advice::needs::{Comparison, Key, Need, OrderKey};
use crate::index_advice::selectivity;

/// Rows that a LIMIT leaves, where its number is not looked at.
const LIMITED_ROWS: f64 = 20.0;

/// An index, existing or not.
pub(super) struct Index<'i> {
    pub(super) method: IndexMethod,
    pub(super) keys: &'i [IndexKey],
    pub(super) columns: Vec<&'i str>,
    pub(super) predicate: Option<&'i str>,
    pub(super) share: f64,
    pub(super) bytes: f64,
}

pub(super) struct Table<'t> {
    pub(super) table: &'t CatalogTable,
    pub(super) need: &'t Need,
    pub(super) costs: PlannerCosts,
}

impl Table<'_> {
    fn rows(&self) -> f64 {
        selectivity::rows(self.table)
    }

    fn pages(&self) -> f64 {
        if self.table.pages > 0 { self.table.pages as f64 } else { (self.rows() / 80.0).max(1.0) }
    }

    /// Share of the rows that all conditions leave.
    pub(super) fn share(&self) -> f64 {
        let conditions = self.need.conditions.iter().map(|one| selectivity::of(self.table, one));
        let alternatives = self.need.alternatives.iter().map(|branches| {
            let branch = |conditions: &Vec<_>| -> f64 {
                conditions.iter().map(|one| selectivity::of(self.table, one)).product()
            };
            branches.iter().map(branch).sum::<f64>().min(1.0)
        });
        conditions.chain(alternatives).product::<f64>().max(1.0 / self.rows())
    }

    pub(super) fn filtered_rows(&self) -> f64 {
        (self.rows() * self.share()).max(1.0)
    }

    /// Every page, every row.
    pub(super) fn scan(&self) -> f64 {
        let conditions = self.need.conditions.len() as f64;
        self.pages() * self.costs.seq_page_cost
            + self.rows() * (self.costs.cpu_tuple_cost + conditions * self.costs.cpu_operator_cost)
    }

    pub(super) fn sort(&self) -> f64 {
        if self.need.order.is_empty() && self.need.groups.is_empty() {
            return 0.0;
        }
        let rows = self.filtered_rows();
        2.0 * self.costs.cpu_operator_cost * rows * rows.max(2.0).log2()
    }

    /// Through an index, `loops` times, each time for one value of the join; `None` where it does not help.
    pub(super) fn through(&self, index: &Index<'_>, loops: Option<f64>) -> Option<f64> {
        if let Some(predicate) = index.predicate
            && !self.need.conditions.iter().any(|one| one.predicate.as_deref() == Some(predicate))
        {
            return None;
        }
        match index.method {
            IndexMethod::Btree => self.btree(index, loops),
            IndexMethod::Gin | IndexMethod::Brin => self.bitmap(index),
        }
    }

    fn btree(&self, index: &Index<'_>, loops: Option<f64>) -> Option<f64> {
        let mut matched = 1.0;
        let mut keys = 0;
        let mut joined = false;
        let mut ordered = true;
        for key in index.keys {
            let of_key = |one: &&crate::index_advice::needs::Condition| same(&one.key, key);
            let condition = self.need.conditions.iter().filter(of_key);
            let condition = condition.min_by_key(|one| rank(one.comparison));
            let join = loops.is_some() && self.need.joins.iter().any(|join| same(&join.key, key));
            match condition {
                Some(one) if one.comparison.is_equality() => matched *= selectivity::of(self.table, one),
                Some(one) if matches!(one.comparison, Comparison::In(_)) => {
                    matched *= selectivity::of(self.table, one);
                    ordered = false;
                }
                _ if join => {
                    matched /= selectivity::distinct(self.table, &key_of(key)).max(1.0);
                    joined = true;
                }
                Some(one) if one.comparison.is_range() => {
                    matched *= selectivity::of(self.table, one);
                    keys += 1;
                    break;
                }
                _ => break,
            }
            keys += 1;
        }
        if loops.is_some() && !joined {
            return None;
        }
        let fixed = if ordered { keys } else { 0 };
        let gives_order = self.gives_order(index, fixed);
        let covers = self.covers(index);
        let partial = index.share < 1.0;
        if keys == 0 && !gives_order && !covers && !partial {
            return None;
        }
        let rows = self.rows() * index.share;
        let mut part = if partial { (matched / index.share).min(1.0) } else { matched };
        let sort = if gives_order { 0.0 } else { self.sort() };
        if gives_order && self.need.limited {
            let held = (matched * index.share).max(f64::MIN_POSITIVE);
            let left = (self.share() / held).clamp(1.0 / rows.max(1.0), 1.0);
            part = (part * LIMITED_ROWS / (rows * part * left).max(LIMITED_ROWS)).min(part);
        }
        let entries = (rows * part).max(1.0);
        let once =
            self.descent(index) + self.entries(index, part, entries) + self.fetch(entries, covers, index);
        Some(match loops {
            // Later rounds find the upper pages in memory.
            Some(loops) => once * loops.max(1.0) * if loops > 1.0 { 0.6 } else { 1.0 } + sort,
            None => once + sort,
        })
    }

    fn bitmap(&self, index: &Index<'_>) -> Option<f64> {
        let key = index.keys.first()?;
        let inverted = index.method == IndexMethod::Gin;
        let condition = self.need.conditions.iter().find(|one| {
            same(&one.key, key) && (!inverted || !(one.comparison.is_equality() || one.comparison.is_range()))
        })?;
        let share = selectivity::of(self.table, condition);
        let entries = (self.rows() * share).max(1.0);
        // Block ranges name pages, of which only a part holds rows.
        let entries = if inverted { entries } else { (entries * 1.5).min(self.rows()) };
        let pages = self.heap_pages(entries);
        let fetch = pages * self.costs.random_page_cost.min(2.0 * self.costs.seq_page_cost)
            + entries * self.costs.cpu_tuple_cost;
        Some(self.descent(index) + entries * self.costs.cpu_index_tuple_cost + fetch + self.sort())
    }

    fn descent(&self, index: &Index<'_>) -> f64 {
        let entries = (index.bytes / 32.0).max(2.0);
        self.costs.random_page_cost + entries.log2() * self.costs.cpu_operator_cost
    }

    fn entries(&self, index: &Index<'_>, part: f64, entries: f64) -> f64 {
        let pages = (index.bytes / f64::from(self.costs.block_size)) * part;
        pages * self.costs.random_page_cost.min(2.0 * self.costs.seq_page_cost)
            + entries * (self.costs.cpu_index_tuple_cost + self.costs.cpu_operator_cost)
    }

    fn fetch(&self, entries: f64, covers: bool, index: &Index<'_>) -> f64 {
        let visible =
            if self.table.pages == 0 { 0.0 } else { self.table.visible_pages as f64 / self.pages() };
        let unseen = if covers { (1.0 - visible).clamp(0.0, 1.0) } else { 1.0 };
        let pages = self.heap_pages(entries * unseen);
        // As a bitmap reads them: the more of the table's pages, the more in a row (cost_bitmap_heap_scan).
        let (sequential, random) = (self.costs.seq_page_cost, self.costs.random_page_cost);
        let scattered =
            pages * (random - (random - sequential) * (pages / self.pages()).clamp(0.0, 1.0).sqrt());
        let together = (entries * unseen / self.rows() * self.pages()).ceil() * self.costs.seq_page_cost;
        let first = index.keys.first().and_then(|key| key.column.as_deref());
        let statistics =
            first.and_then(|name| self.table.column(name)).and_then(|one| one.statistics.as_ref());
        let correlation = statistics.and_then(|one| one.correlation).unwrap_or(0.0).powi(2);
        scattered + correlation * (together.min(scattered) - scattered) + entries * self.costs.cpu_tuple_cost
    }

    /// Pages that so many rows lie on (Mackert and Lohman).
    fn heap_pages(&self, rows: f64) -> f64 {
        let pages = self.pages();
        (2.0 * pages * rows / (2.0 * pages + rows)).min(pages).min(rows)
    }

    fn covers(&self, index: &Index<'_>) -> bool {
        !self.need.whole_row
            && !self.need.written
            && !self.need.columns.is_empty()
            && self.need.columns.iter().all(|column| index.columns.contains(&column.as_str()))
    }

    /// Whether the keys behind the first `fixed` ones, which hold one value, are the order that is asked for.
    fn gives_order(&self, index: &Index<'_>, fixed: usize) -> bool {
        let order = &self.need.order;
        if order.is_empty() {
            return false;
        }
        let prefix = index.keys.get(..fixed).unwrap_or_default();
        let wanted: Vec<&OrderKey> =
            order.iter().filter(|item| !prefix.iter().any(|key| same(&item.key, key))).collect();
        let given: Vec<&IndexKey> = index
            .keys
            .iter()
            .enumerate()
            .filter(|(place, key)| *place >= fixed || order.iter().any(|item| same(&item.key, key)))
            .map(|(_, key)| key)
            .filter(|key| !prefix.contains(key))
            .collect();
        let fits = |flip: bool| {
            wanted.len() <= given.len()
                && wanted.iter().zip(&given).all(|(want, have)| {
                    same(&want.key, have)
                        && (want.descending == (have.descending != flip))
                        && (want.nulls_first == (have.nulls_first != flip))
                })
        };
        fits(false) || fits(true)
    }
}

/// What narrows down most counts, when a column has several conditions.
fn rank(comparison: Comparison) -> u8 {
    match comparison {
        one if one.is_equality() => 0,
        Comparison::In(_) => 1,
        one if one.is_range() => 2,
        _ => 3,
    }
}

fn same(key: &Key, index: &IndexKey) -> bool {
    let plain = ascending(key);
    plain.column == index.column && plain.expression == index.expression
}

fn key_of(index: &IndexKey) -> Key {
    match (&index.column, &index.expression) {
        (Some(column), _) => Key::Column(column.clone()),
        (None, expression) => {
            Key::Expression { sql: expression.clone().unwrap_or_default(), columns: Vec::new() }
        }
    }
}
