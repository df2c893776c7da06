//! The types of query results that an mPanel caches, as it comes.

/// One type: how long its results live, what invalidates them, and the tables whose rows they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheType {
    pub name: &'static str,
    pub ttl_seconds: u32,
    pub tags: &'static [&'static str],
    pub tables: &'static [&'static str],
}

const fn of(
    name: &'static str,
    ttl_seconds: u32,
    tags: &'static [&'static str],
    tables: &'static [&'static str],
) -> CacheType {
    CacheType { name, ttl_seconds, tags, tables }
}

pub const CACHE_TYPES: [CacheType; 10] = [
    of("domain_pricing", 3_600, &["domains", "pricing"], &["domain_pricing", "domain_prices"]),
    of("tax_rules", 1_800, &["tax", "billing"], &["tax_rules"]),
    of("products", 600, &["products", "catalog"], &["products"]),
    of("product_categories", 3_600, &["products", "catalog"], &["product_categories"]),
    of("tld_list", 7_200, &["domains"], &["tlds", "tld_list"]),
    of("server_list", 300, &["servers"], &["servers"]),
    of(
        "knowledge_base",
        1_800,
        &["kb", "content"],
        &["knowledge_base", "knowledge_base_articles", "kb_articles"],
    ),
    of("email_templates", 3_600, &["email", "templates"], &["email_templates"]),
    of("notification_preferences", 600, &["notifications"], &["notification_preferences"]),
    of("reseller_tree", 1_800, &["resellers"], &["resellers", "reseller_tree"]),
];
