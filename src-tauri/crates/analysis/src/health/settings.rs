//! Settings that differ from what is sane, each with its reason.

use std::collections::BTreeMap;

use domain::{HealthItem, Part, SettingFacts, Severity};

use super::Look;
use super::setting_rules;
use super::told::{Told, item, worst};

/// The settings that were read, by name.
pub(super) struct Known<'a> {
    settings: BTreeMap<&'a str, &'a SettingFacts>,
}

impl<'a> Known<'a> {
    /// None where settings could not be read.
    pub(super) fn of(look: &Look<'a>) -> Option<Known<'a>> {
        let settings = look.facts.quick.settings.as_ref().ok()?;
        Some(Known { settings: settings.iter().map(|setting| (setting.name.as_str(), setting)).collect() })
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        Some(self.settings.get(name)?.value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn bytes(&self, name: &str) -> Option<f64> {
        let unit = match self.settings.get(name)?.unit.as_deref()? {
            "B" => 1.0,
            "kB" => 1_024.0,
            "8kB" => 8_192.0,
            "16kB" => 16_384.0,
            "32kB" => 32_768.0,
            "4kB" => 4_096.0,
            "MB" => 1_048_576.0,
            "16MB" => 16_777_216.0,
            "GB" => 1_073_741_824.0,
            _ => return None,
        };
        self.number(name).map(|number| number * unit)
    }

    pub(super) fn seconds(&self, name: &str) -> Option<f64> {
        let unit = match self.settings.get(name)?.unit.as_deref()? {
            "us" => 0.000_001,
            "ms" => 0.001,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        self.number(name).map(|number| number * unit)
    }
}

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let settings = look.facts.quick.settings.as_ref().map_err(Clone::clone)?;
    let known = Known { settings: settings.iter().map(|setting| (setting.name.as_str(), setting)).collect() };
    let mut items = setting_rules::judge(look, &known);
    items.extend(settings.iter().filter(|setting| setting.pending_restart).map(pending));
    let severity = worst(&items);
    let bad: Vec<&str> = items
        .iter()
        .filter(|item| item.severity == severity && severity > Severity::Ok)
        .map(|item| item.name.as_str())
        .collect();
    let seen = match bad.len() {
        0 => "Nothing stands out among the settings that are looked at.".to_owned(),
        1 => format!(
            "{}: {}.",
            bad.concat(),
            items.iter().find(|item| item.severity == severity).map_or("", |item| item.figure.as_str())
        ),
        count => format!("{count} settings stand out: {}.", bad.join(", ")),
    };
    let sql = sql(&items, severity);
    let told = Told::new(severity, seen).items(items).evidence(
        "Looked at",
        settings.len().to_string(),
        "pg_settings, as they are without what this session set",
    );
    if severity == Severity::Ok {
        return Ok(told);
    }
    let told = told.remedy(
        "Set them as suits this server, and load the configuration; those that need a restart say so.",
    );
    Ok(match sql {
        Some(sql) => told.sql(sql),
        None => told,
    })
}

fn pending(setting: &SettingFacts) -> HealthItem {
    item(
        &setting.name,
        "was changed in the configuration, and waits for a restart of the server",
        Severity::Info,
        None,
    )
}

/// Of the gravest ones.
fn sql(items: &[HealthItem], severity: Severity) -> Option<String> {
    let mut lines: Vec<&str> = items
        .iter()
        .filter(|item| item.severity == severity)
        .filter_map(|item| item.sql.as_deref())
        .collect();
    if lines.is_empty() {
        return None;
    }
    lines.push("SELECT pg_reload_conf();");
    Some(lines.join("\n"))
}
