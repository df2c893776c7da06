//! Queueing by Erlang: how many connections so that hardly anybody waits.
//!
//! M/M/c: requests arrive at random at rate λ, hold a connection for a random time of mean 1/μ, and c connections
//! serve one queue. The offered load is a = λ/μ (Little's law: the mean number busy). Erlang B by its recurrence
//! B(0) = 1, B(n) = a·B(n−1) / (n + a·B(n−1)); Erlang C, the share that waits at all, C = c·B / (c − a·(1 − B));
//! the share that waits longer than t is C·exp(−(c − a)·μ·t).
//! A. K. Erlang 1917; Kleinrock, "Queueing Systems I", 1975, sections 3.5 and 3.6.

/// Beyond this no pool makes sense.
pub(crate) const LARGEST: u32 = 10_000;

/// The share of requests that wait longer than `wait_seconds`, 0 to 1, for an offered load of `load` connections
/// each held for `hold_seconds`. 1 where the load does not fit.
pub(crate) fn share_waiting(servers: u32, load: f64, hold_seconds: f64, wait_seconds: f64) -> f64 {
    let c = f64::from(servers);
    if load <= 0.0 {
        return 0.0;
    }
    if c <= load || hold_seconds <= 0.0 {
        return 1.0;
    }
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
    let waits = c * blocked / (c - load * (1.0 - blocked));
    waits * (-(c - load) / hold_seconds * wait_seconds).exp()
}

/// The fewest connections with which at most `share` of the requests wait longer than `wait_seconds`.
pub(crate) fn fewest(load: f64, hold_seconds: f64, wait_seconds: f64, share: f64) -> Option<u32> {
    let first = (load.max(0.0).floor() as u32).saturating_add(1);
    (first..=LARGEST).find(|servers| share_waiting(*servers, load, hold_seconds, wait_seconds) <= share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn against_published_tables() {
        // Erlang C, the share that waits at all: (servers, load, share).
        let cases =
            [(1, 0.5, 0.5), (2, 1.0, 1.0 / 3.0), (5, 4.0, 0.5541), (10, 8.0, 0.4092), (12, 8.0, 0.1398)];
        for (servers, load, expected) in cases {
            let share = share_waiting(servers, load, 1.0, 0.0);
            assert!((share - expected).abs() < 5e-4, "{servers} servers, load {load}: {share}");
        }
    }

    #[test]
    fn edges() {
        assert_eq!(share_waiting(4, 4.0, 1.0, 0.1), 1.0);
        assert_eq!(share_waiting(4, 0.0, 1.0, 0.1), 0.0);
        assert_eq!(fewest(0.0, 0.05, 0.005, 0.01), Some(1));
        assert_eq!(fewest(1e9, 0.05, 0.005, 0.01), None);
    }

    proptest! {
        #[test]
        fn more_servers_less_waiting(load in 0.01f64..200.0, hold in 0.001f64..10.0, spare in 1u32..50) {
            let servers = load.ceil() as u32 + spare;
            let fewer = share_waiting(servers, load, hold, 0.005);
            let more = share_waiting(servers + 1, load, hold, 0.005);
            prop_assert!((0.0..=1.0).contains(&fewer));
            prop_assert!(more <= fewer + 1e-12);
        }

        #[test]
        fn the_size_exceeds_the_load_and_grows_with_it(load in 0.0f64..300.0, hold in 0.001f64..10.0, more in 0.0f64..50.0) {
            let size = fewest(load, hold, 0.005, 0.01).unwrap();
            prop_assert!(load < f64::from(size));
            prop_assert!(fewest(load + more, hold, 0.005, 0.01).unwrap() >= size);
        }
    }
}
