//! The encrypted form: argon2id makes the key, XChaCha20-Poly1305 seals header and passwords together.
//!
//! Layout: `mPsecret` · version (1) · memory KiB, passes, lanes (4 each, little-endian) · salt (24) · check nonce (24) ·
//! check tag (16) · nonce (24) · sealed body. The check seals nothing under the key, so that a wrong passphrase can be
//! told from a changed body. Everything before the body is authenticated with it.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"mPsecret";
const VERSION: u8 = 1;
const SALT: usize = 24;
const NONCE: usize = 24;
const TAG: usize = 16;
const IDENTITY: usize = 8 + 1 + 12 + SALT;
const HEADER: usize = IDENTITY + NONCE + TAG + NONCE;

/// What deriving a key costs; kept in the file, so that it may grow with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106, 4: the second recommended option but for its lanes, which would only be computed in turn.
    pub(crate) const RECOMMENDED: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// A forged header must not claim the memory of the machine.
    fn is_bearable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 32 && self.lanes <= 16
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CipherError {
    WrongPassphrase,
    Tampered,
    TooNew(u8),
    Failed,
}

/// A derived key with the header that it belongs to.
pub(crate) struct Lock {
    key: Zeroizing<[u8; 32]>,
    identity: Vec<u8>,
}

impl Lock {
    /// A new lock with a salt of its own.
    pub(crate) fn new(passphrase: &str, cost: Cost) -> Result<Lock, CipherError> {
        let mut identity = Vec::with_capacity(IDENTITY);
        identity.extend_from_slice(MAGIC);
        identity.push(VERSION);
        for number in [cost.memory_kib, cost.passes, cost.lanes] {
            identity.extend_from_slice(&number.to_le_bytes());
        }
        identity.extend_from_slice(&XNonce::generate());
        Lock::derive(passphrase, identity)
    }

    fn derive(passphrase: &str, identity: Vec<u8>) -> Result<Lock, CipherError> {
        let cost = cost_of(&identity).ok_or(CipherError::Tampered)?;
        let salt = identity.last_chunk::<SALT>().ok_or(CipherError::Tampered)?;
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
        let params = params.map_err(|_| CipherError::Tampered)?;
        let mut key = Zeroizing::new([0_u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
            .map_err(|_| CipherError::Failed)?;
        Ok(Lock { key, identity })
    }

    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        let check_nonce = XNonce::generate();
        let check = Payload { msg: &[], aad: &self.identity };
        let check = cipher.encrypt(&check_nonce, check).map_err(|_| CipherError::Failed)?;
        let nonce = XNonce::generate();
        let mut sealed = self.identity.clone();
        sealed.extend_from_slice(&check_nonce);
        sealed.extend_from_slice(&check);
        sealed.extend_from_slice(&nonce);
        let body = Payload { msg: plain, aad: &sealed };
        let body = cipher.encrypt(&nonce, body).map_err(|_| CipherError::Failed)?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what [`Lock::seal`] gave, with the key that its header and this passphrase make.
    pub(crate) fn open(passphrase: &str, sealed: &[u8]) -> Result<(Lock, Zeroizing<Vec<u8>>), CipherError> {
        let (magic, rest) = sealed.split_first_chunk::<8>().ok_or(CipherError::Tampered)?;
        let version = rest.first().copied().ok_or(CipherError::Tampered)?;
        if magic != MAGIC || version == 0 {
            return Err(CipherError::Tampered);
        }
        if version > VERSION {
            return Err(CipherError::TooNew(version));
        }
        let (header, body) = sealed.split_at_checked(HEADER).ok_or(CipherError::Tampered)?;
        let (identity, rest) = header.split_at_checked(IDENTITY).ok_or(CipherError::Tampered)?;
        let (check_nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(CipherError::Tampered)?;
        let (check, nonce) = rest.split_first_chunk::<TAG>().ok_or(CipherError::Tampered)?;
        let nonce = nonce.first_chunk::<NONCE>().ok_or(CipherError::Tampered)?;
        let lock = Lock::derive(passphrase, identity.to_vec())?;
        let cipher = XChaCha20Poly1305::new((&*lock.key).into());
        cipher
            .decrypt(&XNonce::from(*check_nonce), Payload { msg: check, aad: identity })
            .map_err(|_| CipherError::WrongPassphrase)?;
        let plain = cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: header })
            .map_err(|_| CipherError::Tampered)?;
        Ok((lock, Zeroizing::new(plain)))
    }
}

fn cost_of(identity: &[u8]) -> Option<Cost> {
    let mut numbers = identity.get(9..21)?.chunks_exact(4).filter_map(|bytes| bytes.try_into().ok());
    let mut next = || numbers.next().map(u32::from_le_bytes);
    let cost = Cost { memory_kib: next()?, passes: next()?, lanes: next()? };
    cost.is_bearable().then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    #[test]
    fn what_is_sealed_opens_with_its_passphrase_only() {
        let sealed = Lock::new("right", CHEAP).unwrap().seal(b"passwords").unwrap();
        assert_eq!(*Lock::open("right", &sealed).unwrap().1, b"passwords");
        assert_eq!(Lock::open("wrong", &sealed).err(), Some(CipherError::WrongPassphrase));
        assert!(!sealed.windows(9).any(|bytes| bytes == b"passwords"));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealed = Lock::new("right", CHEAP).unwrap().seal(b"passwords").unwrap();
        for position in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[position] ^= 1 << (position % 8);
            // Costs of a forged header are not worth computing here.
            if !(9..21).contains(&position) {
                assert!(Lock::open("right", &flipped).is_err(), "byte {position}");
            }
            assert!(Lock::open("right", &sealed[..position]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn the_same_passwords_never_look_the_same() {
        let lock = Lock::new("right", CHEAP).unwrap();
        assert_ne!(lock.seal(b"passwords").unwrap(), lock.seal(b"passwords").unwrap());
    }

    #[test]
    fn a_forged_cost_is_refused_before_it_is_paid() {
        let mut sealed = Lock::new("right", CHEAP).unwrap().seal(b"passwords").unwrap();
        sealed[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Lock::open("right", &sealed).err(), Some(CipherError::Tampered));
    }

    #[test]
    fn a_newer_format_is_named() {
        let mut sealed = Lock::new("right", CHEAP).unwrap().seal(b"passwords").unwrap();
        sealed[8] = 9;
        assert_eq!(Lock::open("right", &sealed).err(), Some(CipherError::TooNew(9)));
    }
}
