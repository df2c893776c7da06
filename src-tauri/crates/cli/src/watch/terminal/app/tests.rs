//! Keys and pictures, on a terminal that only exists in memory.

use engine::domain::{
    ActivityMoment, ActivitySession, BackendState, Blocker, BlockingAction, BlockingForest, BlockingRemedy,
    BlockingRow, LockAsked, ServerChoice, Signal, SourceState, WaitEvent,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::watch::terminal::chrome;

fn session(pid: i32, state: BackendState, seconds: f64) -> ActivitySession {
    ActivitySession {
        pid,
        started: format!("17000000000{pid}"),
        backend_type: "client backend".to_owned(),
        database: "billing".to_owned(),
        user: "panel".to_owned(),
        application: format!("app-{pid}"),
        client: None,
        state,
        wait: None,
        state_seconds: Some(seconds),
        statement_seconds: Some(seconds),
        transaction_seconds: Some(seconds),
        connected_seconds: Some(900.0),
        leader: None,
        xmin_age: None,
        xid_age: None,
        queryid: None,
        fingerprint: None,
        statement: Some(format!("UPDATE invoices SET status = $1\n WHERE id = {pid}")),
        truncated: false,
        route: None,
    }
}

/// One that is idle in its transaction, one that waits for it, one that is idle.
fn data() -> Data {
    let mut waiting = session(20, BackendState::Active, 30.0);
    waiting.wait = Some(WaitEvent { kind: "Lock".to_owned(), event: "transactionid".to_owned() });
    let sessions = vec![
        session(10, BackendState::IdleInTransaction, 240.0),
        waiting,
        session(30, BackendState::Idle, 5.0),
    ];
    let lock = LockAsked {
        kind: "transactionid".to_owned(),
        mode: "ShareLock".to_owned(),
        target: "transaction 7811".to_owned(),
        held_mode: None,
    };
    let root = BlockingRow {
        who: Blocker::Session { pid: 10 },
        depth: 0,
        blocks: 1,
        also_waits_for: Vec::new(),
        in_cycle: false,
        lock: None,
        waiting_seconds: None,
        note: Some("root: idle in its transaction for 4 min and blocks 1".to_owned()),
        remedy: Some(BlockingRemedy {
            sentence: "Nothing but its end frees the row.".to_owned(),
            action: BlockingAction::Terminate,
            sql: "SELECT pg_terminate_backend(10);".to_owned(),
            prevention: None,
        }),
    };
    let behind = BlockingRow {
        who: Blocker::Session { pid: 20 },
        depth: 1,
        blocks: 0,
        lock: Some(lock),
        waiting_seconds: Some(28.0),
        note: None,
        remedy: None,
        ..root.clone()
    };
    let source = SourceId::new("billing-db");
    Data {
        now: Timestamp(1_000_000),
        servers: vec![ServerChoice {
            source: source.clone(),
            name: "billing-db".to_owned(),
            state: SourceState::Ok,
            version: Some("PostgreSQL 15.18".to_owned()),
        }],
        server: Some(source.clone()),
        may_signal: true,
        moment: Some(ActivityMoment {
            source,
            at: Timestamp(999_500),
            live: true,
            sessions,
            idle: 1,
            left_out: 0,
            states_visible: true,
            blocking: BlockingForest { rows: vec![root, behind], waiting: 1, roots: 1, left_out: 0 },
            horizon: Vec::new(),
        }),
        ..Data::default()
    }
}

fn press(app: &mut App, data: &Data, keys: &[KeyCode]) -> Option<Effect> {
    keys.iter().fold(None, |_, code| app.key(KeyEvent::new(*code, KeyModifiers::NONE), data))
}

fn letters(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

fn picture(app: &App, data: &Data, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| chrome::draw(frame, app, data)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| line(y).trim_end().to_owned() + "\n").collect()
}

#[test]
fn a_signal_is_sent_after_the_pid_was_typed_and_not_before() {
    let (mut app, data) = (App::new(), data());
    assert_eq!(press(&mut app, &data, &[KeyCode::Char('k'), KeyCode::Enter]), None);
    assert_eq!(press(&mut app, &data, &letters("11")), None);
    assert_eq!(press(&mut app, &data, &[KeyCode::Enter]), None, "a wrong pid was taken");
    let shown = picture(&app, &data, 110, 30);
    assert!(shown.contains("Cancel the statement of 10 (app-10)?"), "{shown}");
    let sent =
        press(&mut app, &data, &[KeyCode::Backspace, KeyCode::Char('0'), KeyCode::Tab, KeyCode::Enter]);
    let Some(Effect::Send(request)) = sent else { panic!("nothing was sent: {sent:?}") };
    assert_eq!((request.pid, request.signal, request.typed.as_str()), (10, Signal::Terminate, "10"));
    assert_eq!(request.started, "1700000000010");
    assert_eq!(app.dialog, None);
}

#[test]
fn where_signals_are_not_allowed_it_says_where_to_allow_them() {
    let (mut app, mut data) = (App::new(), data());
    data.may_signal = false;
    assert_eq!(press(&mut app, &data, &[KeyCode::Char('k')]), None);
    assert_eq!(app.dialog, None);
    assert!(picture(&app, &data, 110, 20).contains("not allowed on billing-db"));
}

#[test]
fn keys_do_as_in_top() {
    type Holds = fn(&App) -> bool;
    let cases: [(&[KeyCode], Holds); 9] = [
        (&[KeyCode::Char('2')], |app| app.page == Page::Blocking),
        (&[KeyCode::Right, KeyCode::Right], |app| app.page == Page::Queries),
        (&[KeyCode::Left], |app| app.page == Page::Pools),
        (&[KeyCode::Char(' ')], |app| app.paused),
        (&[KeyCode::Char('R')], |app| !app.order.descending),
        (&[KeyCode::Char('>')], |app| app.order.by == super::super::order::SortBy::Statement),
        (&[KeyCode::Char('<')], |app| app.order.by == super::super::order::SortBy::Pid),
        (&[KeyCode::Char('+')], |app| app.delay_seconds > 1.0),
        (&[KeyCode::Char('-'), KeyCode::Char('-')], |app| app.delay_seconds == DELAYS[0]),
    ];
    for (keys, holds) in cases {
        let mut app = App::new();
        press(&mut app, &data(), keys);
        assert!(holds(&app), "{keys:?}: {app:?}");
    }
    assert_eq!(press(&mut App::new(), &data(), &[KeyCode::Char('q')]), Some(Effect::Quit));
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(App::new().key(interrupt, &data()), Some(Effect::Quit));
}

#[test]
fn the_selection_stays_on_its_session_while_rows_move() {
    let (mut app, mut data) = (App::new(), data());
    press(&mut app, &data, &[KeyCode::Down]);
    assert_eq!(app.session(&data).map(|session| session.pid), Some(20));
    if let Some(moment) = &mut data.moment {
        moment.sessions.insert(0, session(5, BackendState::Active, 9_000.0));
    }
    assert_eq!(app.session(&data).map(|session| session.pid), Some(20));
    if let Some(moment) = &mut data.moment {
        moment.sessions.retain(|session| session.pid == 5);
    }
    assert_eq!(app.session(&data).map(|session| session.pid), Some(5), "its session has ended");
}

#[test]
fn a_filter_narrows_and_idle_sessions_are_shown_on_request() {
    let (mut app, data) = (App::new(), data());
    let pids = |app: &App| -> Vec<i32> { shown_sessions(app, &data).iter().map(|s| s.pid).collect() };
    assert_eq!(pids(&app), [10, 20]);
    assert_eq!(press(&mut app, &data, &[KeyCode::Char('i')]), Some(Effect::Refresh));
    assert_eq!(pids(&app), [10, 20, 30]);
    press(&mut app, &data, &letters("/transactionid"));
    assert_eq!(pids(&app), [20]);
    assert!(picture(&app, &data, 110, 20).contains("filter: transactionid_"));
    press(&mut app, &data, &[KeyCode::Esc]);
    assert_eq!(pids(&app), [10, 20, 30]);
}

#[test]
fn pages_show_what_is_there_and_what_is_missing() {
    let (mut app, data) = (App::new(), data());
    let activity = picture(&app, &data, 120, 20);
    for words in [
        "billing-db",
        "PostgreSQL 15.18",
        "live",
        "1 lock",
        "1 idle in transaction",
        "1 idle",
        "4 min",
        "UPDATE invoices SET status = $1 WHERE id = 10",
    ] {
        assert!(activity.contains(words), "{words} is missing:\n{activity}");
    }
    press(&mut app, &data, &[KeyCode::Char('2')]);
    let blocking = picture(&app, &data, 120, 20);
    for words in [
        "Blocking (1)",
        "10 app-10",
        "  20 app-20",
        "transactionid: transaction 7811",
        "root: idle in its transaction",
        "SELECT pg_terminate_backend(10);",
    ] {
        assert!(blocking.contains(words), "{words} is missing:\n{blocking}");
    }
    let nothing = picture(&App::new(), &Data::default(), 80, 12);
    assert!(nothing.contains("mconsole sources add postgres"), "{nothing}");
}

#[test]
fn a_small_terminal_is_survived() {
    let data = data();
    for (width, height) in [(1, 1), (10, 4), (40, 8), (300, 100)] {
        for page in Page::ALL {
            let mut app = App { page, ..App::new() };
            picture(&app, &data, width, height);
            app.dialog = Some(Dialog::Help);
            picture(&app, &data, width, height);
        }
    }
}
