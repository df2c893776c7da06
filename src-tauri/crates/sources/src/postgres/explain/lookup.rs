//! The text of a statement that is to be explained, as the server counts it.

use std::time::Duration;

use domain::StatementText;

use super::ExplainError;
use super::session::server;
use crate::postgres::PostgresSource;
use crate::postgres::statements::{LONGEST, not_loaded_is_no_failure, texts_of_one};

/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(8);

impl PostgresSource {
    /// The text of a statement of this database, with its placeholders; masked no further.
    ///
    /// # Errors
    /// It is not known, not of this database, or not whole; or `pg_stat_statements` cannot be read.
    pub async fn explained_text(&self, queryid: i64) -> Result<String, ExplainError> {
        let asked = self.ask_live("text of a statement", DEADLINE, async |asking, _| {
            let server = server(asking).await?;
            let texts = not_loaded_is_no_failure(texts_of_one(asking, queryid).await)?;
            Ok(texts.map(|texts| (server, texts)))
        });
        let (server, texts) = asked.await.and_then(|found| found).map_err(ExplainError::Server)?;
        text(&texts, &server.database).unwrap_or(Err(ExplainError::NotFound { queryid, role: server.role }))
    }
}

/// None where nothing is known of it.
fn text(texts: &[StatementText], database: &str) -> Option<Result<String, ExplainError>> {
    let mut here = texts.iter().filter(|text| text.database == database).peekable();
    if here.peek().is_none() {
        let elsewhere = texts.first()?;
        return Some(Err(ExplainError::Elsewhere { database: elsewhere.database.clone() }));
    }
    let Some(text) = here.find_map(|one| one.text.as_deref()) else {
        let reason = "the server has lost the texts of its statements";
        let remedy = "They come back as the statements run again, after SELECT pg_stat_statements_reset();";
        return Some(Err(ExplainError::not_explained(reason, Some(remedy.to_owned()))));
    };
    if text.len() >= LONGEST - 4 {
        return Some(Err(ExplainError::not_explained(
            "its text is longer than 64 kB, and not read to its end",
            None,
        )));
    }
    Some(Ok(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use domain::StatementIdentity;

    use super::*;

    fn known(database: &str, text: Option<&str>) -> StatementText {
        StatementText {
            identity: StatementIdentity { queryid: 7, user: 10, database: 5, top_level: true },
            text: text.map(str::to_owned),
            database: database.to_owned(),
            user: "app".to_owned(),
            own: false,
        }
    }

    #[test]
    fn only_a_whole_text_of_this_database_is_explained() {
        let long = "x".repeat(LONGEST);
        let code =
            |texts: &[StatementText]| text(texts, "shop").map(|found| found.map_err(|error| error.code()));
        assert_eq!(code(&[]), None);
        assert_eq!(code(&[known("other", Some("a"))]), Some(Err("statement_elsewhere")));
        assert_eq!(code(&[known("shop", None)]), Some(Err("statement_not_explained")));
        assert_eq!(code(&[known("shop", Some(&long))]), Some(Err("statement_not_explained")));
        let several = [known("other", Some("a")), known("shop", None), known("shop", Some("b"))];
        assert_eq!(code(&several), Some(Ok("b".to_owned())));
    }
}
