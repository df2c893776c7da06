//! Prefixes and the lines that they read.

use proptest::prelude::*;

use super::*;

fn fields(prefix: &str, line: &str) -> Option<(Option<u64>, String, String, String, String)> {
    let prefix = Prefix::compile(prefix).unwrap();
    let (header, _, message) = prefix.read(line.as_bytes(), &mut Clock::default())?;
    let text = |(from, to): (usize, usize)| line[from..to].to_owned();
    Some((
        header.pid,
        text(header.user),
        text(header.database),
        text(header.application),
        line[message..].to_owned(),
    ))
}

#[test]
fn reads_any_prefix() {
    let time = "2026-11-23 12:00:00.123 UTC";
    let seconds = "2026-11-23 12:00:00 UTC";
    let cases = [
        ("%m [%p] ", format!("{time} [7] "), (Some(7), "", "", "")),
        ("%m [%p] %q%u@%d ", format!("{time} [7] "), (Some(7), "", "", "")),
        ("%m [%p] %q%u@%d ", format!("{time} [7] ann@shop "), (Some(7), "ann", "shop", "")),
        (
            "%t:%r:%u@%d:[%p]:",
            format!("{seconds}:10.0.0.1(5432):ann@shop:[7]:"),
            (Some(7), "ann", "shop", ""),
        ),
        ("%m [%p] app=%a ", format!("{time} [7] app=my app | [x] "), (Some(7), "", "", "my app | [x]")),
        ("%m|%a|%p|", format!("{time}|a|b|7|"), (Some(7), "", "", "a|b")),
        ("%m [%a] [%p] ", format!("{time} [we[ir]d] [9]] [7] "), (Some(7), "", "", "we[ir]d] [9]")),
        ("%n %p %u ", "1795435200.123 7 ann ".to_owned(), (Some(7), "ann", "", "")),
        (
            "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
            format!("{seconds} [7]: [3-1] user=ann,db=shop,app=x,y,client=::1 "),
            (Some(7), "ann", "shop", "x,y"),
        ),
        ("%-8u|%5p|%m ", format!("ann     |    7|{time} "), (Some(7), "ann", "", "")),
        ("%m %u", format!("{time} ann"), (None, "ann", "", "")),
        ("%m %c %v %e %% ", format!("{time} 6b0.90d 3/12 00000 % "), (None, "", "", "")),
    ];
    for (prefix, head, (pid, user, database, application)) in cases {
        let line = format!("{head}LOG:  duration: 1.0 ms");
        let expected = (
            pid,
            user.to_owned(),
            database.to_owned(),
            application.to_owned(),
            "duration: 1.0 ms".to_owned(),
        );
        assert_eq!(fields(prefix, &line), Some(expected), "{prefix}");
    }
}

proptest! {
    #[test]
    fn what_is_remembered_reads_the_same(
        prefix in prop::sample::select(vec![
            "%m [%p] %q%u@%d app=%a vxid=%v ", "%m %a|%u|%p|", "%m [%a] [%p] ", "%t:%r:%u@%d:[%p]:", "%m [%p] %u%d ",
            "%-8u|%5p|%m ", "%m [%l] %a: ", "%n %p %u ",
        ]),
        lines in prop::collection::vec(
            (0..4_u64, "[ab ]{0,3}", "[ab|: \\]@\\[]{0,5}", 0..3_u8, prop::bool::ANY), 1..40,
        ),
    ) {
        let compiled = Prefix::compile(prefix).unwrap();
        let (mut clock, mut other, mut memory) = (Clock::default(), Clock::default(), Memory::default());
        for (pid, user, app, vxid, quiet) in lines {
            let time = format!("2026-11-23 12:00:0{pid}.12{vxid} UTC");
            let head = prefix
                .replace("%q", if quiet { "" } else { "%q" })
                .replace("%m", &time)
                .replace("%t", &time)
                .replace("%n", "1795435200.123")
                .replace("%-8u", &format!("{user:<8}"))
                .replace("%5p", &format!("{pid:>5}"))
                .replace("%p", &pid.to_string())
                .replace("%l", &pid.to_string())
                .replace("%u", &user)
                .replace("%d", "shop")
                .replace("%r", "[local]")
                .replace("%v", &format!("3/{vxid}"))
                .replace("%a", &app)
                .replace("%q", "");
            let line = format!("{head}LOG:  duration: 1.0 ms");
            let seen = |found: Option<(Header, Severity, usize)>| {
                found.map(|(h, severity, at)| {
                    (h.at_us, h.pid, h.user, h.database, h.application, h.transaction, severity, at)
                })
            };
            let plain = seen(compiled.read(line.as_bytes(), &mut other));
            let again = seen(compiled.read_again(line.as_bytes(), &mut clock, &mut memory));
            prop_assert_eq!(plain, again, "{}", line);
        }
    }
}

#[test]
fn a_line_of_another_kind_does_not_match() {
    for line in [
        "\t2026-11-23 12:00:00.123 UTC [7] LOG:  x",
        "2026-11-23 12:00:00.123 UTC [7] LOUD:  x",
        "",
        "LOG:  x",
    ] {
        assert_eq!(fields("%m [%p] ", line), None, "{line}");
    }
}

#[test]
fn refuses_what_is_no_prefix() {
    assert_eq!(Prefix::compile("%m %y"), Err(PrefixError::UnknownEscape('y')));
    assert_eq!(Prefix::compile("%m %"), Err(PrefixError::LonePercent));
    assert_eq!(Prefix::compile("[%p]"), Err(PrefixError::NoTime("[%p]".into())));
}
