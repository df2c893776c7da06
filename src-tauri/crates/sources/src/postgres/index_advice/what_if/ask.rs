//! Sends texts to the server in one round trip and takes the answers apart, statement by statement.

use std::pin::Pin;
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream};

use super::WhatIfSession;
use super::outcome::WhatIfError;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::planner::{ends_session, reason};

const ASK: OwnQueryName = OwnQueryName {
    name: "what_if.ask",
    purpose: "What the planner would make of an index, for index advice",
};
/// Plans are asked for other people's statements, which are not kept.
const ASK_TOLD: &str = "EXPLAIN EXECUTE a statement, with hypothetical indexes";
const PREPARE: OwnQueryName = OwnQueryName {
    name: "what_if.prepare",
    purpose: "Makes a statement known for its plans, without running it",
};
const PREPARE_TOLD: &str = "PREPARE a statement";

/// The server ends each statement after 2 s; there are few that need longer than moments.
const EACH: Duration = Duration::from_secs(3);
/// For the way there and back.
const TRAVEL: Duration = Duration::from_secs(8);

/// What came back for one text of several statements.
#[derive(Default)]
pub(super) struct Answer {
    /// Rows of each statement that succeeded.
    pub(super) statements: Vec<Vec<SimpleQueryRow>>,
    /// Of the statement after those.
    pub(super) error: Option<Error>,
}

impl Answer {
    /// Without the first statements.
    fn after(mut self, statements: usize) -> Answer {
        self.statements.drain(..statements.min(self.statements.len()));
        self
    }

    /// The first value of the first row of a statement.
    pub(super) fn text(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.first()?.try_get(0).ok()?
    }
}

pub(super) fn number<T: FromStr>(row: &SimpleQueryRow, column: usize) -> Option<T> {
    row.try_get(column).ok()??.parse().ok()
}

impl WhatIfSession {
    /// Makes exactly `wanted` present and asks `texts`, in one round trip.
    pub(super) async fn exchange(
        &mut self,
        wanted: &[usize],
        texts: &[String],
    ) -> Result<Vec<Answer>, WhatIfError> {
        self.check()?;
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let change = self.change(&wanted)?;
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let first = format!("{}{}", change.sql, texts.first().copied().unwrap_or_default());
        match texts.first_mut() {
            Some(text) => *text = &first,
            None => texts.push(&first),
        }
        let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let patience = TRAVEL + EACH * count;
        self.unsure = true;
        self.calls += u64::from(count);
        let Some(asking) = self.asking() else { return Err(self.lose_unsaid()) };
        let Ok(mut answers) = tokio::time::timeout(patience, answers(asking, &texts)).await else {
            return Err(self.lose_late(patience));
        };
        self.unsure = false;
        if let Some(first) = answers.first_mut() {
            let answer = std::mem::take(first);
            self.settle(&change, &answer)?;
            *first = answer.after(change.len());
        }
        Ok(answers)
    }

    /// One statement and no answer, in the protocol that admits no second statement.
    pub(super) async fn execute(&mut self, sql: &str) -> Result<(), WhatIfError> {
        self.check()?;
        let patience = TRAVEL + EACH;
        let Some(asking) = self.asking() else { return Err(self.lose_unsaid()) };
        let asked = asking.rows_told(PREPARE, sql, PREPARE_TOLD, &[]);
        match tokio::time::timeout(patience, asked).await {
            Err(_) => Err(self.lose_late(patience)),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => match error.as_db_error() {
                Some(told) if !ends_session(&error) => Err(WhatIfError::Statement(reason(told))),
                _ => Err(self.lose(&error)),
            },
        }
    }
}

async fn answers(asking: Asking<'_>, texts: &[&str]) -> Vec<Answer> {
    let begun = Instant::now();
    let mut sent = Vec::with_capacity(texts.len());
    for text in texts {
        // Returns once it is on its way.
        sent.push(asking.client.simple_query_raw(&Asking::named(ASK, text)).await);
    }
    let mut answers = Vec::with_capacity(sent.len());
    for stream in sent {
        answers.push(match stream {
            Ok(stream) => answer(Box::pin(stream)).await,
            Err(error) => Answer { error: Some(error), ..Answer::default() },
        });
    }
    // They share a round trip, so each gets an equal part of it.
    let each = begun.elapsed() / u32::try_from(answers.len().max(1)).unwrap_or(u32::MAX);
    for answer in &answers {
        let rows = answer.statements.iter().map(Vec::len).sum();
        asking.answered(ASK, ASK_TOLD, each, answer.error.is_none().then_some(rows));
    }
    answers
}

async fn answer(mut stream: Pin<Box<SimpleQueryStream>>) -> Answer {
    let (mut answer, mut rows) = (Answer::default(), Vec::new());
    while let Some(message) = stream.next().await {
        match message {
            Ok(SimpleQueryMessage::Row(row)) => rows.push(row),
            Ok(SimpleQueryMessage::CommandComplete(_)) => answer.statements.push(std::mem::take(&mut rows)),
            Ok(_) => {}
            Err(error) => return Answer { error: Some(error), ..answer },
        }
    }
    answer
}
