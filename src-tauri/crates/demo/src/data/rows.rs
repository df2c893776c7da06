//! Rows of the hosting business, each a pure function of seed, table and id, written as COPY text.

use std::fmt::Write as _;

use super::{Sizes, dates::Moment, words};
use crate::random::Dice;

const DAY: i64 = 86_400;
const YEARS: i64 = 3 * 365 * DAY;

/// The twelve tables, parents first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Tenants = 1,
    Customers,
    Products,
    Orders,
    Invoices,
    InvoiceItems,
    Domains,
    DnsRecords,
    Tickets,
    TicketMessages,
    Sessions,
    AuditLog,
}

impl Table {
    pub(crate) const ALL: [Table; 12] = [
        Table::Tenants,
        Table::Customers,
        Table::Products,
        Table::Orders,
        Table::Invoices,
        Table::InvoiceItems,
        Table::Domains,
        Table::DnsRecords,
        Table::Tickets,
        Table::TicketMessages,
        Table::Sessions,
        Table::AuditLog,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Table::Tenants => "tenants",
            Table::Customers => "customers",
            Table::Products => "products",
            Table::Orders => "orders",
            Table::Invoices => "invoices",
            Table::InvoiceItems => "invoice_items",
            Table::Domains => "domains",
            Table::DnsRecords => "dns_records",
            Table::Tickets => "tickets",
            Table::TicketMessages => "ticket_messages",
            Table::Sessions => "sessions",
            Table::AuditLog => "audit_log",
        }
    }
}

/// What the rows are drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) sizes: Sizes,
    /// Midnight that "today" begins with, seconds since the epoch: the newest rows are just older.
    pub(crate) as_of: i64,
}

struct Order {
    tenant: u64,
    customer: u64,
    product: u64,
    quantity: u64,
    total_cents: u64,
    placed_at: i64,
    recent: bool,
}

impl World {
    pub(crate) fn new(seed: u64, scale: f64, as_of: i64) -> World {
        World { seed, sizes: Sizes::of(scale), as_of }
    }

    fn dice(&self, table: Table, id: u64) -> Dice {
        Dice::of(self.seed, table as u64, id)
    }

    /// A few tenants have most customers.
    fn tenant_of(&self, customer: u64) -> u64 {
        Dice::of(self.seed, 101, customer).skewed(self.sizes.tenants, 3.0) + 1
    }

    /// Most customers come seldom, a few all the time; who does is spread over the ids.
    fn some_customer(&self, dice: &mut Dice) -> u64 {
        let rank = dice.skewed(self.sizes.customers, 2.2);
        (rank * 7919 + 13) % self.sizes.customers + 1
    }

    /// Ids follow time, and time gets denser towards today.
    fn moment_of(&self, id: u64, rows: u64, dice: &mut Dice) -> i64 {
        let left = 1.0 - (id as f64 - 1.0) / rows.max(1) as f64;
        let age = (left.powf(1.8) * YEARS as f64) as i64;
        self.as_of - age - dice.below(3600) as i64
    }

    fn order(&self, id: u64) -> Order {
        let dice = &mut self.dice(Table::Orders, id);
        let customer = self.some_customer(dice);
        let product = dice.skewed(self.sizes.products, 1.7) + 1;
        let quantity = 1 + dice.skewed(12, 4.0);
        let placed_at = self.moment_of(id, self.sizes.orders, dice);
        Order {
            tenant: self.tenant_of(customer),
            customer,
            product,
            quantity,
            total_cents: quantity * self.price_of(product),
            placed_at,
            recent: placed_at > self.as_of - 21 * DAY,
        }
    }

    fn price_of(&self, product: u64) -> u64 {
        199 + Dice::of(self.seed, 102, product).skewed(90, 2.5) * 100
    }

    /// Domain names come from few words, so some are there twice: moved to another customer, the old row kept.
    fn domain_name(&self, id: u64) -> String {
        let dice = &mut Dice::of(self.seed, 103, if id.is_multiple_of(97) { id / 2 + 1 } else { id });
        let first = dice.pick(words::DOMAIN_WORDS).unwrap_or_default();
        let second = dice.pick(words::DOMAIN_WORDS).unwrap_or_default();
        format!("{first}-{second}{}.{}", dice.below(1000), dice.weighted(words::TLDS))
    }

