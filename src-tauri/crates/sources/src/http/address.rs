//! From what a person typed to the URL of a metrics endpoint.

use domain::{Problem, ProblemCode};
use url::Url;

use super::problem::problem;

const METRICS_PATH: &str = "/metrics";

/// A base URL gets `/metrics` appended, an endpoint stays as it is.
pub(crate) fn metrics_url(typed: &str) -> Result<Url, Problem> {
    let typed = typed.trim();
    if !typed.contains("://") {
        return Err(without_scheme(typed));
    }
    let mut url = Url::parse(typed).map_err(malformed)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem(
            ProblemCode::InvalidAddress,
            format!("\"{}:\" is no address of a metrics endpoint.", url.scheme()),
            "Begin the address with https:// or http://.",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem(
            ProblemCode::InvalidAddress,
            "The address holds a user name or password.".to_owned(),
            "Take them out of the address; choose an authentication below it and enter the password there.",
        ));
    }
    url.set_fragment(None);
    if matches!(url.path(), "" | "/") {
        url.set_path(METRICS_PATH);
    }
    Ok(url)
}

/// Where the instance's other endpoints live: the address without the metrics path and without a query.
pub(crate) fn base_of(metrics: &Url) -> Url {
    let mut base = metrics.clone();
    let path = metrics.path().trim_end_matches('/');
    let prefix = path.strip_suffix(METRICS_PATH).unwrap_or("").to_owned();
    base.set_path(&format!("{prefix}/"));
    base.set_query(None);
    base
}

/// For messages: without the query, which may hold a token.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

fn without_scheme(typed: &str) -> Problem {
    let what =
        if typed.is_empty() { "The address is empty." } else { "The address lacks https:// or http://." };
    problem(ProblemCode::InvalidAddress, what.to_owned(), "Enter it as https://panel.example.com.")
}

/// The address itself is not repeated: it may hold a password.
fn malformed(error: url::ParseError) -> Problem {
    problem(
        ProblemCode::InvalidAddress,
        format!("The address is malformed: {error}."),
        "Enter it as https://panel.example.com:443/metrics.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_the_endpoint_and_to_the_base() {
        for (typed, metrics, base) in [
            ("https://panel.example.com", "https://panel.example.com/metrics", "https://panel.example.com/"),
            (" http://10.0.0.1:2271/ ", "http://10.0.0.1:2271/metrics", "http://10.0.0.1:2271/"),
            ("http://h/metrics", "http://h/metrics", "http://h/"),
            ("http://h/panel/metrics/", "http://h/panel/metrics/", "http://h/panel/"),
            ("http://h/stats?format=prometheus#x", "http://h/stats?format=prometheus", "http://h/"),
            ("http://[::1]:9090", "http://[::1]:9090/metrics", "http://[::1]:9090/"),
        ] {
            let url = metrics_url(typed).expect("a good address");
            assert_eq!(url.as_str(), metrics, "{typed}");
            assert_eq!(base_of(&url).as_str(), base, "{typed}");
        }
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        for (typed, message) in [
            ("", "empty"),
            ("panel.example.com", "lacks https://"),
            ("panel.example.com:2271/metrics", "lacks https://"),
            ("ftp://panel.example.com", "\"ftp:\""),
            ("http://", "malformed"),
            ("http://h:99999", "malformed"),
            ("http://user:hunter2@h/metrics", "user name or password"),
            ("http://user@h/metrics", "user name or password"),
        ] {
            let problem = metrics_url(typed).expect_err(typed);
            assert_eq!(problem.code, ProblemCode::InvalidAddress, "{typed}");
            assert!(problem.message.contains(message), "{typed}: {}", problem.message);
            assert!(problem.remedy.is_some() && !problem.message.contains("hunter2"), "{typed}");
        }
    }

    #[test]
    fn a_query_is_never_shown() {
        let url = metrics_url("https://h/metrics?token=hunter2").expect("a good address");
        assert_eq!(shown(&url), "https://h/metrics");
    }
}
