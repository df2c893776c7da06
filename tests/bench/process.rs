//! CPU time and memory of a process, from /proc.

use std::fs;

/// The descendant of `ancestor` whose command is `name` (the kernel keeps fifteen characters of it).
pub(crate) fn descendant(ancestor: u32, name: &str) -> Option<u32> {
    let name: String = name.chars().take(15).collect();
    let children: Vec<(u32, u32, String)> = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| {
            let (command, fields) = stat(pid)?;
            Some((pid, fields.get(1)?.parse().ok()?, command))
        })
        .collect();
    let mut family = vec![ancestor];
    while let Some(parent) = family.pop() {
        for (pid, _, command) in children.iter().filter(|(_, of, _)| *of == parent) {
            if *command == name {
                return Some(*pid);
            }
            family.push(*pid);
        }
    }
    None
}

/// User and system time so far. The kernel counts a hundred ticks a second.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    let (_, fields) = stat(pid).expect("the process runs");
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Resident memory by what is mapped, in megabytes.
pub(crate) struct Resident {
    pub all: f64,
    /// The software renderer of OpenGL, which a machine with a graphics driver does not load.
    pub software_renderer: f64,
}

pub(crate) fn resident(pid: u32) -> Resident {
    let maps = fs::read_to_string(format!("/proc/{pid}/smaps")).expect("the process runs");
    let mut resident = Resident { all: 0.0, software_renderer: 0.0 };
    let mut of_renderer = false;
    for line in maps.lines() {
        if let Some(size) = line.strip_prefix("Rss:") {
            let megabytes = size.trim().trim_end_matches(" kB").parse::<f64>().expect("kB") / 1024.0;
            resident.all += megabytes;
            resident.software_renderer += if of_renderer { megabytes } else { 0.0 };
        } else if line.split_once('-').is_some_and(|(start, _)| u64::from_str_radix(start, 16).is_ok()) {
            of_renderer = line.contains("libLLVM") || line.contains("/dri/swrast");
        }
    }
    resident
}

/// The command and the fields after it, the state first.
fn stat(pid: u32) -> Option<(String, Vec<String>)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = stat.rsplit_once(')')?;
    let command = head.split_once('(')?.1.to_owned();
    Some((command, tail.split_whitespace().map(str::to_owned).collect()))
}
