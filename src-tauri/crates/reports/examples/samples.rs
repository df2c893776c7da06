//! Writes the reports of the tests into a directory, to be looked at: `cargo run --example samples -- DIRECTORY`.

use std::path::PathBuf;

use domain::ReportFormat;

#[path = "../src/fixture.rs"]
mod fixture;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    std::fs::create_dir_all(&directory)?;
    let reports = [
        ("rich", fixture::rich()),
        ("hostile", fixture::hostile()),
        ("empty", fixture::empty()),
        ("large", fixture::large(4_000, 2_000)),
    ];
    for (name, report) in reports {
        for format in ReportFormat::ALL {
            let document = if format == ReportFormat::Document { "-document" } else { "" };
            let file = directory.join(format!("{name}{document}.{}", format.extension()));
            std::fs::write(file, reports::render(&report, format)?)?;
        }
    }
    Ok(())
}
