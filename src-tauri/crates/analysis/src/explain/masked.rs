//! Expressions of a plan without their constants.

use crate::sql::mask;

/// A list of a thousand constants is shorter once it is masked; what is longer still is cut.
const LONGEST: usize = 2_000;
/// Names of the planner whose numbers are no constants.
const NUMBERED: [&str; 3] = ["SubPlan", "InitPlan", "CTE"];

/// The expression as one may show and store it.
pub(super) fn masked(expression: &str) -> String {
    let joined = NUMBERED.iter().fold(expression.to_owned(), |text, name| joined(&text, name));
    let mut text = mask(joined.as_bytes());
    for name in NUMBERED {
        text = text.replace(&format!("{name}_"), &format!("{name} "));
    }
    cut(text)
}

/// `SubPlan 1` as one word.
fn joined(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, behind) = rest.split_at_checked(at + name.len()).unwrap_or((rest, ""));
        out.push_str(before);
        rest = behind;
        if let Some(number) =
            behind.strip_prefix(' ').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
        {
            out.push('_');
            rest = number;
        }
    }
    out + rest
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_go_and_the_planner_s_own_numbers_stay() {
        for (expression, wanted) in [
            ("(id = 42)", "(id = $1)"),
            ("(id = $1)", "(id = $1)"),
            ("((NOT (hashed SubPlan 2)) AND (region = 3))", "((NOT (hashed SubPlan 2)) AND (region = $1))"),
            ("(total > (InitPlan 12).col1)", "(total > (InitPlan 12).col1)"),
            ("(name = 'SubPlan 3; secret'::text)", "(name = $1::text)"),
            ("created_at DESC", "created_at DESC"),
        ] {
            assert_eq!(masked(expression), wanted);
        }
        let long = masked(&"a + ".repeat(10_000));
        assert!(long.len() < LONGEST + 10 && long.ends_with('…'));
    }
}
