//! Any bytes as a log of any format, in blocks of any size: read or skipped, never a panic, and every line counted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sources::logs::{EnvelopeKind, FieldNames, Limits, LogFormat, Parser, Prefix};

fn formats(sample: &[u8]) -> Vec<LogFormat> {
    let prefix = |source| Prefix::compile(source).expect("a prefix");
    let fields = FieldNames {
        time: "time".into(),
        sql: "db.sql".into(),
        duration: Some("took".into()),
        ..FieldNames::default()
    };
    let mut formats = vec![
        LogFormat::Stderr { prefix: prefix("%m [%p] %q%u@%d app=%a vxid=%v "), tabs_stripped: false },
        LogFormat::Stderr { prefix: prefix("%t %u%d%a"), tabs_stripped: true },
        LogFormat::Csvlog,
        LogFormat::Jsonlog,
        LogFormat::Syslog { prefix: prefix("%m [%p] %q%u@%d ") },
        LogFormat::Envelopes { kind: EnvelopeKind::CloudSql, prefix: prefix("%m [%p] ") },
        LogFormat::Winston,
        LogFormat::WinstonConsole,
        LogFormat::JsonLines { fields: Box::new(fields) },
    ];
    formats.extend(LogFormat::detect("fuzz", sample, None, 0));
    formats
}

fuzz_target!(|data: &[u8]| {
    let Some((step, log)) = data.split_first() else { return };
    let step = usize::from(*step).max(1) * 16;
    for format in formats(log) {
        let mut parser = Parser::new(&format, Limits { record_bytes: 1024 }, 0);
        let (mut from, mut to) = (0, 0);
        let mut statements = 0;
        loop {
            to = (to + step).min(log.len());
            from += parser.feed(&log[from..to], to == log.len(), &mut |event| {
                statements += u64::from(matches!(event, sources::logs::LogEvent::Statement(_)));
            });
            if to == log.len() {
                break;
            }
        }
        let coverage = parser.coverage();
        assert_eq!(from, log.len(), "{format:?}");
        assert_eq!(coverage.statements, statements, "{format:?}");
        assert!(coverage.lines <= log.len() as u64, "{format:?}");
    }
});
