//! What the console's commands cost a server, from the difference of its command statistics.

use super::command::Command;
use crate::redis::info::Info;

const COMMANDS: usize = Command::ALL.len();

/// Calls and microseconds of the commands that a walk sends.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CommandStats([Stat; COMMANDS]);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Stat {
    calls: u64,
    microseconds: u64,
}

/// Commands that were sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Calls([u64; COMMANDS]);

impl Calls {
    pub(super) fn add(&mut self, command: Command, times: u64) {
        if let Some(calls) = self.0.get_mut(command as usize) {
            *calls += times;
        }
    }
}

impl CommandStats {
    /// Reads the text of `INFO commandstats`; lines of other commands are passed over.
    pub(super) fn read(info: &str) -> CommandStats {
        let mut stats = CommandStats::default();
        for (name, figures) in Info::parse(info).each("cmdstat_") {
            let Some(command) = command(name) else { continue };
            if let Some(stat) = stats.0.get_mut(command as usize) {
                stat.calls += figures.count("calls").unwrap_or(0);
                stat.microseconds += figures.count("usec").unwrap_or(0);
            }
        }
        stats
    }

    /// Milliseconds of the server for `own` calls since `before`. An upper bound where others send SCAN, MEMORY USAGE or
    /// SRANDMEMBER at the same time: these differ too much from call to call to be shared out.
    pub(super) fn own_ms(&self, before: &CommandStats, own: &Calls) -> f64 {
        let mut microseconds = 0.0;
        for (((command, now), then), own) in Command::ALL.iter().zip(&self.0).zip(&before.0).zip(&own.0) {
            // CONFIG RESETSTAT in between: what is there now came afterwards.
            let then = if now.calls < then.calls { &Stat::default() } else { then };
            let calls = now.calls - then.calls;
            let spent = now.microseconds.saturating_sub(then.microseconds) as f64;
            if *own > 0 && calls > 0 {
                let share = if command.is_constant() { *own as f64 / calls as f64 } else { 1.0 };
                microseconds += spent * share.min(1.0);
            }
        }
        microseconds / 1_000.0
    }
}

/// Before Redis 7 subcommands are counted under their command.
fn command(name: &str) -> Option<Command> {
    match name {
        "memory" => Some(Command::MemoryUsage),
        "object" => Some(Command::ObjectIdletime),
        name => Command::ALL.into_iter().find(|command| command.right() == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(calls: &[(Command, u64)]) -> Calls {
        let mut own = Calls::default();
        calls.iter().for_each(|(command, times)| own.add(*command, *times));
        own
    }

    #[test]
    fn own_cost_from_two_readings() {
        let before = "# Commandstats\r\ncmdstat_scan:calls=5,usec=100,usec_per_call=20.00\r\n\
cmdstat_pttl:calls=1000,usec=1000,usec_per_call=1.00\r\ncmdstat_get:calls=9,usec=9\r\n";
        let cases = [
            ("no change", before, vec![(Command::Scan, 1)], 0.0),
            ("all ours", "cmdstat_scan:calls=7,usec=1100", vec![(Command::Scan, 2)], 1.0),
            ("others scan too", "cmdstat_scan:calls=25,usec=1100", vec![(Command::Scan, 2)], 1.0),
            ("others' PTTL", "cmdstat_pttl:calls=5000,usec=5000", vec![(Command::Pttl, 400)], 0.4),
            ("reset in between", "cmdstat_scan:calls=2,usec=60", vec![(Command::Scan, 2)], 0.06),
            ("not ours", "cmdstat_memory|usage:calls=2,usec=60", vec![(Command::Scan, 2)], 0.0),
            ("Redis 7", "cmdstat_memory|usage:calls=2,usec=60", vec![(Command::MemoryUsage, 2)], 0.06),
            ("Redis 6", "cmdstat_memory:calls=2,usec=60", vec![(Command::MemoryUsage, 2)], 0.06),
            (
                "no numbers",
                "cmdstat_scan:calls=x,usec=-4\ncmdstat_scan\ncmdstat_:",
                vec![(Command::Scan, 2)],
                0.0,
            ),
        ];
        let then = CommandStats::read(before);
        for (what, after, calls, expected) in cases {
            let found = CommandStats::read(after).own_ms(&then, &own(&calls));
            assert!((found - expected).abs() < 1e-9, "{what}: {found}");
        }
    }
}
