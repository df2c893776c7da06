//! The answer to LATENCY LATEST.

use domain::{RedisLatencyEvent, Timestamp};
use redis::Value;

/// The server knows some twenty kinds of events.
const EVENTS: usize = 64;

/// Each event with its last and its worst; newer servers tell more, which is passed over.
pub fn events(answer: &Value) -> Vec<RedisLatencyEvent> {
    let Value::Array(found) = answer else { return Vec::new() };
    found.iter().filter_map(event).take(EVENTS).collect()
}

fn event(value: &Value) -> Option<RedisLatencyEvent> {
    let Value::Array(fields) = value else { return None };
    let [Value::BulkString(name), Value::Int(seconds), Value::Int(latest), Value::Int(worst), ..] =
        fields.as_slice()
    else {
        return None;
    };
    Some(RedisLatencyEvent {
        event: String::from_utf8_lossy(name).chars().take(64).collect(),
        at: Timestamp(seconds.saturating_mul(1000)),
        latest_ms: *latest as f64,
        worst_ms: *worst as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_every_version_are_read_and_others_passed_over() {
        let event = |more: usize| {
            let mut fields = vec![
                Value::BulkString(b"command".to_vec()),
                Value::Int(1_700_000_000),
                Value::Int(251),
                Value::Int(1_001),
            ];
            fields.extend(vec![Value::Int(9); more]);
            Value::Array(fields)
        };
        let found = events(&Value::Array(vec![event(0), Value::Nil, event(2)]));
        let wanted = RedisLatencyEvent {
            event: "command".into(),
            at: Timestamp(1_700_000_000_000),
            latest_ms: 251.0,
            worst_ms: 1001.0,
        };
        assert_eq!(found, [wanted.clone(), wanted]);
        assert!(events(&Value::Okay).is_empty());
    }
}
