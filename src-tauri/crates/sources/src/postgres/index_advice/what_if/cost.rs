//! The questions themselves: what a statement costs with given indexes, and how large they would be.

use super::WhatIfSession;
use super::ask::Answer;
use super::outcome::{Planned, WhatIfError};
use crate::postgres::planner::plan::{self, Plan};
use crate::postgres::planner::{ends_session, plannable, reason, text};

/// Questions under way at once.
const TOGETHER: usize = 32;
/// A generic plan is kept once it is made, and does not learn of hypothetical indexes.
const FORGET_PLANS: &str = "DISCARD PLANS;\n";
/// Ends with the question. Else partitions that the NULLs do not match vanish from the plan, and their indexes with them.
const ALL_PARTITIONS: &str = "SELECT set_config('enable_partition_pruning', 'off', true);\n";

/// Statements that stay prepared: forgetting plans takes the server the longer, the more there are.
const MOST_KEPT: usize = 256;

pub(super) struct Prepared {
    sql: String,
    /// `(NULL, NULL)`
    arguments: String,
    /// Of its name on the server, `mpanel_3`, while it is prepared there.
    number: Option<usize>,
    /// Its plan leaves partitions out, whose indexes have to be asked for.
    hides_partitions: bool,
    refused: Option<String>,
}

impl WhatIfSession {
    /// Makes a statement known. Its parameters are `$1`, `$2`, …; it is never executed.
    ///
    /// # Errors
    /// [`WhatIfError::Statement`] where it has no plan: it is more than one statement, neither reads nor changes rows, or names
    /// what is not there or not for this role.
    pub async fn prepare(&mut self, sql: &str) -> Result<usize, WhatIfError> {
        let sql = plannable(sql);
        let parameters =
            text::parameters(&sql).map_err(|reason| WhatIfError::Statement(reason.to_owned()))?;
        if self.kept >= MOST_KEPT {
            self.forget_statements().await?;
        }
        let number = Some(self.keep(&sql).await?);
        let arguments = match parameters {
            0 => String::new(),
            _ => format!("({})", vec!["NULL"; parameters].join(", ")),
        };
        self.statements.push(Prepared {
            sql: sql.into_owned(),
            arguments,
            number,
            hides_partitions: false,
            refused: None,
        });
        Ok(self.statements.len() - 1)
    }

    /// Prepares a statement under a name of its own, whose number is the answer.
    async fn keep(&mut self, sql: &str) -> Result<usize, WhatIfError> {
        // A call that was dropped may have left its name behind.
        let number = self.names;
        self.names += 1;
        // Neither this protocol nor the grammar of PREPARE admits a second statement, or one without a plan.
        self.execute(&format!("PREPARE mpanel_{number} AS {sql}")).await?;
        self.kept += 1;
        Ok(number)
    }

    async fn forget_statements(&mut self) -> Result<(), WhatIfError> {
        let gone = self.statements.iter_mut().filter_map(|statement| statement.number.take());
        let text: String = gone.map(|number| format!("DEALLOCATE mpanel_{number};\n")).collect();
        self.kept = 0;
        if !text.is_empty() {
            self.exchange(&self.present(), &[text]).await?;
        }
        Ok(())
    }

    /// Has these statements prepared on the server; of one that no longer can be, the reason is kept.
    async fn ready(&mut self, wanted: &[usize]) -> Result<(), WhatIfError> {
        let missing = |session: &WhatIfSession| -> Vec<usize> {
            let open = |index: &usize| {
                let known = session.statements.get(*index);
                known.is_some_and(|known| known.number.is_none() && known.refused.is_none())
            };
            wanted.iter().copied().filter(open).collect()
        };
        if missing(self).is_empty() {
            return Ok(());
        }
        if self.kept + missing(self).len() > MOST_KEPT {
            self.forget_statements().await?;
        }
        for index in missing(self) {
            let Some(sql) = self.statements.get(index).map(|known| known.sql.clone()) else { continue };
            let kept = match self.keep(&sql).await {
                Ok(number) => Ok(number),
                Err(WhatIfError::Statement(reason)) => Err(reason),
                Err(error) => return Err(error),
            };
            if let Some(known) = self.statements.get_mut(index) {
                match kept {
                    Ok(number) => known.number = Some(number),
                    Err(reason) => known.refused = Some(reason),
                }
            }
        }
        Ok(())
    }

    /// What `statement` costs when exactly the candidates `indexes` are there beside what exists.
    ///
    /// # Errors
    /// See [`WhatIfError`]; after all but [`WhatIfError::Lost`] the session goes on.
    pub async fn cost(&mut self, statement: usize, indexes: &[usize]) -> Result<Planned, WhatIfError> {
        let mut found = self.costs(&[statement], indexes).await?;
        found.pop().unwrap_or_else(|| Err(unreadable()))
    }

