//! The ways in which the panel can be told to misbehave.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// One switchable misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    PoolSaturation,
    ConnectionLeak,
    IdleInTransaction,
    SlowQuery,
    NPlusOne,
    MemoryGrowth,
    CacheStampede,
    BrokenCache,
    FlakyUpstream,
    DuplicateRequests,
}

impl Scenario {
    pub const ALL: [Scenario; 10] = [
        Scenario::PoolSaturation,
        Scenario::ConnectionLeak,
        Scenario::IdleInTransaction,
        Scenario::SlowQuery,
        Scenario::NPlusOne,
        Scenario::MemoryGrowth,
        Scenario::CacheStampede,
        Scenario::BrokenCache,
        Scenario::FlakyUpstream,
        Scenario::DuplicateRequests,
    ];

    /// The name in URLs and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Scenario::PoolSaturation => "pool_saturation",
            Scenario::ConnectionLeak => "connection_leak",
            Scenario::IdleInTransaction => "idle_in_transaction",
            Scenario::SlowQuery => "slow_query",
            Scenario::NPlusOne => "n_plus_one",
            Scenario::MemoryGrowth => "memory_growth",
            Scenario::CacheStampede => "cache_stampede",
            Scenario::BrokenCache => "broken_cache",
            Scenario::FlakyUpstream => "flaky_upstream",
            Scenario::DuplicateRequests => "duplicate_requests",
        }
    }

    /// What happens while it is on, in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            Scenario::PoolSaturation => {
                "Long reports keep every connection busy, other requests wait for one."
            }
            Scenario::ConnectionLeak => {
                "Invoice exports take connections from the pool and never return them."
            }
            Scenario::IdleInTransaction => {
                "A payment holds its transaction open while it does nothing, and blocks other writers."
            }
            Scenario::SlowQuery => "Searches for customers by email read whole tables, for want of an index.",
            Scenario::NPlusOne => {
                "A burst of customer lists asks for the orders of each customer one by one."
            }
            Scenario::MemoryGrowth => "Rendered reports are kept for ever, a few megabytes every second.",
            Scenario::CacheStampede => {
                "The product cache is emptied every second under many concurrent readers."
            }
            Scenario::BrokenCache => {
                "The product cache keeps its results in the names of keys, and finds none of them again."
            }
            Scenario::FlakyUpstream => {
                "The registrar answers every other request with an error; the panel retries."
            }
            Scenario::DuplicateRequests => "Many clients ask for the same report at the same time.",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// No scenario has that code; the message lists those that exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scenario {given:?}; there are: {}", codes())]
pub struct UnknownScenario {
    given: String,
}

fn codes() -> String {
    Scenario::ALL.map(Scenario::code).join(", ")
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(code: &str) -> Result<Scenario, UnknownScenario> {
        let normal = code.trim().to_ascii_lowercase().replace('-', "_");
        Scenario::ALL
            .into_iter()
            .find(|scenario| scenario.code() == normal)
            .ok_or_else(|| UnknownScenario { given: code.to_owned() })
    }
}

impl Serialize for Scenario {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Scenario;

    #[test]
    fn codes_lead_back_to_their_scenario() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.code().parse(), Ok(scenario));
            assert_eq!(scenario.code().replace('_', "-").parse(), Ok(scenario));
        }
    }

    #[test]
    fn an_unknown_code_is_answered_with_those_that_exist() {
        let error = "leak".parse::<Scenario>().unwrap_err().to_string();
        assert!(error.contains("\"leak\"") && error.contains("connection_leak"), "{error}");
    }
}
