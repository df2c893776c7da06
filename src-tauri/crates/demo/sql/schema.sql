-- A hosting business: who sells (tenants), who buys (customers), what, for how much, and what went wrong.
-- Constraints and indexes follow the rows (indexes.sql): loading is then a plain copy.

CREATE TABLE tenants (
  id          integer     NOT NULL,
  name        text        NOT NULL,
  slug        text        NOT NULL,
  plan        text        NOT NULL,
  created_at  timestamptz NOT NULL
);

CREATE TABLE customers (
  id            bigint      NOT NULL,
  tenant_id     integer     NOT NULL,
  name          text        NOT NULL,
  email         text        NOT NULL,
  country       char(2)     NOT NULL,
  status        text        NOT NULL,
  credit_cents  bigint      NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL
);

CREATE TABLE products (
  id             integer     NOT NULL,
  sku            text        NOT NULL,
  name           text        NOT NULL,
  category       text        NOT NULL,
  price_cents    bigint      NOT NULL,
  billing_cycle  text        NOT NULL,
  active         boolean     NOT NULL
);

CREATE TABLE orders (
  id           bigint      NOT NULL,
  tenant_id    integer     NOT NULL,
  customer_id  bigint      NOT NULL,
  product_id   integer     NOT NULL,
  status       text        NOT NULL,
  quantity     integer     NOT NULL,
  total_cents  bigint      NOT NULL,
  placed_at    timestamptz NOT NULL
);

CREATE TABLE invoices (
  id           bigint      NOT NULL,
  tenant_id    integer     NOT NULL,
  customer_id  bigint      NOT NULL,
  order_id     bigint      NOT NULL,
  number       text        NOT NULL,
  status       text        NOT NULL,
  total_cents  bigint      NOT NULL,
  issued_at    timestamptz NOT NULL,
  due_at       timestamptz NOT NULL,
  paid_at      timestamptz
);

CREATE TABLE invoice_items (
  id           bigint   NOT NULL,
  invoice_id   bigint   NOT NULL,
  product_id   integer  NOT NULL,
  description  text     NOT NULL,
  quantity     integer  NOT NULL,
  unit_cents   bigint   NOT NULL
);

CREATE TABLE domains (
  id           bigint      NOT NULL,
  tenant_id    integer     NOT NULL,
  customer_id  bigint      NOT NULL,
  name         text        NOT NULL,
  registrar    text        NOT NULL,
  status       text        NOT NULL,
  auto_renew   boolean     NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL
);

CREATE TABLE dns_records (
  id          bigint      NOT NULL,
  domain_id   bigint      NOT NULL,
  type        text        NOT NULL,
  name        text        NOT NULL,
  content     text        NOT NULL,
  ttl         integer     NOT NULL,
  updated_at  timestamptz NOT NULL
);

CREATE TABLE tickets (
  id           bigint      NOT NULL,
  tenant_id    integer     NOT NULL,
  customer_id  bigint      NOT NULL,
  subject      text        NOT NULL,
  status       text        NOT NULL,
  priority     text        NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
);

CREATE TABLE ticket_messages (
  id          bigint      NOT NULL,
  ticket_id   bigint      NOT NULL,
  author_id   bigint      NOT NULL,
  body        text        NOT NULL,
  created_at  timestamptz NOT NULL
);

CREATE TABLE sessions (
  id            bigint      NOT NULL,
  token_hash    text        NOT NULL,
  customer_id   bigint      NOT NULL,
  ip            inet        NOT NULL,
  user_agent    text        NOT NULL,
  created_at    timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL
);

CREATE TABLE audit_log (
  id         bigint      NOT NULL,
  tenant_id  integer     NOT NULL,
  actor_id   bigint,
  action     text        NOT NULL,
  entity     text        NOT NULL,
  entity_id  bigint      NOT NULL,
  details    jsonb       NOT NULL,
  at         timestamptz NOT NULL
);
