//! From looks at nodes to what a poll tells: facts, what is missing and what mends it.

use domain::{Degradation, Facts, Problem, Reading, Redis, RedisNode, RedisRole};

use super::address::Address;
use super::layout::{Kind, Layout};
use super::memory::Memory;
use super::node::{Lack, Look};
use super::problem::grant;

/// `silent` are nodes that gave nothing and can be done without.
pub(super) fn reading(
    layout: &Layout,
    looks: Vec<Look>,
    silent: &[(Address, Problem)],
    user: &str,
    memory: &mut Memory,
) -> Reading {
    let mut degraded = silent.iter().map(|(_, problem)| unreachable(problem)).collect::<Vec<_>>();
    degraded.extend((layout.left_out > 0).then(|| left_out(layout)));
    degraded.extend(failing_over(layout, &looks));
    degraded.extend(lacking(&looks, user));
    let version = looks.first().map(|look| look.server.title.clone());
    let mut found = found(&looks);
    found.extend(not_offered(&looks));
    let mut facts = Redis::default();
    for look in looks {
        facts.role_changes.extend(memory.role(&look.node));
        if let Some(entries) = look.slow {
            let (entries, missed) = memory.read_log(&look.node, entries);
            let (address, run_id) = (&look.node.address, &look.node.run_id);
            facts.slow.extend(entries.into_iter().map(|entry| entry.into_command(address, run_id)));
            facts.slow_missed = facts.slow_missed.saturating_add(missed);
        }
        facts.nodes.push(look.node);
    }
    facts.slow.sort_by_key(|slow| slow.at);
    measure_replicas(&mut facts.nodes);
    Reading { facts: Facts::Redis(Box::new(facts)), version, degraded, found, samples: Vec::new() }
}

/// How far a replica is behind only its primary knows.
fn measure_replicas(nodes: &mut [RedisNode]) {
    let told: Vec<_> = nodes.iter().flat_map(|node| node.replicas.clone()).collect();
    for node in nodes {
        if let RedisRole::Replica { behind_bytes, .. } = &mut node.role {
            *behind_bytes =
                told.iter().find(|told| told.address == node.address).map(|told| told.behind_bytes);
        }
    }
}

fn unreachable(problem: &Problem) -> Degradation {
    Degradation {
        code: "node_unreachable".to_owned(),
        message: problem.message.clone(),
        remedy: problem.remedy.clone(),
    }
}

fn left_out(layout: &Layout) -> Degradation {
    Degradation {
        code: "nodes_left_out".to_owned(),
        message: format!(
            "{} more nodes are there; only the first {} are watched.",
            layout.left_out,
            layout.nodes.len()
        ),
        remedy: Some("Add them as sources of their own.".to_owned()),
    }
}

/// The Sentinels name a primary that is none (yet, or any more).
fn failing_over(layout: &Layout, looks: &[Look]) -> Option<Degradation> {
    let named =
        looks.first().filter(|look| layout.kind == Kind::Watched && look.node.role != RedisRole::Primary)?;
    Some(Degradation {
        code: "failover".to_owned(),
        message: format!(
            "The Sentinels name {} as the primary, but it is a replica: a failover is under way.",
            named.node.address
        ),
        remedy: Some("Wait for it to end; SENTINEL MASTERS shows how far it is.".to_owned()),
    })
}

/// Once for each right and each kind, however many nodes lack it.
fn lacking(looks: &[Look], user: &str) -> Vec<Degradation> {
    let mut degraded = Vec::new();
    for (lack, places) in each(looks) {
        degraded.extend(match lack {
            Lack::Right(command) => Some(Degradation {
                code: "missing_privilege".to_owned(),
                message: format!(
                    "The user {user} may not run {} at {places}, so {}.",
                    shown(command),
                    unknown_without(command)
                ),
                remedy: Some(grant(user, &format!("+{command}"))),
            }),
            Lack::ManyClients(clients) => Some(Degradation {
                code: "client_list_skipped".to_owned(),
                message: format!(
                    "{places} has {clients} clients; their list is not asked for, to spare the server."
                ),
                remedy: None,
            }),
            Lack::Command(_) => None,
        });
    }
    degraded
}

/// Commands that a hosted server does not offer cannot be had, so they are no reason to worry.
fn not_offered(looks: &[Look]) -> Vec<String> {
    let commands = each(looks).into_iter();
    commands
        .filter_map(|(lack, places)| match lack {
            Lack::Command(command) => Some(format!("{}: not offered by {places}", shown(command))),
            Lack::Right(_) | Lack::ManyClients(_) => None,
        })
        .collect()
}

