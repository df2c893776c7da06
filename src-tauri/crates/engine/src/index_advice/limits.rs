//! Whether limits can be kept.

use domain::AdviceLimits;

use crate::EngineError;

/// Nobody waits longer for a choice.
const MOST_SECONDS: u32 = 3_600;

pub(super) fn check(limits: &AdviceLimits) -> Result<(), EngineError> {
    let is_amount = |value: f64| value.is_finite() && value >= 0.0;
    let wrong = if !is_amount(limits.min_mean_ms) {
        "The least mean time is no number of milliseconds."
    } else if !is_amount(limits.max_write_cost) {
        "The most that writes may cost is no share of what they cost."
    } else if limits.seconds == 0 || limits.seconds > MOST_SECONDS {
        "A choice takes between 1 second and an hour."
    } else {
        return Ok(());
    };
    Err(EngineError::InvalidLimits { message: wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let usual = AdviceLimits::default();
        assert!(check(&usual).is_ok());
        assert!(
            check(&AdviceLimits { min_mean_ms: 0.0, max_write_cost: 1e9, seconds: 3_600, ..usual }).is_ok()
        );
        for wrong in [
            AdviceLimits { min_mean_ms: f64::NAN, ..usual },
            AdviceLimits { min_mean_ms: -1.0, ..usual },
            AdviceLimits { max_write_cost: f64::INFINITY, ..usual },
            AdviceLimits { seconds: 0, ..usual },
            AdviceLimits { seconds: 3_601, ..usual },
        ] {
            let error = check(&wrong).unwrap_err();
            assert_eq!((error.code(), error.remedy().is_some()), ("invalid_limits", true), "{wrong:?}");
        }
    }
}
