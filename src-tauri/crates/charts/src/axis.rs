//! Ticks of the value axis, and values as its labels say them, each in its unit.

use domain::Unit;

const BYTE_NAMES: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
/// Clock-like steps of an axis of seconds that is longer than two minutes.
const LONG_STEPS: [f64; 14] = [
    30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0,
    172_800.0, 604_800.0,
];
/// What is larger is told as a power of ten.
const LARGEST: f64 = 1e15;

/// Values from `from` to `to` with ticks at round numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValueAxis {
    pub from: f64,
    pub to: f64,
    pub ticks: Vec<(f64, String)>,
}

/// An axis that holds `[lowest, highest]` and zero, with about `wanted` ticks.
pub(crate) fn value_axis((lowest, highest): (f64, f64), unit: Unit, wanted: usize) -> ValueAxis {
    let (lowest, highest) = (lowest.min(0.0), highest.max(0.0));
    let highest = if highest > lowest { highest } else { lowest + 1.0 };
    let step = step((highest - lowest) / wanted.max(1) as f64, highest, unit);
    let (first, last) = ((lowest / step).floor(), (highest / step).ceil());
    let count = (last - first).clamp(1.0, 50.0) as usize;
    let ticks = (0..=count).map(|tick| {
        let value = (first + tick as f64) * step;
        (value, label(value, step, highest.max(-lowest), unit))
    });
    ValueAxis { from: first * step, to: (first + count as f64) * step, ticks: ticks.collect() }
}

/// The smallest round step that is at least `least`.
fn step(least: f64, highest: f64, unit: Unit) -> f64 {
    match unit {
        Unit::Count => round_step(least).max(1.0),
        Unit::Bytes => {
            let scale = 1024_f64.powi(byte_power(highest) as i32);
            (round_step(least / scale) * scale).max(1.0)
        }
        Unit::Seconds if highest > 120.0 => {
            let long = LONG_STEPS.into_iter().find(|step| *step >= least);
            long.unwrap_or_else(|| round_step(least / 86_400.0) * 86_400.0)
        }
        Unit::Ratio | Unit::Seconds | Unit::Milliseconds | Unit::PerSecond => round_step(least),
    }
}

/// 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powi(least.log10().floor().clamp(-300.0, 300.0) as i32);
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(10.0 * power)
}

fn byte_power(bytes: f64) -> usize {
    (1..BYTE_NAMES.len()).take_while(|power| bytes >= 1024_f64.powi(*power as i32)).count()
}

/// `highest` decides what all labels of an axis are told in.
fn label(value: f64, step: f64, highest: f64, unit: Unit) -> String {
    if value == 0.0 {
        return if unit == Unit::Ratio { "0%".to_owned() } else { "0".to_owned() };
    }
    match unit {
        Unit::Ratio => format!("{}%", decimal(value * 100.0, step * 100.0)),
        Unit::Count => decimal(value, step),
        Unit::PerSecond => format!("{}/s", decimal(value, step)),
        Unit::Bytes => {
            let power = byte_power(highest);
            let scale = 1024_f64.powi(power as i32);
            format!("{} {}", decimal(value / scale, step / scale), BYTE_NAMES.get(power).unwrap_or(&""))
        }
        Unit::Milliseconds => time(value, step, highest),
        Unit::Seconds => time(value * 1e3, step * 1e3, highest * 1e3),
    }
}

/// Milliseconds as "250 ms", "1.5 s", "20 min", "3 h", "2 days".
pub(crate) fn time(millis: f64, step: f64, highest: f64) -> String {
    let (scale, name) = match highest {
        ..1e3 => (1.0, "ms"),
        ..=120e3 => (1e3, "s"),
        ..=7_200e3 => (60e3, "min"),
        ..=172_800e3 => (3_600e3, "h"),
        _ => (86_400e3, "days"),
    };
    format!("{} {name}", decimal(millis / scale, step / scale))
}

/// As many decimals as the step needs, thousands separated.
fn decimal(value: f64, step: f64) -> String {
    if !value.is_finite() || value.abs() >= LARGEST || step < 1e-9 {
        return format!("{value:.1e}");
    }
    let mut places = 0;
    while places < 9
        && ((step * 10_f64.powi(places)).fract() > 1e-6)
        && ((step * 10_f64.powi(places)).fract() < 0.999_999)
    {
        places += 1;
    }
    let text = format!("{value:.0$}", places as usize);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_labelled_in_the_unit() {
        let cases: [(f64, f64, Unit, &[&str]); 13] = [
            (0.0, 9.0, Unit::Count, &["0", "5", "10"]),
            (0.0, 1.0, Unit::Count, &["0", "1"]),
            (0.0, 0.0, Unit::Count, &["0", "1"]),
            (0.0, 2_600.0, Unit::Count, &["0", "1,000", "2,000", "3,000"]),
            (0.0, 0.93, Unit::Ratio, &["0%", "50%", "100%"]),
            (0.0, 0.004, Unit::Ratio, &["0%", "0.2%", "0.4%"]),
            (0.0, 0.25, Unit::Seconds, &["0", "100 ms", "200 ms", "300 ms"]),
            (0.0, 2.5, Unit::Seconds, &["0", "1 s", "2 s", "3 s"]),
            (0.0, 420.0, Unit::Seconds, &["0", "5 min", "10 min"]),
            (0.0, 142.0, Unit::Milliseconds, &["0", "50 ms", "100 ms", "150 ms"]),
            (0.0, 3e9, Unit::Bytes, &["0", "1 GB", "2 GB", "3 GB"]),
            (0.0, 41.5, Unit::PerSecond, &["0", "20/s", "40/s", "60/s"]),
            (-7.0, 4.0, Unit::Count, &["-10", "-5", "0", "5"]),
        ];
        for (lowest, highest, unit, expected) in cases {
            let axis = value_axis((lowest, highest), unit, 3);
            let labels: Vec<_> = axis.ticks.iter().map(|(_, label)| label.as_str()).collect();
            assert_eq!(labels, expected, "{lowest} to {highest} {unit:?}");
            assert!(axis.from <= lowest && axis.to >= highest);
        }
    }

    #[test]
    fn no_value_is_too_large_or_too_small() {
        let units =
            [Unit::Count, Unit::Ratio, Unit::Seconds, Unit::Milliseconds, Unit::Bytes, Unit::PerSecond];
        for highest in [f64::MIN_POSITIVE, 1e-12, 1e15, 1e300, f64::MAX] {
            for unit in units {
                let axis = value_axis((0.0, highest), unit, 4);
                assert!((2..=51).contains(&axis.ticks.len()), "{highest} {unit:?}: {axis:?}");
                assert!(axis.ticks.iter().all(|(_, label)| label.len() < 30), "{highest} {unit:?}: {axis:?}");
            }
        }
    }
}
