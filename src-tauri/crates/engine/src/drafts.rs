//! From the form of a source to a source: what is checked before anything is contacted or kept.

use domain::{Connection, Problem, ProblemCode, SecretRef, SourceConfig, SourceDraft, SourceId, SourceKind};

/// Checks a draft against the sources that exist and gives the configuration it stands for.
pub(crate) fn configure(
    draft: &SourceDraft,
    existing: &[SourceConfig],
    secret: Option<SecretRef>,
) -> Result<SourceConfig, Problem> {
    let name = draft.name.trim();
    if name.is_empty() {
        return Err(invalid("The source has no name.", "Give it the name that your team uses for it."));
    }
    let others = || existing.iter().filter(|other| Some(&other.id) != draft.id.as_ref());
    if others().any(|other| other.name == name) {
        return Err(invalid(format!("There is already a source named {name}."), "Choose another name."));
    }
    check_connection(draft)?;
    check_upstream(draft, existing)?;
    let least = least_interval_ms(draft.kind);
    if draft.interval_ms < least {
        return Err(invalid(
            format!("{} ms between polls is too short for {}.", draft.interval_ms, draft.kind.title()),
            format!("Choose {least} ms or more."),
        ));
    }
    Ok(SourceConfig {
        id: draft.id.clone().unwrap_or_else(|| unused_id(name, existing)),
        name: name.to_owned(),
        kind: draft.kind,
        connection: draft.connection.clone(),
        interval_ms: draft.interval_ms,
        enabled: draft.enabled,
        upstream: draft.upstream.clone(),
        application_name: draft.application_name.clone().filter(|name| !name.trim().is_empty()),
        pool_max: draft.pool_max.filter(|max| *max > 0),
        allow_index_builds: draft.allow_index_builds && draft.kind == SourceKind::Postgres,
        allow_signals: draft.allow_signals && draft.kind == SourceKind::Postgres,
        allow_cache_writes: draft.allow_cache_writes && draft.kind == SourceKind::Redis,
        secret,
    })
}

/// Every scrape costs an mPanel memory, so it is asked less often than the others may be.
fn least_interval_ms(kind: SourceKind) -> u32 {
    match kind {
        SourceKind::Mpanel => {
            u32::try_from(sources::mpanel::MIN_SCRAPE_INTERVAL.as_millis()).unwrap_or(u32::MAX)
        }
        _ => SourceConfig::MIN_INTERVAL_MS,
    }
}

fn check_connection(draft: &SourceDraft) -> Result<(), Problem> {
    let fits = match draft.kind {
        SourceKind::Mpanel | SourceKind::Prometheus => matches!(draft.connection, Connection::Http(_)),
        SourceKind::Redis => matches!(draft.connection, Connection::Redis(_) | Connection::Url { .. }),
        SourceKind::Postgres | SourceKind::Pgbouncer => {
            !matches!(draft.connection, Connection::Http(_) | Connection::Redis(_))
        }
    };
    if fits {
        return Ok(());
    }
    let wanted = match draft.kind {
        SourceKind::Mpanel | SourceKind::Prometheus => "a URL (http:// or https://)",
        SourceKind::Redis => "a host or a redis:// URL",
        SourceKind::Postgres | SourceKind::Pgbouncer => "a host, a postgres:// URL or a service",
    };
    Err(invalid(
        format!("{} is reached by {wanted}.", draft.kind.title()),
        "Choose the kind that fits the address.",
    ))
}

fn check_upstream(draft: &SourceDraft, existing: &[SourceConfig]) -> Result<(), Problem> {
    let Some(upstream) = &draft.upstream else { return Ok(()) };
    let Some(target) = existing.iter().find(|source| source.id == *upstream) else {
        return Err(invalid(
            format!("The next layer, {upstream}, does not exist."),
            "Choose a source that exists, or none.",
        ));
    };
    let fits = match draft.kind {
        SourceKind::Mpanel | SourceKind::Prometheus => {
            matches!(target.kind, SourceKind::Pgbouncer | SourceKind::Postgres)
        }
        SourceKind::Pgbouncer => target.kind == SourceKind::Postgres,
        SourceKind::Redis | SourceKind::Postgres => false,
    };
    if fits && Some(&target.id) != draft.id.as_ref() {
        return Ok(());
    }
    Err(invalid(
        format!("{} cannot stand behind {}.", target.kind.title(), draft.kind.title()),
        "Layers run from the application through PgBouncer to PostgreSQL.",
    ))
}

