//! Settings read, checked and kept.

use domain::{PoolThresholds, Settings, SourceKind};

use crate::{Engine, EngineError};

/// A week.
const MOST_ADVICE_HOURS: u32 = 168;

impl Engine {
    pub fn settings(&self) -> Settings {
        self.inner.settings.read().clone()
    }

    /// Checks and keeps settings; they hold from the next poll on.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, EngineError> {
        check(&settings)?;
        self.check_team_cache(&settings)?;
        let port_changed = self.inner.settings.read().metrics_port != settings.metrics_port;
        let saved = self
            .blocking(move |engine| {
                engine.inner.store.save_settings(&settings)?;
                engine.inner.recorder.set_retention(settings.retention.clone());
                *engine.inner.settings.write() = settings.clone();
                Ok(settings)
            })
            .await?;
        if port_changed {
            self.restart_metrics_endpoint().await;
        }
        Ok(saved)
    }
}

impl Engine {
    /// One that was removed since it was named may stay named: the page says so.
    fn check_team_cache(&self, settings: &Settings) -> Result<(), EngineError> {
        let Some(named) = &settings.team_cache else { return Ok(()) };
        match self.source(named) {
            Ok(status) if status.config.kind != SourceKind::Redis => refuse(
                format!("{} is no Redis but {}.", status.config.name, status.config.kind.title()),
                "Name a Redis for what the team shares, or none.",
            ),
            _ => Ok(()),
        }
    }
}

fn check(settings: &Settings) -> Result<(), EngineError> {
    let pools = &settings.pools;
    ordered("Saturation", pools.saturation_warning, pools.saturation_critical)?;
    ordered("Acquire time", pools.acquire_warning_seconds, pools.acquire_critical_seconds)?;
    ordered("Connections", pools.connections_warning, pools.connections_critical)?;
    share("Saturation", pools.saturation_critical)?;
    share("Connections", pools.connections_critical)?;
    share("Target utilisation", pools.target_utilisation)?;
    for (name, seconds) in spans(pools) {
        if !(seconds.is_finite() && (0.0..=86_400.0).contains(&seconds)) {
            return refuse(format!("{name} is {seconds} s."), "Choose a time between 0 s and 24 h.");
        }
    }
    if settings.retention.days == 0 {
        return refuse("History would be kept for 0 days.".to_owned(), "Keep at least 1 day.");
    }
    if settings.retention.bytes < 16 * 1024 * 1024 {
        return refuse("History would have less than 16 MB.".to_owned(), "Allow at least 16 MB.");
    }
    if let Some(hours) = settings.index_advice.as_ref().map(|schedule| schedule.hours)
        && !(1..=MOST_ADVICE_HOURS).contains(&hours)
    {
        return refuse(
            format!("Index advice would be made every {hours} hours."),
            "Choose between an hour and a week; 6 hours is usual.",
        );
    }
    Ok(())
}

fn spans(pools: &PoolThresholds) -> [(&'static str, f64); 4] {
    [
        ("The time a condition must last", pools.hold_seconds),
        ("The time a condition must be gone", pools.cooldown_seconds),
        ("The time until a leak is suspected", pools.leak_seconds),
        ("The time idle in a transaction", pools.idle_in_transaction_seconds),
    ]
}

fn ordered(name: &str, warning: f64, critical: f64) -> Result<(), EngineError> {
    if warning > 0.0 && warning < critical && critical.is_finite() {
        return Ok(());
    }
    refuse(
        format!("{name}: the warning at {warning} does not lie below the critical value {critical}."),
        "Choose a warning above 0 and below the critical value.",
    )
}

fn share(name: &str, ratio: f64) -> Result<(), EngineError> {
    if ratio > 0.0 && ratio <= 1.0 {
        return Ok(());
    }
    refuse(format!("{name} is {}%.", ratio * 100.0), "Choose a share between 1% and 100%.")
}

fn refuse(message: String, remedy: &str) -> Result<(), EngineError> {
    Err(EngineError::InvalidSettings { message, remedy: remedy.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        assert!(check(&Settings::default()).is_ok());
        type Change = fn(&mut Settings);
        let cases: [(Change, &str); 7] = [
            (|settings| settings.pools.saturation_warning = 0.95, "Saturation: the warning at 0.95"),
            (|settings| settings.pools.saturation_critical = 1.5, "Saturation is 150%"),
            (|settings| settings.pools.acquire_critical_seconds = f64::NAN, "Acquire time"),
            (|settings| settings.pools.leak_seconds = -1.0, "The time until a leak is suspected is -1 s"),
            (|settings| settings.retention.days = 0, "0 days"),
            (|settings| settings.retention.bytes = 1, "less than 16 MB"),
            (
                |settings| {
                    settings.index_advice = Some(domain::AdviceSchedule { hours: 0, sources: Vec::new() });
                },
                "every 0 hours",
            ),
        ];
        for (change, expected) in cases {
            let mut settings = Settings::default();
            change(&mut settings);
            let error = check(&settings).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.remedy().is_some());
        }
    }
}
