//! The decision and the advice, which never contradict each other.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::pool::Held;

fn situation() -> Situation {
    Situation { min: 2, max: 10, ceiling: 20, observed: true, peak: 6, active: 5, ..Situation::default() }
}

#[test]
fn decisions() {
    let base = situation();
    let cases = [
        ("steady", base.clone(), Sizing::Keep),
        ("waiting", Situation { waiting: 1, active: 10, ..base.clone() }, Sizing::Grow { to: 13 }),
        ("many waiting", Situation { waiting: 90, active: 10, ..base.clone() }, Sizing::Grow { to: 20 }),
        ("busy", Situation { busy_p95: Some(7.6), ..base.clone() }, Sizing::Grow { to: 13 }),
        ("not quite busy", Situation { busy_p95: Some(7.5), ..base.clone() }, Sizing::Keep),
        ("at the ceiling", Situation { waiting: 3, ceiling: 10, ..base.clone() }, Sizing::AtCeiling),
        ("leaking", Situation { waiting: 3, leaking: true, ..base.clone() }, Sizing::Keep),
        ("quiet", Situation { peak: 4, active: 0, ..base.clone() }, Sizing::Shrink { to: 9 }),
        ("half used", Situation { peak: 5, active: 0, ..base.clone() }, Sizing::Keep),
        ("quiet, too early", Situation { peak: 0, active: 0, observed: false, ..base.clone() }, Sizing::Keep),
        ("at the minimum", Situation { peak: 0, active: 0, max: 2, ..base }, Sizing::Keep),
    ];
    for (name, situation, expected) in cases {
        assert_eq!(decide(&situation), expected, "{name}");
    }
}

#[test]
fn advice_says_what_and_why() {
    let busy = Situation { waiting: 3, active: 10, ..situation() };
    let advice = recommend(&busy, &LeakReport::default());
    let [only] = advice.as_slice() else { panic!("{advice:?}") };
    assert_eq!(only.message, "Raise the maximum from 10 to 13: 3 waiting while 10 of 10 are in use.");
    let held = Held { site: "orders.rs".into(), held_for: Duration::from_secs(70), id: 1 };
    let leaks = LeakReport { all_active_for: Some(Duration::from_secs(31)), held_too_long: vec![held] };
    let advice = recommend(&busy, &leaks);
    let [only] = advice.as_slice() else { panic!("{advice:?}") };
    assert_eq!(
        only.message,
        "All 10 connections are out and none came back for 31 s: the longest was taken at orders.rs 70 s ago. \
         Release it on every path."
    );
}

prop_compose! {
    fn any_situation()(
        (min, max, ceiling) in (0_usize..20, 1_usize..40, 1_usize..60),
        (active, waiting, peak) in (0_usize..60, 0_usize..300, 0_usize..60),
        busy_p95 in prop::option::of(0.0_f64..60.0),
        (leaking, observed) in any::<(bool, bool)>(),
    ) -> Situation {
        Situation { min, max, ceiling, active, waiting, leaking, busy_p95, peak, observed }
    }
}

proptest! {
    #[test]
    fn advice_never_contradicts_itself(
        situation in any_situation(),
        full_for in prop::option::of(0_u64..100),
        held in any::<bool>(),
    ) {
        let one = Held { site: "a".into(), held_for: Duration::from_secs(90), id: 1 };
        let leaks = LeakReport {
            all_active_for: full_for.map(Duration::from_secs),
            held_too_long: Vec::from_iter(held.then_some(one)),
        };
        let kinds: Vec<_> = recommend(&situation, &leaks).into_iter().map(|advice| advice.kind).collect();
        let has = |kind| kinds.contains(&kind);
        prop_assert!(!(has(Advice::Shrink) && (has(Advice::Grow) || has(Advice::Ceiling))));
        prop_assert!(!(has(Advice::Leak) && has(Advice::Grow)));
        prop_assert_eq!(has(Advice::Leak), !leaks.is_empty());
        prop_assert!(!(situation.waiting > 0 && has(Advice::Shrink)));
    }

    #[test]
    fn sizes_stay_within_bounds(situation in any_situation()) {
        match decide(&situation) {
            Sizing::Grow { to } => {
                prop_assert!(to > situation.max && to <= situation.ceiling && to <= situation.max * 2);
                prop_assert!(!situation.leaking);
            }
            Sizing::Shrink { to } => {
                prop_assert!(to < situation.max && to >= situation.min.max(1));
                prop_assert!(!situation.leaking && situation.waiting == 0);
            }
            Sizing::Keep | Sizing::AtCeiling => {}
        }
    }
}
