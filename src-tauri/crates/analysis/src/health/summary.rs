//! All checks in one sentence.

use domain::{HealthCheck, Severity};

/// "2 of 24 need attention, 3 could not be looked at"
pub fn summary(checks: &[HealthCheck]) -> String {
    if checks.is_empty() {
        return "Nothing has been looked at yet".to_owned();
    }
    let bad = checks.iter().filter(|check| check.severity >= Some(Severity::Warning)).count();
    let unseen = checks.iter().filter(|check| check.severity.is_none()).count();
    let bad = if bad == 0 { "None".to_owned() } else { bad.to_string() };
    let verb = if bad == "1" { "needs" } else { "need" };
    let mut text = format!("{bad} of {} {verb} attention", checks.len());
    if unseen > 0 {
        text.push_str(&format!(", {unseen} could not be looked at"));
    }
    text
}
