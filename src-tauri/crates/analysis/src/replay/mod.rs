//! A stream of executions, taken in once: repeated statements, what each statement cost, and what caching, sharing and
//! pooling would change.
//!
//! [`Prepared`] does for a batch what can be done on any core; [`Replay`] takes batches in, in the order of the log, in
//! bounded memory. [`Replay::outcome`] tells what was found so far, so that a log that grows can be told at any time.

mod cache;
mod catalogue;
mod connections;
mod findings;
mod given;
mod nature;
mod origin;
mod outcome;
mod plans;
mod pool;
mod prepared;
mod queries;
mod requests;
mod route;
mod shapes;
mod stats;
mod trend;
mod units;

pub use given::Given;
pub use outcome::Outcome;
pub use prepared::{Prepared, Seen, SeenError, SeenPlan, SeenRequest};
pub use shapes::Shapes;

use cache::{Cache, Read};
use catalogue::{Catalogue, KeptPlan};
use connections::Connections;
use nature::{Cacheable, Role};
use plans::Plans;
use prepared::{Execution, Note};
use requests::Requests;
use units::{Held, InUse, Sink, Units};

use crate::n_plus_one::{self, Detector, Observation, UnitKey, UnitKind};
use crate::names::Names;

#[cfg(test)]
mod tests;

/// How a replay is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Repeats in one unit of work that make a pattern.
    pub threshold: u64,
    /// A session that pauses for longer begins a new unit of work.
    pub session_gap_us: u64,
    /// Statements are kept with their constants.
    pub keep_literals: bool,
}

impl Default for Options {
    fn default() -> Options {
        let detector = n_plus_one::Options::default();
        Options {
            threshold: detector.threshold,
            session_gap_us: detector.session_idle_gap_us,
            keep_literals: false,
        }
    }
}

impl Options {
    /// At most about 130 MB when every bound is reached; with the statements and the simulations a replay then takes
    /// about 250 MB. Usually it is a few.
    fn detector(&self) -> n_plus_one::Options {
        n_plus_one::Options {
            threshold: self.threshold,
            session_idle_gap_us: self.session_gap_us,
            max_open_units: 16_384,
            max_open_statements: 65_536,
            max_worst_units: 100,
            ..n_plus_one::Options::default()
        }
    }
}

/// Sessions with a transaction open, remembered at once.
const SESSIONS: usize = 65_536;
/// Names of routes and applications.
const NAMES: usize = 16_384;

/// Everything that is known of the stream so far.
#[derive(Clone, Debug)]
pub struct Replay {
    options: Options,
    catalogue: Catalogue,
    units: Units,
    ledger: Ledger,
    cache: Cache,
    plans: Plans,
    requests: Requests,
    unrecorded: u64,
    first_us: Option<i64>,
    last_us: Option<i64>,
}

/// Where units and uses of connections are noted.
#[derive(Clone, Debug)]
struct Ledger {
    detector: Detector,
    names: Names,
    connections: Connections,
    /// Executions by kind of unit, in the order of [`UnitKind::ALL`].
    grouped_by: [u64; 4],
    id: String,
}

impl Sink for Ledger {
    fn unit(&mut self, kind: UnitKind, hash: u64, held: &Held) {
        for (count, known) in self.grouped_by.iter_mut().zip(UnitKind::ALL) {
            *count += u64::from(known == kind);
        }
        let Held { execution, route, application } = held;
        // Only the execution at hand has an id; one that was held back has none.
        let named = matches!(kind, UnitKind::Request | UnitKind::Trace);
        let id = Some(self.id.as_str()).filter(|id| named && !id.is_empty());
        let name = |number: &Option<u32>| number.and_then(|number| self.names.text(number));
        self.detector.observe(&Observation {
            unit: UnitKey { kind, hash, id },
            fingerprint: execution.fingerprint,
            values: execution.values,
            given: execution.given,
            start_us: execution.start_us,
            duration_us: execution.duration_us,
            rows: execution.rows,
            route: name(route),
            application: name(application),
        });
    }

    fn in_use(&mut self, used: InUse) {
        self.connections.add(used.start_us, used.end_us);
    }

    fn ended(&mut self, transaction: u64) {
        self.detector.end(UnitKind::Transaction, transaction);
    }
}

impl Replay {
    pub fn new(options: Options) -> Replay {
        Replay {
            options,
            catalogue: Catalogue::new(options.keep_literals),
            units: Units::new(options.threshold, SESSIONS),
            ledger: Ledger {
                detector: Detector::new(options.detector()),
                names: Names::with_room(NAMES),
                connections: Connections::new(),
                grouped_by: [0; 4],
                id: String::new(),
            },
            cache: Cache::new(),
            plans: Plans::default(),
            requests: Requests::default(),
            unrecorded: 0,
            first_us: None,
            last_us: None,
        }
    }

