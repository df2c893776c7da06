//! One step of SCAN: names, and where to go on.

use std::time::Duration;

use redis::Value;
use redis::aio::ConnectionLike;

use super::command::Command;
use super::problem::{not_understood, problem};
use super::session::{Session, Stop};
use super::step::Step;

pub(super) struct Found {
    /// None when the walk is round.
    pub next: Option<u64>,
    pub names: Vec<Vec<u8>>,
}

pub(super) async fn scan<C: ConnectionLike + Send>(
    session: &mut Session<'_, C>,
    cursor: u64,
) -> Result<Found, Stop> {
    let (cursor, count) = (cursor.to_string(), session.pace.count().to_string());
    let mut step = Step::new();
    step.add(Command::Scan, &[cursor.as_bytes(), b"COUNT", count.as_bytes()]);
    let (answers, waited) = session.ask(&step).await?;
    let found = match answers.into_iter().next() {
        Some(Value::ServerError(error)) => {
            return Err(Stop::Failed(problem(session.address, &error.into())));
        }
        Some(answer) => read(answer),
        None => None,
    };
    let found = found.ok_or_else(|| Stop::Failed(not_understood(session.address, Command::Scan)))?;
    learn_sizes(session, &found.names, waited);
    Ok(found)
}

fn learn_sizes<C>(session: &mut Session<'_, C>, names: &[Vec<u8>], waited: Duration) {
    let bytes = names.iter().map(Vec::len).sum();
    session.pace.scanned(names.len(), bytes, waited);
}

fn read(answer: Value) -> Option<Found> {
    let Value::Array(parts) = answer else { return None };
    let mut parts = parts.into_iter();
    let (Some(cursor), Some(Value::Array(names))) = (parts.next(), parts.next()) else { return None };
    let next = match cursor {
        Value::BulkString(digits) => std::str::from_utf8(&digits).ok()?.parse().ok()?,
        Value::SimpleString(digits) => digits.parse().ok()?,
        Value::Int(number) => number.cast_unsigned(),
        _ => return None,
    };
    let names = names.into_iter().filter_map(|name| match name {
        Value::BulkString(name) => Some(name),
        Value::SimpleString(name) => Some(name.into_bytes()),
        _ => None,
    });
    Some(Found { next: (next != 0).then_some(next), names: names.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn replies_of_scan() {
        let names = || Value::Array(vec![bulk("a"), bulk("b")]);
        let end = u64::MAX.to_string();
        let cases = [
            (Value::Array(vec![bulk("0"), names()]), Some((None, 2))),
            (Value::Array(vec![bulk("17"), names()]), Some((Some(17), 2))),
            (Value::Array(vec![bulk(&end), Value::Array(vec![])]), Some((Some(u64::MAX), 0))),
            (Value::Array(vec![bulk("x"), names()]), None),
            (Value::Array(vec![bulk("0")]), None),
            (Value::Nil, None),
        ];
        for (answer, expected) in cases {
            let found = read(answer.clone()).map(|found| (found.next, found.names.len()));
            assert_eq!(found, expected, "{answer:?}");
        }
    }
}
