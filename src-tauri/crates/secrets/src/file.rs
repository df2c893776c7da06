//! The encrypted file: readable by its owner only, replaced as a whole.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::cipher::{CipherError, Cost, Lock};
use crate::{Secret, SecretError};

pub(crate) struct EncryptedFile {
    path: PathBuf,
    lock: Lock,
    secrets: Mutex<BTreeMap<String, Secret>>,
}

impl EncryptedFile {
    /// Opens the file, or creates an empty one under this passphrase.
    pub(crate) fn open(path: &Path, passphrase: &Secret, cost: Cost) -> Result<EncryptedFile, SecretError> {
        if passphrase.expose().is_empty() {
            return Err(SecretError::EmptyPassphrase);
        }
        let (lock, secrets) = match fs::read(path) {
            Ok(sealed) => {
                let (lock, plain) =
                    Lock::open(passphrase.expose(), &sealed).map_err(|error| cipher_error(path, error))?;
                (lock, parse(path, &plain)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let lock = Lock::new(passphrase.expose(), cost).map_err(|error| cipher_error(path, error))?;
                replace(path, &lock.seal(b"{}").map_err(|error| cipher_error(path, error))?)?;
                (lock, BTreeMap::new())
            }
            Err(error) => return Err(io_error(path, &error)),
        };
        Ok(EncryptedFile { path: path.to_owned(), lock, secrets: Mutex::new(secrets) })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Secret> {
        self.secrets.lock().get(name).cloned()
    }

    pub(crate) fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.change(|secrets| drop(secrets.insert(name.to_owned(), secret.clone())))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.change(|secrets| drop(secrets.remove(name)))
    }

    /// Memory follows the file: what could not be written did not happen.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Secret>)) -> Result<(), SecretError> {
        let mut secrets = self.secrets.lock();
        let mut changed = secrets.clone();
        change(&mut changed);
        let document: BTreeMap<&str, &str> =
            changed.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&document).map_err(|_| SecretError::Encryption)?);
        let sealed = self.lock.seal(&plain).map_err(|error| cipher_error(&self.path, error))?;
        replace(&self.path, &sealed)?;
        *secrets = changed;
        Ok(())
    }
}

fn parse(path: &Path, plain: &[u8]) -> Result<BTreeMap<String, Secret>, SecretError> {
    let document: BTreeMap<String, String> =
        serde_json::from_slice(plain).map_err(|_| SecretError::Tampered { path: path.to_owned() })?;
    Ok(document.into_iter().map(|(name, text)| (name, Secret::new(text))).collect())
}

/// A reader sees the old file or the new one, also after a power cut.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), SecretError> {
    let io = |error: io::Error| io_error(path, &error);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let mut file = create_private(&unfinished).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)?;
    drop(file);
    fs::rename(&unfinished, path).map_err(io)?;
    sync_directory(path).map_err(io)
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// Windows has no such call; a rename is durable with its journal.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn io_error(path: &Path, error: &io::Error) -> SecretError {
    SecretError::Io { path: path.to_owned(), reason: error.to_string() }
}

fn cipher_error(path: &Path, error: CipherError) -> SecretError {
    let path = path.to_owned();
    match error {
        CipherError::WrongPassphrase => SecretError::WrongPassphrase { path },
        CipherError::Tampered => SecretError::Tampered { path },
        CipherError::TooNew(found) => SecretError::TooNew { path, found },
        CipherError::Failed => SecretError::Encryption,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn open(path: &Path, passphrase: &str) -> Result<EncryptedFile, SecretError> {
        EncryptedFile::open(path, &Secret::new(passphrase), CHEAP)
    }

    fn read(file: &EncryptedFile, name: &str) -> Option<String> {
        file.get(name).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn passwords_come_back_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passwords.enc");
        let file = open(&path, "open sesame").unwrap();
        file.put("source/a", &Secret::new("geheim-ß-🔑")).unwrap();
        file.put("source/b", &Secret::new("other")).unwrap();
        file.remove("source/b").unwrap();
        drop(file);
        let file = open(&path, "open sesame").unwrap();
        assert_eq!(read(&file, "source/a").as_deref(), Some("geheim-ß-🔑"));
        assert_eq!(read(&file, "source/b"), None);
        assert!(!fs::read(&path).unwrap().windows(6).any(|bytes| bytes == b"geheim"));
    }

    #[test]
    fn a_wrong_passphrase_changes_nothing_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passwords.enc");
        open(&path, "right").unwrap().put("a", &Secret::new("b")).unwrap();
        let before = fs::read(&path).unwrap();
        let error = open(&path, "wrong-and-private").err().unwrap();
        assert_eq!(error.code(), "wrong_passphrase");
        assert!(!error.to_string().contains("wrong-and-private"));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(open(&path, "").err().unwrap().code(), "empty_passphrase");
    }

    #[test]
    fn a_changed_body_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passwords.enc");
        open(&path, "right").unwrap().put("a", &Secret::new("b")).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(open(&path, "right").err().unwrap().code(), "tampered");
        fs::write(&path, "not ours").unwrap();
        assert_eq!(open(&path, "right").err().unwrap().code(), "tampered");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passwords.enc");
        let file = open(&path, "right").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        file.put("a", &Secret::new("b")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_cannot_be_written_did_not_happen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gone").join("passwords.enc");
        fs::create_dir(path.parent().unwrap()).unwrap();
        let file = open(&path, "right").unwrap();
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        assert_eq!(file.put("a", &Secret::new("b")).unwrap_err().code(), "io");
        assert_eq!(read(&file, "a"), None);
    }

    #[test]
    fn eight_writers_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passwords.enc");
        let file = open(&path, "right").unwrap();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    for n in 0..10 {
                        file.put(&format!("{writer}/{n}"), &Secret::new(format!("{}", writer * n))).unwrap();
                    }
                });
            }
        });
        drop(file);
        let file = open(&path, "right").unwrap();
        for (writer, n) in (0..8).flat_map(|writer| (0..10).map(move |n| (writer, n))) {
            assert_eq!(read(&file, &format!("{writer}/{n}")), Some(format!("{}", writer * n)));
        }
    }
}
