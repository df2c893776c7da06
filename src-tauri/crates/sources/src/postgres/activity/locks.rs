//! Locks as they are told, and which modes stand in each other's way.

/// A row of `pg_locks`, with names where this database knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lock {
    pub(super) kind: String,
    pub(super) mode: String,
    /// Of the locked object; none where it belongs to no database, or to all.
    pub(super) database: Option<String>,
    /// That is the one which is asked.
    pub(super) here: bool,
    pub(super) relation: Option<u32>,
    pub(super) relation_schema: Option<String>,
    pub(super) relation_name: Option<String>,
    pub(super) page: Option<i32>,
    pub(super) tuple: Option<i32>,
    pub(super) virtualxid: Option<String>,
    pub(super) transactionid: Option<String>,
    pub(super) classid: Option<u32>,
    pub(super) catalog: Option<String>,
    pub(super) objid: Option<u32>,
    pub(super) objsubid: Option<i32>,
}

impl Lock {
    /// "public.invoices", "row (12,3) of public.invoices", "transaction 7811", "advisory 42".
    pub(super) fn target(&self) -> String {
        match self.kind.as_str() {
            "relation" => self.relation(),
            "extend" => format!("extension of {}", self.relation()),
            "page" => format!("page {} of {}", shown(self.page), self.relation()),
            "tuple" => format!("row ({},{}) of {}", shown(self.page), shown(self.tuple), self.relation()),
            "transactionid" => format!("transaction {}", shown(self.transactionid.as_deref())),
            "virtualxid" => format!("virtual transaction {}", shown(self.virtualxid.as_deref())),
            "advisory" => format!("advisory {}{}", self.advisory_key(), self.elsewhere()),
            "object" => {
                let catalog = self.catalog.clone().unwrap_or_else(|| shown(self.classid));
                format!("object {} of {catalog}{}", shown(self.objid), self.elsewhere())
            }
            "frozenid" => format!("frozen transaction ids of {}", shown(self.database.as_deref())),
            other => other.to_owned(),
        }
    }

    fn relation(&self) -> String {
        match (&self.relation_schema, &self.relation_name) {
            (Some(schema), Some(name)) => format!("{schema}.{name}"),
            _ => format!("relation {}{}", shown(self.relation), self.elsewhere()),
        }
    }

    /// One key of 64 bits, or two of 32: `objsubid` tells.
    fn advisory_key(&self) -> String {
        let (high, low) = (self.classid.unwrap_or_default(), self.objid.unwrap_or_default());
        match self.objsubid {
            Some(2) => format!("{}, {}", high.cast_signed(), low.cast_signed()),
            _ => (u64::from(high) << 32 | u64::from(low)).cast_signed().to_string(),
        }
    }

    fn elsewhere(&self) -> String {
        match &self.database {
            Some(database) if !self.here => format!(" of database {database}"),
            _ => String::new(),
        }
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

/// The modes in the order of their strength.
const MODES: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// For each mode those that conflict with it: the table of the server's manual, one bit for each of [`MODES`].
const CONFLICTS: [u8; 8] =
    [0b1000_0000, 0b1100_0000, 0b1111_0000, 0b1111_1000, 0b1110_1100, 0b1111_1100, 0b1111_1110, 0b1111_1111];

/// Whether holding one keeps another from being granted; a mode that is not known is taken to.
pub(super) fn conflict(asked: &str, held: &str) -> bool {
    let place = |mode: &str| MODES.iter().position(|known| *known == mode);
    let (Some(asked), Some(held)) = (place(asked), place(held)) else { return true };
    CONFLICTS.get(asked).is_none_or(|conflicts| conflicts & (1 << held) != 0)
}

/// Of the modes in which an object is held the one that keeps `asked` waiting.
pub(super) fn blocking_mode(asked: &str, held: &[String]) -> Option<String> {
    held.iter().find(|held| conflict(asked, held)).or_else(|| held.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_named_as_far_as_they_are_known() {
        let lock = |kind: &str| Lock {
            kind: kind.into(),
            database: Some("shop".into()),
            here: true,
            relation: Some(16384),
            page: Some(12),
            tuple: Some(3),
            ..Lock::default()
        };
        let named = |kind: &str| Lock {
            relation_schema: Some("public".into()),
            relation_name: Some("invoices".into()),
            ..lock(kind)
        };
        let advisory = |high, low, sub| Lock {
            classid: Some(high),
            objid: Some(low),
            objsubid: Some(sub),
            ..lock("advisory")
        };
        let cases = [
            (named("relation"), "public.invoices"),
            (named("tuple"), "row (12,3) of public.invoices"),
            (named("page"), "page 12 of public.invoices"),
            (named("extend"), "extension of public.invoices"),
            (lock("relation"), "relation 16384"),
            (Lock { here: false, ..lock("relation") }, "relation 16384 of database shop"),
            (Lock { transactionid: Some("7811".into()), ..lock("transactionid") }, "transaction 7811"),
            (Lock { virtualxid: Some("3/42".into()), ..lock("virtualxid") }, "virtual transaction 3/42"),
            (advisory(0, 42, 1), "advisory 42"),
            (advisory(u32::MAX, u32::MAX, 1), "advisory -1"),
            (advisory(1, u32::MAX, 2), "advisory 1, -1"),
            (Lock { here: false, ..advisory(0, 42, 1) }, "advisory 42 of database shop"),
            (
                Lock {
                    catalog: Some("pg_namespace".into()),
                    objid: Some(2200),
                    classid: Some(2615),
                    ..lock("object")
                },
                "object 2200 of pg_namespace",
            ),
            (Lock { objid: Some(9), classid: Some(8), ..lock("object") }, "object 9 of 8"),
            (Lock { relation: None, ..lock("transactionid") }, "transaction ?"),
            (lock("frozenid"), "frozen transaction ids of shop"),
            (lock("spectoken"), "spectoken"),
        ];
        for (lock, wanted) in cases {
            assert_eq!(lock.target(), wanted, "{lock:?}");
        }
    }

    #[test]
    fn modes_conflict_as_the_manual_says_and_both_ways() {
        let cases = [
            ("AccessShareLock", "AccessExclusiveLock", true),
            ("AccessShareLock", "ExclusiveLock", false),
            ("RowExclusiveLock", "ShareLock", true),
            ("RowExclusiveLock", "RowExclusiveLock", false),
            ("ShareLock", "ShareLock", false),
            ("ShareLock", "ExclusiveLock", true),
            ("ShareUpdateExclusiveLock", "ShareUpdateExclusiveLock", true),
            ("ShareRowExclusiveLock", "RowShareLock", false),
            ("SIReadLock", "AccessShareLock", true),
        ];
        for (asked, held, wanted) in cases {
            assert_eq!(conflict(asked, held), wanted, "{asked} {held}");
        }
        for asked in MODES {
            for held in MODES {
                assert_eq!(conflict(asked, held), conflict(held, asked), "{asked} {held}");
            }
        }
    }

    #[test]
    fn the_mode_that_blocks_is_told() {
        let held = ["AccessShareLock".to_owned(), "RowExclusiveLock".to_owned()];
        assert_eq!(blocking_mode("ShareLock", &held).as_deref(), Some("RowExclusiveLock"));
        assert_eq!(blocking_mode("AccessShareLock", &held).as_deref(), Some("AccessShareLock"));
        assert_eq!(blocking_mode("ShareLock", &[]), None);
    }
}
