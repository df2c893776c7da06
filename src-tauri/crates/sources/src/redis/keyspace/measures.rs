//! Asks some keys for type, time to live, size and idleness, in small batches.

use domain::{KeyMeasure, KeyTtl};
use redis::Value;
use redis::aio::ConnectionLike;

use super::KeySink;
use super::command::Command;
use super::session::{Session, Stop};
use super::step::Step;

/// Keys of a batch, and bytes of their names: each name is sent up to four times.
const BATCH_KEYS: usize = 32;
const BATCH_BYTES: usize = 16 * 1024;
/// MEMORY USAGE looks at so many elements of a set, a hash or a list.
const SAMPLES: &[u8] = b"5";
const ASKED: [Command; 4] = [Command::Type, Command::Pttl, Command::MemoryUsage, Command::ObjectIdletime];

pub(super) async fn measure<C, S>(
    session: &mut Session<'_, C>,
    names: &[&[u8]],
    sink: &mut S,
) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let mut rest = names;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch_size(rest));
        rest = after;
        match batch {
            [name] if name.len() > BATCH_BYTES => measure_long(session, name, sink).await?,
            batch => measure_batch(session, batch, sink).await?,
        }
    }
    Ok(())
}

/// As many of the first names as fit; at least one.
fn batch_size(names: &[&[u8]]) -> usize {
    let mut bytes = 0;
    let fitting = names.iter().take(BATCH_KEYS).take_while(|name| {
        bytes += name.len();
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}

async fn measure_batch<C, S>(session: &mut Session<'_, C>, names: &[&[u8]], sink: &mut S) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let asked: Vec<Command> = ASKED.into_iter().filter(|command| session.may(*command)).collect();
    let mut step = Step::new();
    for name in names {
        asked.iter().for_each(|command| add(&mut step, *command, name));
    }
    if step.is_empty() {
        return Ok(());
    }
    let (answers, _) = session.ask(&step).await?;
    let mut answers = answers.into_iter();
    for name in names {
        let mut told = Told::default();
        for command in &asked {
            told.take(session, *command, answers.next().unwrap_or(Value::Nil));
        }
        told.give(name, sink);
    }
    Ok(())
}

/// A long name goes out once for each question, one after the other, so that it is in memory once.
async fn measure_long<C, S>(session: &mut Session<'_, C>, name: &[u8], sink: &mut S) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let mut told = Told::default();
    for command in ASKED {
        if session.may(command) && !told.gone {
            let mut step = Step::new();
            add(&mut step, command, name);
            let (answers, _) = session.ask(&step).await?;
            told.take(session, command, answers.into_iter().next().unwrap_or(Value::Nil));
        }
    }
    told.give(name, sink);
    Ok(())
}

fn add(step: &mut Step, command: Command, name: &[u8]) {
    match command {
        Command::MemoryUsage => step.add(command, &[name, b"SAMPLES", SAMPLES]),
        _ => step.add(command, &[name]),
    }
}

/// What is known of one key so far.
#[derive(Debug, Default)]
struct Told {
    gone: bool,
    kind: Option<String>,
    ttl: Option<KeyTtl>,
    bytes: Option<u64>,
    idle_seconds: Option<u64>,
}

impl Told {
    fn take<C: ConnectionLike + Send>(
        &mut self,
        session: &mut Session<'_, C>,
        command: Command,
        answer: Value,
    ) {
        let Some(answer) = session.unless_refused(command, answer) else { return };
        self.read(command, answer);
        // MEMORY USAGE looks past the counters of hits and misses.
        if command != Command::MemoryUsage {
            session.account.looked_up(!self.gone);
        }
    }

    fn read(&mut self, command: Command, answer: Value) {
        match (command, answer) {
            (Command::Type, Value::SimpleString(kind)) if kind == "none" => self.gone = true,
            (Command::Type, Value::SimpleString(kind)) => self.kind = Some(kind),
            (Command::Pttl, Value::Int(-1)) => self.ttl = Some(KeyTtl::Forever),
            (Command::Pttl, Value::Int(left)) => match u64::try_from(left) {
                Ok(left) => self.ttl = Some(KeyTtl::Milliseconds(left)),
                Err(_) => self.gone = true,
            },
            (Command::MemoryUsage, Value::Int(bytes)) => self.bytes = u64::try_from(bytes).ok(),
            (Command::ObjectIdletime, Value::Int(idle)) => self.idle_seconds = u64::try_from(idle).ok(),
            (Command::MemoryUsage | Command::ObjectIdletime, Value::Nil) => self.gone = true,
            _ => {}
        }
    }

    fn give<S: KeySink + ?Sized>(&self, name: &[u8], sink: &mut S) {
        let nothing = self.kind.is_none() && self.ttl.is_none() && self.bytes.is_none();
        if self.gone || nothing {
            return;
        }
        let measure = KeyMeasure {
            kind: self.kind.as_deref().unwrap_or("unknown"),
            bytes: self.bytes,
            ttl: self.ttl.unwrap_or(KeyTtl::Unknown),
            idle_seconds: self.idle_seconds,
        };
        sink.measured(name, &measure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_by_keys_and_bytes() {
        let short: Vec<&[u8]> = vec![b"short"; 100];
        let long = vec![b'x'; 5_000_000];
        let middle = vec![b'x'; 6_000];
        let cases: [(&[&[u8]], usize); 5] = [
            (&short, BATCH_KEYS),
            (&short[..3], 3),
            (&[&long, b"short"], 1),
            (&[b"short", &long], 1),
            (&[&middle, &middle, &middle], 2),
        ];
        for (names, expected) in cases {
            assert_eq!(batch_size(names), expected, "{}", names.len());
        }
    }

    #[test]
    fn a_key_that_went_in_between_is_gone() {
        let cases = [
            (Command::Type, Value::SimpleString("none".to_owned()), true),
            (Command::Type, Value::SimpleString("string".to_owned()), false),
            (Command::Pttl, Value::Int(-2), true),
            (Command::Pttl, Value::Int(-1), false),
            (Command::MemoryUsage, Value::Nil, true),
            (Command::ObjectIdletime, Value::Nil, true),
            (Command::ObjectIdletime, Value::Int(3), false),
        ];
        for (command, answer, gone) in cases {
            let mut told = Told::default();
            told.read(command, answer.clone());
            assert_eq!(told.gone, gone, "{command:?} {answer:?}");
        }
    }
}
