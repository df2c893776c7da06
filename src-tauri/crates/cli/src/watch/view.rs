//! The terminal's picture of the console: pure text from what the engine says.

use std::fmt::Write;

use engine::domain::{
    ConsoleStatus, Finding, Measure, PoolNow, PoolsPage, Severity, SourceState, SourceStatus, Timestamp, Unit,
};
use serde_json::{Value, json};

pub(crate) struct View {
    pub now: Timestamp,
    pub sources: Vec<SourceStatus>,
    pub pools: Vec<PoolsPage>,
    pub findings: Vec<Finding>,
    pub status: ConsoleStatus,
}

impl View {
    pub(crate) fn to_json(&self) -> Value {
        let pools: Vec<Value> = self
            .pools
            .iter()
            .map(|page| {
                json!({
                    "path": page.path,
                    "now": page.now,
                    "diagnosis": page.diagnosis,
                    "size": page.size,
                    "heldLongest": page.held_longest,
                })
            })
            .collect();
        json!({
            "at": self.now,
            "sources": self.sources,
            "pools": pools,
            "findings": self.findings,
            "status": self.status,
        })
    }
}

pub(crate) fn render(view: &View) -> String {
    let mut text = String::new();
    let status = &view.status;
    let _ = writeln!(text, "{} of {} sources answer", status.sources_answering, status.sources);
    text.push('\n');
    text.push_str(&source_table(&view.sources, view.now));
    for page in &view.pools {
        pool(&mut text, page);
    }
    findings(&mut text, &view.findings, view.now);
    text
}

pub(crate) fn source_table(sources: &[SourceStatus], now: Timestamp) -> String {
    let width = sources.iter().map(|status| status.config.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for status in sources {
        let version = status.version.as_deref().unwrap_or(status.config.kind.title());
        let polled = status.last_poll_at.map_or_else(
            || "not polled yet".to_owned(),
            |at| format!("polled {} ago", span(now.seconds_since(at).max(0.0))),
        );
        let name = &status.config.name;
        let _ = writeln!(text, "{name:<width$}  {:<10} {version}, {polled}", state_words(&status.state));
        for line in state_details(&status.state) {
            let _ = writeln!(text, "{:width$}    {line}", "");
        }
    }
    text
}

pub(crate) fn state_words(state: &SourceState) -> &'static str {
    match state {
        SourceState::Connecting => "connecting",
        SourceState::Ok => "ok",
        SourceState::Degraded { .. } => "degraded",
        SourceState::Failing { .. } => "failing",
        SourceState::Stopped { .. } => "stopped",
        SourceState::Disabled => "disabled",
    }
}

fn state_details(state: &SourceState) -> Vec<String> {
    let with_remedy = |message: &str, remedy: Option<&String>| match remedy {
        Some(remedy) => format!("{message} {remedy}"),
        None => message.to_owned(),
    };
    match state {
        SourceState::Degraded { reasons } => {
            reasons.iter().map(|reason| with_remedy(&reason.message, reason.remedy.as_ref())).collect()
        }
        SourceState::Failing { problem, .. } | SourceState::Stopped { problem, .. } => {
            vec![with_remedy(&problem.message, problem.remedy.as_ref())]
        }
        SourceState::Connecting | SourceState::Ok | SourceState::Disabled => Vec::new(),
    }
}

fn pool(text: &mut String, page: &PoolsPage) {
    if page.path.is_empty() {
        return;
    }
    let names: Vec<&str> = page.path.iter().map(|layer| layer.name.as_str()).collect();
    let _ = writeln!(text, "\nPool  {}", names.join(" > "));
    if let Some(now) = &page.now {
        let _ = writeln!(text, "  {}", figures(now));
    }
    if let Some(diagnosis) = &page.diagnosis {
        let _ = writeln!(text, "  {}{}", mark(diagnosis.severity), diagnosis.headline);
        let _ = writeln!(text, "  {}", diagnosis.sentence.replace("**", ""));
        if let Some(remedy) = &diagnosis.remedy {
            let _ = writeln!(text, "  {remedy}");
        }
    }
    if let Some(size) = &page.size {
        let _ = writeln!(text, "  Size: {}", size.summary);
    }
}

/// The head figures in one line.
pub(crate) fn figures(now: &PoolNow) -> String {
    let figures = [
        ("active / max", &now.active_ratio),
        ("open / max", &now.open_ratio),
        ("waiting", &now.waiting),
        ("acquire p95", &now.acquire_p95),
        ("held longest", &now.held_longest),
        ("peak, 24 h", &now.peak_today),
    ];
    figures.map(|(label, measure)| format!("{label} {}", measure_words(measure))).join("   ")
}

fn findings(text: &mut String, findings: &[Finding], now: Timestamp) {
    if findings.is_empty() {
        text.push_str("\nNothing needs attention.\n");
        return;
    }
    text.push_str("\nNeeds attention\n");
    for finding in findings {
        let lasted = span(now.seconds_since(finding.since).max(0.0));
        let _ =
            writeln!(text, "  {}{} for {lasted}: {}", mark(finding.severity), finding.title, finding.detail);
    }
}

fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "[critical] ",
        Severity::Warning => "[warning] ",
        Severity::Info | Severity::Ok => "",
    }
}

fn measure_words(measure: &Measure) -> String {
    let Some(value) = measure.value else { return "unknown".to_owned() };
    match measure.unit {
        Unit::Ratio => format!("{:.0}%", value * 100.0),
        Unit::Seconds => span(value),
        Unit::Milliseconds => span(value / 1000.0),
        Unit::Bytes => format!("{:.1} MB", value / 1e6),
        Unit::PerSecond => format!("{value:.1} /s"),
        Unit::Count => format!("{value:.0}"),
    }
}

/// Seconds in the unit that reads best: "410 ms", "38 s", "6 min", "4.2 h".
pub(crate) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        let cases = [
            (0.0, "0 ms"),
            (0.41, "410 ms"),
            (38.2, "38 s"),
            (119.0, "119 s"),
            (360.0, "6 min"),
            (15_120.0, "4.2 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn a_measure_without_a_value_is_unknown_not_zero() {
        let unknown = Measure { value: None, unit: Unit::Count, origin: String::new(), severity: None };
        assert_eq!(measure_words(&unknown), "unknown");
        assert_eq!(measure_words(&Measure { value: Some(0.936), unit: Unit::Ratio, ..unknown }), "94%");
    }
}
