//! A body as it arrives: decompressed on the way, cut at a limit.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the compressed data is damaged or cut short ({0})")]
    Damaged(io::Error),
    #[error("it is encoded as {0:?}, which was not asked for")]
    Encoding(String),
}

pub(super) enum Body {
    Plain(Limited),
    Gzip(Box<MultiGzDecoder<Limited>>),
}

impl Body {
    /// `encoding` is the `Content-Encoding`; `limit` counts bytes after decompression.
    pub(super) fn new(encoding: Option<&str>, limit: usize) -> Result<Body, BodyError> {
        let limited = Limited { bytes: Vec::new(), limit, cut: false };
        match encoding.map(str::trim).unwrap_or("") {
            "" | "identity" => Ok(Body::Plain(limited)),
            gzip if gzip.eq_ignore_ascii_case("gzip") || gzip.eq_ignore_ascii_case("x-gzip") => {
                Ok(Body::Gzip(Box::new(MultiGzDecoder::new(limited))))
            }
            other => Err(BodyError::Encoding(other.to_owned())),
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        let written = match self {
            Body::Plain(limited) => limited.write_all(chunk),
            Body::Gzip(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|error| self.explain(error))
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, BodyError> {
        match self {
            Body::Plain(limited) => Ok(limited.bytes),
            Body::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes)),
                Err(error) => Err(Body::Gzip(decoder).explain(error)),
            },
        }
    }

    fn explain(&self, error: io::Error) -> BodyError {
        let limited = match self {
            Body::Plain(limited) => limited,
            Body::Gzip(decoder) => decoder.get_ref(),
        };
        if limited.cut { BodyError::TooLarge { limit: limited.limit } } else { BodyError::Damaged(error) }
    }
}

/// A buffer that refuses to outgrow its limit.
pub(super) struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    cut: bool,
}

impl Write for Limited {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + data.len() > self.limit {
            self.cut = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
