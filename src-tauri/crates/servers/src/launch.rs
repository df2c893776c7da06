//! Starts children from one thread that never ends.
//!
//! The kernel delivers the parent-death signal when the *thread* that started a child ends, so a pool's thread must not.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Mutex, OnceLock, mpsc};

type Order = (Command, mpsc::SyncSender<io::Result<Child>>);

static LAUNCHER: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();

/// Starts `command` on the launcher's thread.
pub(crate) fn launch(command: Command) -> io::Result<Child> {
    let (answer, answered) = mpsc::sync_channel(1);
    let launcher = LAUNCHER.get_or_init(|| Mutex::new(start_launcher()));
    let gone = || io::Error::other("the thread that starts servers has ended");
    launcher.lock().map_err(|_| gone())?.send((command, answer)).map_err(|_| gone())?;
    answered.recv().map_err(|_| gone())?
}

fn start_launcher() -> mpsc::Sender<Order> {
    let (sender, orders) = mpsc::channel::<Order>();
    std::thread::spawn(move || {
        for (mut command, answer) in orders {
            let _ = answer.send(command.spawn());
        }
    });
    sender
}

/// A command for `program` that receives `signal` when this process dies, where the system can arrange that.
pub(crate) fn tied_to_us(program: &Path, signal: &str) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if cfg!(target_os = "linux") && setpriv.is_file() {
        let mut command = Command::new(setpriv);
        command.arg("--pdeathsig").arg(signal).arg("--").arg(program);
        command
    } else {
        Command::new(program)
    }
}
