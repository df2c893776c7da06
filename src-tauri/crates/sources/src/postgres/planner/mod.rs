//! What is the same whoever asks the planner: which texts have a plan, what a plan says, and why there is none.

mod placeholders;
mod refusals;

pub(super) mod plan;
pub(super) mod text;

pub(super) use placeholders::plannable;
pub(super) use refusals::{ends_session, reason};
pub(super) use text::has_plan;
