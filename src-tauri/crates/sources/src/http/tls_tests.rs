//! Certificates that are trusted, and those that never are.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use domain::{HttpAuth, HttpConnection, ProblemCode};
use rustls::{ServerConfig, ServerConnection, Stream};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{HttpClient, Limits, metrics_url};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls");
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na 1\n";

/// Answers every request alike; the thread ends with the test's process.
fn serve(certificate: &str) -> u16 {
    let certificate =
        CertificateDer::from_pem_file(format!("{FOLDER}/{certificate}")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a key that fits");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust the certificate leaves here.
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                let _ = stream.write_all(ANSWER);
                connection.send_close_notify();
                let _ = connection.complete_io(&mut socket);
            }
        }
    });
    port
}

async fn get(host: &str, port: u16, root: Option<&str>) -> Result<Vec<u8>, domain::Problem> {
    let connection = HttpConnection {
        url: format!("https://{host}:{port}"),
        auth: HttpAuth::None,
        root_certificate: root.map(|file| format!("{FOLDER}/{file}")),
    };
    let limits = Limits { deadline: Duration::from_secs(5), bytes: 1024 };
    let url = metrics_url(&connection.url)?;
    HttpClient::new(&connection, None)?.get(&url, "*/*", limits).await.map(|answer| answer.body)
}

#[tokio::test]
async fn a_named_authority_is_trusted_and_nothing_else_is() {
    let (good, expired) = (serve("localhost.pem"), serve("expired.pem"));
    assert_eq!(get("localhost", good, Some("authority.pem")).await, Ok(b"a 1\n".to_vec()));
    for (host, port, root, part) in [
        ("localhost", good, None, "from an authority that is not trusted"),
        ("127.0.0.1", good, Some("authority.pem"), "for another host name"),
        ("localhost", expired, Some("authority.pem"), "has expired"),
        ("localhost", good, Some("server.key"), "holds no certificate"),
        ("localhost", good, Some("no-such-file.pem"), "no-such-file.pem cannot be used"),
    ] {
        let problem = get(host, port, root).await.expect_err(part);
        assert_eq!(problem.code, ProblemCode::TlsInvalid, "{}", problem.message);
        assert!(problem.message.contains(part), "{part}: {}", problem.message);
        assert!(problem.remedy.is_some());
    }
}
