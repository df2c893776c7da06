//! What the types of families say about their samples.

use std::collections::HashMap;

use domain::MetricKind;

use super::exposition::FamilyType;

/// The families of one body, by name.
#[derive(Debug, Default)]
pub(crate) struct Families {
    types: HashMap<String, FamilyType>,
}

const SUFFIXES: [&str; 7] = ["_total", "_bucket", "_sum", "_count", "_created", "_gsum", "_gcount"];

impl Families {
    pub(crate) fn declare(&mut self, family: &str, family_type: FamilyType) {
        self.types.insert(family.to_owned(), family_type);
    }

    /// True if the body declares this family, with or without samples. OpenMetrics leaves `_total` out.
    pub(crate) fn has(&self, family: &str) -> bool {
        let bare = family.strip_suffix("_total");
        self.types.contains_key(family) || bare.is_some_and(|bare| self.types.contains_key(bare))
    }

    /// None for a `_created` time, which is no measurement.
    pub(crate) fn kind_of(&self, name: &str) -> Option<MetricKind> {
        if let Some(family_type) = self.types.get(name) {
            return Some(match family_type {
                FamilyType::Counter => MetricKind::Counter,
                FamilyType::Unknown => by_suffix(name),
                _ => MetricKind::Gauge,
            });
        }
        let suffix = SUFFIXES.into_iter().find(|suffix| name.ends_with(suffix));
        let family =
            suffix.and_then(|suffix| name.strip_suffix(suffix)).and_then(|base| self.types.get(base));
        match (family, suffix) {
            (Some(FamilyType::Counter | FamilyType::Histogram | FamilyType::Summary), Some("_created")) => {
                None
            }
            (Some(FamilyType::Counter | FamilyType::Histogram | FamilyType::Summary), _) => {
                Some(MetricKind::Counter)
            }
            (Some(FamilyType::Unknown) | None, _) => Some(by_suffix(name)),
            (Some(_), _) => Some(MetricKind::Gauge),
        }
    }
}

fn by_suffix(name: &str) -> MetricKind {
    let counts = ["_total", "_bucket", "_sum", "_count"].iter().any(|suffix| name.ends_with(suffix));
    if counts { MetricKind::Counter } else { MetricKind::Gauge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_decides_before_a_suffix_does() {
        let mut families = Families::default();
        families.declare("requests_total", FamilyType::Counter);
        families.declare("jobs", FamilyType::Counter);
        families.declare("db_pool_connections_total", FamilyType::Gauge);
        families.declare("latency", FamilyType::Histogram);
        families.declare("size", FamilyType::Summary);
        families.declare("queue", FamilyType::GaugeHistogram);
        families.declare("odd_total", FamilyType::Unknown);
        let (gauge, counter) = (Some(MetricKind::Gauge), Some(MetricKind::Counter));
        for (name, kind) in [
            ("requests_total", counter),
            ("jobs_total", counter),
            ("jobs_created", None),
            ("db_pool_connections_total", gauge),
            ("latency_bucket", counter),
            ("latency_sum", counter),
            ("latency_created", None),
            ("size", gauge),
            ("size_count", counter),
            ("queue_bucket", gauge),
            ("queue_gsum", gauge),
            ("odd_total", counter),
            ("untyped_count", counter),
            ("untyped", gauge),
            ("user_created", gauge),
        ] {
            assert_eq!(families.kind_of(name), kind, "{name}");
        }
        assert!(families.has("jobs_total") && families.has("latency") && !families.has("lat"));
    }
}
