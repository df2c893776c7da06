//! The console in a terminal: pages with keys as in `top`, drawn anew when figures or keys arrive.

mod activity;
mod app;
mod blocking;
mod chrome;
mod data;
mod dialog;
mod order;
mod pools;
mod queries;
mod style;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use engine::Engine;
use engine::domain::{SignalOutcome, SignalRequest};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use tokio::sync::mpsc;

use app::{App, Effect};
use data::Data;

/// How long a thread that reads keys sleeps in the terminal before it looks whether it is still wanted.
const KEY_WAIT: Duration = Duration::from_millis(200);
/// Keys typed ahead of a slow picture.
const KEYS: usize = 64;

enum Input {
    Key(KeyEvent),
    Resized,
}

/// Until `q` or Ctrl+C. The terminal is given back as it was, also after a panic.
pub(super) async fn run(engine: &Engine) -> Result<ExitCode> {
    let mut terminal = ratatui::try_init()?;
    let outcome = show(engine, &mut terminal).await;
    ratatui::restore();
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn show(engine: &Engine, terminal: &mut DefaultTerminal) -> Result<()> {
    let mut input = keys();
    let mut app = App::new();
    let mut data = Data::gather(engine, &app).await?;
    loop {
        terminal.draw(|frame| chrome::draw(frame, &app, &data))?;
        let delay = Duration::from_secs_f64(app.delay_seconds);
        let page = app.page;
        let mut refresh = false;
        tokio::select! {
            () = tokio::time::sleep(delay) => refresh = !app.paused,
            arrived = input.recv() => match arrived {
                Some(Input::Key(key)) => match app.key(key, &data) {
                    Some(Effect::Quit) => return Ok(()),
                    Some(Effect::Refresh) => refresh = true,
                    Some(Effect::Send(request)) => app.message = Some(send(engine, request).await),
                    None => {}
                },
                Some(Input::Resized) => {}
                // The terminal is gone.
                None => return Ok(()),
            },
        }
        if refresh || app.page != page {
            data = Data::gather(engine, &app).await?;
        }
    }
}

async fn send(engine: &Engine, request: SignalRequest) -> String {
    let pid = request.pid;
    match engine.send_signal(request).await {
        Ok(SignalOutcome::Sent) => format!("Sent to {pid}."),
        Ok(SignalOutcome::Gone) => format!("Session {pid} had ended before."),
        Err(error) => match error.remedy() {
            Some(remedy) => format!("{error} {remedy}"),
            None => error.to_string(),
        },
    }
}

/// A thread that ends with the receiver.
fn keys() -> mpsc::Receiver<Input> {
    let (sender, receiver) = mpsc::channel(KEYS);
    std::thread::spawn(move || {
        while !sender.is_closed() {
            let arrived = match event::poll(KEY_WAIT) {
                Ok(false) => continue,
                Ok(true) => event::read(),
                Err(_) => return,
            };
            let input = match arrived {
                Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => Input::Key(key),
                Ok(Event::Resize(..)) => Input::Resized,
                Ok(_) => continue,
                Err(_) => return,
            };
            if sender.blocking_send(input).is_err() {
                return;
            }
        }
    });
    receiver
}
