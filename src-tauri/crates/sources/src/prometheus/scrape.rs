//! One scrape: fetched whole, recognised, read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{HttpConnection, MetricKind, Problem, ProblemCode, Timestamp};
use parking_lot::Mutex;
use reqwest::StatusCode;
use url::Url;

use super::exposition::{Entry, Format, Label, ParseError, ParseErrorKind, parse};
use super::families::Families;
use crate::http::{Answer, HttpClient, Limits, metrics_url, problem, shown, status_problem};

const ACCEPT: &str =
    "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.7,*/*;q=0.1";

/// For a whole scrape, so that an endpoint which drips cannot hold it.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(5), bytes: 16 * 1024 * 1024 };

/// Scrapes one endpoint; one try a call, and none while the endpoint asked to be left alone.
pub(crate) struct Scraper {
    client: Arc<HttpClient>,
    url: Url,
    limits: Limits,
    quiet_until: Mutex<Option<Timestamp>>,
}

/// A body that has arrived and looks like metrics.
pub(crate) struct Scrape {
    pub(crate) format: Format,
    /// Of the request, until the last byte.
    pub(crate) took: Duration,
    body: Vec<u8>,
    url: Url,
    declared: bool,
}

/// A sample with the kind that its family's type gives it.
pub(crate) struct ScrapedSample<'a, 'p> {
    pub(crate) name: &'p str,
    pub(crate) labels: &'p [Label<'a>],
    pub(crate) kind: MetricKind,
    pub(crate) value: f64,
}

impl Scraper {
    pub(crate) fn new(connection: &HttpConnection, password: Option<String>) -> Result<Scraper, Problem> {
        Ok(Scraper {
            url: metrics_url(&connection.url)?,
            client: Arc::new(HttpClient::new(connection, password)?),
            limits: LIMITS,
            quiet_until: Mutex::new(None),
        })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn client(&self) -> &Arc<HttpClient> {
        &self.client
    }

    #[cfg(test)]
    pub(crate) fn set_deadline(&mut self, deadline: Duration) {
        self.limits.deadline = deadline;
    }

    pub(crate) async fn scrape(&self, now: Timestamp) -> Result<Scrape, Problem> {
        self.refuse_while_limited(now)?;
        let started = Instant::now();
        let answer = self.client.get(&self.url, ACCEPT, self.limits).await?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            *self.quiet_until.lock() = Some(now.plus_millis(answer.retry_after_seconds() * 1000));
        }
        if !answer.status.is_success() {
            return Err(status_problem(&answer));
        }
        let took = started.elapsed();
        let (format, declared) = recognise(&answer)?;
        Ok(Scrape { format, took, body: answer.body, url: answer.url, declared })
    }

    /// A clock that went back ends the wait.
    fn refuse_while_limited(&self, now: Timestamp) -> Result<(), Problem> {
        let mut quiet = self.quiet_until.lock();
        let left = quiet.map_or(0, |until| until.millis_since(now));
        if !(1..=3_600_000).contains(&left) {
            *quiet = None;
            return Ok(());
        }
        let seconds = left.div_euclid(1000) + 1;
        Err(problem(
            ProblemCode::RateLimited,
            format!("{} limits requests; the console asks again in {seconds} s.", shown(&self.url)),
            "Lengthen the interval, or exempt the metrics path from the limit.",
        ))
    }
}

impl Scrape {
    /// Shows every sample with a finite value; NaN and infinity are gaps. What was shown before an error is void.
    pub(crate) fn read(&self, mut visit: impl FnMut(ScrapedSample<'_, '_>)) -> Result<Families, Problem> {
        let mut families = Families::default();
        let read = parse(&self.body, self.format, |entry| match entry {
            Entry::Type { family, family_type } => families.declare(&family, family_type),
            Entry::Sample(sample) => {
                let kind = families.kind_of(&sample.name);
                if let Some(kind) = kind.filter(|_| sample.value.is_finite()) {
                    let (name, labels, value) = (sample.name.as_ref(), sample.labels, sample.value);
                    visit(ScrapedSample { name, labels, kind, value });
                }
            }
            Entry::Help { .. } | Entry::Unit { .. } => {}
        });
        read.map(|()| families).map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &ParseError) -> Problem {
        let at = shown(&self.url);
        match error.kind {
            ParseErrorKind::InvalidUtf8 => problem(
                ProblemCode::BadEncoding,
                format!("The answer of {at} is not valid UTF-8 and was dropped: {error}."),
                "Check which label value holds other bytes, or which proxy recodes the answer.",
            ),
            ParseErrorKind::Syntax if self.declared => problem(
                ProblemCode::Protocol,
                format!("The metrics of {at} are malformed and were dropped: {error}."),
                "Mend the exporter that writes this line; the Prometheus server would refuse it too.",
            ),
            ParseErrorKind::Syntax => problem(
                ProblemCode::NotMetrics,
                format!("The answer of {at} is not in the Prometheus format: {error}."),
                "Enter the address of the metrics endpoint, often /metrics.",
            ),
        }
    }
}

/// The format, and whether the server itself calls it metrics.
fn recognise(answer: &Answer) -> Result<(Format, bool), Problem> {
    let declared = answer.content_type().to_ascii_lowercase();
    let media = declared.split(';').next().unwrap_or("").trim();
    if media == "application/openmetrics-text" {
        return Ok((Format::OpenMetrics, true));
    }
    let start: String =
        String::from_utf8_lossy(answer.body.get(..64).unwrap_or(&answer.body)).trim_start().to_lowercase();
    let page = ["<!doctype", "<html", "<?xml", "<head"].iter().any(|tag| start.starts_with(tag));
    let foreign = matches!(media, "text/html" | "application/xhtml+xml" | "application/json")
        || media.starts_with("image/")
        || media == "application/vnd.google.protobuf";
    if page || foreign {
        let kind = if media.is_empty() { "a page" } else { media };
        return Err(problem(
            ProblemCode::NotMetrics,
            format!("{} answered with {kind}, not with metrics.", shown(&answer.url)),
            "Check the address; if it is right, it may want a login: choose an authentication for the source.",
        ));
    }
    Ok((Format::Text, media == "text/plain" && declared.contains("version=")))
}
