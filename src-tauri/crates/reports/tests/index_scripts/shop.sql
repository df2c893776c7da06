-- Tables and indexes with every kind of name, and partitions in two levels.
CREATE SCHEMA "Odd ""Schema"" $check$";
CREATE TABLE "Odd ""Schema"" $check$"."order" (
    id int,
    "User" text,
    "select" text,
    U&"new\000Aline" int,
    "it's \? ${x} #{y} */ --" int,
    "größe 表" int
);
INSERT INTO "Odd ""Schema"" $check$"."order" SELECT n, 'u' || n % 7, 'x', n, n, n FROM generate_series(1, 500) n;
CREATE UNIQUE INDEX "Old */ ON ONLY ""x""" ON "Odd ""Schema"" $check$"."order" (id DESC) WHERE id > 0;

CREATE TABLE customers (
    id int PRIMARY KEY,
    tenant_id int NOT NULL,
    email text,
    status text,
    data jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO customers SELECT n, n % 9, 'User' || n || '@example.org', 'paid', '{"kind": "a"}' FROM generate_series(1, 500) n;
CREATE INDEX customers_tenant_id ON customers (tenant_id);

CREATE TABLE a_name_of_63_bytes_which_is_all_that_a_name_may_have_in_postgres (id int);

CREATE SCHEMA parts;
CREATE TABLE parts.events (id int, kind text, at date) PARTITION BY RANGE (at);
CREATE TABLE parts.events_2025 PARTITION OF parts.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parts.events_2026 PARTITION OF parts.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY LIST (kind);
CREATE TABLE parts."events_2026 A" PARTITION OF parts.events_2026 FOR VALUES IN ('a');
CREATE TABLE parts.events_2026_b PARTITION OF parts.events_2026 FOR VALUES IN ('b');
INSERT INTO parts.events SELECT n, CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END, '2025-06-01'::date + n FROM generate_series(1, 500) n;
CREATE INDEX events_kind ON parts.events (kind);
