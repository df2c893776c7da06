//! Where a server lives: its directory, its files, its port, its random password.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::ServerError;
use crate::account::Account;

const FREE_PORT_TRIES: u32 = 200;

/// A directory that is removed with its owner, unless the caller named it.
pub(crate) struct Place {
    path: PathBuf,
    account: Option<Account>,
    _temporary: Option<TempDir>,
}

impl Place {
    pub(crate) fn new(
        named: Option<PathBuf>,
        prefix: &str,
        account: Option<Account>,
    ) -> Result<Place, ServerError> {
        let (path, temporary) = match named {
            Some(path) => {
                fs::create_dir_all(&path).map_err(|error| ServerError::directory(&path, &error))?;
                let path = fs::canonicalize(&path).map_err(|error| ServerError::directory(&path, &error))?;
                (path, None)
            }
            None => {
                let temporary = tempfile::Builder::new()
                    .prefix(prefix)
                    .tempdir()
                    .map_err(|error| ServerError::directory(std::env::temp_dir(), &error))?;
                (temporary.path().to_path_buf(), Some(temporary))
            }
        };
        let place = Place { path, account, _temporary: temporary };
        place.own(&place.path)?;
        if account.is_some() {
            reachable(&place.path)?;
        }
        Ok(place)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a directory that the server's account owns.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, ServerError> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(|error| ServerError::directory(&path, &error))?;
        self.own(&path)?;
        Ok(path)
    }

    /// Writes a file that only the server's account may read.
    pub(crate) fn write(&self, path: &Path, contents: impl AsRef<[u8]>) -> Result<(), ServerError> {
        let failed = |error: std::io::Error| ServerError::directory(path, &error);
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        std::io::Write::write_all(&mut file, contents.as_ref()).map_err(failed)?;
        self.own(path)
    }

    fn own(&self, path: &Path) -> Result<(), ServerError> {
        #[cfg(unix)]
        if let Some(account) = self.account {
            std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))
                .map_err(|error| ServerError::directory(path, &error))?;
        }
        Ok(())
    }
}

/// An account other than root must be able to pass through every directory above.
#[cfg(unix)]
fn reachable(path: &Path) -> Result<(), ServerError> {
    use std::os::unix::fs::PermissionsExt;
    for above in path.ancestors().skip(1) {
        let closed = fs::metadata(above).is_ok_and(|meta| meta.permissions().mode() & 0o001 == 0);
        if closed {
            let reason = format!(
                "the server does not run as root and {} is closed to other accounts; choose a directory elsewhere or \
                 start this as an ordinary user",
                above.display()
            );
            return Err(ServerError::Directory { path: path.to_path_buf(), reason });
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn reachable(_path: &Path) -> Result<(), ServerError> {
    Ok(())
}

/// A loopback port up to `highest` that is free at this moment; the server's own bind decides, so callers try again on a
/// collision.
pub(crate) fn free_port(highest: u16) -> std::io::Result<u16> {
    for _ in 0..FREE_PORT_TRIES {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        if port <= highest {
            return Ok(port);
        }
    }
    Err(std::io::Error::other(format!("none up to {highest} was offered")))
}

/// 32 hexadecimal digits from the system's randomness, for servers that live as long as a test or a demo.
pub(crate) fn random_password() -> String {
    let draw = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", draw(), draw())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn written_files_are_private_and_replaced() {
        let place = Place::new(None, "place-", None).unwrap();
        let path = place.path().join("secret");
        place.write(&path, "one").unwrap();
        place.write(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_directory_below_a_closed_one_is_refused_with_the_reason() {
        let outer = tempfile::tempdir().unwrap();
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let message = reachable(&inner).unwrap_err().to_string();
        assert!(message.contains("closed to other accounts"), "{message}");
    }

    #[test]
    fn passwords_differ() {
        assert_ne!(random_password(), random_password());
    }
}
