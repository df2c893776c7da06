//! The patterns that a team knows already: a file beside its code, against which a pipeline holds a new replay.

use std::collections::BTreeSet;

use domain::{NPlusOneFinding, RepetitionKind, ReplayReport};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::{ReportError, findings};

pub const VERSION: u64 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    pub version: u64,
    /// By id.
    pub patterns: Vec<BaselinePattern>,
}

/// The id decides; the rest tells people what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselinePattern {
    pub id: String,
    pub kind: RepetitionKind,
    pub title: String,
    pub statement: String,
    /// By name.
    pub routes: Vec<String>,
}

/// Read before the rest, which another version may shape differently.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

impl Baseline {
    /// Without the ignored ones: they are kept elsewhere, with their reasons.
    pub fn of(report: &ReplayReport) -> Baseline {
        let mut patterns: Vec<_> = findings::told(report).map(BaselinePattern::of).collect();
        patterns.sort_by(|one, other| one.id.cmp(&other.id));
        patterns.dedup_by(|one, other| one.id == other.id);
        Baseline { version: VERSION, patterns }
    }

    pub fn read(text: &str) -> Result<Baseline, ReportError> {
        let Versioned { version } = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
        if version != VERSION {
            let remedy = if version > VERSION { "update it" } else { "write the baseline anew" };
            return Err(ReportError::BaselineVersion { found: version, known: VERSION, remedy });
        }
        serde_json::from_str(text).map_err(|error| unreadable(&error))
    }

    /// The same text for the same patterns, so that a change of the file is a change of the patterns.
    pub fn write(&self) -> Result<String, ReportError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| ReportError::json(&error))?;
        text.push('\n');
        Ok(text)
    }
}

impl BaselinePattern {
    fn of(finding: &NPlusOneFinding) -> BaselinePattern {
        let mut routes: Vec<_> = finding.routes.iter().map(|route| route.name.clone()).collect();
        routes.sort_unstable();
        BaselinePattern {
            id: finding.id.clone(),
            kind: finding.kind,
            title: finding.title.clone(),
            statement: finding.statement.clone(),
            routes,
        }
    }
}

/// What the baseline does not know, in the report's order. Ignored findings never count.
pub fn new_findings<'a>(report: &'a ReplayReport, baseline: &Baseline) -> Vec<&'a NPlusOneFinding> {
    let known: BTreeSet<&str> = baseline.patterns.iter().map(|pattern| pattern.id.as_str()).collect();
    findings::told(report).filter(|finding| !known.contains(finding.id.as_str())).collect()
}

fn unreadable(error: &serde_json::Error) -> ReportError {
    let (line, column) = (error.line(), error.column());
    let reason = error.to_string();
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
    match error.classify() {
        Category::Data => ReportError::BaselineShape { line, column, reason },
        Category::Io | Category::Syntax | Category::Eof => {
            ReportError::BaselineSyntax { line, column, reason }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_baseline_is_read_as_it_was_written_whatever_the_order_of_findings() {
        let mut report = fixture::rich();
        let baseline = Baseline::of(&report);
        let text = baseline.write().unwrap();
        assert_eq!(Baseline::read(&text).unwrap(), baseline);
        report.findings.reverse();
        report.findings.iter_mut().for_each(|finding| finding.routes.reverse());
        assert_eq!(Baseline::of(&report).write().unwrap(), text);
        assert!(baseline.patterns.is_sorted_by(|one, other| one.id < other.id));
    }

    #[test]
    fn only_what_is_neither_known_nor_ignored_is_new() {
        let report = fixture::rich();
        let mut baseline = Baseline::of(&report);
        assert_eq!(new_findings(&report, &baseline), Vec::<&NPlusOneFinding>::new());
        let removed = baseline.patterns.remove(0).id;
        let new: Vec<_> = new_findings(&report, &baseline).iter().map(|finding| finding.id.clone()).collect();
        assert_eq!(new, [removed]);
        let nothing = Baseline { version: VERSION, patterns: Vec::new() };
        let told = report.findings.iter().filter(|finding| finding.ignored.is_none()).count();
        assert!(told < report.findings.len(), "the fixture ignores some");
        assert_eq!(new_findings(&report, &nothing).len(), told);
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_place() {
        let cases = [
            ("", "baseline_syntax", "line 1, column 0"),
            ("{\"version\": 1,\n \"patterns\": [}", "baseline_syntax", "line 2, column 15"),
            ("[]", "baseline_shape", "line 1"),
            ("{\"patterns\": []}", "baseline_shape", "missing field `version`"),
            ("{\"version\": 1}", "baseline_shape", "missing field `patterns`"),
            ("{\"version\": 1, \"patterns\": [{\"id\": 3}]}", "baseline_shape", "line 1, column 36"),
            (
                "{\"version\": 2, \"patterns\": {}}",
                "baseline_version",
                "version 2, this program reads version 1; update",
            ),
            ("{\"version\": 0}", "baseline_version", "write the baseline anew"),
        ];
        for (text, code, part) in cases {
            let error = Baseline::read(text).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