/// Each lack with the nodes that have it.
fn each(looks: &[Look]) -> Vec<(Lack, String)> {
    let mut found: Vec<(Lack, String)> = Vec::new();
    for look in looks {
        for lack in &look.lacks {
            match found.iter_mut().find(|(known, _)| known == lack) {
                Some((_, places)) => {
                    places.push_str(", ");
                    places.push_str(&look.node.address);
                }
                None => found.push((lack.clone(), look.node.address.clone())),
            }
        }
    }
    found
}

fn shown(command: &str) -> String {
    command.replace('|', " ").to_uppercase()
}

fn unknown_without(command: &str) -> &'static str {
    match command {
        "slowlog|get" => "slow commands are unknown",
        "latency|latest" => "what made the server stop is unknown",
        "client|list" => "who is connected is unknown",
        "config|get" => "some of its settings are unknown",
        "ping" => "the round trip is that of a refusal",
        _ => "some figures are missing",
    }
}

fn found(looks: &[Look]) -> Vec<String> {
    let roles: Vec<_> = looks
        .iter()
        .map(|look| match &look.node.role {
            RedisRole::Primary if look.server.in_cluster => {
                format!("{} (primary in a cluster)", look.node.address)
            }
            RedisRole::Primary => format!("{} (primary)", look.node.address),
            RedisRole::Replica { primary, .. } => format!("{} (replica of {primary})", look.node.address),
        })
        .collect();
    let keys = looks.iter().map(|look| look.node.keys()).fold(0, u64::saturating_add);
    vec![format!("Nodes: {}", roles.join(", ")), format!("Keys: {keys}")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::info::{self, Info};

    fn look(address: &str, text: &str, lacks: Vec<Lack>) -> Look {
        let text = format!("redis_version:7.0.15\n{text}");
        let fields = Info::parse(&text);
        Look {
            node: info::node(&fields, address, "7.0.15"),
            server: info::server(&fields).unwrap(),
            slow: None,
            lacks,
        }
    }

    fn layout(kind: Kind) -> Layout {
        Layout { nodes: vec![Address::tcp("a", 1)], kind, left_out: 0 }
    }

    #[test]
    fn a_right_that_several_nodes_lack_is_told_once_with_what_gives_it() {
        let lacks = || vec![Lack::Right("slowlog|get"), Lack::Command("config|get")];
        let looks = vec![look("a:1", "", lacks()), look("b:2", "", lacks())];
        let found = reading(&layout(Kind::Cluster), looks, &[], "console", &mut Memory::default());
        let [one] = found.degraded.as_slice() else { panic!("{:?}", found.degraded) };
        assert_eq!(one.remedy.as_deref(), Some("ACL SETUSER console +slowlog|get"));
        assert!(one.message.contains("a:1, b:2"), "{}", one.message);
        assert!(
            found.found.iter().any(|line| line == "CONFIG GET: not offered by a:1, b:2"),
            "{:?}",
            found.found
        );
    }

    #[test]
    fn a_replica_learns_from_its_primary_how_far_behind_it_is() {
        let primary = look(
            "a:1",
            "role:master\nmaster_repl_offset:500\nslave0:ip=b,port=2,state=online,offset=440,lag=1\n",
            vec![],
        );
        let replica =
            look("b:2", "role:slave\nmaster_host:a\nmaster_port:1\nmaster_link_status:up\n", vec![]);
        let found =
            reading(&layout(Kind::Watched), vec![primary, replica], &[], "default", &mut Memory::default());
        let Facts::Redis(facts) = found.facts else { panic!() };
        let RedisRole::Replica { behind_bytes, link_up, .. } = &facts.nodes[1].role else {
            panic!("{facts:?}")
        };
        assert_eq!((*behind_bytes, *link_up), (Some(60), true));
        assert!(found.degraded.is_empty(), "{:?}", found.degraded);
    }

    #[test]
    fn a_primary_that_is_none_is_a_failover() {
        let demoted = || look("a:1", "role:slave\nmaster_host:b\nmaster_port:2\n", vec![]);
        for (kind, told) in [(Kind::Watched, true), (Kind::Single, false)] {
            let found = reading(&layout(kind), vec![demoted()], &[], "default", &mut Memory::default());
            assert_eq!(found.degraded.iter().any(|one| one.code == "failover"), told, "{kind:?}");
        }
    }
}
