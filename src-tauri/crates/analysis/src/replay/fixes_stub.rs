//! stub
use domain::{Fix, RepetitionKind};
pub struct Repeated<'a> {
    pub kind: RepetitionKind,
    pub statement: &'a str,
    pub varying: &'a [u32],
    pub parent: Option<&'a str>,
    pub repeats: u64,
}
pub fn fixes(_: &Repeated<'_>) -> Vec<Fix> {
    Vec::new()
}
pub fn title(s: &str, _: &[u32]) -> String {
    s.to_owned()
}
pub fn explanation(_: &Repeated<'_>) -> String {
    String::new()
}
