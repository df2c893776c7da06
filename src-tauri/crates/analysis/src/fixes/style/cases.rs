//! The code of each framework, word for word.

use domain::{CodeLanguage, FixStyle as Style, RepetitionKind as Kind};

use crate::fixes::cases::repeated;
use crate::fixes::fixes;

fn code(kind: Kind, statement: &str, varying: &[u32], parent: Option<&str>, style: Style) -> Option<String> {
    let found = fixes(&repeated(kind, statement, varying, parent));
    found.into_iter().find(|fix| fix.style == style).map(|fix| fix.code)
}

const CHILDREN: &str = "SELECT * FROM order_items WHERE order_id = $1 ORDER BY created_at DESC";
const FILTERED: &str = "SELECT * FROM order_items WHERE order_id = $1 AND status = $2 AND total > $3";
const OWNER: &str = "SELECT id, name FROM \"Companies\" WHERE id = $1 LIMIT $2";

#[test]
fn many_rows_for_each_key() {
    for (style, expected) in [
        (
            Style::DataLoader,
            "import DataLoader from 'dataloader';\n\
             const orderItemsByOrderId = new DataLoader(async (keys: readonly (string | number)[]) => {\n  \
             const { rows } = await pool.query(\n    \
             `SELECT * FROM order_items WHERE order_id = ANY($1) ORDER BY created_at DESC`,\n    \
             [keys],\n  \
             );\n  \
             const found = new Map<string, any[]>(keys.map((key) => [String(key), []]));\n  \
             for (const row of rows) found.get(String(row.order_id))?.push(row);\n  \
             return keys.map((key) => found.get(String(key)) ?? []);\n\
             });\n\
             const orderItems = await orderItemsByOrderId.load(order.id); // in the loop",
        ),
        (
            Style::Prisma,
            "const orderItems = await prisma.orderItem.findMany({\n  \
             where: { orderId: { in: orderIds } },\n  \
             orderBy: [{ createdAt: 'desc' }],\n\
             });\n\
             const byOrderId = Map.groupBy(orderItems, (orderItem) => orderItem.orderId);\n\n\
             // or with the orders, chosen as before:\n\
             const orders = await prisma.order.findMany({\n  include: { orderItems: true },\n});",
        ),
        (
            Style::Sequelize,
            "const orderItems = await OrderItem.findAll({\n  \
             where: { orderId: orderIds }, // an array is IN\n  \
             order: [['createdAt', 'DESC']],\n\
             });\n\
             const byOrderId = Map.groupBy(orderItems, (orderItem) => orderItem.orderId);\n\n\
             // or with the orders, chosen as before:\n\
             const orders = await Order.findAll({\n  include: [{ association: 'orderItems', separate: true }],\n});",
        ),
        (
            Style::TypeOrm,
            "const orderItems = await dataSource.getRepository(OrderItem).find({\n  \
             where: { orderId: In(orderIds) },\n  \
             order: { createdAt: 'DESC' },\n\
             });\n\
             const byOrderId = Map.groupBy(orderItems, (orderItem) => orderItem.orderId);\n\n\
             // or with the orders, chosen as before:\n\
             const orders = await dataSource.getRepository(Order).find({\n  relations: { orderItems: true },\n});",
        ),
        (
            Style::Rails,
            "order_items = OrderItem.where(order_id: order_ids).order(created_at: :desc).group_by(&:order_id)\n\n\
             # or with the orders, chosen as before:\norders = Order.includes(:order_items)",
        ),
        (
            Style::Django,
            "order_items = defaultdict(list)\n\
             for order_item in OrderItem.objects.filter(order_id__in=order_ids).order_by(\"-created_at\"):\n    \
             order_items[order_item.order_id].append(order_item)\n\n\
             # or with the orders, chosen as before:\norders = Order.objects.prefetch_related(\"orderitem_set\")",
        ),
        (
            Style::SqlAlchemy,
            "query = select(OrderItem).where(OrderItem.order_id.in_(order_ids)).order_by(OrderItem.created_at.desc())\n\
             order_items = defaultdict(list)\n\
             for order_item in session.scalars(query):\n    order_items[order_item.order_id].append(order_item)\n\n\
             # or with the orders, chosen as before:\n\
             query = select(Order).options(selectinload(Order.order_items))",
        ),
        (
            Style::Hibernate,
            "@OneToMany(mappedBy = \"order\")\n@BatchSize(size = 50)\nprivate List<OrderItem> orderItems;\n\n\
             // or in one query:\n\
             List<Order> orders = entityManager.createQuery(\n    \
             \"select distinct p from Order p left join fetch p.orderItems\",\n    Order.class\n).getResultList();",
        ),
    ] {
        let found = code(Kind::NPlusOne, CHILDREN, &[1], Some("SELECT * FROM orders"), style);
        assert_eq!(found.as_deref(), Some(expected), "{style:?}");
    }
}

