//! The diagnosis in words: what is so, with numbers and names; why; what to do next.

use domain::{AppPool, Backends};

use super::diagnosis::{Case, Cause};
use super::leak::Leak;
use super::sessions::commonest_route;
use super::streak;
use super::{backends, pgbouncer};
use crate::words;

impl Case<'_> {
    pub(super) fn headline(&self) -> String {
        let bouncer = self.layers.pgbouncer.is_some();
        let postgres = self.layers.postgres.is_some();
        match self.cause {
            Cause::Leak | Cause::PartialLeak | Cause::AppQueues if self.facts.app_waits && postgres => {
                "The application's pool queues, not PostgreSQL"
            }
            Cause::AppQueues if bouncer => "The application's pool queues, not PgBouncer",
            Cause::AppQueues => "The application's pool queues",
            Cause::Leak | Cause::PartialLeak => "Connections leak from the application's pool",
            Cause::LeakSuspected => "The application's pool may be leaking",
            Cause::PostgresFull => "PostgreSQL is running out of connections",
            Cause::LeftOpen => "A transaction left open holds the others up",
            Cause::Locks => "PostgreSQL queues: sessions wait for locks",
            Cause::BouncerQueues if postgres => "PgBouncer queues, not PostgreSQL",
            Cause::BouncerQueues => "PgBouncer queues",
            Cause::AppNearlyFull => "The application's pool is nearly full, nobody waits yet",
            Cause::LeftOpenQuiet => "A transaction was left open",
            Cause::LocksQuiet => "Sessions wait for locks in PostgreSQL",
            Cause::PostgresNearlyFull => "PostgreSQL is close to its limit of connections",
            Cause::Calm => "Nobody queues",
        }
        .to_owned()
    }

    pub(super) fn sentence(&self) -> String {
        let said = match self.cause {
            Cause::Leak => self.leak_sentence(),
            Cause::PartialLeak => self.partial_leak(),
            Cause::LeakSuspected => self.suspicion(),
            Cause::PostgresFull | Cause::PostgresNearlyFull => self.postgres_full(),
            Cause::LeftOpen | Cause::LeftOpenQuiet => self.left_open(),
            Cause::Locks | Cause::LocksQuiet => self.locks(),
            Cause::BouncerQueues => self.bouncer_queues(),
            Cause::AppQueues => self.app_queues(),
            Cause::AppNearlyFull => self.nearly_full(),
            Cause::Calm => self.calm(),
        };
        match self.what_is_missing() {
            Some(missing) => format!("{said} {missing}"),
            None => said,
        }
    }

    fn pool(&self) -> Option<(&str, &AppPool)> {
        let layer = self.layers.application?;
        Some((layer.name, &layer.last()?.pool))
    }

    fn database(&self) -> Option<(&str, &Backends)> {
        let layer = self.layers.postgres?;
        Some((layer.name, &layer.last()?.backends))
    }

    /// "All 10 connections of **panel-eu-1** have been active for 38 s and 7 requests wait for one"
    fn all_active(&self, leak: &Leak) -> String {
        let all = words::all_connections(leak.active);
        let have = if leak.active == 1.0 { "has" } else { "have" };
        let seconds = words::duration(leak.all_active_seconds);
        let mut text = format!("{all} of **{}** {have} been active for {seconds}", leak.layer.name);
        if let Some((_, pool)) = self.pool().filter(|(_, pool)| pool.waiting > 0.0) {
            text.push_str(&format!(" and {} for one", words::requests_wait(pool.waiting)));
        }
        text
    }

    /// "**bouncer** has nobody waiting", where there is a bouncer and it has.
    fn bouncer_is_free(&self) -> Option<String> {
        let layer = self.layers.pgbouncer?;
        let waiting = pgbouncer::waiting(layer.last()?);
        Some(match waiting {
            0.0 => format!("**{}** has nobody waiting", layer.name),
            _ => format!("{} in **{}**", words::count(waiting, "client waits", "clients wait"), layer.name),
        })
    }

    fn leak_sentence(&self) -> String {
        let Some(leak) = &self.leak else { return String::new() };
        let mut but: Vec<String> = self.bouncer_is_free().into_iter().collect();
        if let (Some((database, _)), Some(own)) = (self.database(), &leak.own) {
            let are = if leak.sessions.len() == 1 { "is" } else { "are" };
            but.push(match leak.sessions.len() {
                0 => format!("**{database}** works for none of them"),
                held => format!(
                    "{held} of {} in **{database}** {are} idle",
                    if own.total == 1.0 {
                        "1 backend".to_owned()
                    } else {
                        format!("these {} backends", words::number(own.total))
                    }
                ),
            });
        }
        format!("{}, while {}. {}", self.all_active(leak), but.join(" and "), because_of_a_leak(leak))
    }

    fn partial_leak(&self) -> String {
        let Some(leak) = &self.leak else { return String::new() };
        let database = self.database().map_or("PostgreSQL", |(name, _)| name);
        let longest = leak.sessions.first().map_or(0.0, |session| super::sessions::held_seconds(session));
        let are = if leak.held == 1.0 { "is" } else { "are" };
        let mut text = format!(
            "{} of **{}** {are} held but idle: the pool calls them active, **{database}** has seen no statement on them for up to {}",
            words::connections(leak.held),
            leak.layer.name,
            words::duration(longest),
        );
        if let Some((_, pool)) = self.pool().filter(|_| self.facts.app_waits) {
            text.push_str(&format!(", and {}", words::requests_wait(pool.waiting)));
        }
        format!("{text}. {}", because_of_a_leak(leak))
    }

    fn suspicion(&self) -> String {
        let Some(leak) = &self.leak else { return String::new() };
        let mut text = format!("{}, none idle", self.all_active(leak));
        if let Some(free) = self.bouncer_is_free() {
            text.push_str(&format!(", while {free}"));
        }
        match leak.taken_per_second() {
            Some(rate) => format!(
                "{text}. Meanwhile {} a second were taken: some still change hands, so it may be plain overload; the pool alone cannot tell.",
                words::figure(rate)
            ),
            None => format!("{text}. This is a leak or plain overload; the pool alone cannot tell which."),
        }
    }

    fn postgres_full(&self) -> String {
        let Some((name, backends)) = self.database() else { return String::new() };
        let limit = backends::limit(backends);
        let mut text = format!(
            "**{name}** has {} of {} in use ({})",
            words::number(backends.total()),
            words::connections(limit),
            words::percent(backends.total(), limit)
        );
        match self.who_waits() {
            Some(waits) => text.push_str(&format!(", and {waits}. New connections are about to be refused.")),
            None => text.push_str("; nobody waits yet."),
        }
        text
    }

    fn left_open(&self) -> String {
        let Some((name, backends)) = self.database() else { return String::new() };
        let longest = words::duration(backends.longest_idle_in_transaction_seconds.unwrap_or(0.0));
        let mut text = match self.open.as_slice() {
            [] => format!("A session in **{name}** has been idle in a transaction for {longest}"),
            [one] => format!("pid {} in **{name}** has been idle in a transaction for {longest}", one.pid),
            many => format!(
                "{} sessions in **{name}** have been idle in transactions for up to {longest}",
                many.len()
            ),
        };
        let mut so: Vec<String> = Vec::new();
        if backends.waiting_for_lock > 0.0 {
            so.push(backends::sessions_wait(backends.waiting_for_lock));
        }
        so.extend(self.who_waits());
        if !so.is_empty() {
            text.push_str(&format!(", {}", so.join(" and ")));
        }
        match commonest_route(&self.open) {
            Some((route, _)) => text.push_str(&format!(". The transaction was left open in `{route}`.")),
            None => text.push_str(". Whoever began it has not ended it."),
        }
        text
    }

    fn locks(&self) -> String {
        let Some((name, backends)) = self.database() else { return String::new() };
        let mut text = format!("In **{name}** {}", backends::sessions_wait(backends.waiting_for_lock));
        match self.who_waits() {
            Some(waits) => {
                text.push_str(&format!(", and {waits}. More connections would only wait for the same locks."))
            }
            None => text.push_str("; no request waits for a connection yet."),
        }
        text
    }

    fn bouncer_queues(&self) -> String {
        let Some((layer, point)) = self.layers.pgbouncer.and_then(|layer| Some((layer, layer.last()?)))
        else {
            return String::new();
        };
        let waiting = words::count(pgbouncer::waiting(point), "client waits", "clients wait");
        let oldest = words::duration(pgbouncer::maxwait(point));
        let mut text = format!("{waiting} in **{}**, the oldest for {oldest}", layer.name);
        let exhausted = pgbouncer::pools(&point.pgbouncer).find(|pool| pgbouncer::is_exhausted(pool));
        if let Some(pool) = exhausted {
            let size = words::number(pool.pool_size.unwrap_or(0.0));
            text.push_str(&format!(
                ": all {size} server connections of `{}/{}` are taken",
                pool.database, pool.user
            ));
        }
        if let Some((name, backends)) = self.database() {
            text.push_str(&format!(
                ", while **{name}** has {} of {} in use",
                words::number(backends.total()),
                words::connections(backends::limit(backends))
            ));
        }
        text.push('.');
        if exhausted.is_some() {
            text.push_str(" The limit is pool_size, not PostgreSQL.");
        }
        text
    }

    fn app_queues(&self) -> String {
        let Some((name, pool)) = self.pool() else { return String::new() };
        let of = pool.max.unwrap_or(pool.total);
        let mut text = format!(
            "{} for a connection of **{name}**, where {} of {} are active",
            words::requests_wait(pool.waiting),
            words::number(pool.active),
            words::number(of)
        );
        let mut but: Vec<String> = self.bouncer_is_free().into_iter().collect();
        let own = self.leak.as_ref().and_then(|leak| leak.own.as_ref());
        if let (Some((database, _)), Some(own)) = (self.database(), own) {
            but.push(format!("**{database}** works for {}", words::number(own.working)));
        }
        if !but.is_empty() {
            text.push_str(&format!(", while {}", but.join(" and ")));
        }
        text.push('.');
        if own.is_some() {
            text.push_str(" The connections are at work and change hands: overload, not a leak.");
        }
        text
    }

    fn nearly_full(&self) -> String {
        let Some((name, pool)) = self.pool() else { return String::new() };
        format!(
            "{} of {} of **{name}** are active and nobody waits yet. A little more load will queue.",
            words::number(pool.active),
            words::connections(pool.max.unwrap_or(pool.total))
        )
    }

    fn calm(&self) -> String {
        if let Some((layer, (name, pool))) = self.layers.application.zip(self.pool()) {
            let peak = layer.points.iter().map(|point| point.pool.active).fold(0.0, f64::max);
            let of = pool.max.unwrap_or(pool.total);
            let seconds = streak::span_seconds(layer.points);
            let window = if seconds > 0.0 {
                format!("at most in the last {}", words::duration(seconds))
            } else {
                "now".to_owned()
            };
            return format!(
                "Nobody queues: {} of {} of **{name}** active {window}.",
                words::number(peak),
                words::connections(of)
            );
        }
        if let Some(layer) = self.layers.pgbouncer {
            return format!("Nobody queues: no client waits in **{}**.", layer.name);
        }
        let Some((name, backends)) = self.database() else { return String::new() };
        format!(
            "Nobody queues: {} of {} of **{name}** in use, no session waits for a lock.",
            words::number(backends.total()),
            words::connections(backends::limit(backends))
        )
    }

    /// "7 requests wait for a connection of **panel-eu-1**", "3 clients wait in **bouncer**"
    fn who_waits(&self) -> Option<String> {
        if let Some((name, pool)) = self.pool().filter(|(_, pool)| self.facts.app_waits && pool.waiting > 0.0)
        {
            return Some(format!("{} for a connection of **{name}**", words::requests_wait(pool.waiting)));
        }
        let layer = self.layers.pgbouncer.filter(|_| self.facts.bouncer_queues)?;
        let waiting = pgbouncer::waiting(layer.last()?);
        Some(format!("{} in **{}**", words::count(waiting, "client waits", "clients wait"), layer.name))
    }

    /// What one more source would tell, where it would decide.
    fn what_is_missing(&self) -> Option<String> {
        let hidden = self.database().is_some_and(|(_, backends)| !backends.states_visible);
        match self.cause {
            Cause::LeakSuspected | Cause::AppQueues | Cause::AppNearlyFull if self.layers.postgres.is_none() => {
                Some("Adding its PostgreSQL as a source would tell whether the connections work, wait for locks or are held idle.".into())
            }
            Cause::LeakSuspected | Cause::AppQueues if hidden => {
                Some("PostgreSQL hides the states of its sessions from the console: with pg_monitor it could tell.".into())
            }
            Cause::BouncerQueues if self.layers.postgres.is_none() => {
                Some("Adding its PostgreSQL as a source would tell whether the server connections work or wait for locks.".into())
            }
            Cause::PostgresNearlyFull | Cause::LocksQuiet | Cause::LeftOpenQuiet
                if self.layers.application.is_none() =>
            {
                Some("Adding the application as a source would tell whether requests wait for it.".into())
            }
            _ => None,
        }
    }

    pub(super) fn remedy(&self) -> Option<String> {
        let text = match self.cause {
            Cause::Calm => return None,
            Cause::Leak | Cause::PartialLeak => match self.leak.as_ref().and_then(Leak::route) {
                Some((route, _)) => {
                    return Some(format!(
                        "Look in `{route}` for a connection that is taken and not released on every path. Until it is mended, restarting the application frees them."
                    ));
                }
                None => {
                    "Look for a connection that is taken and not released on every path, errors included. Until it is mended, restarting the application frees them."
                }
            },
            Cause::LeakSuspected => "Look at what the oldest requests are doing before adding connections.",
            Cause::PostgresFull | Cause::PostgresNearlyFull => {
                "Close idle connections or put PgBouncer in front; raise max_connections last."
            }
            Cause::LeftOpen | Cause::LeftOpenQuiet => {
                "End that transaction, and set idle_in_transaction_session_timeout so that none stays open again."
            }
            Cause::Locks | Cause::LocksQuiet => {
                "Find the session that blocks the others and let it finish or end it."
            }
            Cause::BouncerQueues => {
                "Shorten the work, or raise pool_size as far as max_connections leaves room."
            }
            Cause::AppQueues => "Shorten the time that requests hold a connection, or see the size below.",
            Cause::AppNearlyFull => "See the size below before the next peak.",
        };
        Some(text.to_owned())
    }
}

fn because_of_a_leak(leak: &Leak) -> String {
    let reason = "Connections are taken and not returned: a leak";
    match leak.route() {
        None => format!("{reason}."),
        Some((route, count)) if count == leak.sessions.len() && count > 1 => {
            format!("{reason}, most likely in `{route}`, the last route to take each of them.")
        }
        Some((route, 1)) if leak.sessions.len() == 1 => {
            format!("{reason}, most likely in `{route}`, the last route to take it.")
        }
        Some((route, count)) => {
            format!(
                "{reason}, most likely in `{route}`, the last route to take {count} of the {}.",
                leak.sessions.len()
            )
        }
    }
}
