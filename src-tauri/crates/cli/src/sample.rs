//! The query log that the demo shows where there is no PostgreSQL to write one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Half a minute of the demo's panel, with its repeated queries.
const LOG: &[u8] = include_bytes!("../../../../assets/sample-queries.log.gz");
const NAME: &str = "sample-queries.log.gz";

/// Writes the log into a directory and tells where.
pub(crate) fn write(directory: &Path) -> Result<PathBuf> {
    let path = directory.join(NAME);
    std::fs::write(&path, LOG).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