    /// The same for several statements, some dozens of them in one round trip; answers are in their order.
    ///
    /// # Errors
    /// What is wrong with the indexes or the session; what is wrong with a statement is told in its place.
    pub async fn costs(
        &mut self,
        statements: &[usize],
        indexes: &[usize],
    ) -> Result<Vec<Result<Planned, WhatIfError>>, WhatIfError> {
        let mut found: Vec<Option<Result<Planned, WhatIfError>>> = vec![None; statements.len()];
        // Plans that are found to leave partitions out are asked for a second time.
        for _ in 0..2 {
            let open: Vec<_> =
                statements.iter().zip(&mut found).filter(|(_, place)| place.is_none()).collect();
            self.fill(open, indexes).await?;
        }
        Ok(found.into_iter().map(|place| place.unwrap_or_else(|| Err(unreadable()))).collect())
    }

    /// Bytes that HypoPG foretells for a candidate, all partitions together.
    ///
    /// # Errors
    /// [`WhatIfError::Index`] where it cannot be tried.
    pub async fn size(&mut self, index: usize) -> Result<u64, WhatIfError> {
        if let Some(bytes) = self.bytes(index) {
            return Ok(bytes);
        }
        // What is there stays, for the next question.
        let mut wanted = self.present();
        wanted.push(index);
        self.exchange(&wanted, &[]).await?;
        self.bytes(index)
            .ok_or_else(|| WhatIfError::Index { index, reason: "its size is not known".to_owned() })
    }

    async fn fill(
        &mut self,
        mut open: Vec<(&usize, &mut Option<Result<Planned, WhatIfError>>)>,
        indexes: &[usize],
    ) -> Result<(), WhatIfError> {
        for together in open.chunks_mut(TOGETHER) {
            let mut asked = Vec::with_capacity(together.len());
            let mut texts = Vec::with_capacity(together.len());
            let numbers: Vec<usize> = together.iter().map(|(statement, _)| **statement).collect();
            self.ready(&numbers).await?;
            for (statement, place) in together {
                match self.question(**statement) {
                    Ok(text) => {
                        texts.push(text);
                        asked.push((**statement, place));
                    }
                    Err(refused) => **place = Some(Err(refused)),
                }
            }
            if asked.is_empty() {
                continue;
            }
            let answers = self.exchange(indexes, &texts).await?;
            for ((statement, place), answer) in asked.into_iter().zip(&answers) {
                **place = self.planned(statement, answer)?;
            }
        }
        Ok(())
    }

    fn question(&self, statement: usize) -> Result<String, WhatIfError> {
        let known = self.statements.get(statement).ok_or_else(unreadable)?;
        if let Some(reason) = &known.refused {
            return Err(WhatIfError::Statement(reason.clone()));
        }
        let number = known.number.ok_or_else(unreadable)?;
        let execute = format!("EXPLAIN (FORMAT JSON) EXECUTE mpanel_{number}{};\n", known.arguments);
        Ok(match known.hides_partitions {
            true => format!("{FORGET_PLANS}{execute}{ALL_PARTITIONS}{FORGET_PLANS}{execute}"),
            false => format!("{FORGET_PLANS}{execute}"),
        })
    }

    /// None where the question has to be asked again, with all partitions.
    fn planned(
        &mut self,
        statement: usize,
        answer: &Answer,
    ) -> Result<Option<Result<Planned, WhatIfError>>, WhatIfError> {
        if let Some(error) = answer.error.as_ref().filter(|error| ends_session(error)) {
            return Err(self.lose(error));
        }
        let Some(known) = self.statements.get_mut(statement) else { return Ok(Some(Err(unreadable()))) };
        if let Some(told) = answer.error.as_ref().and_then(|error| error.as_db_error()) {
            let reason = reason(told);
            known.refused = Some(reason.clone());
            return Ok(Some(Err(WhatIfError::Statement(reason))));
        }
        let Some(Plan { cost, mut indexes, partitions_left_out }) = answer.text(1).and_then(plan::read)
        else {
            return Ok(Some(Err(unreadable())));
        };
        if known.hides_partitions {
            match answer.text(4).and_then(plan::read) {
                Some(all) => indexes = all.indexes,
                None => return Ok(Some(Err(unreadable()))),
            }
        } else if partitions_left_out {
            known.hides_partitions = true;
            return Ok(None);
        }
        Ok(Some(Ok(self.told_apart(cost, indexes))))
    }

    fn told_apart(&self, cost: f64, used: Vec<String>) -> Planned {
        let (mut candidates, mut indexes) = (Vec::new(), Vec::new());
        for name in used {
            match plan::hypothetical(&name).and_then(|oid| self.owner(oid)) {
                Some(candidate) => candidates.push(candidate),
                None => indexes.push(name),
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        indexes.sort_unstable();
        Planned { cost, candidates, indexes }
    }
}

fn unreadable() -> WhatIfError {
    WhatIfError::Statement("its plan could not be read".to_owned())
}
