//! A stream that gives up on endless answers: the driver collects a whole reply before it shows any of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that may come in without anything being asked in between. A key's name alone may be megabytes long.
pub(super) const LIMIT: usize = 64 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("an answer is larger than {} MiB", .0 / (1024 * 1024))]
pub(super) struct TooLarge(pub(super) usize);

/// Counts what comes in since the last request went out.
pub(super) struct Bounded<S> {
    stream: S,
    received: usize,
    limit: usize,
}

impl<S> Bounded<S> {
    pub(super) fn new(stream: S, limit: usize) -> Bounded<S> {
        Bounded { stream, received: 0, limit }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.received = self.received.saturating_add(buffer.filled().len().saturating_sub(before));
            if self.received > self.limit {
                return Poll::Ready(Err(io::Error::other(TooLarge(self.limit))));
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.received = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn the_count_begins_anew_with_each_request() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut stream = Bounded::new(near, 10);
        let mut answer = [0; 8];
        for _ in 0..3 {
            stream.write_all(b"?").await.unwrap();
            far.write_all(b"8 bytes.").await.unwrap();
            stream.read_exact(&mut answer).await.unwrap();
        }
        far.write_all(b"8 bytes.").await.unwrap();
        let error = stream.read_exact(&mut answer).await.unwrap_err();
        assert!(error.get_ref().is_some_and(|inner| inner.is::<TooLarge>()), "{error}");
    }
}