/// A readable id made from the name, with a number where it is taken.
fn unused_id(name: &str, existing: &[SourceConfig]) -> SourceId {
    let mut slug = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "source" } else { slug };
    let taken = |id: &SourceId| existing.iter().any(|source| source.id == *id);
    let plain = SourceId::new(slug);
    if !taken(&plain) {
        return plain;
    }
    (2..).map(|number| SourceId::new(format!("{slug}-{number}"))).find(|id| !taken(id)).unwrap_or(plain)
}

fn invalid(message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem { code: ProblemCode::InvalidAddress, message: message.into(), remedy: Some(remedy.into()) }
}

#[cfg(test)]
mod tests {
    use domain::{HttpAuth, HttpConnection, PasswordDraft};

    use super::*;

    fn http() -> Connection {
        Connection::Http(HttpConnection {
            url: "http://127.0.0.1:1".to_owned(),
            auth: HttpAuth::None,
            root_certificate: None,
        })
    }

    fn draft(name: &str, kind: SourceKind, connection: Connection) -> SourceDraft {
        SourceDraft {
            id: None,
            name: name.to_owned(),
            kind,
            connection,
            interval_ms: SourceConfig::DEFAULT_INTERVAL_MS,
            enabled: true,
            upstream: None,
            application_name: None,
            pool_max: None,
            allow_index_builds: false,
            allow_signals: false,
            allow_cache_writes: false,
            password: PasswordDraft::None,
        }
    }

    fn existing(name: &str, kind: SourceKind) -> SourceConfig {
        let connection = if kind == SourceKind::Mpanel { http() } else { Connection::Environment };
        configure(&draft(name, kind, connection), &[], None).expect("a plain draft")
    }

    #[test]
    fn ids_are_readable_and_unused() {
        let first = existing("Billing DB (EU)", SourceKind::Postgres);
        assert_eq!(first.id, SourceId::new("billing-db-eu"));
        let cases = [("billing db eu", "billing-db-eu-2"), ("数据库", "source"), ("--x--", "x")];
        for (name, id) in cases {
            let made = configure(
                &draft(name, SourceKind::Postgres, Connection::Environment),
                std::slice::from_ref(&first),
                None,
            );
            assert_eq!(made.expect("valid").id, SourceId::new(id));
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_remedy() {
        let database = existing("db", SourceKind::Postgres);
        let with = |change: fn(&mut SourceDraft)| {
            let mut draft = draft("panel", SourceKind::Mpanel, http());
            change(&mut draft);
            draft
        };
        let cases = [
            (with(|draft| draft.name = "  ".to_owned()), "no name"),
            (with(|draft| draft.name = "db".to_owned()), "already a source named db"),
            (with(|draft| draft.connection = Connection::Environment), "reached by a URL"),
            (with(|draft| draft.interval_ms = 4_999), "4999 ms between polls is too short for mPanel"),
            (with(|draft| draft.upstream = Some(SourceId::new("gone"))), "gone, does not exist"),
        ];
        for (draft, expected) in cases {
            let problem = configure(&draft, std::slice::from_ref(&database), None).expect_err(expected);
            assert!(problem.message.contains(expected), "{}", problem.message);
            assert!(problem.remedy.is_some());
        }
    }

    #[test]
    fn layers_run_one_way() {
        let panel = existing("panel", SourceKind::Mpanel);
        let bouncer = existing("bouncer", SourceKind::Pgbouncer);
        let database = existing("db", SourceKind::Postgres);
        let all = [panel.clone(), bouncer.clone(), database.clone()];
        let cases = [
            (SourceKind::Mpanel, &bouncer, true),
            (SourceKind::Mpanel, &database, true),
            (SourceKind::Mpanel, &panel, false),
            (SourceKind::Pgbouncer, &database, true),
            (SourceKind::Pgbouncer, &bouncer, false),
            (SourceKind::Postgres, &bouncer, false),
        ];
        for (kind, upstream, allowed) in cases {
            let connection = if kind == SourceKind::Mpanel { http() } else { Connection::Environment };
            let mut draft = draft("new", kind, connection);
            draft.upstream = Some(upstream.id.clone());
            assert_eq!(configure(&draft, &all, None).is_ok(), allowed, "{kind:?} over {:?}", upstream.kind);
        }
    }
}
