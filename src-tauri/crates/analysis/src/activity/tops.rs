//! An active-session history: who used the time of a window, ranked by each dimension.

use domain::{
    ActivityCount, ActivityDimension, ActivityShare, ActivityTally, ActivityTop, ClassCounts, ClassShare,
    DimensionTally, WaitClass,
};

/// Rows shown of each dimension; the rest is one row.
const SHOWN: usize = 20;

/// Averages over the looks that were taken, most first. None where nothing was looked at.
pub fn tops(tally: &ActivityTally) -> Vec<ActivityTop> {
    if tally.samples == 0 {
        return Vec::new();
    }
    let scale = Scale { samples: tally.samples as f64, all: tally.total.total() as f64 };
    let dimensions = ActivityDimension::ALL.into_iter().zip(&tally.dimensions);
    dimensions.map(|(by, dimension)| ActivityTop { by, rows: rows(by, dimension, &scale) }).collect()
}

struct Scale {
    samples: f64,
    all: f64,
}

fn rows(by: ActivityDimension, dimension: &DimensionTally, scale: &Scale) -> Vec<ActivityShare> {
    let mut ranked: Vec<(&String, &ActivityCount)> = dimension.keys.iter().collect();
    ranked.sort_unstable_by(|(a, less), (b, more)| {
        more.counts.total().cmp(&less.counts.total()).then_with(|| a.cmp(b))
    });
    let mut others = dimension.others;
    ranked.iter().skip(SHOWN).for_each(|(_, count)| others.add(&count.counts));
    let shown = ranked.into_iter().take(SHOWN).map(|(key, count)| share(by, key, count, scale));
    let rest = (others.total() > 0).then(|| ActivityShare {
        name: rest(by).to_owned(),
        fingerprint: None,
        ..figures(&others, scale)
    });
    shown.chain(rest).collect()
}

fn share(by: ActivityDimension, key: &str, count: &ActivityCount, scale: &Scale) -> ActivityShare {
    let name = count.statement.as_deref().unwrap_or(key);
    ActivityShare {
        name: if name.is_empty() { unnamed(by).to_owned() } else { name.to_owned() },
        fingerprint: count.statement.is_some().then(|| key.to_owned()),
        ..figures(&count.counts, scale)
    }
}

fn figures(counts: &ClassCounts, scale: &Scale) -> ActivityShare {
    let average = |sessions: u64| sessions as f64 / scale.samples;
    let classes = WaitClass::ALL.into_iter().map(|class| (class, counts.of(class)));
    let present = classes.filter(|(_, sessions)| *sessions > 0);
    ActivityShare {
        name: String::new(),
        fingerprint: None,
        average: average(counts.total()),
        ratio: if scale.all > 0.0 { counts.total() as f64 / scale.all } else { 0.0 },
        by_class: present.map(|(class, sessions)| ClassShare { class, average: average(sessions) }).collect(),
    }
}

fn unnamed(by: ActivityDimension) -> &'static str {
    match by {
        ActivityDimension::WaitEvent => "unknown",
        ActivityDimension::Statement => "no statement, or one that is hidden",
        ActivityDimension::Application => "no application name",
        ActivityDimension::User => "no user: the server's own processes",
        ActivityDimension::Database => "no database: the server's own processes",
        ActivityDimension::Client => "no address: local sockets and the server's own processes",
    }
}

fn rest(by: ActivityDimension) -> &'static str {
    match by {
        ActivityDimension::WaitEvent => "other wait events",
        ActivityDimension::Statement => "other statements",
        ActivityDimension::Application => "other applications",
        ActivityDimension::User => "other users",
        ActivityDimension::Database => "other databases",
        ActivityDimension::Client => "other clients",
    }
}