    /// Takes a batch in. Batches come in the order of the log.
    pub fn take(&mut self, batch: &Prepared) {
        let mut notes = batch.notes.iter().peekable();
        for (index, execution) in batch.executions.iter().enumerate() {
            while let Some((_, note)) = notes.next_if(|(before, _)| *before <= index) {
                self.note(note, batch);
            }
            self.execution(execution, batch);
        }
        notes.for_each(|(_, note)| self.note(note, batch));
    }

    fn execution(&mut self, execution: &Execution, batch: &Prepared) {
        self.seen_at(execution.start_us, execution.end_us());
        let route = self.route_of(execution, batch);
        let application = self.number_of(execution.application, batch);
        let plan = self.plans.of(execution.session);
        let fingerprint = execution.fingerprint;
        let Some((entry, trends)) = self.catalogue.entry(fingerprint, || batch.sample_of(fingerprint)) else {
            return;
        };
        let stats = &mut entry.stats;
        stats.add(execution.start_us, execution.duration_us, execution.rows);
        let full = trends.add(&mut stats.trend, execution.start_us, execution.duration_us.unwrap_or(0));
        if let Some(route) = route {
            stats.route(route);
        }
        if !execution.error.is_none() {
            stats.failed(&outcome::masked_error(batch.string(execution.error)));
        }
        if let Some(text) = plan {
            let slowest = entry.plan.as_ref().is_none_or(|kept| kept.duration_us <= execution.duration_us);
            if slowest {
                let (duration_us, at_us) = (execution.duration_us, execution.start_us);
                entry.plan = Some(KeptPlan { duration_us, at_us, text });
            }
        }
        self.unrecorded += u64::from(execution.unrecorded);
        match entry.role {
            Role::Read(Cacheable::Yes) if execution.unrecorded => entry.gain.unrecorded += 1,
            Role::Read(Cacheable::Yes) => {
                let read = Read {
                    fingerprint,
                    values: execution.values,
                    tables: &entry.tables,
                    start_us: execution.start_us,
                    duration_us: execution.duration_us.unwrap_or(0),
                };
                self.cache.read(&read, &mut entry.gain);
            }
            Role::Write => self.cache.write(&entry.tables, execution.end_us()),
            _ => {}
        }
        let role = entry.role;
        if full {
            self.catalogue.coarsen_trends();
        }
        self.ledger.id.clear();
        self.ledger.id.push_str(batch.string(execution.id));
        self.units.take(Held { execution: *execution, route, application }, role, &mut self.ledger);
    }

    fn note(&mut self, note: &Note, batch: &Prepared) {
        match *note {
            Note::Request { request, trace, route, finished } => {
                let route = self.number_of(route, batch);
                for (kind, hash) in [(UnitKind::Request, request), (UnitKind::Trace, trace)] {
                    if hash == 0 {
                        continue;
                    }
                    if let Some(name) = route.and_then(|route| self.ledger.names.text(route)) {
                        self.ledger.detector.name_route(kind, hash, name);
                    }
                    self.requests.note(hash, route, finished);
                }
            }
            Note::Error { at_us, fingerprint, error } => {
                let entry = self.catalogue.entry(fingerprint, || batch.sample_of(fingerprint));
                if let Some((entry, _)) = entry {
                    entry.stats.failed(&outcome::masked_error(batch.string(error)));
                    entry.stats.seen_at(at_us);
                }
            }
            Note::Plan { session, plan, json } => self.plans.note(session, batch.text(plan), json),
        }
    }

    fn seen_at(&mut self, start_us: i64, end_us: i64) {
        self.first_us = Some(self.first_us.map_or(start_us, |first| first.min(start_us)));
        self.last_us = Some(self.last_us.map_or(end_us, |last| last.max(end_us)));
    }

    /// What the statement says itself, else what its request's line said.
    fn route_of(&mut self, execution: &Execution, batch: &Prepared) -> Option<u32> {
        if !execution.route.is_none() {
            return self.number_of(execution.route, batch);
        }
        let (_, hash) = units::named(execution)?;
        self.requests.route(hash)
    }

    fn number_of(&mut self, text: prepared::Text, batch: &Prepared) -> Option<u32> {
        if text.is_none() {
            return None;
        }
        let names = &mut self.ledger.names;
        names.again(batch.text(text)).or_else(|| names.number(batch.string(text)))
    }
}
