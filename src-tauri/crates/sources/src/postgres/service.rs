//! `pg_service.conf`: named connections in sections.

use domain::Problem;

use super::parameters::Parameters;
use super::problem::invalid_address;

/// The section `[name]` of a service file's text; None where the file has no such section. The first one wins, as in libpq.
pub(crate) fn section(text: &str, name: &str) -> Option<Result<Parameters, Problem>> {
    let mut lines = text.lines().map(str::trim).enumerate();
    lines.find(|(_, line)| header(line) == Some(name))?;
    let mut found = Parameters::default();
    for (number, line) in lines {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            break;
        }
        if let Err(problem) = take(&mut found, line, number + 1, name) {
            return Some(Err(problem));
        }
    }
    Some(Ok(found))
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn take(found: &mut Parameters, line: &str, number: usize, service: &str) -> Result<(), Problem> {
    let here = || format!("Line {number} of the service file, in the section [{service}],");
    let remedy = "Correct the line; it has the form name=value.";
    let Some((name, value)) = line.split_once('=') else {
        return Err(invalid_address(format!("{} has no = sign.", here()), remedy));
    };
    let (name, value) = (name.trim(), value.trim());
    if name == "service" {
        return Err(invalid_address(
            format!("{} names another service, which libpq does not allow.", here()),
            remedy,
        ));
    }
    let mut one = Parameters::default();
    one.set(name, value)
        .map_err(|problem| Problem { message: format!("{} {}", here(), problem.message), ..problem })?;
    // Within a section, too, the first value wins.
    *found = std::mem::take(found).or_from(one);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "# comment\nhost=ignored\n\n[shop]\nhost = db.example.com\nport=6432\n# more\nport=1\n dbname=shop\n\n[other]\nhost=x\n[broken]\nhost\n[nested]\nservice=shop\n[shop]\nhost=second\n";

    #[test]
    fn finds_the_first_section_of_that_name() {
        let shop = section(FILE, "shop").unwrap().ok().unwrap();
        assert_eq!(shop.get("host"), Some("db.example.com"));
        assert_eq!(shop.get("port"), Some("6432"));
        assert_eq!(shop.get("dbname"), Some("shop"));
        let other = section(FILE, "other").unwrap().ok().unwrap();
        assert_eq!((other.get("host"), other.get("port")), (Some("x"), None));
        assert!(section(FILE, "absent").is_none());
        assert!(section("", "shop").is_none());
    }

    #[test]
    fn a_broken_line_is_named() {
        let problem = section(FILE, "broken").unwrap().err().unwrap();
        assert!(
            problem.message.contains("Line 14") && problem.message.contains("[broken]"),
            "{}",
            problem.message
        );
        assert!(section(FILE, "nested").unwrap().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]a-c=#\\n ]{0,80}", name in "[a-c]{1,2}") {
            let _ = section(&text, &name);
        }
    }
}
