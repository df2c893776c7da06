//! What can go wrong between the console and an HTTP server, in words that help.

use std::error::Error;
use std::io;

use domain::{Problem, ProblemCode};
use reqwest::StatusCode;
use rustls::CertificateError;
use url::Url;

use super::body::BodyError;
use super::client::Answer;
use super::redirect::RedirectRefused;
use super::shown;
pub(crate) use crate::problem::problem;

/// "panel.example.com:443"
fn host_and_port(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or("?"), url.port_or_known_default().unwrap_or(0))
}

/// Why no answer came.
pub(super) fn request_problem(url: &Url, error: &reqwest::Error) -> Problem {
    let host = host_and_port(url);
    if let Some(refused) = cause::<RedirectRefused>(error) {
        let message = format!("{} was not followed: {refused}.", shown(url));
        return problem(
            ProblemCode::InvalidAddress,
            message,
            "Enter the address that it leads to, if it is right.",
        );
    }
    if let Some(tls) = tls_cause(error) {
        return tls_problem(&host, tls);
    }
    if error.is_dns() {
        let name = url.host_str().unwrap_or("?");
        let message = format!("The host name {name} is not known.");
        return problem(
            ProblemCode::NameNotFound,
            message,
            "Check its spelling and the name server of this machine.",
        );
    }
    let kind = cause::<io::Error>(error).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => problem(
            ProblemCode::Refused,
            format!("{host} refused the connection."),
            "Check that the instance runs and that host and port are right.",
        ),
        Some(io::ErrorKind::TimedOut) => timed_out_connecting(&host),
        _ if error.is_connect() => problem(
            ProblemCode::Unreachable,
            format!("{host} cannot be reached: {}.", innermost(error)),
            "Check the network, the VPN and any firewall between this machine and the host.",
        ),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            cut(&host)
        }
        _ if error.is_timeout() => timed_out_connecting(&host),
        _ if error.is_body() => cut(&host),
        _ => problem(
            ProblemCode::Protocol,
            format!("{host} does not answer in HTTP: {}.", innermost(error)),
            "Check the port, and whether the address must begin with https://.",
        ),
    }
}

fn timed_out_connecting(host: &str) -> Problem {
    let message = format!("{host} did not answer in time.");
    problem(ProblemCode::Timeout, message, "Check the load of the instance and any firewall before it.")
}

fn cut(host: &str) -> Problem {
    let message = format!("{host} closed the connection before its answer was complete.");
    problem(
        ProblemCode::Unreachable,
        message,
        "Check whether the instance or a proxy before it was restarted.",
    )
}

/// The whole answer has one deadline, so that a server that drips cannot hold a poll.
pub(super) fn deadline_problem(url: &Url, seconds: f64, received: usize) -> Problem {
    let message =
        format!("{} did not answer completely within {seconds} s ({received} bytes came).", shown(url));
    problem(ProblemCode::Timeout, message, "Check the load of the instance and the network between.")
}

pub(super) fn body_problem(url: &Url, error: &BodyError) -> Problem {
    let at = shown(url);
    match error {
        BodyError::TooLarge { limit } => problem(
            ProblemCode::TooLarge,
            format!(
                "The answer of {at} is larger than {} MiB when unpacked; it was dropped.",
                limit / (1024 * 1024)
            ),
            "Check that the address is a metrics endpoint; reduce the labels that multiply its series.",
        ),
        BodyError::Damaged(_) | BodyError::Encoding(_) => problem(
            ProblemCode::BadEncoding,
            format!("The answer of {at} cannot be read and was dropped: {error}."),
            "Check the proxy between the console and the instance; it may cut or recode answers.",
        ),
    }
}

/// What an answer other than 2xx means for a scrape.
pub(crate) fn status_problem(answer: &Answer) -> Problem {
    let at = shown(&answer.url);
    let status = answer.status;
    match status {
        StatusCode::UNAUTHORIZED => problem(
            ProblemCode::Authentication,
            format!("{at} wants other credentials (401)."),
            "Edit the source: choose Basic or Bearer authentication and enter the password or token.",
        ),
        StatusCode::FORBIDDEN => problem(
            ProblemCode::Permission,
            format!("{at} does not allow this (403)."),
            "Allow this machine's address, or the user, to read the metrics endpoint.",
        ),
        StatusCode::NOT_FOUND | StatusCode::GONE => problem(
            ProblemCode::NotMetrics,
            format!("There is nothing at {at} ({}).", status.as_u16()),
            "Enter the path of the metrics endpoint; it may differ from /metrics or be switched off.",
        ),
        StatusCode::TOO_MANY_REQUESTS => rate_limited(&at, answer.retry_after_seconds()),
        _ if status.is_server_error() => problem(
            ProblemCode::ServerError,
            format!("{at} answered with an error of its own ({status})."),
            "Look into the log of the instance, or of the proxy before it.",
        ),
        _ => problem(
            ProblemCode::Protocol,
            format!("{at} answered {status}, which is no answer to a scrape."),
            "Check that the address is a metrics endpoint.",
        ),
    }
}

fn rate_limited(at: &str, seconds: i64) -> Problem {
    let message = format!("{at} limits requests (429); the console waits {seconds} s as it asks.");
    problem(
        ProblemCode::RateLimited,
        message,
        "Lengthen the interval, or exempt the metrics path from the limit.",
    )
}

fn tls_problem(host: &str, error: &rustls::Error) -> Problem {
    use CertificateError as Certificate;
    let (why, remedy) = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::UnknownIssuer => (
                "its certificate is from an authority that is not trusted".to_owned(),
                "Name the authority's certificate (a PEM file) in the source, or add it to the system.",
            ),
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => (
                "its certificate is for another host name".to_owned(),
                "Enter the name that the certificate is for, or have it reissued.",
            ),
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                ("its certificate has expired".to_owned(), "Renew the certificate of the server.")
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                ("its certificate is not valid yet".to_owned(), "Check the clocks of both machines.")
            }
            other => (
                format!("its certificate is refused: {other}"),
                "Have the certificate of the server reissued.",
            ),
        },
        rustls::Error::InvalidMessage(_) => (
            "it does not speak TLS on this port".to_owned(),
            "Check the port; begin the address with http:// only where the network is trusted.",
        ),
        other => (format!("no TLS connection: {other}"), "Check the TLS settings of the server."),
    };
    problem(ProblemCode::TlsInvalid, format!("{host} is not trusted: {why}."), remedy)
}

fn tls_cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    cause::<rustls::Error>(error)
}

/// Looks through the chain, also into what an `io::Error` wraps, which its own `source` skips.
fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let wrapped = wrapped.map(|inner| inner as &(dyn Error + 'static)).and_then(cause::<E>);
    wrapped.or_else(|| error.source().and_then(cause::<E>))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
