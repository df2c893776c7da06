//! One GET at a time, under one deadline and one limit on decompressed bytes.

mod address;
mod body;
mod client;
mod problem;
mod redirect;
#[cfg(test)]
pub(crate) mod served;
mod tls;
#[cfg(test)]
mod tls_tests;

pub(crate) use address::{base_of, metrics_url, shown};
pub(crate) use client::{Answer, HttpClient, Limits};
pub(crate) use problem::{problem, status_problem};
