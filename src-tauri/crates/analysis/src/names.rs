//! Names that occur again and again, stored once and told apart by numbers, in bounded memory.

use std::collections::HashMap;

/// Bytes kept of a name.
const NAME_BYTES: usize = 128;

/// Names by number: each is stored once, and further ones than there is room for are not told apart.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// The name that was asked for last: most ask for the same again.
    last: Option<u32>,
    room: usize,
    dropped: u64,
}

impl Names {
    pub(crate) fn with_room(room: usize) -> Names {
        Names { numbers: HashMap::new(), texts: Vec::new(), last: None, room, dropped: 0 }
    }

    /// The number of the name that was asked for last, when these are its bytes.
    #[inline]
    pub(crate) fn again(&self, bytes: &[u8]) -> Option<u32> {
        let last = self.last?;
        (self.text(last)?.as_bytes() == bytes).then_some(last)
    }

    /// None for a name beyond the bound.
    pub(crate) fn number(&mut self, name: &str) -> Option<u32> {
        let name = cut(name, NAME_BYTES);
        if let Some(&number) = self.numbers.get(name) {
            self.last = Some(number);
            return Some(number);
        }
        if self.texts.len() >= self.room {
            self.dropped += 1;
            return None;
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(name.into());
        self.numbers.insert(name.into(), number);
        Some(number)
    }

    /// Times that a name was not noted for the bound.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Notes the names of another and gives the number here for each number there.
    pub(crate) fn adopt(&mut self, other: &Names) -> Vec<Option<u32>> {
        other.texts.iter().map(|name| self.number(name)).collect()
    }

    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(AsRef::as_ref)
    }
}

/// The longest beginning of `text` that fits.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