#[test]
fn one_row_for_each_key() {
    for (style, expected) in [
        (
            Style::Prisma,
            "const companies = await prisma.company.findMany({\n  where: { id: { in: ids } },\n});\n\
             const byId = new Map(companies.map((company) => [company.id, company]));",
        ),
        (Style::Rails, "companies = Company.where(id: ids).index_by(&:id)"),
        (Style::Django, "companies = Company.objects.in_bulk(ids)"),
        (
            Style::SqlAlchemy,
            "query = select(Company).where(Company.id.in_(ids))\n\
             companies = {company.id: company for company in session.scalars(query)}",
        ),
        (
            Style::Hibernate,
            "List<Company> companies = entityManager\n    \
             .createQuery(\"select e from Company e where e.id in :ids\", Company.class)\n    \
             .setParameter(\"ids\", ids)\n    .getResultList();",
        ),
    ] {
        assert_eq!(code(Kind::NPlusOne, OWNER, &[1], None, style).as_deref(), Some(expected), "{style:?}");
    }
    let parent = Some("SELECT id, company_id FROM users WHERE active");
    for (style, expected) in [
        (Style::DataLoader, "const company = await companiesById.load(user.company_id); // in the loop"),
        (Style::Prisma, "prisma.user.findMany({\n  include: { company: true },"),
        (Style::Django, "User.objects.select_related(\"company\")"),
        (Style::SqlAlchemy, "options(joinedload(User.company))"),
        (Style::Hibernate, "\"select p from User p left join fetch p.company\""),
    ] {
        let found = code(Kind::NPlusOne, OWNER, &[1], parent, style).unwrap();
        assert!(found.contains(expected), "{style:?}: {found}");
    }
}

#[test]
fn other_conditions_are_kept_or_told() {
    for (style, kept) in [
        (Style::DataLoader, "[keys, status, total]"),
        (Style::Prisma, "  where: { orderId: { in: orderIds }, status },\n  // and: total > $3"),
        (Style::Sequelize, "  where: { orderId: orderIds, status }, // an array is IN\n  // and: total > $3"),
        (Style::TypeOrm, "  where: { orderId: In(orderIds), status },\n  // and: total > $3"),
        (
            Style::Rails,
            "# and: total > $3\norder_items = OrderItem.where(order_id: order_ids, status: status)",
        ),
        (Style::Django, "filter(order_id__in=order_ids, status=status)"),
        (Style::SqlAlchemy, "where(OrderItem.order_id.in_(order_ids), OrderItem.status == status)"),
        (Style::Hibernate, "where e.orderId in :orderIds and e.status = :status"),
    ] {
        let found = code(Kind::NPlusOne, FILTERED, &[1], Some("SELECT * FROM orders"), style).unwrap();
        assert!(found.contains(kept) && !found.contains("chosen as before"), "{style:?}: {found}");
    }
    // A word that the languages keep for themselves is no name for a value.
    let reserved = "SELECT * FROM a WHERE b_id = $1 AND class = $2";
    assert!(
        code(Kind::NPlusOne, reserved, &[1], None, Style::Django).unwrap().starts_with("# and: class = $2\n")
    );
    assert!(
        code(Kind::NPlusOne, reserved, &[1], None, Style::DataLoader).unwrap().contains("[keys, classValue]")
    );
}

#[test]
fn keys_of_several_columns() {
    let statement = "SELECT sku FROM items WHERE order_id = $1 AND line = $2";
    for (style, expected) in [
        (Style::DataLoader, None),
        (Style::Hibernate, None),
        (
            Style::Prisma,
            Some(
                "// keys: [{ orderId, line }, …]\nconst items = await prisma.item.findMany({\n  where: { OR: keys },\n});",
            ),
        ),
        (
            Style::TypeOrm,
            Some(
                "// keys: [{ orderId, line }, …]\nconst items = await dataSource.getRepository(Item).find({\n  where: keys,\n});",
            ),
        ),
        (Style::Rails, Some("items = Item.where([:order_id, :line] => keys)")),
        (
            Style::Django,
            Some(
                "chosen = reduce(or_, (Q(order_id=order_id, line=line) for order_id, line in keys))\n\
                 items = Item.objects.filter(chosen)",
            ),
        ),
        (
            Style::SqlAlchemy,
            Some(
                "items = session.scalars(select(Item).where(tuple_(Item.order_id, Item.line).in_(keys))).all()",
            ),
        ),
    ] {
        assert_eq!(code(Kind::NPlusOne, statement, &[1, 2], None, style).as_deref(), expected, "{style:?}");
    }
}

