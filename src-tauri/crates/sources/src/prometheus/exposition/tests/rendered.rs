//! Random families, rendered and read back, in both formats.

use proptest::prelude::*;

use super::super::{Entry, FamilyType, Format, parse};

#[derive(Debug, Clone, PartialEq)]
struct Family {
    name: String,
    family_type: FamilyType,
    help: String,
    series: Vec<Series>,
}

#[derive(Debug, Clone, PartialEq)]
struct Series {
    labels: Vec<(String, String)>,
    value: f64,
    timestamp_ms: Option<i64>,
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z_:][a-zA-Z0-9_:]{0,20}",
        // Whatever else must stand in quotes.
        1 => "[a-z]{1,4}[.\\-\"\\\\ü€ ]{1,4}",
    ]
}

fn labels() -> impl Strategy<Value = Vec<(String, String)>> {
    let label = prop_oneof![3 => "[a-zA-Z_][a-zA-Z0-9_]{0,10}", 1 => "[a-z]{1,3}[.\"\\\\é]{1,3}"];
    let value = prop_oneof![2 => "[a-z/0-9]{0,20}", 1 => "[}{,=\"\\\\#\\n\\t é😀]{0,12}"];
    proptest::collection::btree_map(label, value, 0..5)
        .prop_map(|labels| labels.into_iter().filter(|(name, _)| name != "__name__").collect())
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("NaN is not equal to itself", |value| !value.is_nan()),
        (0_u32..1_000_000).prop_map(f64::from),
        (0_u32..1_000_000).prop_map(|n| f64::from(n) / 1000.0),
        Just(f64::INFINITY),
    ]
}

fn family() -> impl Strategy<Value = Family> {
    // Milliseconds that survive the way over seconds in a double.
    let timestamp = proptest::option::of((0_i64..2_000_000_000).prop_map(|seconds| seconds * 1000));
    let series = (labels(), value(), timestamp).prop_map(|(labels, value, timestamp_ms)| Series {
        labels,
        value,
        timestamp_ms,
    });
    let types = prop_oneof![
        Just(FamilyType::Counter),
        Just(FamilyType::Gauge),
        Just(FamilyType::Histogram),
        Just(FamilyType::Summary),
        Just(FamilyType::Unknown),
    ];
    (name(), types, "[a-zA-Z0-9 \\\\\"\\n#é]{0,30}", proptest::collection::vec(series, 0..6))
        .prop_map(|(name, family_type, help, series)| Family { name, family_type, help, series })
}

fn is_bare(name: &str, colon: bool) -> bool {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '_' || (colon && c == ':');
    name.starts_with(plain) && name.chars().all(|c| plain(c) || c.is_ascii_digit())
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn render(families: &[Family], format: Format) -> String {
    let mut out = String::new();
    for family in families {
        let bare = is_bare(&family.name, true);
        let shown = if bare { family.name.clone() } else { quote(&family.name) };
        let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
        let help = if format == Format::OpenMetrics { help.replace('"', "\\\"") } else { help };
        let family_type = match (family.family_type, format) {
            (FamilyType::Unknown, Format::Text) => "untyped".to_owned(),
            (other, _) => format!("{other:?}").to_lowercase(),
        };
        out.push_str(&format!("# HELP {shown} {help}\n# TYPE {shown} {family_type}\n"));
        for series in &family.series {
            let mut inside: Vec<String> = Vec::new();
            if !bare {
                inside.push(shown.clone());
            }
            inside.extend(series.labels.iter().map(|(name, value)| {
                let name = if is_bare(name, false) { name.clone() } else { quote(name) };
                format!("{name}={}", quote(value))
            }));
            let head = if bare { shown.as_str() } else { "" };
            out.push_str(&format!("{head}{{{}}} {:e}", inside.join(","), series.value));
            if let Some(timestamp) = series.timestamp_ms {
                match format {
                    Format::Text => out.push_str(&format!(" {timestamp}")),
                    Format::OpenMetrics => out.push_str(&format!(" {}.000", timestamp / 1000)),
                }
            }
            out.push('\n');
        }
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn read_back(body: &str, format: Format) -> Result<Vec<Family>, String> {
    let mut families: Vec<Family> = Vec::new();
    let mut help = String::new();
    let mut stray = Vec::new();
    parse(body.as_bytes(), format, |entry| match entry {
        Entry::Help { text, .. } => help = text.into_owned(),
        Entry::Type { family, family_type } => families.push(Family {
            name: family.into_owned(),
            family_type,
            help: std::mem::take(&mut help),
            series: Vec::new(),
        }),
        Entry::Sample(sample) => match families.last_mut() {
            Some(family) if family.name == sample.name => family.series.push(Series {
                labels: sample
                    .labels
                    .iter()
                    .map(|label| (label.name.clone().into_owned(), label.value.clone().into_owned()))
                    .collect(),
                value: sample.value,
                timestamp_ms: sample.timestamp_ms,
            }),
            _ => stray.push(sample.name.into_owned()),
        },
        Entry::Unit { .. } => stray.push("unit".to_owned()),
    })
    .map_err(|error| error.to_string())?;
    if stray.is_empty() { Ok(families) } else { Err(format!("out of place: {stray:?}")) }
}

proptest! {
    #[test]
    fn rendered_text_is_read_back_equal(families in proptest::collection::vec(family(), 0..6)) {
        let body = render(&families, Format::Text);
        prop_assert_eq!(read_back(&body, Format::Text), Ok(families), "{}", body);
    }

    #[test]
    fn rendered_openmetrics_is_read_back_equal(families in proptest::collection::vec(family(), 0..6)) {
        let body = render(&families, Format::OpenMetrics);
        prop_assert_eq!(read_back(&body, Format::OpenMetrics), Ok(families), "{}", body);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body, Format::Text, |_| ());
        let _ = parse(&body, Format::OpenMetrics, |_| ());
    }

    #[test]
    fn broken_metrics_are_read_or_refused(
        families in proptest::collection::vec(family(), 1..3),
        cut in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for format in [Format::Text, Format::OpenMetrics] {
            let mut body = render(&families, format).into_bytes();
            let at = cut.index(body.len());
            body[at] = byte;
            let _ = parse(&body, format, |_| ());
            body.truncate(at);
            let _ = parse(&body, format, |_| ());
        }
    }
}
