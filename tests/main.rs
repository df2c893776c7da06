//! One binary of end-to-end tests: the engine and the CLI on real servers, the real window by WebDriver.
#![cfg(test)]

mod activity;
mod architecture;
mod cache;
mod cache_forecast;
mod cli;
mod desktop;
mod explain;
mod faults;
mod health;
mod index_advice;
mod index_advice_places;
mod index_advice_proof;
mod index_advice_replicas;
mod index_build;
mod input;
mod pools;
mod replay;
mod statements;
mod support;
mod team_cache;
