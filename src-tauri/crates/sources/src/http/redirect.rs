//! Which redirects are followed.

use reqwest::redirect::Policy;
use url::Url;

const MOST: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectRefused {
    #[error("it redirects more than {MOST} times")]
    TooMany,
    #[error("it redirects from https to http, on {0}")]
    Downgrade(String),
    #[error("it redirects to {0}, and the password is for the first host only")]
    OtherHost(String),
}

/// Never from https to http; with credentials never to another host.
pub(super) fn policy(credentials: bool) -> Policy {
    Policy::custom(move |attempt| match refusal(attempt.previous(), attempt.url(), credentials) {
        None => attempt.follow(),
        Some(refused) => attempt.error(refused),
    })
}

fn refusal(previous: &[Url], next: &Url, credentials: bool) -> Option<RedirectRefused> {
    let to = || next.host_str().unwrap_or("nowhere").to_owned();
    if previous.len() > MOST {
        return Some(RedirectRefused::TooMany);
    }
    if previous.last().is_some_and(|url| url.scheme() == "https") && next.scheme() != "https" {
        return Some(RedirectRefused::Downgrade(to()));
    }
    let first = previous.first()?;
    let same_port = first.port_or_known_default() == next.port_or_known_default();
    let upgraded = first.scheme() == "http" && next.scheme() == "https" && next.port().is_none();
    let same = first.host() == next.host() && (same_port || upgraded);
    (credentials && !same).then(|| RedirectRefused::OtherHost(to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_followed_only_where_it_is_safe() {
        let downgrade = Some(RedirectRefused::Downgrade("h".to_owned()));
        let other = Some(RedirectRefused::OtherHost("x".to_owned()));
        for (from, to, credentials, expected) in [
            ("http://h/a", "http://h/b", true, None),
            ("http://h/a", "https://h/a", true, None),
            ("https://h/a", "https://h/b", true, None),
            ("https://h/a", "http://h/a", false, downgrade),
            ("https://h/a", "https://x/a", false, None),
            ("https://h/a", "https://x/a", true, other),
            ("https://h/a", "https://h:8443/a", true, Some(RedirectRefused::OtherHost("h".to_owned()))),
        ] {
            let url = |text: &str| Url::parse(text).expect("a good address");
            assert_eq!(refusal(&[url(from)], &url(to), credentials), expected, "{from} to {to}");
        }
        let many: Vec<Url> = (0..6).map(|_| Url::parse("http://h/").expect("a good address")).collect();
        assert_eq!(refusal(&many, &many[0], false), Some(RedirectRefused::TooMany));
    }
}
