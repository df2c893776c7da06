//! The plan as `EXPLAIN (FORMAT TEXT)` shows it, without constants.

use std::fmt::Write;

use domain::PlanDetail;

use super::details::{details, later};
use super::title::title;
use super::tree::{Fields, Node, Tree};
use crate::quoting::quoted;

pub(super) fn render(tree: &Tree) -> String {
    let mut out = String::new();
    // Columns by which each step on the way down is indented.
    let mut indents: Vec<usize> = Vec::new();
    for (_, node) in tree.all() {
        indents.truncate(node.depth);
        let indent = step(&mut out, node, indents.last().copied());
        indents.push(indent);
    }
    whole(&mut out, &tree.whole);
    out
}

/// Writes one step; tells the column at which what belongs to it stands.
fn step(out: &mut String, node: &Node, above: Option<usize>) -> usize {
    let (arrow, inside) = match above {
        None => (None, 2),
        Some(above) if node.text("Subplan Name").is_some() => (Some(above + 2), above + 8),
        Some(above) => (Some(above), above + 6),
    };
    if let (Some(name), Some(above)) = (node.text("Subplan Name"), above) {
        line(out, above, name);
    }
    let head = format!("{}{}{}", title(node), cost(node), actual(node));
    match arrow {
        Some(arrow) => line(out, arrow, &format!("->  {head}")),
        None => line(out, 0, &head),
    }
    lines(out, inside, &details(node));
    if let Some(buffers) = buffers(&node.fields) {
        line(out, inside, &buffers);
    }
    lines(out, inside, &later(node));
    inside
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{text}", "");
}

fn lines(out: &mut String, indent: usize, details: &[PlanDetail]) {
    for PlanDetail { label, value } in details {
        let space = if label.starts_with("Worker ") { "  " } else { " " };
        line(out, indent, &format!("{label}:{space}{value}"));
    }
}

fn cost(node: &Node) -> String {
    let Some(total) = node.number("Total Cost") else { return String::new() };
    let startup = node.number("Startup Cost").unwrap_or(0.0);
    let width = node.number("Plan Width").unwrap_or(0.0);
    format!("  (cost={startup:.2}..{total:.2} rows={:.0} width={width:.0})", node.planned_rows())
}

fn actual(node: &Node) -> String {
    let Some(loops) = node.loops() else { return String::new() };
    if loops == 0.0 {
        return " (never executed)".to_owned();
    }
    let time = node.number("Actual Total Time").map(|total| {
        let startup = node.number("Actual Startup Time").unwrap_or(0.0);
        format!("time={startup:.3}..{total:.3} ")
    });
    let rows = node.actual_rows().unwrap_or(0.0);
    let decimals = if rows.fract() == 0.0 { 0 } else { 2 };
    format!(" (actual {}rows={rows:.decimals$} loops={loops:.0})", time.unwrap_or_default())
}

/// "Buffers: shared hit=8 read=1, temp written=3"
fn buffers(fields: &Fields) -> Option<String> {
    let kinds = ["Shared", "Local", "Temp"].into_iter().filter_map(|kind| {
        let counts = ["Hit", "Read", "Dirtied", "Written"].into_iter().filter_map(|what| {
            let count = fields.above_zero(&format!("{kind} {what} Blocks"))?;
            Some(format!(" {}={count:.0}", what.to_ascii_lowercase()))
        });
        let counts: String = counts.collect();
        (!counts.is_empty()).then(|| format!("{}{counts}", kind.to_ascii_lowercase()))
    });
    let kinds: Vec<String> = kinds.collect();
    (!kinds.is_empty()).then(|| format!("Buffers: {}", kinds.join(", ")))
}

fn whole(out: &mut String, whole: &Fields) {
    if let Some(buffers) = whole.object("Planning").and_then(|planning| buffers(&planning)) {
        line(out, 0, "Planning:");
        line(out, 2, &buffers);
    }
    if let Some(time) = whole.number("Planning Time") {
        line(out, 0, &format!("Planning Time: {time:.3} ms"));
    }
    whole.objects("Triggers").for_each(|one| line(out, 0, &trigger(&one)));
    if let Some(jit) = whole.object("JIT") {
        compiling(out, &jit);
    }
    if let Some(time) = whole.number("Execution Time") {
        line(out, 0, &format!("Execution Time: {time:.3} ms"));
    }
}

/// "Trigger for constraint orders_customer_id_fkey"
pub(super) fn trigger_name(trigger: &Fields) -> String {
    match (trigger.text("Constraint Name"), trigger.text("Trigger Name")) {
        (Some(constraint), _) => format!("Trigger for constraint {}", quoted(constraint)),
        (None, name) => format!("Trigger {}", quoted(name.unwrap_or_default())),
    }
}

fn trigger(trigger: &Fields) -> String {
    let time = trigger.number("Time").map(|time| format!(" time={time:.3}"));
    let calls = trigger.number("Calls").unwrap_or(0.0);
    format!("{}:{} calls={calls:.0}", trigger_name(trigger), time.unwrap_or_default())
}

fn compiling(out: &mut String, jit: &Fields) {
    line(out, 0, "JIT:");
    line(out, 2, &format!("Functions: {:.0}", jit.number("Functions").unwrap_or(0.0)));
    if let Some(options) = jit.object("Options") {
        let option = |name: &str| format!("{name} {}", options.is_true(name));
        let options = ["Inlining", "Optimization", "Expressions", "Deforming"].map(option);
        line(out, 2, &format!("Options: {}", options.join(", ")));
    }
    if let Some(timing) = jit.object("Timing") {
        let time = |name: &str| {
            // Generation has parts in later versions.
            let nested = timing.object(name).and_then(|parts| parts.number("Total"));
            Some(format!("{name} {:.3} ms", nested.or_else(|| timing.number(name))?))
        };
        let parts =
            ["Generation", "Inlining", "Optimization", "Emission", "Total"].into_iter().filter_map(time);
        line(out, 2, &format!("Timing: {}", parts.collect::<Vec<_>>().join(", ")));
    }
}
