//! One place for passwords, whichever kind this computer and this person chose.

use std::collections::BTreeMap;
use std::path::Path;

use parking_lot::Mutex;

use crate::cipher::Cost;
use crate::file::EncryptedFile;
use crate::keychain::Keychain;
use crate::{Secret, SecretError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    Keychain,
    EncryptedFile,
    Memory,
}

/// Safe to use from several threads. Calls may block: on the keychain for as long as a person unlocks it.
pub struct SecretStore(Place);

enum Place {
    Keychain(Keychain),
    EncryptedFile(EncryptedFile),
    Memory(Mutex<BTreeMap<String, Secret>>),
}

impl SecretStore {
    /// The keychain of the system, proved to work. Entries are kept under this service name.
    ///
    /// # Errors
    /// `no_keychain`, within 5 seconds where nothing answers, as on servers.
    pub fn keychain(service: &str) -> Result<SecretStore, SecretError> {
        Keychain::open(service).map(|keychain| SecretStore(Place::Keychain(keychain)))
    }

    /// A file that only this passphrase opens; created when it is not there.
    ///
    /// # Errors
    /// `wrong_passphrase`, `empty_passphrase`, `tampered`, `too_new`, `io`; the file is left as it is.
    pub fn encrypted_file(path: &Path, passphrase: Secret) -> Result<SecretStore, SecretError> {
        let file = EncryptedFile::open(path, &passphrase, Cost::RECOMMENDED)?;
        Ok(SecretStore(Place::EncryptedFile(file)))
    }

    /// Until the program ends.
    pub fn memory() -> SecretStore {
        SecretStore(Place::Memory(Mutex::default()))
    }

    /// Keeps a secret under a name, in place of the one before.
    pub fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.put(name, secret),
            Place::EncryptedFile(file) => file.put(name, secret),
            Place::Memory(secrets) => {
                secrets.lock().insert(name.to_owned(), secret.clone());
                Ok(())
            }
        }
    }

    pub fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.get(name),
            Place::EncryptedFile(file) => Ok(file.get(name)),
            Place::Memory(secrets) => Ok(secrets.lock().get(name).cloned()),
        }
    }

    /// Removing what is not there is no error.
    pub fn remove(&self, name: &str) -> Result<(), SecretError> {
        match &self.0 {
            Place::Keychain(keychain) => keychain.remove(name),
            Place::EncryptedFile(file) => file.remove(name),
            Place::Memory(secrets) => {
                secrets.lock().remove(name);
                Ok(())
            }
        }
    }

    pub fn kind(&self) -> StoreKind {
        match &self.0 {
            Place::Keychain(_) => StoreKind::Keychain,
            Place::EncryptedFile(_) => StoreKind::EncryptedFile,
            Place::Memory(_) => StoreKind::Memory,
        }
    }

    /// Where passwords are kept, for people.
    pub fn sentence(&self) -> String {
        match self.kind() {
            StoreKind::Keychain => "Passwords are kept in the keychain of this computer.",
            StoreKind::EncryptedFile => "Passwords are kept in a file that only your passphrase opens.",
            StoreKind::Memory => "Passwords are kept in memory only and are asked for again after a restart.",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_replaces_and_removes() {
        let store = SecretStore::memory();
        assert!(store.get("a").unwrap().is_none());
        store.put("a", &Secret::new("one")).unwrap();
        store.put("a", &Secret::new("two")).unwrap();
        assert_eq!(store.get("a").unwrap().unwrap().expose(), "two");
        store.remove("a").unwrap();
        store.remove("a").unwrap();
        assert!(store.get("a").unwrap().is_none());
    }

    #[test]
    fn each_kind_says_where_passwords_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = SecretStore::encrypted_file(&dir.path().join("p"), Secret::new("passphrase")).unwrap();
        for (store, kind, word) in
            [(SecretStore::memory(), StoreKind::Memory, "memory"), (file, StoreKind::EncryptedFile, "file")]
        {
            assert_eq!(store.kind(), kind);
            assert!(store.sentence().contains(word));
        }
    }
}
