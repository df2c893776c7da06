//! The text of CLIENT LIST, summed by name and user.

use std::collections::HashMap;

use domain::RedisClientGroup;

/// More are not asked for: the answer would be long, and the server busy with writing it.
pub(super) const MOST_CLIENTS: u64 = 2_000;
const GROUPS: usize = 50;
const NAME_CHARACTERS: usize = 64;

/// Groups with the most connections first, at most 50.
pub fn groups(list: &str) -> Vec<RedisClientGroup> {
    let mut found: HashMap<(&str, &str), RedisClientGroup> = HashMap::new();
    for line in list.lines().filter(|line| !line.trim().is_empty()) {
        let field =
            |name| line.split(' ').filter_map(|part| part.split_once('=')).find(|(given, _)| *given == name);
        let text = |name| field(name).map_or("", |(_, value)| value);
        let count = |name| text(name).parse::<u64>().unwrap_or(0);
        let (name, user) = (text("name"), text("user"));
        let group = found.entry((name, user)).or_insert_with(|| RedisClientGroup {
            name: shown(name),
            user: shown(user),
            connections: 0,
            longest_idle_seconds: 0,
            most_output_bytes: 0,
            subscribed: 0,
        });
        let subscriptions =
            ["sub", "psub", "ssub"].map(count).iter().fold(0, |sum: u64, one| sum.saturating_add(*one));
        group.connections += 1;
        group.longest_idle_seconds = group.longest_idle_seconds.max(count("idle"));
        group.most_output_bytes = group.most_output_bytes.max(count("omem").max(count("obl")));
        group.subscribed += u64::from(subscriptions > 0);
    }
    let mut groups: Vec<_> = found.into_values().collect();
    groups.sort_by(|a, b| {
        b.connections.cmp(&a.connections).then_with(|| (&a.name, &a.user).cmp(&(&b.name, &b.user)))
    });
    groups.truncate(GROUPS);
    groups
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str = "id=3 addr=10.0.0.9:50432 laddr=10.0.0.1:6379 fd=8 name=panel age=90 idle=4 flags=N db=0 sub=0 psub=0 \
        ssub=0 multi=-1 qbuf=0 obl=0 oll=0 omem=0 tot-mem=22298 events=r cmd=get user=app library-name=redis-rs resp=2\n\
        id=4 addr=10.0.0.9:50433 fd=9 name=panel age=90 idle=17 flags=N db=0 sub=2 psub=0 omem=20512 cmd=subscribe user=app\n\
        id=5 addr=10.0.0.7:1 fd=10 name= age=1 idle=0 flags=N db=0 sub=0 psub=1 omem=0 cmd=client|list user=default\r\n\
        id=6 addr=10.0.0.8:1 fd=11 name=old age=1 idle=0 flags=N db=0 sub=0 psub=0 obl=0 oll=0 omem=0 cmd=ping\n";

    #[test]
    fn connections_are_summed_by_name_and_user() {
        let group = |name: &str, user: &str, connections, idle, output, subscribed| RedisClientGroup {
            name: name.into(),
            user: user.into(),
            connections,
            longest_idle_seconds: idle,
            most_output_bytes: output,
            subscribed,
        };
        let wanted = [
            group("panel", "app", 2, 17, 20_512, 1),
            group("", "default", 1, 0, 0, 1),
            group("old", "", 1, 0, 0, 0),
        ];
        assert_eq!(groups(LIST), wanted);
        assert!(groups("").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_no_line_is_lost(list in "[a-z= 0-9\n]{0,400}") {
            let lines = list.lines().filter(|line| !line.trim().is_empty()).count() as u64;
            let found = groups(&list);
            let told: u64 = found.iter().map(|group| group.connections).sum();
            prop_assert!(told == lines || found.len() == GROUPS);
        }
    }
}
