//! The fields of a line's header, as positions in the line, and how those of unknown length were found.

/// What a text field of the prefix is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    User,
    Database,
    Application,
    Session,
    Transaction,
    Sqlstate,
    Dropped,
}

/// The fields that a line's prefix holds, as positions in the line.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super::super) struct Header {
    pub(in super::super::super) at_us: Option<i64>,
    pub(in super::super::super) pid: Option<u64>,
    pub(in super::super::super) user: (usize, usize),
    pub(in super::super::super) database: (usize, usize),
    pub(in super::super::super) application: (usize, usize),
    pub(in super::super::super) session: (usize, usize),
    pub(in super::super::super) transaction: (usize, usize),
    pub(in super::super::super) sqlstate: (usize, usize),
}

/// How the text fields of a line were found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trial {
    /// Ends of fields that were tried: hostile lines must not cost more than their length.
    pub(super) tried: u16,
    /// Text fields: start, end with padding, end without. The last field first.
    pub(super) texts: [(u32, u32, u32); MOST_TEXTS],
    pub(super) text_count: usize,
}

/// Prefixes with more text fields are read, but not remembered.
pub(super) const MOST_TEXTS: usize = 6;

impl Field {
    /// How many bytes at the start of `text` are of this field.
    #[inline]
    pub(super) fn length(self, text: &[u8]) -> usize {
        let count = |takes: fn(&&u8) -> bool| text.iter().take_while(takes).count();
        match self {
            Field::Transaction => count(|byte| byte.is_ascii_digit() || **byte == b'/'),
            Field::Session => count(|byte| byte.is_ascii_hexdigit() || **byte == b'.'),
            _ => count(|byte| byte.is_ascii_alphanumeric()),
        }
    }
}

impl Trial {
    pub(super) fn note(&mut self, start: usize, end: usize, trimmed: usize) {
        if let Some(place) = self.texts.get_mut(self.text_count) {
            *place = (start as u32, end as u32, trimmed as u32);
        }
        self.text_count += 1;
    }
}

impl Header {
    /// With every place moved; those that are not set stay so.
    #[inline]
    pub(super) fn moved(&self, by: usize, how: fn(usize, usize) -> Option<usize>) -> Header {
        let moved = |(start, end): (usize, usize)| match (how(start, by), how(end, by)) {
            (Some(start), Some(end)) if end != 0 => (start, end),
            _ => (0, 0),
        };
        let set = |place: (usize, usize)| if place.1 == 0 { (0, 0) } else { moved(place) };
        Header {
            at_us: self.at_us,
            pid: self.pid,
            user: set(self.user),
            database: set(self.database),
            application: set(self.application),
            session: set(self.session),
            transaction: set(self.transaction),
            sqlstate: set(self.sqlstate),
        }
    }

    #[inline]
    pub(super) fn set(&mut self, field: Field, place: (usize, usize)) {
        match field {
            Field::User => self.user = place,
            Field::Database => self.database = place,
            Field::Application => self.application = place,
            Field::Session => self.session = place,
            Field::Transaction => self.transaction = place,
            Field::Sqlstate => self.sqlstate = place,
            Field::Dropped => {}
        }
    }
}
