//! The real window, driven by WebDriver under Xvfb.

mod display;
mod driver;
mod drop;
mod pools;
mod replay;
