//! What is read from valid bodies, and where invalid ones are refused.

mod cases;
mod rendered;

use super::*;

/// One line of a body in one line of text, so that tables stay readable.
fn describe(entry: Entry<'_, '_>) -> String {
    match entry {
        Entry::Help { family, text } => format!("HELP {family} = {text:?}"),
        Entry::Type { family, family_type } => format!("TYPE {family} = {family_type:?}"),
        Entry::Unit { family, unit } => format!("UNIT {family} = {unit}"),
        Entry::Sample(sample) => {
            let mut line = format!("{}{} = {}", sample.name, braces(sample.labels), sample.value);
            if let Some(timestamp) = sample.timestamp_ms {
                line.push_str(&format!(" @{timestamp}"));
            }
            if let Some(exemplar) = sample.exemplar {
                line.push_str(&format!(" # {} = {}", braces(exemplar.labels), exemplar.value));
                if let Some(timestamp) = exemplar.timestamp_ms {
                    line.push_str(&format!(" @{timestamp}"));
                }
            }
            line
        }
    }
}

fn braces(labels: &[Label<'_>]) -> String {
    let labels: Vec<String> =
        labels.iter().map(|label| format!("{}={:?}", label.name, label.value)).collect();
    format!("{{{}}}", labels.join(","))
}

fn read(body: &[u8], format: Format) -> Result<Vec<String>, ParseError> {
    let mut lines = Vec::new();
    parse(body, format, |entry| lines.push(describe(entry)))?;
    Ok(lines)
}

fn check_valid(cases: &[(&str, &[&str])], format: Format) {
    for (body, expected) in cases {
        match read(body.as_bytes(), format) {
            Ok(lines) => assert_eq!(&lines, expected, "{body:?}"),
            Err(error) => panic!("{body:?} as {format:?}: {error}"),
        }
    }
}

fn check_invalid(cases: &[(&str, usize, usize, &str)], format: Format) {
    for (body, line, column, expected) in cases {
        match read(body.as_bytes(), format) {
            Ok(lines) => panic!("{body:?} as {format:?} was read as {lines:?}"),
            Err(error) => {
                assert_eq!((error.line, error.column), (*line, *column), "{body:?}: {error}");
                assert!(error.expected.contains(expected), "{body:?}: {error}");
            }
        }
    }
}

#[test]
fn text_is_read_as_the_server_reads_it() {
    check_valid(cases::TEXT_VALID, Format::Text);
}

#[test]
fn text_that_the_server_refuses_is_refused_where_it_goes_wrong() {
    check_invalid(cases::TEXT_INVALID, Format::Text);
}

#[test]
fn openmetrics_is_read_as_the_server_reads_it() {
    check_valid(cases::OPENMETRICS_VALID, Format::OpenMetrics);
}

#[test]
fn openmetrics_that_the_server_refuses_is_refused_where_it_goes_wrong() {
    check_invalid(cases::OPENMETRICS_INVALID, Format::OpenMetrics);
}

#[test]
fn invalid_utf8_is_told_apart_and_placed() {
    let error = read(b"ok 1\na{b=\"\xff\"} 1\n", Format::Text).expect_err("a byte that is not UTF-8");
    assert_eq!(error.kind, ParseErrorKind::InvalidUtf8);
    assert_eq!(error.to_string(), "line 2, column 6: expected UTF-8, found the byte 0xff");
}

#[test]
fn an_error_says_where_and_what() {
    let error = read("ä 1".as_bytes(), Format::Text).expect_err("not a metric name");
    assert_eq!(error.to_string(), "line 1, column 1: expected a metric name, `{` or `#`, found \"ä 1\"");
    let error = read("a{ü=\"1\"}".as_bytes(), Format::Text).expect_err("not a label name");
    assert_eq!(error.to_string(), "line 1, column 3: expected a label name or `}`, found \"ü=\\\"1\\\"}\"");
    let error = read("a{b=\"ü\",".as_bytes(), Format::Text).expect_err("cut short");
    assert_eq!(
        error.to_string(),
        "line 1, column 9: expected a label name or `}`, found the end of the body"
    );
}

#[test]
fn a_series_of_a_hundred_thousand_labels_is_read_in_reasonable_time() {
    let labels: String = (0..100_000).map(|n| format!("l{n}=\"\",")).collect();
    let body = format!("a{{{labels}}} 1");
    let mut count = 0;
    parse(body.as_bytes(), Format::Text, |entry| {
        if let Entry::Sample(sample) = entry {
            count = sample.labels.len();
        }
    })
    .expect("a long series");
    assert_eq!(count, 100_000);
    assert!(read(format!("a{{{labels}l7=\"\"}} 1").as_bytes(), Format::Text).is_err());
}

#[test]
fn what_is_not_escaped_is_borrowed() {
    let body = String::from("# HELP a b\na{b=\"c\",d=\"\\\"\"} 1\n");
    parse(body.as_bytes(), Format::Text, |entry| match entry {
        Entry::Help { family, text } => {
            assert!(matches!((family, text), (Cow::Borrowed("a"), Cow::Borrowed("b"))));
        }
        Entry::Sample(sample) => {
            let borrowed: Vec<bool> =
                sample.labels.iter().map(|label| matches!(label.value, Cow::Borrowed(_))).collect();
            assert_eq!(borrowed, [true, false]);
        }
        other => panic!("{other:?}"),
    })
    .expect("valid text");
}
