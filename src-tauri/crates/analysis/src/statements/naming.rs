//! From a text as the server gave it to what may be kept: masked, with the console's own fingerprint.

use domain::{StatementName, StatementText};

use crate::sql::{fingerprint, mask};

/// The text itself is gone afterwards.
pub fn name(text: StatementText) -> StatementName {
    let StatementText { identity, text, database, user, own } = text;
    StatementName {
        identity,
        fingerprint: text.as_deref().map(|text| fingerprint(text.as_bytes()).to_string()),
        statement: text.as_deref().map(|text| mask(text.as_bytes())),
        database,
        user,
        own,
    }
}
