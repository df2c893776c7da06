//! The words that rows are made of, with weights where life has favourites.

pub(super) const GIVEN: &[&str] = &[
    "Ada", "Amara", "Anna", "Ben", "Carla", "Chen", "Dana", "Diego", "Elif", "Emma", "Farid", "Fatima",
    "Greta", "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Kofi", "Lars", "Lea", "Lina", "Marek", "Maria", "Mei",
    "Milan", "Nadia", "Noor", "Olga", "Omar", "Paolo", "Petra", "Priya", "Rosa", "Sami", "Sofia", "Tomas",
    "Vera", "Yara", "Zoe",
];

pub(super) const FAMILY: &[&str] = &[
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Bauer",
    "Becker",
    "Bianchi",
    "Costa",
    "Demir",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Hansen",
    "Horvat",
    "Ibrahim",
    "Ivanova",
    "Jansen",
    "Kaya",
    "Keller",
    "Khan",
    "Kowalski",
    "Kumar",
    "Larsen",
    "Lehmann",
    "Lopez",
    "Martin",
    "Mensah",
    "Meyer",
    "Moreau",
    "Nguyen",
    "Novak",
    "Okafor",
    "Patel",
    "Petrov",
    "Ricci",
    "Rossi",
    "Schmidt",
    "Silva",
    "Tanaka",
    "Virtanen",
    "Weber",
    "Wang",
    "Yilmaz",
    "Zhang",
];

pub(super) const MAIL_HOSTS: &[(&str, u32)] = &[
    ("gmail.example", 44),
    ("outlook.example", 21),
    ("mail.example", 14),
    ("proton.example", 6),
    ("company.example", 15),
];

pub(super) const COUNTRIES: &[(&str, u32)] = &[
    ("DE", 31),
    ("US", 22),
    ("GB", 11),
    ("FR", 8),
    ("NL", 7),
    ("AT", 5),
    ("CH", 4),
    ("ES", 4),
    ("IT", 3),
    ("PL", 3),
    ("SE", 2),
];

pub(super) const TENANT_NAMES: &[&str] = &[
    "Northwind",
    "Bluegate",
    "Cloudform",
    "Stackyard",
    "Hostwerk",
    "Serverly",
    "Nimbus",
    "Domainia",
    "Rackside",
    "Packetry",
    "Webfactor",
    "Tidewater",
    "Greenhost",
    "Ironport",
    "Lightbox",
    "Skybase",
];

pub(super) const PLANS: &[(&str, u32)] = &[("starter", 55), ("business", 33), ("enterprise", 12)];

pub(super) const CUSTOMER_STATUS: &[(&str, u32)] =
    &[("active", 86), ("inactive", 9), ("suspended", 4), ("fraud", 1)];

pub(super) const CATEGORIES: &[(&str, u32)] =
    &[("shared hosting", 35), ("vps", 25), ("domain", 20), ("email", 10), ("ssl", 6), ("backup", 4)];

pub(super) const ORDER_STATUS: &[(&str, u32)] =
    &[("active", 78), ("cancelled", 11), ("expired", 8), ("refunded", 3)];

pub(super) const RECENT_ORDER_STATUS: &[(&str, u32)] =
    &[("active", 70), ("pending", 18), ("provisioning", 9), ("cancelled", 3)];

pub(super) const INVOICE_STATUS: &[(&str, u32)] =
    &[("paid", 940), ("void", 35), ("overdue", 15), ("refunded", 10)];

pub(super) const RECENT_INVOICE_STATUS: &[(&str, u32)] =
    &[("paid", 52), ("unpaid", 40), ("overdue", 7), ("draft", 1)];

pub(super) const EXTRAS: &[&str] =
    &["SSL certificate, included", "Daily backup, included", "Setup, waived", "IPv6 address, included"];

pub(super) const TLDS: &[(&str, u32)] =
    &[("com", 48), ("de", 20), ("net", 9), ("org", 7), ("io", 6), ("shop", 5), ("app", 3), ("dev", 2)];

pub(super) const DOMAIN_WORDS: &[&str] = &[
    "alpine", "atelier", "bakery", "bright", "cedar", "city", "craft", "crystal", "delta", "ember", "fern",
    "forge", "garden", "harbor", "hill", "honey", "island", "juniper", "lake", "lumen", "maple", "market",
    "meadow", "north", "ocean", "orchard", "paper", "pixel", "pine", "river", "silver", "solar", "spruce",
    "stone", "studio", "summit", "sunny", "timber", "valley", "velo", "willow", "wolf",
];

pub(super) const REGISTRARS: &[(&str, u32)] = &[("internetx", 52), ("opensrs", 33), ("enom", 15)];

pub(super) const DOMAIN_STATUS: &[(&str, u32)] =
    &[("active", 88), ("expired", 6), ("pending transfer", 3), ("redemption", 3)];

pub(super) const RECORD_TYPES: &[(&str, u32)] =
    &[("A", 38), ("MX", 18), ("TXT", 17), ("CNAME", 14), ("AAAA", 9), ("CAA", 2), ("SRV", 2)];

pub(super) const SUBJECTS: &[&str] = &[
    "Site answers 502 since this morning",
    "Invoice shows the wrong tax",
    "Cannot renew the domain",
    "Mail to one provider bounces",
    "Please raise the PHP memory limit",
    "How do I move to a larger plan?",
    "Certificate expired",
    "Backup did not run",
    "DNS change is not visible",
    "Refund for a cancelled order",
];

pub(super) const SENTENCES: &[&str] = &[
    "I noticed it about an hour ago and nothing was changed on our side.",
    "Could you have a look, please?",
    "We checked the server and restarted the service.",
    "The log shows a timeout to the database.",
    "Our shop is down and we lose orders.",
    "It works again, thank you.",
    "Please send a screenshot of the message.",
    "The change takes up to an hour to arrive everywhere.",
    "We have refunded the amount to your card.",
    "This is the second time this month.",
];

pub(super) const TICKET_STATUS: &[(&str, u32)] =
    &[("closed", 91), ("answered", 5), ("open", 3), ("waiting", 1)];

pub(super) const RECENT_TICKET_STATUS: &[(&str, u32)] =
    &[("closed", 45), ("answered", 25), ("open", 22), ("waiting", 8)];

pub(super) const PRIORITIES: &[(&str, u32)] = &[("normal", 72), ("low", 14), ("high", 12), ("urgent", 2)];

pub(super) const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/131.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Safari/18.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Mobile",
];

pub(super) const ACTIONS: &[(&str, &str, u32)] = &[
    ("sign_in", "session", 46),
    ("order.create", "order", 16),
    ("invoice.pay", "invoice", 15),
    ("dns.update", "domain", 12),
    ("ticket.reply", "ticket", 8),
    ("customer.suspend", "customer", 3),
];