#[test]
fn writes() {
    let upsert =
        "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET uses = excluded.uses";
    let skip = "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let each = "UPDATE tags SET uses = $1 WHERE id = $2";
    let delete = "DELETE FROM tags WHERE id = $1 AND tenant_id = $2";
    for (statement, varying, style, expected) in [
        (upsert, &[1, 2][..], Style::Prisma, None),
        (
            upsert,
            &[1, 2],
            Style::Sequelize,
            Some(
                "await Tag.bulkCreate(rows, {\n  updateOnDuplicate: ['uses'],\n  conflictAttributes: ['name'],\n});",
            ),
        ),
        (
            upsert,
            &[1, 2],
            Style::Rails,
            Some(
                "# rows = [{ name:, uses: }, ...]\nTag.upsert_all(rows, unique_by: %i[name], update_only: %i[uses])",
            ),
        ),
        (
            skip,
            &[1, 2],
            Style::Prisma,
            Some(
                "await prisma.tag.createMany({\n  data: rows, // [{ name, uses }, …]\n  skipDuplicates: true,\n});",
            ),
        ),
        (skip, &[1, 2], Style::Rails, Some("# rows = [{ name:, uses: }, ...]\nTag.insert_all(rows)")),
        (
            skip,
            &[1, 2],
            Style::TypeOrm,
            Some(
                "await dataSource\n  .createQueryBuilder()\n  .insert()\n  .into(Tag)\n  .values(rows)\n  .orIgnore()\n  .execute();",
            ),
        ),
        (
            skip,
            &[1, 2],
            Style::Django,
            Some(
                "Tag.objects.bulk_create(\n    [Tag(**row) for row in rows],\n    batch_size=1000,\n    ignore_conflicts=True,\n)",
            ),
        ),
        (
            skip,
            &[1, 2],
            Style::SqlAlchemy,
            Some("session.execute(insert(Tag).on_conflict_do_nothing(), rows)"),
        ),
        (skip, &[1, 2], Style::Hibernate, Some("hibernate.jdbc.batch_size=50\nhibernate.order_inserts=true")),
        (each, &[1, 2], Style::Prisma, None),
        (each, &[1, 2], Style::Django, Some("Tag.objects.bulk_update(changed, [\"uses\"], batch_size=1000)")),
        (each, &[], Style::Sequelize, None),
        (each, &[2], Style::Sequelize, Some("await Tag.update({ uses }, { where: { id: ids } });")),
        (
            each,
            &[2],
            Style::Prisma,
            Some("await prisma.tag.updateMany({\n  where: { id: { in: ids } },\n  data: { uses },\n});"),
        ),
        (delete, &[1], Style::Rails, Some("Tag.where(id: ids, tenant_id: tenant_id).delete_all")),
        (
            delete,
            &[1],
            Style::TypeOrm,
            Some("await dataSource.getRepository(Tag).delete({ id: In(ids), tenantId });"),
        ),
        (
            delete,
            &[1],
            Style::SqlAlchemy,
            Some("session.execute(delete(Tag).where(Tag.id.in_(ids), Tag.tenant_id == tenant_id))"),
        ),
    ] {
        assert_eq!(
            code(Kind::BulkWrite, statement, varying, None, style).as_deref(),
            expected,
            "{style:?} {statement}"
        );
    }
}

#[test]
fn the_same_answer_is_asked_for_once() {
    let found = fixes(&repeated(Kind::Redundant, "SELECT * FROM products WHERE tenant_id = $1", &[], None));
    let styles: Vec<_> = found.iter().map(|fix| (fix.style, fix.language)).collect();
    assert_eq!(styles.first(), Some(&(Style::DataLoader, CodeLanguage::TypeScript)));
    assert_eq!(styles.get(1), Some(&(Style::DataLoader, CodeLanguage::JavaScript)));
    assert!(styles.iter().all(|(style, _)| !matches!(style, Style::Sql | Style::Prisma | Style::Sequelize)));
    assert_eq!(
        found[1].code,
        "import { withCache } from '../utils/queryCache.js';\n\
         const products = await withCache(\n  'products',\n  () => pool.query(\n    \
         `SELECT * FROM products WHERE tenant_id = $1`,\n    [tenantId],\n  ),\n  [tenantId],\n);"
    );
    let once = |statement, style| code(Kind::Redundant, statement, &[], None, style);
    assert_eq!(
        once("SELECT * FROM settings WHERE name = $1", Style::Django).as_deref(),
        Some(
            "settings = cache.get_or_set(\n    f\"settings:{name}\",\n    lambda: list(Setting.objects.filter(name=name)),\n    timeout=300,\n)"
        )
    );
    assert_eq!(
        once("SELECT * FROM users WHERE id = $1", Style::SqlAlchemy).as_deref(),
        Some("user = session.get(User, id)")
    );
    // What a limit leaves is not what the framework would fetch.
    assert_eq!(once("SELECT * FROM users WHERE name = $1 LIMIT $2", Style::Rails), None);
}
