//! The form in which samples are stored: whatever repeats between them stands once and is named by its number.

use domain::{BackendState, HorizonKind};
use serde::{Deserialize, Serialize};

/// Raised when anything in this file changes, or the order of an enum that it uses.
pub(super) const VERSION: u8 = 1;

/// A number of an entry in one of the lists of a [`Block`].
pub(super) type Number = u32;

/// The samples of up to a minute.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Block {
    /// What points of time are counted from; milliseconds by the console's clock.
    pub base: i64,
    pub texts: Vec<String>,
    pub identities: Vec<Identity>,
    pub statements: Vec<Statement>,
    /// Kind and event.
    pub wait_events: Vec<(Number, Number)>,
    pub locks: Vec<Lock>,
    pub prepared: Vec<Prepared>,
    pub remote: Vec<(HorizonKind, Number)>,
    /// Ascending.
    pub frames: Vec<Frame>,
}

/// What stays the same for as long as a session lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    pub pid: i32,
    pub started: Number,
    pub backend_type: Number,
    pub database: Number,
    pub user: Number,
    pub application: Number,
    pub client: Option<Number>,
    pub leader: Option<i32>,
    pub connected_since: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Statement {
    pub text: Option<Number>,
    pub fingerprint: Option<Number>,
    pub queryid: Option<Number>,
    pub route: Option<Number>,
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Lock {
    pub kind: Number,
    pub mode: Number,
    pub target: Number,
    pub held_mode: Option<Number>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Prepared {
    pub gid: Number,
    pub xid: Number,
    pub database: Number,
    pub owner: Number,
    pub since: i64,
}

/// One sample.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Frame {
    /// After the base.
    pub at: i64,
    /// How far the server's clock is ahead.
    pub ahead: i64,
    pub idle: u32,
    pub left_out: u32,
    pub waits_left_out: u32,
    pub states_visible: bool,
    pub sessions: Vec<Row>,
    /// With the transactions since its xid.
    pub prepared: Vec<(Number, u32)>,
    pub waits: Vec<Wait>,
    pub remote: Vec<Remote>,
}

/// A session at one moment. Points of time are by the server's clock.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub identity: Number,
    pub state: BackendState,
    pub wait: Option<Number>,
    pub statement: Number,
    /// After the base.
    pub state_since: Option<i64>,
    /// After the one before, where there is one: mostly nothing.
    pub statement_since: Option<i64>,
    pub transaction_since: Option<i64>,
    pub xmin_age: Option<u32>,
    pub xid_age: Option<u32>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Wait {
    pub pid: i32,
    pub blockers: Vec<Held>,
    pub lock: Option<Number>,
    pub since: Option<i64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Held {
    Session(i32),
    Prepared(Option<Number>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Remote {
    pub name: Number,
    pub xmin_age: u32,
    pub active: Option<bool>,
    pub retained_bytes: Option<f64>,
}
