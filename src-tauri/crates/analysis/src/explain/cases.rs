//! Plans as PostgreSQL 15 and 18 wrote them, against their text as the same servers wrote it, and what is seen in them.

use domain::Severity::{Critical, Info, Warning};
use domain::{PlanNode, Severity};

use super::masked::masked;
use super::{PlanUnreadable, ReadPlan, read_plan};

macro_rules! recorded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("recorded/", $name, ".json")), include_str!(concat!("recorded/", $name, ".txt")))),*]
    };
}

/// Name, JSON and text of the same statement; each was run for itself.
const RECORDED: &[(&str, &str, &str)] = recorded![
    "backward",
    "bitmap_and",
    "correlated",
    "cte_and_init",
    "delete_keys",
    "few_of_many",
    "functions",
    "gather_merge",
    "group_on_disk",
    "grouping_sets",
    "hash_on_disk",
    "heap_fetches",
    "in_18",
    "incremental_sort",
    "index_scan",
    "insert",
    "jit",
    "join_filter",
    "joins",
    "loop_over_scan",
    "loop_planned",
    "lossy",
    "memoize",
    "merge_and_window",
    "never",
    "parallel",
    "partitions",
    "pruned",
    "recursive",
    "set_ops",
    "sort_18",
    "sort_on_disk",
    "stale",
    "update",
];

fn read(name: &str) -> ReadPlan {
    let (_, json, _) = RECORDED.iter().find(|(known, ..)| *known == name).unwrap();
    read_plan(json).unwrap()
}

fn flat(node: &PlanNode) -> Vec<&PlanNode> {
    let mut all = vec![node];
    all.extend(node.children.iter().flat_map(flat));
    all
}

/// What does not change from run to run, masked.
fn steady(line: &str) -> Option<String> {
    let (label, value) = line.split_once(": ").unwrap_or((line, ""));
    let skipped =
        ["Buffers", "Planning", "Planning Time", "Execution Time", "Timing", "Rows Removed by Filter"];
    if skipped.iter().any(|skipped| label.trim().trim_end_matches(':') == *skipped) {
        return None;
    }
    let conditions = ["Cond", "Filter", "Key", "Cond Filter"];
    if conditions.iter().any(|condition| label.ends_with(condition)) {
        let value = value.split(", ").map(masked).collect::<Vec<_>>().join(", ");
        return Some(format!("{label}: {value}"));
    }
    let (before, time) = line.split_once("time=").unwrap_or((line, ""));
    let behind = time.split_once(' ').map_or(time, |(_, behind)| behind);
    // Processes share a sort as it comes. Later versions write two decimals always.
    let before = before.split("Disk: ").next().unwrap_or_default();
    Some(format!("{before}{behind}").replace(".00 loops", " loops"))
}

#[test]
fn the_text_is_what_the_server_writes() {
    for (name, json, text) in RECORDED {
        let told = read_plan(json).unwrap().text;
        let lines = |text: &str| text.lines().filter_map(steady).collect::<Vec<_>>().join("\n");
        assert_eq!(lines(&told), lines(text), "{name}\n{told}");
    }
}

#[test]
fn no_constant_is_told() {
    for (name, secret) in [
        ("index_scan", "= 42"),
        ("index_scan", "'paid'"),
        ("insert", "secret"),
        ("lossy", "product 3"),
        ("joins", "= 3)"),
    ] {
        let (_, json, _) = RECORDED.iter().find(|(known, ..)| *known == name).unwrap();
        assert!(name == "insert" || json.contains(secret), "{name}");
        let told = format!("{:?}", read(name));
        assert!(!told.contains(secret), "{name}: {told}");
    }
}

#[test]
fn shares_and_times_add_up() {
    for (name, json, _) in RECORDED {
        let plan = read_plan(json).unwrap();
        let nodes = flat(&plan.root);
        let ratio: f64 = nodes.iter().map(|node| node.cost_ratio).sum();
        assert!((0.99..1.01).contains(&ratio), "{name}: {ratio}");
        let own: f64 = nodes.iter().filter_map(|node| node.own_ms).sum();
        let whole = plan.root.total_ms.unwrap_or(0.0);
        // A CTE that two scans read at the same time is the one case of some doubt.
        assert!(own <= whole * 1.05 && own >= whole * 0.9, "{name}: {own} of {whole}");
        assert!(nodes.iter().all(|node| node.misestimate.is_none_or(|off| off >= 1.0)), "{name}");
        assert!(nodes.iter().enumerate().all(|(index, node)| node.id as usize == index), "{name}");
        assert_eq!(plan.execution_ms.is_some(), json.contains("Execution Time"), "{name}");
    }
}

/// Title of the step, its own milliseconds as a share of the whole.
fn own_share(plan: &ReadPlan, title: &str) -> f64 {
    let nodes = flat(&plan.root);
    let node = nodes.iter().find(|node| node.title.starts_with(title)).unwrap();
    node.own_ms.unwrap() / plan.root.total_ms.unwrap()
}

#[test]
fn work_is_counted_where_it_is_done() {
    let borrowed = read("cte_and_init");
    // The subquery's 25% and the CTE's 11% run while this scan is waited for: it has little to itself.
    assert!(
        own_share(&borrowed, "CTE Scan on recent a") < 0.25,
        "{}",
        own_share(&borrowed, "CTE Scan on recent a")
    );
    assert!(own_share(&borrowed, "Merge Join") < 0.2);
    let parallel = read("parallel");
    // Three processes side by side: 23 ms each.
    let scan =
        flat(&parallel.root).into_iter().find(|node| node.kind == "Parallel Seq Scan").unwrap().clone();
    assert!(scan.total_ms.unwrap() < parallel.root.total_ms.unwrap(), "{scan:?}");
    assert_eq!(scan.loops, Some(3.0));
    let memoized = read("loop_over_scan");
    let scan = flat(&memoized.root).into_iter().find(|node| node.title.contains("visited")).unwrap().clone();
    assert!(scan.cost_ratio > 0.5, "a scan that is repeated costs what all repeats cost: {scan:?}");
}

