//! How many sessions wait behind each, directly or not, each counted once.

use super::circles::Parts;
use super::graph::{Graph, Node, PerNode};

const WORDS: usize = 16;
/// Waiting sessions that are followed at once, each by one bit: memory stays small however many there are.
const AT_ONCE: usize = WORDS * 64;

type Bits = [u64; WORDS];

pub(super) fn behind(graph: &Graph<'_>, parts: &Parts) -> PerNode<u32> {
    let mut counts = graph.members.filled(0);
    let waiting: Vec<Node> =
        graph.members.iter().filter(|(_, member)| member.wait.is_some()).map(|(node, _)| node).collect();
    for some in waiting.chunks(AT_ONCE) {
        follow(graph, parts, some, &mut counts);
    }
    counts
}

/// Hands the bits of `some` on from those that wait to those that they wait for.
fn follow(graph: &Graph<'_>, parts: &Parts, some: &[Node], counts: &mut PerNode<u32>) {
    let mut own: PerNode<Bits> = graph.members.filled([0; WORDS]);
    for (bit, node) in some.iter().enumerate() {
        if let Some(word) = own[*node].get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }
    // What came from other parts.
    let mut arrived: PerNode<Bits> = graph.members.filled([0; WORDS]);
    // A part stands after all that it waits for, so the other way round all behind it have been seen.
    for part in parts.parts.iter().rev() {
        let behind = part.iter().fold([0; WORDS], |bits, node| or(bits, &arrived[*node]));
        let members = part.iter().fold([0; WORDS], |bits, node| or(bits, &own[*node]));
        let with_members = or(behind, &members);
        for node in part {
            // In a circle everyone waits behind everyone else.
            let others = if part.len() > 1 { without(with_members, &own[*node]) } else { behind };
            counts[*node] += others.iter().map(|word| word.count_ones()).sum::<u32>();
            for blocker in &graph.blockers[*node] {
                arrived[*blocker] = or(arrived[*blocker], &with_members);
            }
        }
    }
}

fn or(mut bits: Bits, more: &Bits) -> Bits {
    bits.iter_mut().zip(more).for_each(|(word, more)| *word |= more);
    bits
}

fn without(mut bits: Bits, less: &Bits) -> Bits {
    bits.iter_mut().zip(less).for_each(|(word, less)| *word &= !less);
    bits
}
