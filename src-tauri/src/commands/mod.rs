//! Commands only translate: arguments in, one engine call, error mapped.

pub(crate) mod activity;
pub(crate) mod app;
pub(crate) mod cache;
pub(crate) mod compression;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod health;
pub(crate) mod index_advice;
pub(crate) mod index_build;
pub(crate) mod overview;
pub(crate) mod pools;
pub(crate) mod replay;
pub(crate) mod settings;
pub(crate) mod sources;
pub(crate) mod statements;
