//! What an endpoint's answers mean: right, missing, improvable, or in vain.

use domain::{
    COMPRESSION_THRESHOLD_BYTES, CompressionVerdict as Verdict, EncodingOffer, EndpointCompression,
};

use super::measure::{brotli_bytes, gzip_bytes};
use super::{Sent, Sizes};

/// A body that becomes no smaller than this share of itself is compressed already.
const COMPRESSIBLE: f64 = 0.9;
/// Another encoding is worth a change of configuration when it is smaller by this share.
const MARKEDLY: f64 = 0.85;

/// The answers of one endpoint.
pub(super) struct Wire {
    pub browser: Sent,
    pub plain: Sent,
    /// What came where only this encoding was accepted.
    pub offers: Vec<(&'static str, Sent)>,
}

impl Wire {
    pub(super) fn judged(&self, path: String) -> (EndpointCompression, Sizes) {
        let (gzip, brotli) = (gzip_bytes(&self.plain.body), brotli_bytes(&self.plain.body));
        let encodings = vec![self.offer("br", brotli), self.offer("gzip", gzip)];
        // Without an encoding an instance may insist on one; its own size of the plain body is then not known.
        let plain = self.plain.encoding.is_none().then(|| self.plain.bytes());
        let sizes = self.sizes(&encodings);
        let judgement = self.judgement(sizes);
        let endpoint = EndpointCompression {
            path,
            status: Some(self.browser.status),
            content_type: self.browser.content_type.clone(),
            plain_bytes: plain,
            now_bytes: Some(sizes.now),
            best_bytes: Some(sizes.best),
            encodings,
            verdict: judgement.verdict,
            seen: judgement.seen,
            remedy: judgement.remedy,
            problem: None,
        };
        (endpoint, sizes)
    }

    fn offer(&self, encoding: &str, own: Option<u64>) -> EncodingOffer {
        let sent = self.offers.iter().find(|(name, _)| *name == encoding).map(|(_, sent)| sent);
        let sent = sent.filter(|sent| sent.encoding.as_deref() == Some(encoding));
        EncodingOffer {
            encoding: encoding.to_owned(),
            offered: sent.is_some(),
            bytes: sent.map(Sent::bytes).or(own),
            took_ms: sent.map(|sent| sent.took_ms),
            varies: sent.is_some_and(|sent| sent.varies),
        }
    }

    fn sizes(&self, encodings: &[EncodingOffer]) -> Sizes {
        let plain = self.plain.bytes();
        let smallest = encodings.iter().filter_map(|offer| offer.bytes).min().unwrap_or(plain);
        let worth = plain >= COMPRESSION_THRESHOLD_BYTES && is_below(smallest, plain, COMPRESSIBLE);
        Sizes { plain, best: if worth { smallest } else { plain }, now: self.browser.bytes() }
    }

    fn judgement(&self, sizes: Sizes) -> Judgement {
        let Sizes { plain, best, now } = sizes;
        let worth = best < plain;
        match (&self.browser.encoding, worth) {
            (None, false) => Judgement::rightly_plain(plain),
            (None, true) => Judgement::missing(plain, best),
            (Some(encoding), false) => Judgement::needless(encoding, plain, now),
            (Some(encoding), true) if is_below(best, now, MARKEDLY) => {
                Judgement::improvable(encoding, best, now, self.offers_brotli())
            }
            (Some(encoding), true) => Judgement::right(encoding, plain, now, self.browser.varies),
        }
    }

    fn offers_brotli(&self) -> bool {
        self.offers.iter().any(|(name, sent)| *name == "br" && sent.encoding.as_deref() == Some("br"))
    }
}

fn is_below(part: u64, whole: u64, share: f64) -> bool {
    (part as f64) < whole as f64 * share
}

struct Judgement {
    verdict: Verdict,
    seen: String,
    remedy: Option<String>,
}

impl Judgement {
    fn new(verdict: Verdict, seen: String, remedy: Option<&str>) -> Judgement {
        Judgement { verdict, seen, remedy: remedy.map(str::to_owned) }
    }

    fn rightly_plain(plain: u64) -> Judgement {
        let why = if plain < COMPRESSION_THRESHOLD_BYTES {
            format!("under the threshold of {COMPRESSION_THRESHOLD_BYTES} bytes")
        } else {
            "and compressed already".to_owned()
        };
        Judgement::new(Verdict::RightlyPlain, format!("{} sent as they are, {why}.", bytes(plain)), None)
    }

    fn missing(plain: u64, best: u64) -> Judgement {
        Judgement::new(
            Verdict::Missing,
            format!(
                "{} are sent as they are and could be {} ({} less).",
                bytes(plain),
                bytes(best),
                less(best, plain)
            ),
            Some(
                "Put the compression middleware before this route (threshold 1024, level 6), and check that no header such as Cache-Control: no-transform or x-no-compression switches it off.",
            ),
        )
    }

    fn needless(encoding: &str, plain: u64, now: u64) -> Judgement {
        let why = if plain < COMPRESSION_THRESHOLD_BYTES {
            format!("is under the threshold of {COMPRESSION_THRESHOLD_BYTES} bytes")
        } else {
            "does not become smaller".to_owned()
        };
        Judgement::new(
            Verdict::Needless,
            format!("{} are sent as {} of {encoding}, although the body {why}.", bytes(plain), bytes(now)),
            Some(
                "Leave small and compressed bodies alone: it costs processor time on both sides for nothing.",
            ),
        )
    }

    fn improvable(encoding: &str, best: u64, now: u64, offered: bool) -> Judgement {
        let remedy = if offered {
            "Brotli is offered; let it win where the client accepts both."
        } else {
            "Add brotli (quality 4 to 6 for what is made anew each time) beside gzip."
        };
        let seen = format!(
            "{} of {encoding} are sent; {} would do ({} less).",
            bytes(now),
            bytes(best),
            less(best, now)
        );
        Judgement::new(Verdict::Improvable, seen, Some(remedy))
    }

    fn right(encoding: &str, plain: u64, now: u64, varies: bool) -> Judgement {
        let seen =
            format!("{} of {encoding} instead of {} ({} less).", bytes(now), bytes(plain), less(now, plain));
        let remedy = (!varies).then_some(
            "Vary: Accept-Encoding is missing, so that a cache between may give one client's encoding to another.",
        );
        Judgement::new(Verdict::Right, seen, remedy)
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// "85%"
fn less(part: u64, whole: u64) -> String {
    format!("{:.0}%", (1.0 - part as f64 / whole.max(1) as f64) * 100.0)
}
