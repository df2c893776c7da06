//! Samples come back from their packed form, and damaged bytes never do harm.

use domain::{
    ActivitySample, ActivitySession, BackendState, Blocker, HorizonKind, LockAsked, LockWait,
    PreparedTransaction, RemoteHorizon, Timestamp, WaitEvent,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::bytes::{QUICK, SMALL, from_bytes, to_bytes};
use super::clock::TOLERANCE_MS;
use super::pack::pack;
use super::packed::Block;
use super::tally::PackedTally;
use super::unpack::sample;

const BASE: i64 = 1_790_000_000_000;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zäø$ ]{1,12}"]
}

fn seconds() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..100.0, -5.0..1e7]
}

fn blocker() -> impl Strategy<Value = Blocker> {
    prop_oneof![
        (0..9_i32).prop_map(|pid| Blocker::Session { pid }),
        of(text()).prop_map(|gid| Blocker::Prepared { gid }),
    ]
}

fn wait() -> impl Strategy<Value = LockWait> {
    let lock = (text(), text(), text(), of(text())).prop_map(|(kind, mode, target, held_mode)| LockAsked {
        kind,
        mode,
        target,
        held_mode,
    });
    (0..9_i32, vec(blocker(), 0..4), of(lock), of(seconds()))
        .prop_map(|(pid, blockers, lock, seconds)| LockWait { pid, blockers, lock, seconds })
}

/// Never idle: those are not stored.
fn session() -> impl Strategy<Value = ActivitySession> {
    let state = prop::sample::select(BackendState::ALL.to_vec())
        .prop_filter("stored", |state| *state != BackendState::Idle);
    let started = prop_oneof![text(), (0..2_000_000_000_000_000_i64).prop_map(|at| at.to_string())];
    let wait = (text(), text()).prop_map(|(kind, event)| WaitEvent { kind, event });
    (
        (0..9_i32, started, text(), text(), text(), text(), of(text()), state, of(wait)),
        (of(seconds()), of(seconds()), of(seconds()), of(seconds()), of(0..9_i32)),
        (of(any::<u32>()), of(any::<u32>()), of(text()), of(text()), of(text()), any::<bool>(), of(text())),
    )
        .prop_map(|(who, times, what)| ActivitySession {
            pid: who.0,
            started: who.1,
            backend_type: who.2,
            database: who.3,
            user: who.4,
            application: who.5,
            client: who.6,
            state: who.7,
            wait: who.8,
            state_seconds: times.0,
            statement_seconds: times.1,
            transaction_seconds: times.2,
            connected_seconds: times.3,
            leader: times.4,
            xmin_age: what.0,
            xid_age: what.1,
            queryid: what.2,
            fingerprint: what.3,
            statement: what.4,
            truncated: what.5,
            route: what.6,
        })
}

fn prepared() -> impl Strategy<Value = PreparedTransaction> {
    (text(), text(), text(), text(), seconds(), any::<u32>()).prop_map(
        |(gid, xid, database, owner, prepared_seconds, xid_age)| PreparedTransaction {
            gid,
            xid,
            database,
            owner,
            prepared_seconds,
            xid_age,
        },
    )
}

fn remote() -> impl Strategy<Value = RemoteHorizon> {
    let kind =
        prop::sample::select(vec![HorizonKind::SlotXmin, HorizonKind::SlotCatalogXmin, HorizonKind::Standby]);
    (kind, text(), any::<u32>(), of(any::<bool>()), of(0.0..1e15)).prop_map(
        |(kind, name, xmin_age, active, retained_bytes)| RemoteHorizon {
            kind,
            name,
            xmin_age,
            active,
            retained_bytes,
        },
    )
}

fn samples() -> impl Strategy<Value = Vec<ActivitySample>> {
    let one = (
        vec(session(), 0..6),
        vec(wait(), 0..4),
        vec(prepared(), 0..3),
        vec(remote(), 0..3),
        any::<(u32, u32, u32, bool)>(),
    );
    vec(one, 1..8).prop_map(|all| {
        let sample = |(n, (sessions, waits, prepared, remote_horizons, counts)): (
            usize,
            (_, _, _, _, (u32, u32, u32, bool)),
        )| {
            ActivitySample {
                at: Timestamp(BASE + n as i64 * 1_003),
                sessions,
                idle: counts.0,
                left_out: counts.1,
                prepared,
                waits,
                waits_left_out: counts.2,
                remote_horizons,
                states_visible: counts.3,
            }
        };
        all.into_iter().enumerate().map(sample).collect()
    })
}

/// Sets the durations of `found` to those of `given` where they are nearly the same: the rest must be equal.
fn aligned(mut found: ActivitySample, given: &ActivitySample) -> ActivitySample {
    let near = |found: &mut Option<f64>, given: Option<f64>| {
        if let (Some(a), Some(b)) = (*found, given)
            && (a - b).abs() * 1_000.0 <= TOLERANCE_MS as f64 + 0.51
        {
            *found = given;
        }
    };
    for (found, given) in found.sessions.iter_mut().zip(&given.sessions) {
        near(&mut found.state_seconds, given.state_seconds);
        near(&mut found.statement_seconds, given.statement_seconds);
        near(&mut found.transaction_seconds, given.transaction_seconds);
        near(&mut found.connected_seconds, given.connected_seconds);
    }
    for (found, given) in found.waits.iter_mut().zip(&given.waits) {
        near(&mut found.seconds, given.seconds);
    }
    for (found, given) in found.prepared.iter_mut().zip(&given.prepared) {
        let mut seconds = Some(found.prepared_seconds);
        near(&mut seconds, Some(given.prepared_seconds));
        found.prepared_seconds = seconds.unwrap_or_default();
    }
    found
}