    /// The address that a customer signs in with.
    pub(crate) fn email_of(&self, customer: u64) -> String {
        self.name_and_email_of(customer).1
    }

    fn name_and_email_of(&self, customer: u64) -> (String, String) {
        let dice = &mut Dice::of(self.seed, 104, customer);
        let given = dice.pick(words::GIVEN).unwrap_or_default();
        let family = dice.pick(words::FAMILY).unwrap_or_default();
        let host = dice.weighted(words::MAIL_HOSTS);
        let email = format!("{}.{}{customer}@{host}", given.to_lowercase(), family.to_lowercase());
        (format!("{given} {family}"), email)
    }

    /// Appends row `id` of `table`: one line of PostgreSQL's COPY text format.
    pub(crate) fn write(&self, table: Table, id: u64, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match table {
            Table::Tenants => self.tenant(id, out),
            Table::Customers => self.customer(id, out),
            Table::Products => self.product(id, out),
            Table::Orders => self.order_row(id, out),
            Table::Invoices => self.invoice(id, out),
            Table::InvoiceItems => self.invoice_item(id, out),
            Table::Domains => self.domain(id, out),
            Table::DnsRecords => self.dns_record(id, out),
            Table::Tickets => self.ticket(id, out),
            Table::TicketMessages => self.ticket_message(id, out),
            Table::Sessions => self.session(id, out),
            Table::AuditLog => self.audit_entry(id, out),
        };
    }

