//! Asks the sets `cache:tag:<tag>` how many keys they list and how many of these still exist.

use domain::TagMeasure;
use redis::Value;
use redis::aio::ConnectionLike;

use super::KeySink;
use super::command::Command;
use super::session::{Session, Stop};
use super::step::Step;

/// Tags that are asked; a cache with more has one for each thing that it keeps.
pub(super) const MOST_TAGS: usize = 1_000;
const MEMBERS: &[u8] = b"10";
/// Members are keys; where they are longer than this on average, they are not asked for.
const MEMBER_BYTES: u64 = 4_096;

pub(super) async fn measure_tag<C, S>(
    session: &mut Session<'_, C>,
    name: &[u8],
    tag: &[u8],
    sink: &mut S,
) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let members = number(session, Command::Scard, &[name]).await?;
    session.account.looked_up(members.is_some_and(|members| members > 0));
    let Some(members) = members.filter(|members| *members > 0) else { return Ok(()) };
    let bytes = number(session, Command::MemoryUsage, &[name]).await?;
    let short = bytes.is_some_and(|bytes| bytes / members <= MEMBER_BYTES);
    let sample = if short { sample(session, name).await? } else { Sample::default() };
    sink.tagged(&TagMeasure {
        tag,
        members,
        alive_ratio: (sample.asked > 0).then(|| sample.alive as f64 / sample.asked as f64),
        ttl_longest: sample.ttl_longest,
    });
    Ok(())
}

#[derive(Debug, Default)]
struct Sample {
    asked: u64,
    alive: u64,
    ttl_longest: Option<f64>,
}

/// A member's time to live tells as well whether it exists.
async fn sample<C: ConnectionLike + Send>(session: &mut Session<'_, C>, name: &[u8]) -> Result<Sample, Stop> {
    let mut sample = Sample::default();
    if !session.may(Command::Srandmember) || !session.may(Command::Pttl) {
        return Ok(sample);
    }
    let answer = session.ask_one(Command::Srandmember, &[name, MEMBERS]).await?;
    let (Some(Value::Array(members)) | Some(Value::Set(members))) = answer else { return Ok(sample) };
    let mut step = Step::new();
    for member in &members {
        if let Value::BulkString(member) = member {
            step.add(Command::Pttl, &[member]);
        }
    }
    if step.is_empty() {
        return Ok(sample);
    }
    let (answers, _) = session.ask(&step).await?;
    session.account.looked_up(true);
    for answer in answers {
        let Some(Value::Int(left)) = session.unless_refused(Command::Pttl, answer) else { continue };
        session.account.looked_up(left != -2);
        sample.asked += 1;
        sample.alive += u64::from(left != -2);
        if left >= 0 {
            let seconds = left as f64 / 1_000.0;
            sample.ttl_longest = Some(sample.ttl_longest.map_or(seconds, |longest| longest.max(seconds)));
        }
    }
    Ok(sample)
}

/// None where it is refused, or the key is gone or no set.
async fn number<C: ConnectionLike + Send>(
    session: &mut Session<'_, C>,
    command: Command,
    arguments: &[&[u8]],
) -> Result<Option<u64>, Stop> {
    if !session.may(command) {
        return Ok(None);
    }
    let answer = session.ask_one(command, arguments).await?;
    Ok(match answer {
        Some(Value::Int(number)) => u64::try_from(number).ok(),
        _ => None,
    })
}
