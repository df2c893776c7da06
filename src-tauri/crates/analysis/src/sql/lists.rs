//! Hashes a statement as nested lists, in which an item equal to the one before it counts once.

use super::lanes::mix;

/// Deeper nesting still groups, but lists inside it count their items.
pub(super) const DEPTH: usize = 16;
/// Rows of VALUES that differ in more than their constants; more of them than this no longer tell groups apart.
pub(super) const ROWS: usize = 8;

const SEED: u64 = 0x2D35_8DCC_AA6C_78A5;
const LIST: u64 = 0x8BB8_4B93_962E_ACC9;
const BRACKET: u64 = 0x4B33_A62E_D433_D4A3;
const ROW: u64 = 0xE703_7ED1_A0B4_28DB;

#[derive(Clone, Copy)]
struct List {
    /// Everything up to the item that is being read.
    done: u64,
    /// The item that is being read.
    item: u64,
    /// The item before; 0 when there is none.
    last: u64,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `IN (…)`, arguments, columns: equal neighbours count once.
    Plain,
    /// `ORDER BY 1, 2`: every item counts.
    Ordered,
    /// `VALUES (…), (…)`: a set of row shapes.
    Rows,
    /// Square brackets: a plain list with another frame.
    Bracket,
}

const EMPTY: List = List { done: SEED, item: SEED, last: 0, mode: Mode::Plain };
/// All zeros, which is the cheapest to write for every statement.
const UNUSED: List = List { done: 0, item: 0, last: 0, mode: Mode::Plain };

pub(super) struct Lists {
    current: List,
    outer: [List; DEPTH],
    depth: usize,
    rows: [u64; ROWS],
    row_count: usize,
    /// Depth of the list whose rows those are.
    rows_depth: usize,
}

impl Lists {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            current: EMPTY,
            outer: [UNUSED; DEPTH],
            depth: 0,
            rows: [0; ROWS],
            row_count: 0,
            rows_depth: 0,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, value: u64) {
        self.current.item = mix(self.current.item, value);
    }

    #[inline]
    pub(super) fn item(&self) -> u64 {
        self.current.item
    }

    #[inline]
    pub(super) fn take_back(&mut self, item: u64) {
        self.current.item = item;
    }

    #[inline]
    pub(super) fn open(&mut self, round: bool) {
        match self.outer.get_mut(self.depth) {
            Some(slot) => {
                *slot = self.current;
                self.current = List { mode: if round { Mode::Plain } else { Mode::Bracket }, ..EMPTY };
            }
            None => self.add(LIST),
        }
        self.depth += 1;
    }

    #[inline]
    pub(super) fn close(&mut self) {
        if self.depth > DEPTH {
            self.depth -= 1;
            self.add(LIST ^ 1);
            return;
        }
        self.end_item();
        if self.depth == 0 {
            self.add(LIST ^ 1);
        } else {
            self.pop();
        }
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
        let frame = if self.current.mode == Mode::Bracket { BRACKET } else { LIST };
        let inner = self.current.done ^ frame;
        if let Some(outer) = self.outer.get(self.depth) {
            self.current = *outer;
        }
        self.add(inner);
    }

    #[inline]
    pub(super) fn comma(&mut self) {
        self.end_item();
    }

    /// A keyword that ends one list and starts the next.
    #[inline]
    pub(super) fn clause(&mut self, word: u64, rows: bool) {
        self.end_item();
        self.current.done = mix(self.current.done ^ LIST, word);
        self.current.last = 0;
        if rows && !self.inside_rows() {
            self.current.mode = Mode::Rows;
            self.rows_depth = self.depth;
            self.row_count = 0;
        } else if self.current.mode != Mode::Bracket {
            self.current.mode = Mode::Plain;
        }
    }

    /// One set of row shapes is kept: VALUES inside a row is a plain list.
    fn inside_rows(&self) -> bool {
        self.rows_depth < self.depth
            && self.outer.get(self.rows_depth).is_some_and(|list| list.mode == Mode::Rows)
    }

    pub(super) fn ordered(&mut self, word: u64) {
        self.clause(word, false);
        self.current.mode = Mode::Ordered;
    }

    #[inline]
    fn end_item(&mut self) {
        let item = self.current.item;
        self.current.item = SEED;
        if self.current.mode == Mode::Rows {
            self.end_row(item);
        } else if item != self.current.last || self.current.mode == Mode::Ordered {
            self.current.done = mix(self.current.done, item);
        }
        self.current.last = item;
    }

    /// Row shapes are added up, so neither their order nor their number matters.
    fn end_row(&mut self, item: u64) {
        let known = self.rows.iter().take(self.row_count).any(|row| *row == item);
        if known || item == SEED {
            return;
        }
        if let Some(slot) = self.rows.get_mut(self.row_count) {
            *slot = item;
            self.row_count += 1;
            self.current.done = self.current.done.wrapping_add(mix(item, ROW));
        }
    }

    /// The hash of everything.
    pub(super) fn finish(&mut self) -> u64 {
        self.end_statement();
        mix(self.current.done, LIST)
    }

    /// Closes what is open. In text that was cut off inside a list, an item is incomplete:
    /// it is left out where another stands before it, so that the place of the cut matters less.
    pub(super) fn end_statement(&mut self) {
        // The row that the text ends with is complete unless it is the row that was cut.
        let mut whole = self.depth == 0 || self.current.mode == Mode::Rows;
        self.depth = self.depth.min(DEPTH);
        loop {
            if whole || self.current.last == 0 {
                self.end_item();
            }
            whole = false;
            if self.depth == 0 {
                return;
            }
            self.pop();
        }
    }
}
