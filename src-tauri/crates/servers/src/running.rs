//! A server that runs, or was ended and may be started again on its port: what all of them can do.

use crate::ServerError;
use crate::process::{Process, Signal};
use crate::start::{Port, Startable, start};

pub(crate) struct Running<H> {
    // Before `home`: the process ends before its directory goes.
    process: Option<Process>,
    pub(crate) home: H,
    pub(crate) port: u16,
}

impl<H: Startable> Running<H> {
    /// Starts it on `port`, or on a free one, and waits until it answers.
    pub(crate) async fn start(home: H, port: Option<u16>) -> Result<Running<H>, ServerError> {
        let (process, port) = start(&home, port.map_or(Port::Any, Port::Fixed)).await?;
        Ok(Running { process: Some(process), home, port })
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Starts one that was ended on the same port; leaves one that runs alone.
    pub(crate) async fn start_again(&mut self) -> Result<(), ServerError> {
        if self.process.is_none() {
            let (process, _) = start(&self.home, Port::Fixed(self.port)).await?;
            self.process = Some(process);
        }
        Ok(())
    }

    pub(crate) async fn end(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            process.end(signal).await;
        }
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        if let Some(process) = &mut self.process {
            process.signal(signal);
        }
    }
}
