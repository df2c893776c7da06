//! Passwords in the OS keychain, an encrypted file, or memory; never anywhere else.

mod cipher;
mod error;
mod file;
mod keychain;
mod secret;
mod store;

pub use error::SecretError;
pub use secret::Secret;
pub use store::{SecretStore, StoreKind};
