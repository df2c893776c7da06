//! The real window, driven by WebDriver under Xvfb.

mod activity;
mod cache;
mod display;
mod driver;
mod drop;
mod index_advice;
mod pools;
mod replay;
mod sources;
