//! The client of one source: its address's TLS, its credentials, its limits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{HttpAuth, HttpConnection, Problem, ProblemCode};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use url::Url;

use super::body::{Body, BodyError};
use super::problem::{body_problem, deadline_problem, problem, request_problem};
use super::{redirect, tls};

const USER_AGENT: &str = concat!("mPanel Console/", env!("CARGO_PKG_VERSION"));

/// Waited after a 429 that does not say how long, and the longest wait that is believed.
const DEFAULT_RETRY_AFTER_SECONDS: i64 = 60;
const LONGEST_RETRY_AFTER_SECONDS: i64 = 3_600;

/// For one request, redirects included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    /// Bytes of the body, after decompression.
    pub(crate) bytes: usize,
}

/// What came back. The body is read only where the status is 2xx.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// After redirects.
    pub(crate) url: Url,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The whole number in a header.
    pub(crate) fn number(&self, header: &str) -> Option<i64> {
        self.headers.get(header)?.to_str().ok()?.trim().parse().ok()
    }

    pub(crate) fn retry_after_seconds(&self) -> i64 {
        let told = self.number(RETRY_AFTER.as_str()).unwrap_or(DEFAULT_RETRY_AFTER_SECONDS);
        told.clamp(1, LONGEST_RETRY_AFTER_SECONDS)
    }
}

/// Goes to the address directly, whatever proxies the environment names: metrics live in the own network.
pub(crate) struct HttpClient {
    client: Client,
    credentials: Credentials,
}

/// Has no `Debug`, so that it cannot be logged.
enum Credentials {
    None,
    Basic { user: String, password: String },
    Bearer { token: String },
}

impl HttpClient {
    pub(crate) fn new(connection: &HttpConnection, password: Option<String>) -> Result<HttpClient, Problem> {
        let credentials = Credentials::new(&connection.auth, password)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config(connection.root_certificate.as_deref())?)
            .redirect(redirect::policy(!matches!(credentials, Credentials::None)))
            .referer(false)
            .no_proxy()
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| {
                problem(
                    ProblemCode::Internal,
                    format!("No HTTP client: {error}."),
                    "Report this as a defect.",
                )
            })?;
        Ok(HttpClient { client, credentials })
    }

    pub(crate) async fn get(&self, url: &Url, accept: &str, limits: Limits) -> Result<Answer, Problem> {
        let received = AtomicUsize::new(0);
        within(url, limits, &received, self.answer(url, accept, limits, &received)).await
    }

    /// The body as it came over the wire, encoded as the answer's `Content-Encoding` says.
    pub(crate) async fn get_encoded(
        &self,
        url: &Url,
        accept_encoding: &str,
        limits: Limits,
    ) -> Result<Answer, Problem> {
        let received = AtomicUsize::new(0);
        let work = async {
            let (mut answer, mut response) = self.send(url, "*/*", accept_encoding).await?;
            if answer.status.is_success() {
                let mut body = Body::new(None, limits.bytes).map_err(|error| body_problem(url, &error))?;
                receive(&mut response, &answer.url, &mut body, &received).await?;
                answer.body = body.finish().map_err(|error| body_problem(&answer.url, &error))?;
            }
            Ok(answer)
        };
        within(url, limits, &received, work).await
    }

    async fn answer(
        &self,
        url: &Url,
        accept: &str,
        limits: Limits,
        received: &AtomicUsize,
    ) -> Result<Answer, Problem> {
        let (mut answer, mut response) = self.send(url, accept, "gzip").await?;
        if !answer.status.is_success() {
            return Ok(answer);
        }
        let encoding =
            answer.headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("unreadable"));
        let refused = |error: BodyError| body_problem(&answer.url, &error);
        let mut body = Body::new(encoding, limits.bytes).map_err(refused)?;
        receive(&mut response, &answer.url, &mut body, received).await?;
        answer.body = body.finish().map_err(refused)?;
        Ok(answer)
    }

    /// The answer without its body, which the response still holds.
    async fn send(
        &self,
        url: &Url,
        accept: &str,
        accept_encoding: &str,
    ) -> Result<(Answer, Response), Problem> {
        let request =
            self.client.get(url.clone()).header(ACCEPT, accept).header(ACCEPT_ENCODING, accept_encoding);
        let sent = self.credentials.add_to(request).send().await;
        let mut response = sent.map_err(|error| request_problem(error.url().unwrap_or(url), &error))?;
        let (status, url) = (response.status(), response.url().clone());
        let headers = std::mem::take(response.headers_mut());
        Ok((Answer { status, headers, url, body: Vec::new() }, response))
    }
}

async fn receive(
    response: &mut Response,
    url: &Url,
    body: &mut Body,
    received: &AtomicUsize,
) -> Result<(), Problem> {
    while let Some(chunk) = response.chunk().await.map_err(|error| request_problem(url, &error))? {
        received.fetch_add(chunk.len(), Ordering::Relaxed);
        body.push(&chunk).map_err(|error| body_problem(url, &error))?;
    }
    Ok(())
}

/// One deadline for the whole request, however the bytes drip.
async fn within(
    url: &Url,
    limits: Limits,
    received: &AtomicUsize,
    work: impl Future<Output = Result<Answer, Problem>>,
) -> Result<Answer, Problem> {
    tokio::time::timeout(limits.deadline, work).await.unwrap_or_else(|_| {
        let received = received.load(Ordering::Relaxed);
        Err(deadline_problem(url, limits.deadline.as_secs_f64(), received))
    })
}

impl Credentials {
    fn new(auth: &HttpAuth, password: Option<String>) -> Result<Credentials, Problem> {
        let missing = || {
            let message = "No password or token is stored for this source.".to_owned();
            problem(ProblemCode::SecretMissing, message, "Edit the source and enter it again.")
        };
        Ok(match auth {
            HttpAuth::None => Credentials::None,
            HttpAuth::Basic { user } => {
                Credentials::Basic { user: user.clone(), password: password.ok_or_else(missing)? }
            }
            HttpAuth::Bearer => Credentials::Bearer { token: password.ok_or_else(missing)? },
        })
    }

    /// The client marks these headers as sensitive, which keeps them out of its own logs.
    fn add_to(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Credentials::None => request,
            Credentials::Basic { user, password } => request.basic_auth(user, Some(password)),
            Credentials::Bearer { token } => request.bearer_auth(token),
        }
    }
}