    fn tenant(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Tenants, id);
        let name = dice.pick(words::TENANT_NAMES).unwrap_or_default();
        let plan = if id <= 5 { "enterprise" } else { dice.weighted(words::PLANS) };
        let created = Moment(self.as_of - YEARS - dice.below(700) as i64 * DAY);
        writeln!(out, "{id}\t{name} {id}\t{}-{id}\t{plan}\t{created}", name.to_lowercase())
    }

    fn customer(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Customers, id);
        let (name, email) = self.name_and_email_of(id);
        let (country, status) = (dice.weighted(words::COUNTRIES), dice.weighted(words::CUSTOMER_STATUS));
        let credit = if dice.chance(0.08) { dice.below(20_000) } else { 0 };
        let created = self.moment_of(id, self.sizes.customers, dice) - 30 * DAY;
        let updated = Moment(created + dice.below(30 * DAY as u64) as i64);
        let (tenant, created) = (self.tenant_of(id), Moment(created));
        writeln!(out, "{id}\t{tenant}\t{name}\t{email}\t{country}\t{status}\t{credit}\t{created}\t{updated}")
    }

    fn product(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Products, id);
        let category = dice.weighted(words::CATEGORIES);
        let size = dice.pick(&["S", "M", "L", "XL"]).unwrap_or_default();
        let cycle = dice.weighted(&[("monthly", 6), ("yearly", 4)]);
        let (price, active) = (self.price_of(id), if dice.chance(0.93) { "t" } else { "f" });
        writeln!(out, "{id}\tSKU-{id:05}\t{category} {size} {id}\t{category}\t{price}\t{cycle}\t{active}")
    }

    fn order_row(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let order = self.order(id);
        let dice = &mut Dice::of(self.seed, 105, id);
        let status =
            dice.weighted(if order.recent { words::RECENT_ORDER_STATUS } else { words::ORDER_STATUS });
        let Order { tenant, customer, product, quantity, total_cents, .. } = order;
        let placed = Moment(order.placed_at);
        writeln!(out, "{id}\t{tenant}\t{customer}\t{product}\t{status}\t{quantity}\t{total_cents}\t{placed}")
    }

    fn invoiced_order(&self, invoice: u64) -> u64 {
        (invoice - 1) * self.sizes.orders / self.sizes.invoices.max(1) + 1
    }

    fn invoice(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let order_id = self.invoiced_order(id);
        let order = self.order(order_id);
        let dice = &mut self.dice(Table::Invoices, id);
        let status =
            dice.weighted(if order.recent { words::RECENT_INVOICE_STATUS } else { words::INVOICE_STATUS });
        let issued = order.placed_at + 120;
        let paid = if matches!(status, "paid" | "refunded") {
            Moment(issued + dice.skewed(14 * DAY as u64, 3.0) as i64).to_string()
        } else {
            "\\N".to_owned()
        };
        let (tenant, customer, total) = (order.tenant, order.customer, order.total_cents);
        let (issued, due) = (Moment(issued), Moment(issued + 14 * DAY));
        writeln!(
            out,
            "{id}\t{tenant}\t{customer}\t{order_id}\tINV-{id:07}\t{status}\t{total}\t{issued}\t{due}\t{paid}"
        )
    }

    /// The first item of an invoice bears its whole amount, the others are included.
    fn invoice_item(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let of = |item: u64| (item - 1) * self.sizes.invoices / self.sizes.invoice_items.max(1) + 1;
        let invoice = of(id);
        let order = self.order(self.invoiced_order(invoice));
        let dice = &mut self.dice(Table::InvoiceItems, id);
        let (product, quantity) = (order.product, order.quantity);
        if id == 1 || of(id - 1) != invoice {
            let unit = order.total_cents / quantity.max(1);
            writeln!(out, "{id}\t{invoice}\t{product}\tProduct {product}, one period\t{quantity}\t{unit}")
        } else {
            let extra = dice.pick(words::EXTRAS).unwrap_or_default();
            writeln!(out, "{id}\t{invoice}\t{product}\t{extra}\t1\t0")
        }
    }

    fn domain(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Domains, id);
        let customer = self.some_customer(dice);
        let created = self.moment_of(id, self.sizes.domains, dice);
        let expires = Moment(created + (1 + dice.below(4) as i64) * 365 * DAY);
        let (registrar, status) = (dice.weighted(words::REGISTRARS), dice.weighted(words::DOMAIN_STATUS));
        let renew = if dice.chance(0.8) { "t" } else { "f" };
        let (tenant, name, created) = (self.tenant_of(customer), self.domain_name(id), Moment(created));
        writeln!(
            out,
            "{id}\t{tenant}\t{customer}\t{name}\t{registrar}\t{status}\t{renew}\t{created}\t{expires}"
        )
    }

    fn dns_record(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::DnsRecords, id);
        let domain = dice.below(self.sizes.domains) + 1;
        let kind = dice.weighted(words::RECORD_TYPES);
        let name = dice.weighted(&[("@", 50), ("www", 25), ("mail", 12), ("api", 7), ("_dmarc", 6)]);
        let content = match kind {
            "A" => format!("203.0.113.{}", dice.below(254) + 1),
            "AAAA" => format!("2001:db8::{:x}", dice.below(65_535) + 1),
            "MX" => format!("10 mx{}.mail.example", dice.below(4) + 1),
            "TXT" => "v=spf1 include:_spf.mail.example -all".to_owned(),
            "CAA" => "0 issue \"letsencrypt.org\"".to_owned(),
            "SRV" => "0 5 5060 sip.mail.example".to_owned(),
            _ => self.domain_name(domain),
        };
        let ttl = dice.weighted(&[("3600", 70), ("300", 20), ("86400", 10)]);
        let updated = Moment(self.moment_of(id, self.sizes.dns_records, dice));
        writeln!(out, "{id}\t{domain}\t{kind}\t{name}\t{content}\t{ttl}\t{updated}")
    }

    fn ticket(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Tickets, id);
        let customer = self.some_customer(dice);
        let created = self.moment_of(id, self.sizes.tickets, dice);
        let recent = created > self.as_of - 21 * DAY;
        let status = dice.weighted(if recent { words::RECENT_TICKET_STATUS } else { words::TICKET_STATUS });
        let (subject, priority) =
            (dice.pick(words::SUBJECTS).unwrap_or_default(), dice.weighted(words::PRIORITIES));
        let updated = Moment((created + dice.below(3 * DAY as u64) as i64).min(self.as_of));
        let (tenant, created) = (self.tenant_of(customer), Moment(created));
        writeln!(out, "{id}\t{tenant}\t{customer}\t{subject}\t{status}\t{priority}\t{created}\t{updated}")
    }

    fn ticket_message(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::TicketMessages, id);
        // Long threads are few.
        let ticket = self.sizes.tickets - dice.skewed(self.sizes.tickets, 1.6);
        let author = self.some_customer(dice);
        let first = dice.pick(words::SENTENCES).unwrap_or_default();
        let second = dice.pick(words::SENTENCES).unwrap_or_default();
        let created = Moment(self.moment_of(id, self.sizes.ticket_messages, dice));
        writeln!(out, "{id}\t{ticket}\t{author}\t{first} {second}\t{created}")
    }

    fn session(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::Sessions, id);
        let token = format!("{:016x}{:016x}", dice.next(), dice.next());
        let customer = self.some_customer(dice);
        let ip = format!("198.51.100.{}", dice.below(254) + 1);
        let agent = dice.pick(words::AGENTS).unwrap_or_default();
        let created = self.moment_of(id, self.sizes.sessions, dice);
        let seen = Moment((created + dice.below(2 * DAY as u64) as i64).min(self.as_of));
        let (created, expires) = (Moment(created), Moment(created + 14 * DAY));
        writeln!(out, "{id}\t{token}\t{customer}\t{ip}\t{agent}\t{created}\t{seen}\t{expires}")
    }

    fn audit_entry(&self, id: u64, out: &mut String) -> std::fmt::Result {
        let dice = &mut self.dice(Table::AuditLog, id);
        let actor = self.some_customer(dice);
        let tenant = self.tenant_of(actor);
        let pairs: Vec<(&str, u32)> =
            words::ACTIONS.iter().map(|(action, _, weight)| (*action, *weight)).collect();
        let action = dice.weighted(&pairs);
        let entity =
            words::ACTIONS.iter().find(|(name, _, _)| *name == action).map_or("", |(_, entity, _)| entity);
        let entity_id = dice.below(self.sizes.orders) + 1;
        let ip = format!("198.51.100.{}", dice.below(254) + 1);
        let failed = dice.chance(0.03);
        let at = Moment(self.moment_of(id, self.sizes.audit_log, dice));
        let details = format!("{{\"ip\":\"{ip}\",\"ok\":{},\"ms\":{}}}", !failed, dice.skewed(4000, 4.0));
        writeln!(out, "{id}\t{tenant}\t{actor}\t{action}\t{entity}\t{entity_id}\t{details}\t{at}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, World};

    fn text(seed: u64, table: Table) -> String {
        let world = World::new(seed, 0.02, 1_795_392_000);
        let mut out = String::new();
        for id in 1..=world.sizes.rows(table) {
            world.write(table, id, &mut out);
        }
        out
    }

    #[test]
    fn the_same_seed_writes_the_same_rows_and_another_seed_others() {
        for table in Table::ALL {
            assert_eq!(text(7, table), text(7, table), "{}", table.name());
            assert_ne!(text(7, table), text(8, table), "{}", table.name());
        }
    }

    #[test]
    fn life_is_skewed() {
        let customers = text(7, Table::Customers);
        let tenants = customers.lines().filter_map(|line| line.split('\t').nth(1));
        let of_first = tenants.filter(|tenant| *tenant == "1").count();
        assert!(of_first * 20 > customers.lines().count(), "the first tenant is a big one: {of_first}");
        let orders = text(7, Table::Orders);
        let active = orders.lines().filter(|line| line.contains("\tactive\t")).count();
        let share = active as f64 / orders.lines().count() as f64;
        assert!((0.7..0.85).contains(&share), "{share}");
    }

    #[test]
    fn some_domain_names_are_there_twice() {
        let domains = text(7, Table::Domains);
        let mut names: Vec<&str> = domains.lines().filter_map(|line| line.split('\t').nth(3)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() < all, "without a duplicate the unique index would be valid");
    }
}