#[test]
fn what_stands_out_is_told_with_its_figures() {
    let cases: &[(&str, &[(Severity, &str)])] = &[
        ("index_scan", &[]),
        ("backward", &[]),
        ("memoize", &[]),
        ("update", &[]),
        ("few_of_many", &[(Warning, "Seq Scan on orders reads 200,000 rows to keep 1.")]),
        ("sort_on_disk", &[(Warning, "Sort writes 8.1 MB to disk: it does not fit into work_mem.")]),
        ("hash_on_disk", &[(Warning, "Hash splits its rows into 64 batches, and all but one go to disk.")]),
        (
            "group_on_disk",
            &[(Warning, "HashAggregate writes 7.2 MB of groups to disk: they do not fit into memory.")],
        ),
        ("sort_18", &[(Warning, "Sort writes 8.1 MB to disk")]),
        (
            "loop_over_scan",
            &[(
                Critical,
                "Seq Scan on visited v runs 299 times inside a nested loop, and reads 14,950,000 rows that way.",
            )],
        ),
        (
            "loop_planned",
            &[(Warning, "Seq Scan on visited v is planned to run about 299 times inside a nested loop.")],
        ),
        ("join_filter", &[]),
        ("stale", &[(Warning, "Seq Scan on stale was expected to return")]),
        (
            "heap_fetches",
            &[(Warning, "Index Only Scan using visited_pkey on visited looks up 39,901 rows in the table")],
        ),
        (
            "lossy",
            &[(
                Warning,
                "Bitmap Heap Scan on \"Order items\" has no memory to note single rows in 1,032 of 1,911 blocks",
            )],
        ),
        ("jit", &[(Warning, "Compiling it (JIT) takes 57 ms of 58 ms.")]),
        ("never", &[(Info, "was never executed")]),
    ];
    let mut differ = Vec::new();
    for (name, wanted) in cases {
        let plan = read(name);
        let told: Vec<(Severity, &str)> =
            plan.observations.iter().map(|one| (one.severity, one.sentence.as_str())).collect();
        let fits = told.len() == wanted.len()
            && told.iter().zip(*wanted).all(|(told, wanted)| told.0 == wanted.0 && told.1.contains(wanted.1));
        if !fits {
            differ.push(format!("{name}: {told:#?}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn only_what_is_no_plan_is_refused() {
    let deep = format!("{}{{}}{}", "[".repeat(5_000), "]".repeat(5_000));
    for broken in [
        "",
        "[]",
        "{}",
        "[1]",
        "[{\"Plan\": 1}]",
        "[{\"Plan\": {}}]",
        "[{\"Plan\": {\"Node Type\": 1}}]",
        &deep,
    ] {
        assert_eq!(
            read_plan(broken),
            Err(PlanUnreadable::NotAPlan),
            "{}",
            broken.get(..20).unwrap_or(broken)
        );
    }
    let wide = format!(
        "[{{\"Plan\": {{\"Node Type\": \"Append\", \"Plans\": [{}]}}}}]",
        vec!["{\"Node Type\": \"x\"}"; 20_000].join(",")
    );
    assert_eq!(read_plan(&wide), Err(PlanUnreadable::TooLarge));
    let unknown = read_plan(
        r#"{"Plan": {"Node Type": "Quantum Scan", "Relation Name": "t", "Qubits": 7, "Spin": "(a = 'up')",
        "Total Cost": -1e308, "Plans": [{"Node Type": "Future", "Total Cost": 1e308}, 3]}}"#,
    )
    .unwrap();
    assert_eq!(unknown.root.title, "Quantum Scan on t");
    let details: Vec<_> =
        unknown.root.details.iter().map(|one| (one.label.as_str(), one.value.as_str())).collect();
    assert_eq!(details, [("Qubits", "7"), ("Spin", "(a = $1)")]);
    assert_eq!(unknown.root.children.len(), 1);
}

#[test]
fn the_whole_is_judged_too() {
    let scan = r#""Node Type": "Seq Scan", "Relation Name": "t", "Actual Loops": 1, "Actual Rows": 1, "Plan Rows": 1"#;
    let gather = r#""Node Type": "Gather", "Workers Planned": 4, "Workers Launched": 0, "Actual Loops": 1"#;
    let cases = [
        (
            format!(r#"{{"Plan": {{{scan}}}, "Planning Time": 41.2, "Execution Time": 1.26}}"#),
            "Planning takes 41 ms, running it 1.3 ms.",
        ),
        (
            format!(
                r#"{{"Plan": {{{scan}}}, "Execution Time": 1000, "Triggers": [{{"Trigger Name": "RI_1",
                "Constraint Name": "orders_customer_id_fkey", "Relation": "Orders", "Time": 900, "Calls": 40}}]}}"#
            ),
            "Trigger for constraint orders_customer_id_fkey on \"Orders\" takes 900 ms of 1 s in 40 calls.",
        ),
        (format!(r#"{{"Plan": {{{gather}}}}}"#), "Gather asked for 4 workers and got none."),
    ];
    for (json, wanted) in cases {
        let told = read_plan(&json).unwrap().observations;
        let sentences: Vec<_> = told.iter().map(|one| one.sentence.as_str()).collect();
        assert_eq!(sentences, [wanted]);
        assert!(told[0].advice.is_some());
    }
}
