//! A short conversation with a Redis over its Unix socket or its port: enough to see that it answers and to set it up.

use std::io;
use std::path::Path;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tokio::net::TcpStream;

use super::HOST;

/// Of one answer: INFO is the longest that is asked for.
const ANSWER_BYTES: usize = 1024 * 1024;

const LINE_END: usize = 2;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(super) struct Conversation(BufReader<Box<dyn Stream>>);

impl Conversation {
    pub(super) async fn with_port(port: u16) -> io::Result<Conversation> {
        Ok(Conversation(BufReader::new(Box::new(TcpStream::connect((HOST, port)).await?))))
    }

    #[cfg(unix)]
    pub(super) async fn with_socket(path: &Path) -> io::Result<Conversation> {
        Ok(Conversation(BufReader::new(Box::new(tokio::net::UnixStream::connect(path).await?))))
    }

    #[cfg(not(unix))]
    pub(super) async fn with_socket(_path: &Path) -> io::Result<Conversation> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The answer as text; an error of the server is an error here.
    pub(super) async fn ask(&mut self, words: &[&str]) -> io::Result<String> {
        self.0.get_mut().write_all(&command(words)).await?;
        let line = line(&mut self.0).await?;
        let mut characters = line.chars();
        match (characters.next(), characters.as_str()) {
            (Some('+' | ':'), text) => Ok(text.to_owned()),
            (Some('-'), text) => Err(io::Error::other(text.to_owned())),
            (Some('$'), length) => {
                let length: Option<usize> = length.parse().ok();
                let length = length.filter(|length| *length <= ANSWER_BYTES);
                let mut text = vec![0; length.ok_or_else(|| unreadable(&line))? + LINE_END];
                self.0.read_exact(&mut text).await?;
                Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
            }
            _ => Err(unreadable(&line)),
        }
    }
}

async fn line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    reader.take(ANSWER_BYTES as u64).read_line(&mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn unreadable(line: &str) -> io::Error {
    io::Error::other(format!("an answer that is not understood: {line}"))
}

/// A command in the wire's form.
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}
