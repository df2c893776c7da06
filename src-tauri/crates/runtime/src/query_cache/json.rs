//! JSON as JavaScript's `JSON.stringify` writes it, so that a Node process and this one make equal keys.

use serde_json::{Number, Value};

/// Appends `values` as an array.
///
/// Integers beyond 2^53 are written in full, where JavaScript would have rounded them: rounded, two different
/// ids would share one cached answer.
pub(super) fn write_array(values: &[Value], text: &mut String) {
    enclosed(text, ['[', ']'], values.iter(), write);
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => write_number(number, text),
        Value::Array(values) => write_array(values, text),
        Value::Object(members) => enclosed(text, ['{', '}'], members.iter(), |(name, value), text| {
            text.push_str(&Value::String(name.clone()).to_string());
            text.push(':');
            write(value, text);
        }),
        // Both escape the same characters of a string in the same way.
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

fn enclosed<I>(
    text: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = I>,
    write: impl Fn(I, &mut String),
) {
    text.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

fn write_number(number: &Number, text: &mut String) {
    match number.as_f64() {
        Some(float) if number.is_f64() => write_float(float, text),
        _ => text.push_str(&number.to_string()),
    }
}

/// The shortest digits that read back as `float`, laid out by the rules of ECMAScript's `Number::toString`.
fn write_float(float: f64, text: &mut String) {
    // Rust prints the same digits, always with an exponent: "-1.5e-7".
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    if float < 0.0 {
        text.push('-');
    }
    if (count..=21).contains(&point) {
        text.push_str(&digits);
        zeros(point - count, text);
    } else if (1..=21).contains(&point) {
        let (whole, part) = digits.split_at(point.unsigned_abs() as usize);
        text.push_str(&format!("{whole}.{part}"));
    } else if (-5..=0).contains(&point) {
        text.push_str("0.");
        zeros(-point, text);
        text.push_str(&digits);
    } else {
        text.push_str(&format!("{mantissa}e{:+}", point - 1));
    }
}

fn zeros(count: i32, text: &mut String) {
    text.extend((0..count).map(|_| '0'));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::write_array;

    fn written(values: &Value) -> String {
        let mut text = String::new();
        write_array(values.as_array().unwrap(), &mut text);
        text
    }

    /// The right-hand sides were printed by Node 20.
    #[test]
    fn values_are_written_as_node_writes_them() {
        let cases = [
            (json!([]), "[]"),
            (json!([1.0, -0.0, 0.5, -2.25, 123_456.789]), "[1,0,0.5,-2.25,123456.789]"),
            (json!([1e20, 1e21, 1.25e21, -2.5e30]), "[100000000000000000000,1e+21,1.25e+21,-2.5e+30]"),
            (json!([0.000_001, 1.5e-7, -1.5e-7, 5e-324, 1e-7]), "[0.000001,1.5e-7,-1.5e-7,5e-324,1e-7]"),
            (json!([1.797_693_134_862_315_7e308]), "[1.7976931348623157e+308]"),
            (json!([123_456_789_012_345_680_000.0]), "[123456789012345680000]"),
            (
                json!([null, true, [1, [2]], {"a": 1.0, "b": [null]}]),
                "[null,true,[1,[2]],{\"a\":1,\"b\":[null]}]",
            ),
            (
                json!(["a\"b\\c\n\t\u{1}\u{7f}\u{2028}é😀/<"]),
                "[\"a\\\"b\\\\c\\n\\t\\u0001\u{7f}\u{2028}é😀/<\"]",
            ),
        ];
        for (values, expected) in cases {
            assert_eq!(written(&values), expected);
        }
    }

    #[test]
    fn large_integers_keep_every_digit() {
        assert_eq!(
            written(&json!([9_007_199_254_740_993_i64, u64::MAX, i64::MIN])),
            "[9007199254740993,18446744073709551615,-9223372036854775808]"
        );
    }
}
