//! A real HTTP server for tests: what it answers is written byte by byte.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) enum Reply {
    Whole(Vec<u8>),
    /// One byte at a time, for ever slow.
    Drip(Vec<u8>),
    Never,
}

pub(crate) struct Server {
    /// `http://127.0.0.1:port`
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `reply` sees the head of each request.
    pub(crate) async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (reply, seen) = (Arc::new(reply), Arc::clone(&heads));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&reply), Arc::clone(&seen)));
            }
        });
        Server { url, heads }
    }

    /// Always the same answer.
    pub(crate) async fn always(
        status: &'static str,
        headers: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Server {
        let body = body.into();
        Server::start(move |_| whole(status, headers, &body)).await
    }

    pub(crate) fn requests(&self, path: &str) -> usize {
        let start = format!("GET {path} ");
        self.heads.lock().iter().filter(|head| head.starts_with(&start)).count()
    }

    pub(crate) fn last_head(&self) -> String {
        self.heads.lock().last().cloned().unwrap_or_default().to_lowercase()
    }
}

/// `headers` are whole lines, each with its line break.
pub(crate) fn whole(status: &str, headers: &str, body: &[u8]) -> Reply {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    Reply::Whole([head.as_bytes(), body].concat())
}

pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

async fn answer(mut stream: TcpStream, reply: Arc<impl Fn(&str) -> Reply>, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            // What is no request, such as the greeting of TLS, is answered as servers do.
            Ok(1) if head.is_empty() && byte != *b"G" => {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                return;
            }
            Ok(1) if head.len() < 65_536 => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().push(head.clone());
    match reply(&head) {
        Reply::Whole(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Drip(bytes) => {
            for byte in bytes {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Reply::Never => std::future::pending().await,
    }
}
