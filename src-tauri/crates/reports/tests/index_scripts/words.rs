//! Every word that PostgreSQL reserves in any way names a column, and the script still runs.

use domain::ScriptKind;

use crate::advice::{advice, column, index};
use crate::server::Server;
use crate::{assert_applied, file};

/// An index takes 32 columns.
const MOST: usize = 30;

#[tokio::test]
async fn reserved_words_are_quoted() {
    let server = Server::start().await;
    let words = server.rows("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").await;
    assert!(words.len() > 100);
    let columns: Vec<_> = words.iter().map(|word| format!("\"{word}\" int")).collect();
    server.client.batch_execute(&format!("CREATE TABLE \"table\" ({})", columns.join(", "))).await.unwrap();
    let suggestions = words.chunks(MOST).map(|chunk| {
        let mut one = index("public", "table", &chunk[0], vec![column(&chunk[0])]);
        one.definition.include = chunk[1..].to_vec();
        one
    });
    let advice = advice(suggestions.collect(), Vec::new());
    server.run(&file(&advice, ScriptKind::Apply)).await;
    assert_applied(&server, &advice).await;
    server.stop().await;
}
