//! The charts as a parser reads them: what is drawn, how often, in which colours, with which texts.

use domain::{ChartMark, Severity, Threshold, Timestamp, Unit};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use crate::fixture::{START, chart, example, series};
use crate::{Bar, ChartStyle, RunsLabels, bars, runs_chart, time_chart};

const HOSTILE: &str = "</text><script>alert(\"1\")</script> fill=\"#A71000\" ' & ]]> \u{1b}[31m\0 größer 表";

fn style() -> ChartStyle {
    ChartStyle::titled("Connections in use")
}

fn labels() -> RunsLabels {
    RunsLabels {
        repeated: "SELECT * FROM orders WHERE id = $1".to_owned(),
        parent: Some("SELECT 1".to_owned()),
    }
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("well-formed");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

fn count(svg: &str, matching: impl Fn(&Node<'_, '_>) -> bool) -> usize {
    Document::parse(svg).expect("well-formed").descendants().filter(matching).count()
}

fn is(node: &Node<'_, '_>, tag: &str, attribute: &str, colour: &str) -> bool {
    node.tag_name().name() == tag && node.attribute(attribute).is_some_and(|value| value.starts_with(colour))
}

#[test]
fn lines_break_at_gaps_and_lonely_points_are_dots() {
    let (gap, one) = (None, Some(1.0));
    let svg = time_chart(&chart(vec![series("active", vec![one, one, gap, one, one, gap, one])]), &style())
        .unwrap();
    assert_eq!(count(&svg, |node| is(node, "polyline", "stroke", "var(--s1")), 2);
    assert_eq!(count(&svg, |node| is(node, "circle", "fill", "var(--s1")), 1);
    assert_eq!(count(&svg, |node| node.has_tag_name("polygon")), 0);
}

#[test]
fn areas_and_highs_are_light() {
    let mut one = series("active", vec![Some(1.0), Some(2.0), Some(3.0)]);
    let plain = chart(vec![one.clone()]);
    one.highs = Some(vec![Some(4.0), None, Some(9.0)]);
    let cases = [
        (plain.clone(), style(), 0, 1),
        (plain, style().filled(), 1, 1),
        (chart(vec![one.clone()]), style(), 1, 2),
        (chart(vec![one]), style().filled(), 2, 2),
    ];
    for (chart, style, areas, entries) in cases {
        let svg = time_chart(&chart, &style).unwrap();
        assert_eq!(count(&svg, |node| is(node, "polygon", "fill", "var(--s1")), areas);
        assert_eq!(count(&svg, |node| node.has_tag_name("rect")), entries, "swatches of the legend");
    }
}

#[test]
fn thresholds_and_marks_are_dashed_and_named() {
    let mut chart = chart(vec![series("active", vec![Some(1.0), Some(2.0), Some(3.0)])]);
    chart.thresholds = vec![
        Threshold { value: 12.0, label: "12 recommended".to_owned(), severity: Severity::Info },
        Threshold { value: 18.0, label: "18, the limit".to_owned(), severity: Severity::Critical },
        Threshold { value: f64::NAN, label: "unknown".to_owned(), severity: Severity::Ok },
    ];
    chart.marks = [(START + 60_000, "restart"), (START + 60_001, "sleep"), (START - 1, "before")]
        .map(|(at, label)| ChartMark { at: Timestamp(at), label: label.to_owned() })
        .to_vec();
    let svg = time_chart(&chart, &style()).unwrap();
    let dashed = |colour| {
        count(&svg, |node| {
            is(node, "polyline", "stroke", colour) && node.attribute("stroke-dasharray").is_some()
        })
    };
    assert_eq!((dashed("var(--info"), dashed("var(--crit"), dashed("var(--text-3")), (1, 1, 2));
    let texts = texts(&svg);
    for expected in ["12 recommended", "18, the limit", "restart", "0", "20", "09:01:00", "active"] {
        assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:?}");
    }
    for unexpected in ["unknown", "sleep", "before"] {
        assert!(!texts.iter().any(|text| text == unexpected), "{unexpected}: {texts:?}");
    }
}

#[test]
fn charts_without_values_say_so() {
    let mut other_unit = series("share", vec![Some(0.5)]);
    other_unit.unit = Unit::Ratio;
    let empty = [chart(vec![]), chart(vec![series("active", vec![None, None])])];
    for chart in &empty {
        assert!(time_chart(chart, &style()).unwrap().contains("Nothing was measured in this window"));
    }
    let svg = time_chart(&chart(vec![series("active", vec![Some(1.0)]), other_unit]), &style()).unwrap();
    assert!(texts(&svg).contains(&"share (not drawn: another unit)".to_owned()));
    assert!(texts(&bars(&[], &style()).unwrap()).contains(&"Nothing to show".to_owned()));
}

