//! Asks the planner what hypothetical indexes would change: one session of its own, with HypoPG, in which nothing is executed.

mod ask;
mod change;
mod cost;
mod open;
mod outcome;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use domain::Problem;

use crate::postgres::PRODUCT;
use crate::postgres::own_queries::{Asking, Ledger};
use crate::postgres::problem::Peer;
use crate::postgres::session::Session;
use crate::postgres::target::Target;
use change::Candidate;
use cost::Prepared;

pub use outcome::{Planned, WhatIfError, WhatIfUnavailable};

/// Indexes that do not exist, statements that are not executed, and what the planner makes of them.
///
/// Candidates and statements are known by the numbers that [`register`](Self::register) and [`prepare`](Self::prepare) give.
/// A call may be dropped at any time: the next one finds its way. The server forgets everything when this is dropped.
pub struct WhatIfSession {
    /// None after the end.
    session: Option<Session>,
    target: Target,
    ledger: Ledger,
    /// Of HypoPG, quoted.
    schema: String,
    can_hide: bool,
    candidates: Vec<Candidate>,
    statements: Vec<Prepared>,
    /// Names given to prepared statements so far.
    names: usize,
    /// Statements that are prepared on the server.
    kept: usize,
    /// Candidates that are on the server, by the numbers that HypoPG gave their indexes.
    built: HashMap<u32, usize>,
    read: Option<BTreeSet<usize>>,
    hidden_wanted: BTreeSet<u32>,
    hidden: BTreeSet<u32>,
    /// An answer was not read to its end, so that what is on the server is not known.
    unsure: bool,
    lost: Option<Problem>,
    calls: u64,
}

impl WhatIfSession {
    /// Makes a candidate known by its `CREATE INDEX … ON …`; it is created when it is first needed.
    ///
    /// On a partitioned table one text for each partition is better than one for the table: HypoPG takes the statistics of the
    /// table for each of its partitions, if it knows any.
    pub fn register(&mut self, sql: &[String]) -> usize {
        self.candidates.push(Candidate::new(sql, None));
        self.candidates.len() - 1
    }

    /// The same with a number for its table: while the statements that are asked about do not read it, the index may stay on the
    /// server. Asked in turns about many tables, the server would else make every index again and again.
    pub fn register_on(&mut self, table: usize, sql: &[String]) -> usize {
        self.candidates.push(Candidate::new(sql, Some(table)));
        self.candidates.len() - 1
    }

    /// The tables that the next statements read, by the numbers of [`register_on`](Self::register_on); none where nobody knows.
    pub fn reads(&mut self, tables: Option<BTreeSet<usize>>) {
        self.read = tables;
    }

    /// Whether existing indexes can be hidden from the planner (HypoPG 1.4 and later).
    pub fn can_hide(&self) -> bool {
        self.can_hide
    }

    /// Hides an existing index from now on; false where that is not possible.
    pub fn hide(&mut self, oid: u32) -> bool {
        if self.can_hide {
            self.hidden_wanted.insert(oid);
        }
        self.can_hide
    }

    /// Shows a hidden index again; false where it was not hidden.
    pub fn unhide(&mut self, oid: u32) -> bool {
        self.hidden_wanted.remove(&oid)
    }

    /// Questions that were asked.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Numbers of the candidates that are on the server.
    fn present(&self) -> Vec<usize> {
        self.built.values().copied().collect()
    }

    fn owner(&self, oid: u32) -> Option<usize> {
        self.built.get(&oid).copied()
    }

    fn bytes(&self, index: usize) -> Option<u64> {
        self.candidates.get(index)?.bytes()
    }

    fn asking(&self) -> Option<Asking<'_>> {
        Some(Asking { client: self.session.as_ref()?.client()?, ledger: &self.ledger })
    }

    fn peer(&self) -> Peer<'_> {
        Peer { product: PRODUCT, target: &self.target }
    }

    fn check(&self) -> Result<(), WhatIfError> {
        self.lost.clone().map_or(Ok(()), |problem| Err(WhatIfError::Lost(problem)))
    }

    /// The server said so, or is gone.
    fn lose(&mut self, error: &tokio_postgres::Error) -> WhatIfError {
        let problem = self.peer().problem(error);
        if let Some(session) = self.session.take() {
            session.discard();
        }
        self.end(problem)
    }

    /// What it may still be doing is cancelled.
    fn lose_late(&mut self, after: Duration) -> WhatIfError {
        let problem = self.peer().timeout(after);
        self.session = None;
        self.end(problem)
    }

    fn lose_unsaid(&mut self) -> WhatIfError {
        let problem = self.peer().unexpected("no session");
        self.end(problem)
    }

    fn end(&mut self, problem: Problem) -> WhatIfError {
        self.lost = Some(problem.clone());
        WhatIfError::Lost(problem)
    }
}

impl Drop for WhatIfSession {
    fn drop(&mut self) {
        // One in the middle of an answer has it cancelled on the server.
        if !self.unsure
            && let Some(session) = self.session.take()
        {
            session.discard();
        }
    }
}
