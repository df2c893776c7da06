//! Two replays side by side: which patterns are new, worse, better or gone.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use domain::{
    NPlusOneFinding, PatternChange, PatternComparison, PatternFigures, ReplayComparison, ReplayReport,
};

/// A change is one from this share of what was there before.
const TOLERANCE: f64 = 0.2;
/// Less time a unit is noise.
const NOISE_MS: f64 = 1.0;
/// Fewer executions a unit are noise.
const NOISE_REPEATS: u64 = 2;

/// Patterns that are ignored in either replay are left out. What changed most to the bad comes first.
pub fn compare(before: &ReplayReport, after: &ReplayReport) -> ReplayComparison {
    let mut pairs: BTreeMap<&str, (Option<&NPlusOneFinding>, Option<&NPlusOneFinding>)> = BTreeMap::new();
    for finding in &before.findings {
        pairs.entry(&finding.id).or_default().0 = Some(finding);
    }
    for finding in &after.findings {
        pairs.entry(&finding.id).or_default().1 = Some(finding);
    }
    let ignored =
        |finding: &Option<&NPlusOneFinding>| finding.is_some_and(|finding| finding.ignored.is_some());
    pairs.retain(|_, (before, after)| !ignored(before) && !ignored(after));
    let mut patterns: Vec<_> =
        pairs.into_values().filter_map(|(before, after)| pattern(before, after)).collect();
    patterns.sort_by(|one, other| {
        let by_time = || given_back(other).total_cmp(&given_back(one));
        one.change.cmp(&other.change).then_with(by_time).then_with(|| one.id.cmp(&other.id))
    });
    ReplayComparison { before: before.replay.clone(), after: after.replay.clone(), patterns }
}

fn given_back(pattern: &PatternComparison) -> f64 {
    pattern.after.or(pattern.before).and_then(|figures| figures.given_back_ms).unwrap_or(0.0)
}

fn pattern(before: Option<&NPlusOneFinding>, after: Option<&NPlusOneFinding>) -> Option<PatternComparison> {
    let told = after.or(before)?;
    let (old, new) = (before.map(figures), after.map(figures));
    let change = match (&old, &new) {
        (None, _) => PatternChange::New,
        (_, None) => PatternChange::Gone,
        (Some(old), Some(new)) => change(old, new),
    };
    Some(PatternComparison {
        id: told.id.clone(),
        change,
        kind: told.kind,
        title: told.title.clone(),
        statement: told.statement.clone(),
        route: told.routes.first().map(|route| route.name.clone()),
        before: old,
        after: new,
    })
}

fn figures(finding: &NPlusOneFinding) -> PatternFigures {
    PatternFigures {
        units: finding.units,
        executions: finding.executions,
        repeats_median: finding.repeats.median,
        given_back_ms: finding.given_back_ms,
    }
}

/// How often a statement is repeated is the code's doing, the time it takes also the machine's: the former decides.
fn change(old: &PatternFigures, new: &PatternFigures) -> PatternChange {
    let repeats = if old.repeats_median.abs_diff(new.repeats_median) >= NOISE_REPEATS {
        direction(old.repeats_median as f64, new.repeats_median as f64)
    } else {
        Ordering::Equal
    };
    let time = || match (each(old), each(new)) {
        (Some(old), Some(new)) if (new - old).abs() >= NOISE_MS => direction(old, new),
        _ => Ordering::Equal,
    };
    match repeats.then_with(time) {
        Ordering::Greater => PatternChange::Worse,
        Ordering::Less => PatternChange::Better,
        Ordering::Equal => PatternChange::Same,
    }
}

/// Milliseconds given back in each unit.
fn each(figures: &PatternFigures) -> Option<f64> {
    figures.given_back_ms.filter(|_| figures.units > 0).map(|ms| ms / figures.units as f64)
}

fn direction(old: f64, new: f64) -> Ordering {
    // A hair less, so that 12 after 10 is a fifth more.
    let enough = (new - old).abs() >= old * TOLERANCE * (1.0 - 1e-9);
    if enough { new.total_cmp(&old) } else { Ordering::Equal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn changes_are_told_from_noise() {
        use PatternChange::{Better, Same, Worse};
        // Repeats and milliseconds given back in each of ten units.
        let cases = [
            ((10, Some(5.0)), (10, Some(5.0)), Same),
            ((10, Some(5.0)), (12, Some(5.0)), Worse),
            ((20, Some(5.0)), (22, Some(5.0)), Same),
            ((10, Some(5.0)), (8, Some(5.0)), Better),
            ((3, Some(5.0)), (4, Some(5.0)), Same),
            ((10, Some(5.0)), (10, Some(6.0)), Worse),
            ((10, Some(5.0)), (10, Some(5.9)), Same),
            ((10, Some(1.0)), (10, Some(1.9)), Same),
            ((10, Some(5.0)), (10, Some(4.0)), Better),
            ((10, Some(100.0)), (10, Some(110.0)), Same),
            ((10, Some(5.0)), (5, Some(9.0)), Better),
            ((10, None), (10, Some(900.0)), Same),
            ((10, None), (30, None), Worse),
            ((10, Some(0.0)), (10, Some(2.0)), Worse),
        ];
        for ((old_repeats, old_each), (new_repeats, new_each), expected) in cases {
            let figures = |repeats_median, each: Option<f64>| PatternFigures {
                units: 10,
                executions: 100,
                repeats_median,
                given_back_ms: each.map(|each| each * 10.0),
            };
            let found = change(&figures(old_repeats, old_each), &figures(new_repeats, new_each));
            assert_eq!(found, expected, "{old_repeats} {old_each:?} to {new_repeats} {new_each:?}");
        }
    }

    #[test]
    fn what_is_new_or_worse_comes_first_and_what_is_ignored_not_at_all() {
        let (mut before, mut after) = (fixture::rich(), fixture::rich());
        let told: Vec<_> = after
            .findings
            .iter()
            .filter(|finding| finding.ignored.is_none())
            .map(|finding| finding.id.clone())
            .collect();
        let [new, worse, better, gone, ..] = told.as_slice() else { panic!("the fixture has some") };
        before.findings.retain(|finding| finding.id != *new);
        after.findings.retain(|finding| finding.id != *gone);
        for finding in &mut after.findings {
            if finding.id == *worse {
                finding.repeats.median += 100;
            }
            if finding.id == *better {
                finding.repeats.median /= 2;
            }
        }
        let comparison = compare(&before, &after);
        let changes: Vec<_> =
            comparison.patterns.iter().map(|pattern| (pattern.change, &pattern.id)).collect();
        assert!(changes.is_sorted_by(|one, other| one.0 <= other.0), "{changes:?}");
        for expected in [
            (PatternChange::New, new),
            (PatternChange::Worse, worse),
            (PatternChange::Better, better),
            (PatternChange::Gone, gone),
        ] {
            assert_eq!(changes.iter().filter(|change| **change == expected).count(), 1, "{expected:?}");
        }
        assert_eq!(changes.len(), told.len());
        for pattern in &comparison.patterns {
            assert_eq!(pattern.before.is_none(), pattern.change == PatternChange::New);
            assert_eq!(pattern.after.is_none(), pattern.change == PatternChange::Gone);
        }
    }
}
