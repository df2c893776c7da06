//! What the desktop app takes from its command line and environment.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// A desktop performance console for PostgreSQL, PgBouncer, Redis and mPanel.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Where history and settings are kept; the platform's directory for application data when absent.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Where passwords are kept.
    #[arg(long, value_enum, default_value_t = Passwords::Keychain)]
    pub passwords: Passwords,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Passwords {
    /// The OS keychain, else memory.
    Keychain,
    /// A file encrypted with the passphrase of MCONSOLE_PASSPHRASE.
    File,
    /// Memory only: gone when the console ends.
    Memory,
}
