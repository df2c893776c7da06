//! The walk itself: each primary in turn, step by step, until it is round, cancelled or cut off.

use domain::{KeyspaceOptions, KeyspaceState, cache_tag};
use redis::Value;
use redis::aio::ConnectionLike;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::command::Command;
use super::measures::measure;
use super::problem::problem;
use super::scan::scan;
use super::session::{Session, Stop};
use super::step::Step;
use super::tags::{MOST_TAGS, measure_tag};
use super::{KeySink, Primary, WalkEnd};

/// Walks over `database` of every primary. A connection that is lost ends it as `Failed`; the caller may begin anew.
pub async fn walk<C, S>(
    primaries: Vec<Primary<C>>,
    database: u32,
    options: KeyspaceOptions,
    cancel: &CancellationToken,
    sink: &mut S,
) -> WalkEnd
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let mut account = Account::new();
    let walked = walk_all(primaries, database, options, cancel, &mut account, sink).await;
    let state = match walked {
        Ok(()) => KeyspaceState::Done,
        Err(Stop::Cancelled) => KeyspaceState::Cancelled,
        Err(Stop::Failed(problem)) => KeyspaceState::Failed { problem },
    };
    WalkEnd { state, cost: account.cost(), lacks: account.lacks, hits: account.hits, misses: account.misses }
}

async fn walk_all<C, S>(
    mut primaries: Vec<Primary<C>>,
    database: u32,
    options: KeyspaceOptions,
    cancel: &CancellationToken,
    account: &mut Account,
    sink: &mut S,
) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let mut expected = Some(0);
    for primary in &mut primaries {
        let mut session = Session::new(primary, options.budget, cancel, account);
        select(&mut session, database).await?;
        expected = expected.zip(size(&mut session).await?).map(|(sum, keys)| sum + keys);
    }
    sink.expect(expected.unwrap_or(0));
    let mut tags = 0;
    for primary in &mut primaries {
        let session = Session::new(primary, options.budget, cancel, account);
        walk_one(session, &mut tags, sink).await?;
    }
    Ok(())
}

async fn select<C: ConnectionLike + Send>(session: &mut Session<'_, C>, database: u32) -> Result<(), Stop> {
    let mut step = Step::new();
    step.add(Command::Select, &[database.to_string().as_bytes()]);
    let (answers, _) = session.ask(&step).await?;
    match answers.into_iter().next() {
        // A cluster has database 0 only, and may refuse even that.
        Some(Value::ServerError(error)) if database != 0 => {
            Err(Stop::Failed(problem(session.address, &error.into())))
        }
        _ => Ok(()),
    }
}

async fn size<C: ConnectionLike + Send>(session: &mut Session<'_, C>) -> Result<Option<u64>, Stop> {
    Ok(match session.ask_one(Command::DbSize, &[]).await? {
        Some(Value::Int(keys)) => u64::try_from(keys).ok(),
        _ => None,
    })
}

async fn walk_one<C, S>(mut session: Session<'_, C>, tags: &mut usize, sink: &mut S) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    session.learn().await?;
    let walked = steps(&mut session, tags, sink).await;
    // Of a walk that was broken off, the last second is not known: nothing more is asked.
    let learnt = if walked.is_ok() { session.learn().await } else { Ok(()) };
    sink.stepped(&session.account.cost(), &session.account.lacks);
    walked.and(learnt)
}

async fn steps<C, S>(session: &mut Session<'_, C>, tags: &mut usize, sink: &mut S) -> Result<(), Stop>
where
    C: ConnectionLike + Send,
    S: KeySink + ?Sized,
{
    let mut cursor = 0;
    loop {
        let found = scan(session, cursor).await?;
        let chosen: Vec<&[u8]> =
            found.names.iter().map(Vec::as_slice).filter(|name| sink.seen(name)).collect();
        measure(session, &chosen, sink).await?;
        for name in &found.names {
            if let Some(tag) = cache_tag(name).filter(|_| *tags < MOST_TAGS) {
                *tags += 1;
                measure_tag(session, name, tag, sink).await?;
            }
        }
        session.learn_when_due().await?;
        sink.stepped(&session.account.cost(), &session.account.lacks);
        match found.next {
            Some(next) => cursor = next,
            None => return Ok(()),
        }
    }
}
