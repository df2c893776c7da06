//! Passwords by reference: the store that the person has, and what the engine says about it.

use std::path::Path;

use domain::{PasswordDraft, SecretRef, SourceId};
use secrets::{Secret, SecretStore};

use crate::{EngineError, PasswordPlace};

const KEYCHAIN_SERVICE: &str = "mPanel Console";
const FILE: &str = "passwords.enc";

pub(crate) struct Passwords {
    store: SecretStore,
}

impl Passwords {
    pub(crate) fn open(place: &PasswordPlace, data_dir: &Path) -> Result<Passwords, EngineError> {
        let store = match place {
            PasswordPlace::Memory => SecretStore::memory(),
            PasswordPlace::EncryptedFile { passphrase } => {
                SecretStore::encrypted_file(&data_dir.join(FILE), Secret::new(passphrase.clone()))?
            }
            PasswordPlace::Keychain => SecretStore::keychain(KEYCHAIN_SERVICE).unwrap_or_else(|error| {
                tracing::info!(%error, "no keychain: passwords are kept in memory only");
                SecretStore::memory()
            }),
        };
        Ok(Passwords { store })
    }

    /// "In the keychain of this computer."
    pub(crate) fn place(&self) -> String {
        self.store.sentence()
    }

    pub(crate) fn read(&self, reference: &SecretRef) -> Result<Option<String>, EngineError> {
        Ok(self.store.get(&reference.0)?.map(|secret| secret.expose().to_owned()))
    }

    pub(crate) fn remove(&self, reference: &SecretRef) -> Result<(), EngineError> {
        Ok(self.store.remove(&reference.0)?)
    }

    /// Carries out what the form asked for and returns the reference that the source now holds.
    pub(crate) fn apply(
        &self,
        source: &SourceId,
        draft: &PasswordDraft,
        stored: Option<SecretRef>,
    ) -> Result<Option<SecretRef>, EngineError> {
        match draft {
            PasswordDraft::Keep => Ok(stored),
            PasswordDraft::None => {
                if let Some(reference) = &stored {
                    self.remove(reference)?;
                }
                Ok(None)
            }
            PasswordDraft::Set { password } => {
                let reference = SecretRef(format!("source/{source}"));
                self.store.put(&reference.0, &Secret::new(password.clone()))?;
                Ok(Some(reference))
            }
        }
    }

    /// The password that a test of this draft uses; nothing is stored.
    pub(crate) fn for_test(
        &self,
        draft: &PasswordDraft,
        stored: Option<&SecretRef>,
    ) -> Result<Option<String>, EngineError> {
        match draft {
            PasswordDraft::Set { password } => Ok(Some(password.clone())),
            PasswordDraft::None => Ok(None),
            PasswordDraft::Keep => stored.map_or(Ok(None), |reference| self.read(reference)),
        }
    }
}