#[test]
fn every_run_is_a_bar_after_its_parent() {
    let svg = runs_chart(&example(16), &labels(), &style()).unwrap();
    assert_eq!(count(&svg, |node| is(node, "rect", "fill", "var(--s1")), 16);
    assert_eq!(count(&svg, |node| is(node, "rect", "fill", "var(--s2")), 1);
    let texts = texts(&svg);
    for expected in ["16 × SELECT * FROM orders WHERE id = $1", "SELECT 1", "0 ms", "20 ms", "100 ms"] {
        assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:?}");
    }
    let mut alone = example(3);
    alone.parent_run = None;
    alone.runs.iter_mut().for_each(|run| run.duration_ms = None);
    let svg = runs_chart(&alone, &labels(), &style()).unwrap();
    assert_eq!(count(&svg, |node| is(node, "rect", "fill", "var(--s")), 3);
    assert!(!self::texts(&svg).contains(&"SELECT 1".to_owned()));
}

#[test]
fn of_many_repeats_the_axis_ends_with_the_last_that_is_known() {
    let mut example = example(16);
    (example.repeats, example.span_ms) = (880, 60_000.0);
    let texts = texts(&runs_chart(&example, &labels(), &style()).unwrap());
    assert!(texts.iter().any(|text| text == "90 ms"), "{texts:?}");
    assert!(texts.iter().any(|text| text.starts_with("880 × SELECT")), "{texts:?}");
}

#[test]
fn bars_are_as_long_as_their_values() {
    let rows = [(100.0, "41 min"), (50.0, "20 min"), (0.0, "none"), (f64::NAN, "unknown")]
        .map(|(value, text)| Bar { label: format!("SELECT {value}"), value, text: text.to_owned() });
    let svg = bars(&rows, &style().wide(500)).unwrap();
    let document = Document::parse(&svg).unwrap();
    let widths: Vec<_> = document
        .descendants()
        .filter(|node| is(node, "rect", "fill", "var(--s1"))
        .map(|node| node.attribute("width").unwrap().parse::<u32>().unwrap())
        .collect();
    assert_eq!(widths, [2_000, 1_000]);
}

#[test]
fn hostile_texts_stay_texts() {
    let mut chart = chart(vec![series(HOSTILE, vec![Some(1.0), Some(2.0)])]);
    chart.thresholds = vec![Threshold { value: 2.0, label: HOSTILE.to_owned(), severity: Severity::Warning }];
    chart.marks = vec![ChartMark { at: Timestamp(START), label: HOSTILE.to_owned() }];
    let labels = RunsLabels { repeated: HOSTILE.to_owned(), parent: Some(HOSTILE.to_owned()) };
    let style = ChartStyle::titled(HOSTILE).wide(2_000);
    let bar = Bar { label: HOSTILE.to_owned(), value: 1.0, text: HOSTILE.to_owned() };
    let shown = crate::text::one_line(HOSTILE);
    let charts = [
        (time_chart(&chart, &style).unwrap(), 3),
        (runs_chart(&example(2), &labels, &style).unwrap(), 2),
        (bars(&[bar], &style).unwrap(), 2),
    ];
    for (svg, times) in charts {
        assert_eq!(count(&svg, |node| node.has_tag_name("script")), 0);
        assert_eq!(texts(&svg).iter().filter(|text| text.contains(&shown)).count(), times, "{svg}");
        assert_eq!(count(&svg, |node| node.has_tag_name("title") && node.text() == Some(&shown)), 1);
        assert!(!svg.contains("\u{1b}") && !svg.contains('\0'));
        assert!(!svg.contains("=\"#"), "a colour that no page can change");
        assert!(!svg.contains("style=") && !svg.contains("href"));
    }
}

proptest! {
    #[test]
    fn any_values_can_be_drawn(
        values in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..50),
        highs in proptest::option::of(proptest::collection::vec(proptest::option::of(any::<f64>()), 0..50)),
        from in any::<i64>(),
        millis in any::<i64>(),
    ) {
        let mut data = chart(vec![series("any", values)]);
        data.series[0].highs = highs;
        data.range.from = Timestamp(from);
        data.range.to = Timestamp(from).plus_millis(millis);
        let svg = time_chart(&data, &style().filled()).unwrap();
        prop_assert!(Document::parse(&svg).is_ok());
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn any_runs_can_be_drawn(offset in any::<f64>(), duration in proptest::option::of(any::<f64>()), span in any::<f64>()) {
        let mut data = example(4);
        data.span_ms = span;
        data.runs[1] = domain::RepetitionRun { offset_ms: offset, duration_ms: duration };
        prop_assert!(Document::parse(&runs_chart(&data, &labels(), &style()).unwrap()).is_ok());
    }
}
