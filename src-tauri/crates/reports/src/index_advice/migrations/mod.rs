//! What is chosen as migrations of the tools that teams keep their schema with.

mod django;
mod files;
mod knex;
mod literals;
mod rails;

pub(super) use django::django;
pub(super) use files::{flyway, golang_migrate, prisma};
pub(super) use knex::knex;
pub(super) use rails::rails;

use charts::utc;
use domain::Timestamp;

use super::chosen::Chosen;
use super::header;
use super::steps::Step;
use domain::ScriptKind;

/// Before anything from outside: the first two lines of a file may set its encoding.
const REVIEW: &str = "Read it before it runs. It runs once, outside of a transaction.";

const BY_NAME: &str = "The way back drops by name. Where an index of one of these names was there before, IF NOT EXISTS left it as \
                       it was, and the way back would drop it: take it out there.";

/// The lines of the comment at the top, without its signs.
fn heading(chosen: &Chosen<'_>, kind: ScriptKind, steps: &[Step], advice: &[&str]) -> Vec<String> {
    let kinds: Vec<_> = steps
        .iter()
        .flat_map(|step| std::iter::once(&step.run).chain(&step.undo))
        .map(|one| one.kind)
        .collect();
    let mut lines = vec![REVIEW.to_owned(), String::new()];
    lines.extend(header::lines(chosen, kind, &kinds));
    let own = (!chosen.create.is_empty()).then_some(BY_NAME);
    for paragraph in advice.iter().copied().chain(own) {
        let mut text = String::from("\n");
        crate::text::wrap::paragraph(&mut text, "", paragraph);
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

/// Lines as a comment of a language.
fn comment(lines: &[String], sign: &str) -> String {
    lines
        .iter()
        .map(|line| if line.is_empty() { format!("{sign}\n") } else { format!("{sign} {line}\n") })
        .collect()
}

/// "20261122090000": 14 digits, which grow by a second from file to file.
fn version(at: Timestamp, file: usize) -> String {
    let seconds = i64::try_from(file).unwrap_or(i64::MAX).saturating_mul(1_000);
    let at = at.plus_millis(seconds);
    format!("{}{}", utc::date(at), utc::clock(at)).chars().filter(char::is_ascii_digit).collect()
}

/// A name for a file: lower-case letters, digits and `_`.
fn slug(title: &str) -> String {
    const MOST: usize = 60;
    let mut slug = String::new();
    for character in title.chars() {
        match character.to_ascii_lowercase() {
            letter if letter.is_ascii_lowercase() || letter.is_ascii_digit() => slug.push(letter),
            _ if slug.is_empty() || slug.ends_with('_') => {}
            _ => slug.push('_'),
        }
    }
    slug.truncate(MOST);
    slug.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_ordered_and_named_by_letters_and_digits() {
        assert_eq!(version(Timestamp(1_795_338_000_000), 0), "20261122090000");
        assert_eq!(version(Timestamp(1_795_338_000_000), 61), "20261122090101");
        let cases = [
            ("create idx_orders", "create_idx_orders"),
            ("drop ../\"A b\"; größe", "drop_a_b_gr_e"),
            ("表", ""),
        ];
        for (title, expected) in cases {
            assert_eq!(slug(title), expected);
        }
        assert_eq!(slug(&"x".repeat(99)).len(), 60);
    }
}
