//! What this process uses, measured by the operating system.

use std::time::Duration;

use parking_lot::Mutex;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) resident_bytes: u64,
    pub(crate) virtual_bytes: u64,
    pub(crate) cpu: Duration,
    pub(crate) host: String,
    pub(crate) cpus: usize,
    pub(crate) total_memory: u64,
    pub(crate) free_memory: u64,
}

/// Asks the operating system about this process.
#[derive(Debug)]
pub(crate) struct Gauge {
    /// None where the operating system cannot be asked.
    system: Option<Mutex<System>>,
    pid: Pid,
}

impl Gauge {
    pub(crate) fn new() -> Gauge {
        Gauge { system: System::new().ok().map(Mutex::new), pid: Pid::from_u32(std::process::id()) }
    }

    pub(crate) fn measure(&self) -> Option<Usage> {
        let mut system = self.system.as_ref()?.lock();
        system.refresh_memory();
        let what = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, what);
        let process = system.process(self.pid)?;
        Some(Usage {
            resident_bytes: process.memory(),
            virtual_bytes: process.virtual_memory(),
            cpu: Duration::from_millis(process.accumulated_cpu_time()),
            host: System::host_name().unwrap_or_else(|_| "localhost".to_owned()),
            cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            total_memory: system.total_memory(),
            free_memory: system.available_memory(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Gauge;

    #[test]
    fn a_running_process_uses_memory() {
        let usage = Gauge::new().measure().unwrap();
        assert!(usage.resident_bytes > 1 << 20 && usage.virtual_bytes > usage.resident_bytes, "{usage:?}");
    }
}
