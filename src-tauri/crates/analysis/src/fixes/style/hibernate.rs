//! Hibernate: batch fetching, JOIN FETCH, JDBC batches, and the caches.

use domain::{Fix, FixStyle};

use super::{ALL_AT_ONCE, camel_keys, fix, lines};
use crate::fixes::lookup::{Lookup, Relation};
use crate::fixes::names::{camel, model};
use crate::fixes::written::{Action, Written};

pub(super) fn read(lookup: &Lookup) -> Option<Fix> {
    match lookup.relation() {
        Some(parent) => Some(with_parent(lookup, parent)),
        None => by_keys(lookup),
    }
}

fn with_parent(lookup: &Lookup, parent: &Relation) -> Fix {
    let (entity, parent_model) = (lookup.entity.model(), parent.entity.model());
    let field = parent.association(lookup);
    let mapped = if parent.has_many {
        lines([
            format!("@OneToMany(mappedBy = \"{}\")", parent.entity.single()),
            "@BatchSize(size = 50)".to_owned(),
            format!("private List<{entity}> {field};"),
        ])
    } else {
        lines([
            "@Entity".to_owned(),
            "@BatchSize(size = 50)".to_owned(),
            format!("public class {entity} {{ … }}"),
        ])
    };
    // Only a collection gives its owner once for each member.
    let distinct = if parent.has_many { "distinct " } else { "" };
    let code = lines([
        mapped,
        "\n// or in one query:".to_owned(),
        format!("List<{parent_model}> {} = entityManager.createQuery(", parent.entity.many()),
        format!("    \"select {distinct}p from {parent_model} p left join fetch p.{field}\","),
        format!("    {parent_model}.class"),
        ").getResultList();".to_owned(),
    ]);
    let note =
        "`@BatchSize` loads up to 50 at a time; JOIN FETCH of a collection cannot be combined with paging.";
    fix(FixStyle::Hibernate, "Fetch in batches", code, &[note])
}

fn by_keys(lookup: &Lookup) -> Option<Fix> {
    let key = lookup.key()?;
    let (entity, many, keys) = (lookup.entity.model(), lookup.entity.many(), camel_keys(key));
    let equal: String =
        lookup.equal.iter().map(|column| format!(" and e.{0} = :{0}", camel(column))).collect();
    let item = |column: &str, descends| format!("e.{}{}", camel(column), if descends { " desc" } else { "" });
    let order = lookup.ordered(" order by ", item, "");
    let query = format!("select e from {entity} e where e.{} in :{keys}{equal}{order}", camel(key));
    let mut code = vec![
        format!("List<{entity}> {many} = entityManager"),
        format!("    .createQuery(\"{query}\", {entity}.class)"),
        format!("    .setParameter(\"{keys}\", {keys})"),
    ];
    code.extend(lookup.equal.iter().map(|column| format!("    .setParameter(\"{0}\", {0})", camel(column))));
    if !lookup.others.is_empty() {
        code.push(format!("    {}", lookup.remark("//")));
    }
    code.push("    .getResultList();".to_owned());
    Some(fix(FixStyle::Hibernate, ALL_AT_ONCE, lines(code), &[]))
}

pub(super) fn write(written: &Written) -> Option<Fix> {
    let model = model(&written.table);
    let keys = camel_keys(&written.key);
    let place = || {
        let equal: String =
            written.equal.iter().map(|column| format!(" and e.{0} = :{0}", camel(column))).collect();
        format!("where e.{} in :{keys}{equal}", camel(&written.key))
    };
    let run = |query: String, set: &[String]| {
        let mut code = vec![
            "entityManager".to_owned(),
            format!("    .createQuery(\"{query}\")"),
            format!("    .setParameter(\"{keys}\", {keys})"),
        ];
        let values = set.iter().chain(&written.equal);
        code.extend(values.map(|column| format!("    .setParameter(\"{0}\", {0})", camel(column))));
        code.push("    .executeUpdate();".to_owned());
        lines(code)
    };
    let stale = "The statement goes past the session: clear it where it holds such entities.";
    Some(match &written.action {
        Action::Insert { .. } => fix(
            FixStyle::Hibernate,
            "Send the rows in JDBC batches",
            "hibernate.jdbc.batch_size=50\nhibernate.order_inserts=true",
            &[
                "Ids from IDENTITY columns switch batching off: take them from a sequence.",
                "`reWriteBatchedInserts=true` in the JDBC URL makes one INSERT of each batch.",
            ],
        ),
        Action::UpdateEach { .. } => fix(
            FixStyle::Hibernate,
            "Send the changes in JDBC batches",
            "hibernate.jdbc.batch_size=50\nhibernate.order_updates=true",
            &["Still one UPDATE for each row, but many in one round trip."],
        ),
        Action::UpdateAll { set } => {
            let assigned: Vec<String> =
                set.iter().map(|column| format!("e.{0} = :{0}", camel(column))).collect();
            let query = format!("update {model} e set {} {}", assigned.join(", "), place());
            fix(FixStyle::Hibernate, "Update all rows at once", run(query, set), &[stale])
        }
        Action::Delete => {
            let query = format!("delete from {model} e {}", place());
            fix(FixStyle::Hibernate, "Delete all rows at once", run(query, &[]), &[stale])
        }
    })
}

pub(super) fn once(lookup: &Lookup) -> Option<Fix> {
    let code = lines([
        "@Entity".to_owned(),
        "@Cacheable".to_owned(),
        "@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)".to_owned(),
        format!("public class {} {{ … }}", lookup.entity.model()),
    ]);
    Some(fix(
        FixStyle::Hibernate,
        "Keep the rows in the second-level cache",
        code,
        &["For a query that is not by id, also set the hint `org.hibernate.cacheable`."],
    ))
}
