//! The gate keeps its number, whatever is done to it.

use proptest::prelude::*;

use super::*;

fn enter(gate: &Arc<Gate>) -> Option<Pass> {
    gate.try_enter().unwrap()
}

#[test]
fn a_shrink_before_any_use_holds() {
    let gate = Gate::new(10);
    gate.resize(2);
    let inside: Vec<_> = std::iter::from_fn(|| enter(&gate)).collect();
    assert_eq!(inside.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_counted_and_enters_when_there_is_room() {
    let gate = Gate::new(1);
    let first = enter(&gate).unwrap();
    let waiter = tokio::spawn({
        let gate = gate.clone();
        async move { gate.enter().await.is_ok() }
    });
    let leaver = tokio::spawn({
        let gate = gate.clone();
        async move { gate.enter().await.is_ok() }
    });
    while gate.waiting() < 2 {
        tokio::task::yield_now().await;
    }
    leaver.abort();
    assert!(leaver.await.is_err());
    assert_eq!(gate.waiting(), 1);
    drop(first);
    assert!(waiter.await.unwrap());
    assert_eq!(gate.waiting(), 0);
}

#[tokio::test]
async fn a_closed_gate_turns_away() {
    let gate = Gate::new(1);
    gate.close();
    assert!(gate.is_closed());
    assert!(gate.enter().await.is_err());
}

proptest! {
    /// 0 enters, 1 leaves, anything else resizes to it.
    #[test]
    fn nobody_enters_beyond_the_maximum(start in 1_usize..8, steps in prop::collection::vec(0_usize..9, 0..60)) {
        let gate = Gate::new(start);
        let mut inside = Vec::new();
        for step in steps {
            match step {
                0 => {
                    let pass = enter(&gate);
                    prop_assert_eq!(pass.is_some(), inside.len() < gate.max());
                    inside.extend(pass);
                }
                1 => drop(inside.pop()),
                max => gate.resize(max),
            }
        }
        inside.clear();
        let all: Vec<_> = std::iter::from_fn(|| enter(&gate)).collect();
        prop_assert_eq!(all.len(), gate.max());
    }
}
