//! Why a password could not be kept or read: a stable code, what was wrong, what to do. Never a secret.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(
        "this computer has no keychain that answers ({reason}); use an encrypted file, or keep passwords in memory"
    )]
    NoKeychain { reason: String },
    #[error("the keychain did not answer in time; unlock it and try again")]
    KeychainTimeout,
    #[error("the keychain refused: {reason}; unlock it and try again")]
    Keychain { reason: String },
    #[error("the passphrase does not open {path}; try again, or remove the file to begin a new one")]
    WrongPassphrase { path: PathBuf },
    #[error("an empty passphrase protects nothing; choose one")]
    EmptyPassphrase,
    #[error(
        "{path} was changed or damaged and is not trusted; put back a copy, or remove it and enter the passwords again"
    )]
    Tampered { path: PathBuf },
    #[error("{path} was written by a newer version (format {found}); it was left as it is: update")]
    TooNew { path: PathBuf, found: u8 },
    #[error("{path} cannot be used: {reason}")]
    Io { path: PathBuf, reason: String },
    #[error("encryption failed; nothing was changed")]
    Encryption,
}

impl SecretError {
    /// Stable: programs match it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            SecretError::NoKeychain { .. } => "no_keychain",
            SecretError::KeychainTimeout => "keychain_timeout",
            SecretError::Keychain { .. } => "keychain",
            SecretError::WrongPassphrase { .. } => "wrong_passphrase",
            SecretError::EmptyPassphrase => "empty_passphrase",
            SecretError::Tampered { .. } => "tampered",
            SecretError::TooNew { .. } => "too_new",
            SecretError::Io { .. } => "io",
            SecretError::Encryption => "encryption",
        }
    }
}
