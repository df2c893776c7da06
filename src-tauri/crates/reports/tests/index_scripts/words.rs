//! Every word that PostgreSQL reserves, and every character, stands in names, and the script still runs.

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

#[tokio::test]
async fn every_character_may_stand_in_a_name() {
    let server = Server::start().await;
    let more = [
        "\u{85}",
        "\u{ad}",
        "\u{200b}",
        "\u{202e}",
        "\u{2028}",
        "\u{2066}",
        "\u{feff}",
        "\u{ffff}",
        "😀",
        "\u{10ffff}",
    ];
    let pairs =
        ["\\?", "${", "#{", "*/", "--", "\"\"", "''", "\\\\", "\r\n", "%s", "$check$", ":a", ":'a'", "E'"];
    let characters = ('\u{1}'..='\u{7f}').map(String::from);
    let pieces: Vec<_> = characters.chain(more.iter().chain(&pairs).map(|one| (*one).to_owned())).collect();
    let names: Vec<_> = pieces.iter().map(|piece| format!("x{piece}")).collect();
    let columns: Vec<_> = names.iter().map(|name| format!("\"{}\" int", name.replace('"', "\"\""))).collect();
    server.client.batch_execute(&format!("CREATE TABLE characters ({})", columns.join(", "))).await.unwrap();
    let before = server.catalog().await;
    let suggestions = names.iter().map(|name| index("public", "characters", name, vec![column(name)]));
    let advice = advice(suggestions.collect(), Vec::new());
    server.run(&file(&advice, ScriptKind::Apply)).await;
    assert_applied(&server, &advice).await;
    server.run(&file(&advice, ScriptKind::RollBack)).await;
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}
