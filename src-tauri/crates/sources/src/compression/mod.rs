//! Asks an instance's endpoints for each encoding once: what it offers, what that saves, what it leaves or does in vain.

mod judge;
mod measure;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use domain::{
    CompressionProbe, CompressionVerdict, EndpointCompression, Problem, ProblemCode, SourceConfig, Timestamp,
};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, VARY};
use url::Url;

use crate::http::{Answer, HttpClient, Limits, base_of, metrics_url, problem, shown, status_problem};
use crate::prometheus::http_connection;
use judge::Wire;

/// Each is asked up to four times where an instance prefers an encoding of its own, and instances limit how often.
pub const MOST_PATHS: usize = 20;

/// What browsers accept.
const BROWSER: &str = "gzip, deflate, br";
const LIMITS: Limits = Limits { deadline: Duration::from_secs(10), bytes: 16 * 1024 * 1024 };

/// Asks every path: as a browser does, without an encoding, and with those encodings that the browser was not given.
/// Stops at the first 429, for an instance that is asked too often answers nobody.
///
/// # Errors
/// A [`Problem`] where the source has no address, a path leads elsewhere, or there are too many. What an endpoint
/// answers wrongly stands beside it.
pub async fn probe(
    config: &SourceConfig,
    password: Option<String>,
    paths: &[String],
    now: Timestamp,
) -> Result<CompressionProbe, Problem> {
    let connection = http_connection(config)?;
    let base = base_of(&metrics_url(&connection.url)?);
    let urls = urls(&base, paths)?;
    let mut asker = Asker { client: HttpClient::new(connection, password)?, requests: 0, limited: false };
    let mut endpoints = Vec::with_capacity(urls.len());
    for (path, url) in urls {
        endpoints.push(asker.endpoint(path, &url).await);
    }
    let sum = |of: fn(&Sizes) -> u64| endpoints.iter().map(|(_, sizes)| of(sizes)).sum();
    Ok(CompressionProbe {
        source: config.id.clone(),
        at: now,
        requests: asker.requests,
        plain_bytes: sum(|sizes| sizes.plain),
        best_bytes: sum(|sizes| sizes.best),
        now_bytes: sum(|sizes| sizes.now),
        endpoints: endpoints.into_iter().map(|(endpoint, _)| endpoint).collect(),
    })
}

/// Of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sizes {
    plain: u64,
    best: u64,
    now: u64,
}

fn urls(base: &Url, paths: &[String]) -> Result<Vec<(String, Url)>, Problem> {
    if paths.len() > MOST_PATHS {
        return Err(problem(
            ProblemCode::TooLarge,
            format!("{} paths are too many for one probe.", paths.len()),
            format!("Name {MOST_PATHS} at most: each is asked up to four times."),
        ));
    }
    paths.iter().map(|path| Ok((path.clone(), url(base, path)?))).collect()
}

/// Below the instance's address, never at another host.
fn url(base: &Url, path: &str) -> Result<Url, Problem> {
    let wrong = || {
        problem(
            ProblemCode::InvalidAddress,
            format!("\"{path}\" is no path of {}.", shown(base)),
            "Enter what follows the host's name, such as /api/products.",
        )
    };
    let below = path.trim().trim_start_matches('/');
    let url = base.join(&format!("./{below}")).map_err(|_| wrong())?;
    (url.origin() == base.origin() && url.path().starts_with(base.path())).then_some(url).ok_or_else(wrong)
}

struct Asker {
    client: HttpClient,
    requests: u32,
    /// The instance said that it is asked too often.
    limited: bool,
}

impl Asker {
    async fn endpoint(&mut self, path: String, url: &Url) -> (EndpointCompression, Sizes) {
        match self.wire(url).await {
            Ok(wire) => wire.judged(path),
            Err((status, problem)) => (unknown(path, status, problem), Sizes::default()),
        }
    }

    async fn wire(&mut self, url: &Url) -> Result<Wire, (Option<u16>, Problem)> {
        let browser = self.ask(url, BROWSER).await?;
        let plain = self.ask(url, "identity").await?;
        let mut offers = Vec::new();
        for encoding in ["br", "gzip"] {
            let answer = match browser.encoding.as_deref() {
                Some(given) if given == encoding => browser.clone(),
                // What is sent plain to a browser is not encoded for anybody else, and small answers are not worth two requests.
                None => continue,
                Some(_) => self.ask(url, encoding).await?,
            };
            offers.push((encoding, answer));
        }
        Ok(Wire { browser, plain, offers })
    }

    async fn ask(&mut self, url: &Url, encodings: &str) -> Result<Sent, (Option<u16>, Problem)> {
        if self.limited {
            return Err((None, not_asked()));
        }
        self.requests += 1;
        let begun = Instant::now();
        let answer =
            self.client.get_encoded(url, encodings, LIMITS).await.map_err(|problem| (None, problem))?;
        self.limited = answer.status == StatusCode::TOO_MANY_REQUESTS;
        if !answer.status.is_success() {
            let status = answer.status.as_u16();
            return Err((Some(status), status_problem(&answer)));
        }
        Ok(Sent::of(answer, begun.elapsed()))
    }
}

/// One answer, as it came over the wire.
#[derive(Debug, Clone)]
struct Sent {
    status: u16,
    content_type: Option<String>,
    encoding: Option<String>,
    varies: bool,
    body: Vec<u8>,
    took_ms: f64,
}

impl Sent {
    fn of(answer: Answer, took: Duration) -> Sent {
        let header = |name: &reqwest::header::HeaderName| {
            answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let encoding = header(&CONTENT_ENCODING).map(|name| name.trim().to_ascii_lowercase());
        let content_type = Some(answer.content_type().to_owned()).filter(|kind| !kind.is_empty());
        Sent {
            status: answer.status.as_u16(),
            content_type,
            encoding: encoding.filter(|name| !name.is_empty() && name != "identity"),
            varies: header(&VARY).is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding")),
            took_ms: took.as_secs_f64() * 1000.0,
            body: answer.body,
        }
    }

    fn bytes(&self) -> u64 {
        self.body.len() as u64
    }
}

fn unknown(path: String, status: Option<u16>, problem: Problem) -> EndpointCompression {
    EndpointCompression {
        path,
        status,
        content_type: None,
        plain_bytes: None,
        now_bytes: None,
        best_bytes: None,
        encodings: Vec::new(),
        verdict: CompressionVerdict::Unknown,
        seen: problem.message.clone(),
        remedy: problem.remedy.clone(),
        problem: Some(problem),
    }
}

fn not_asked() -> Problem {
    problem(
        ProblemCode::RateLimited,
        "It was not asked, because the instance limits how often it may be asked.",
        "Wait for as long as the instance says, then probe fewer paths.",
    )
}
