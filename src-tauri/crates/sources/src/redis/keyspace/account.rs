//! What the whole walk has cost and lacked, over all primaries.

use std::time::{Duration, Instant};

use domain::KeyspaceCost;

#[derive(Debug)]
pub(super) struct Account {
    started: Instant,
    counted: KeyspaceCost,
    /// None once a server hides its statistics.
    pub server_ms: Option<f64>,
    pub lacks: Vec<String>,
    pub hits: u64,
    pub misses: u64,
}

impl Account {
    pub(super) fn new() -> Account {
        Account {
            started: Instant::now(),
            counted: KeyspaceCost::default(),
            server_ms: Some(0.0),
            lacks: Vec::new(),
            hits: 0,
            misses: 0,
        }
    }

    pub(super) fn cost(&self) -> KeyspaceCost {
        let took = self.started.elapsed().as_secs_f64() * 1_000.0;
        let core_ratio = self.server_ms.filter(|_| took > 0.0).map(|server| server / took);
        KeyspaceCost { server_ms: self.server_ms, core_ratio, ..self.counted }
    }

    pub(super) fn answered(&mut self, commands: usize, waited: Duration) {
        self.counted.commands += commands as u64;
        self.counted.longest_step_ms = self.counted.longest_step_ms.max(waited.as_secs_f64() * 1_000.0);
    }

    pub(super) fn lack(&mut self, lack: String) {
        if !self.lacks.contains(&lack) {
            self.lacks.push(lack);
        }
    }

    /// A command that looks a key up was answered.
    pub(super) fn looked_up(&mut self, found: bool) {
        if found {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
    }
}