proptest! {
    #[test]
    fn samples_come_back(given in samples(), quick in any::<bool>()) {
        let bytes = to_bytes(&pack(&given), if quick { QUICK } else { SMALL });
        let block: Block = from_bytes(&bytes).unwrap();
        prop_assert_eq!(block.frames.len(), given.len());
        for (frame, given) in block.frames.iter().zip(&given) {
            let found = sample(&block, frame).unwrap();
            prop_assert_eq!(&aligned(found, given), given);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300), version in any::<bool>()) {
        let mut bytes = bytes;
        if version {
            let plain = zstd::bulk::compress(&bytes, 1).unwrap();
            bytes = [vec![super::packed::VERSION], plain].concat();
        }
        if let Some(block) = from_bytes::<Block>(&bytes) {
            block.frames.iter().for_each(|frame| drop(sample(&block, frame)));
        }
        drop(from_bytes::<PackedTally>(&bytes).and_then(super::tally::unpack));
    }
}

/// Who waits since noon is the same in every sample, though the clocks of server and console tremble.
#[test]
fn what_goes_on_takes_no_room() {
    let sample = |second: i64| {
        let late = second as f64 + (second * 37 % 200) as f64 / 1_000.0;
        let uneven = 0.003 * (second % 3) as f64;
        ActivitySample { sessions: vec![idle_in_transaction(late, uneven)], ..empty(second) }
    };
    let samples: Vec<ActivitySample> = (0..60).map(sample).collect();
    let block = pack(&samples);
    assert_eq!(block.identities.len(), 1);
    let first = &block.frames[0].sessions;
    assert!(block.frames.iter().all(|frame| &frame.sessions == first));
    let bytes = to_bytes(&block, SMALL).len();
    assert!(bytes < 700, "{bytes} bytes");
}

/// Silent for half a minute and `late` seconds.
fn idle_in_transaction(late: f64, uneven: f64) -> ActivitySession {
    ActivitySession {
        pid: 7,
        started: ((BASE - 60_000) * 1_000).to_string(),
        backend_type: "client backend".to_owned(),
        database: "billing".to_owned(),
        user: "app".to_owned(),
        application: "panel".to_owned(),
        client: None,
        state: BackendState::IdleInTransaction,
        wait: None,
        state_seconds: Some(30.0 + late + uneven),
        statement_seconds: Some(31.0 + late),
        transaction_seconds: Some(32.0 + late),
        connected_seconds: Some(60.0 + late),
        leader: None,
        xmin_age: None,
        xid_age: Some(4),
        queryid: None,
        fingerprint: None,
        statement: Some("UPDATE invoices SET total = $1".to_owned()),
        truncated: false,
        route: None,
    }
}

fn empty(second: i64) -> ActivitySample {
    ActivitySample {
        at: Timestamp(BASE + second * 1_000),
        sessions: Vec::new(),
        idle: 3,
        left_out: 1,
        prepared: Vec::new(),
        waits: Vec::new(),
        waits_left_out: 0,
        remote_horizons: Vec::new(),
        states_visible: true,
    }
}

/// The form of what is on people's disks: whoever changes it raises the version.
#[test]
fn the_form_is_pinned() {
    const FORM: &str = "80b083c598680b10313738393939393934303030303030300e636c69656e74206261636b656e640762696c6c696e6703\
        6170700570616e656c1e55504441544520696e766f696365732053455420746f74616c203d202431016701370162016f\
        0173010e0001020304000001bfa90701010500000000000001060708099f1f01040a01000003010001010002000001df\
        d40301cf0f01cf0f000104010009010a02000801000001cf0f0100060000";
    let sample = ActivitySample {
        sessions: vec![idle_in_transaction(0.0, 0.0)],
        prepared: vec![PreparedTransaction {
            gid: "g".to_owned(),
            xid: "7".to_owned(),
            database: "b".to_owned(),
            owner: "o".to_owned(),
            prepared_seconds: 2.0,
            xid_age: 9,
        }],
        waits: vec![LockWait {
            pid: 5,
            blockers: vec![Blocker::Session { pid: 4 }, Blocker::Prepared { gid: None }],
            lock: None,
            seconds: Some(1.0),
        }],
        remote_horizons: vec![RemoteHorizon {
            kind: HorizonKind::Standby,
            name: "s".to_owned(),
            xmin_age: 6,
            active: None,
            retained_bytes: None,
        }],
        ..empty(0)
    };
    let bytes = postcard::to_stdvec(&pack([&sample])).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((super::packed::VERSION, hex.as_str()), (1, FORM));
}
