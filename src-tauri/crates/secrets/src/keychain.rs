//! The OS keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! All calls run on one thread of its own, because they block for as long as a person takes to unlock the keychain, and
//! because the Linux one must not be called from within an async runtime.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};
use parking_lot::Mutex;

use crate::{Secret, SecretError};

/// A server without a desktop is told apart at once, a hanging bus after this.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for a person to type the password that unlocks the keychain.
const ANSWER: Duration = Duration::from_secs(60);
const PROBE: &str = "probe";

type Work = Box<dyn FnOnce(&CredentialStore) + Send>;

pub(crate) struct Keychain {
    service: String,
    work: Mutex<Sender<Work>>,
}

impl Keychain {
    /// Proves that the keychain keeps what it is given, by storing, reading and removing an entry.
    pub(crate) fn open(service: &str) -> Result<Keychain, SecretError> {
        let no_keychain = |reason: String| SecretError::NoKeychain { reason };
        let (work, jobs) = channel::<Work>();
        let (ready, connected) = channel();
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || serve(&ready, &jobs))
            .map_err(|error| no_keychain(error.to_string()))?;
        match connected.recv_timeout(CONNECT) {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => return Err(no_keychain(reason)),
            Err(_) => return Err(no_keychain("it did not answer within 5 seconds".to_owned())),
        }
        let keychain = Keychain { service: service.to_owned(), work: Mutex::new(work) };
        keychain.probe().map_err(|error| no_keychain(error.to_string()))?;
        Ok(keychain)
    }

    fn probe(&self) -> Result<(), SecretError> {
        self.put(PROBE, &Secret::new(PROBE))?;
        let kept = self.get(PROBE)?.is_some_and(|secret| secret.expose() == PROBE);
        self.remove(PROBE)?;
        if kept {
            Ok(())
        } else {
            Err(SecretError::Keychain { reason: "it did not keep an entry".to_owned() })
        }
    }

    pub(crate) fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        let secret = secret.clone();
        self.with_entry(name, move |entry| entry.set_password(secret.expose()))
    }

    pub(crate) fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.with_entry(name, |entry| match entry.get_password() {
            Ok(password) => Ok(Some(Secret::new(password))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.with_entry(name, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            outcome => outcome,
        })
    }

    fn with_entry<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, SecretError> {
        let (answer, answered) = channel();
        let (service, name) = (self.service.clone(), name.to_owned());
        let job: Work = Box::new(move |store| {
            let outcome = store.build(&service, &name, None).and_then(|entry| work(&entry));
            // Whoever asked may have given up waiting.
            let _ = answer.send(outcome);
        });
        let ended = || SecretError::Keychain { reason: "its thread ended".to_owned() };
        self.work.lock().send(job).map_err(|_| ended())?;
        match answered.recv_timeout(ANSWER) {
            Ok(outcome) => outcome.map_err(|error| SecretError::Keychain { reason: reason(&error) }),
            Err(RecvTimeoutError::Timeout) => Err(SecretError::KeychainTimeout),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }
}

fn serve(ready: &Sender<Result<(), String>>, jobs: &Receiver<Work>) {
    match connect() {
        Ok(store) => {
            let _ = ready.send(Ok(()));
            for job in jobs {
                job(store.as_ref());
            }
        }
        Err(error) => drop(ready.send(Err(reason(&error)))),
    }
}

/// Some errors of the keychain carry the bytes that it could not read; those are left out.
fn reason(error: &Error) -> String {
    match error {
        Error::BadEncoding(_) => "the entry is not text".to_owned(),
        Error::BadDataFormat(_, cause) => cause.to_string(),
        other => other.to_string(),
    }
}

#[cfg(target_os = "linux")]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "macos")]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "windows")]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
fn connect() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::NotSupportedByStore("this system has no keychain that is supported".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs against the real keychain where there is one; elsewhere the refusal is what is tested.
    #[test]
    fn keeps_passwords_or_says_why_not() {
        match Keychain::open("mPanel Console test") {
            Ok(keychain) => {
                keychain.put("a", &Secret::new("geheim")).unwrap();
                assert_eq!(keychain.get("a").unwrap().unwrap().expose(), "geheim");
                keychain.remove("a").unwrap();
                keychain.remove("a").unwrap();
                assert!(keychain.get("a").unwrap().is_none());
            }
            Err(error) => {
                assert_eq!(error.code(), "no_keychain");
                assert!(error.to_string().contains("encrypted file"), "{error}");
            }
        }
    }
}
