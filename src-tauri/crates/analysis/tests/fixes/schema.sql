-- A small shop: parents without children, NULLs, doubled values, reserved words and mixed case as names.
CREATE SCHEMA shop;
CREATE TABLE customers (
    id int PRIMARY KEY, name text NOT NULL, email text, tenant_id int NOT NULL, active boolean NOT NULL, referrer_id int
);
INSERT INTO customers SELECT n, 'customer ' || n % 4, CASE WHEN n <> 5 THEN 'C' || n || '@Example.org' END, n % 2 + 1, n % 3 <> 0, nullif(n / 2, 0)
FROM generate_series(1, 8) AS n;
CREATE TABLE orders (
    id int PRIMARY KEY, customer_id int, status varchar(12) NOT NULL, total numeric(10, 2), created_at timestamptz NOT NULL,
    data jsonb NOT NULL, tenant_id int NOT NULL
);
INSERT INTO orders SELECT n, CASE WHEN n % 7 <> 0 THEN n % 5 END, CASE n % 3 WHEN 0 THEN 'open' ELSE 'paid' END,
    CASE WHEN n % 4 <> 0 THEN n * 1.5 END, '2025-01-01'::timestamptz + n * 37 % 11 * interval '1 day',
    jsonb_build_object('channel', 'web' || n % 3), n % 2 + 1
FROM generate_series(1, 40) AS n;
CREATE TABLE items (order_id int, line int, sku text NOT NULL, quantity int NOT NULL, PRIMARY KEY (order_id, line));
INSERT INTO items SELECT o, l, 'sku' || (o + l) % 6, l * 2 FROM generate_series(1, 12) AS o, generate_series(1, 3) AS l WHERE o % 5 <> 0;
CREATE TABLE tickets (id uuid PRIMARY KEY, customer_id int NOT NULL, token text NOT NULL, subject text);
INSERT INTO tickets SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, n % 3 + 1, 'tok' || n, nullif('subject ' || n % 2, 'subject 1')
FROM generate_series(1, 9) AS n;
CREATE TABLE "Invoices" ("Id" int PRIMARY KEY, "customerId" int, "Amount" numeric(8, 2));
INSERT INTO "Invoices" SELECT n, n % 4 + 1, n * 10 FROM generate_series(1, 9) AS n;
CREATE TABLE "order" (id int PRIMARY KEY, "user" int, "select" text);
INSERT INTO "order" SELECT n, n % 3 + 1, 'word ' || n FROM generate_series(1, 7) AS n;
CREATE TABLE shop.products (id bigint PRIMARY KEY, name varchar(40) NOT NULL, stock int NOT NULL, price numeric(8, 2), updated_at timestamptz);
INSERT INTO shop.products SELECT n, 'product ' || n, n * 10, n * 1.25, '2025-01-01' FROM generate_series(1, 6) AS n;
CREATE TABLE stock (product_id bigint, place text, level int NOT NULL, data jsonb, PRIMARY KEY (product_id, place));
INSERT INTO stock SELECT p, w, p * 3, '{}' FROM generate_series(1, 4) AS p, unnest(ARRAY['north', 'south']) AS w;
CREATE TABLE archive (id int, customer_id int, status varchar(12), total numeric(10, 2));
CREATE TABLE tags (id serial PRIMARY KEY, name text UNIQUE, uses int NOT NULL DEFAULT 1, seen timestamptz);
INSERT INTO tags (name, uses) VALUES ('old', 5), ('older', 7);
