//! Pages of a table and of the indexes.

use serde_json::{Value, json};

use super::{assert_rejected, delete, item, store, update};
use crate::records::{Change, Cursor, Item, Key, Order, Query, Records, Scan, Span, Table};

/// A page of nothing, a span of another type, a cursor from elsewhere.
pub async fn a_query_wrong_in_itself_is_rejected(records: &impl Records) {
    let all = |order| Query { order, partition: "flaws".to_owned(), span: Span::All, limit: 1, after: None };
    let cursor = |value| Some(Cursor(item(value)));
    let flawed = [
        Query { limit: 0, ..all(Order::Due) },
        Query { partition: String::new(), ..all(Order::Board) },
        Query { span: Span::UpTo(1), ..all(Order::Board) },
        Query { span: Span::Prefix("H#".to_owned()), ..all(Order::Due) },
        Query { span: Span::Prefix(String::new()), ..all(Order::Board) },
        Query { after: cursor(json!({"pk": "another", "sk": "A"})), ..all(Order::Table(Table::Journal)) },
        Query { after: cursor(json!({"pk": "flaws"})), ..all(Order::Table(Table::Journal)) },
        Query {
            after: cursor(json!({"pk": "p", "sk": "A", "due": "flaws", "due_at": "1"})),
            ..all(Order::Due)
        },
    ];
    for query in flawed {
        assert_rejected(records.query(&query).await, &format!("{query:?}"));
    }
}

/// Reads `query` to its end and returns what all pages held.
///
/// # Panics
/// If a page is larger than the query's limit, or the pages do not end.
pub async fn all_pages(records: &impl Records, query: &Query) -> Vec<Item> {
    let mut query = query.clone();
    let mut items = Vec::new();
    for _ in 0..1000 {
        let page = records.query(&query).await.unwrap();
        assert!(page.items.len() <= usize::from(query.limit), "a page is larger than {query:?}");
        items.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return items,
        }
    }
    panic!("{query:?} has no last page");
}

/// A page of nothing, a cursor from elsewhere.
pub async fn a_scan_wrong_in_itself_is_rejected(records: &impl Records) {
    let whole = Scan { table: Table::Journal, limit: 1, after: None };
    let cursor = |value| Some(Cursor(item(value)));
    for scan in [
        Scan { limit: 0, ..whole.clone() },
        Scan { after: cursor(json!({"pk": "p"})), ..whole.clone() },
        Scan { after: cursor(json!({"pk": "p", "sk": ""})), ..whole.clone() },
    ] {
        assert_rejected(records.scan(&scan).await, &format!("{scan:?}"));
    }
}

/// Whatever the size of a page, every item of the table comes once, with its keys, and none of another table.
pub async fn a_table_is_scanned_whole_page_by_page(records: &impl Records) {
    for (partition, sort) in [("scanned 1", "A"), ("scanned 1", "B"), ("scanned 2", "A"), ("scanned 3", "A")]
    {
        store(records, &Key::new(Table::Vault, partition, sort), json!({"told": sort})).await;
    }
    store(records, &Key::new(Table::Journal, "scanned 4", "A"), json!({})).await;
    for limit in [1, 2, 3, 100] {
        let mut scan = Scan { table: Table::Vault, limit, after: None };
        let mut seen = Vec::new();
        loop {
            let page = records.scan(&scan).await.unwrap();
            assert!(page.items.len() <= usize::from(limit));
            seen.extend(page.items.into_iter().map(|item| {
                let text = |name: &str| item[name].as_str().unwrap().to_owned();
                (text("pk"), text("sk"), text("told"))
            }));
            match page.next {
                Some(next) => scan.after = Some(next),
                None => break,
            }
        }
        seen.retain(|(partition, ..)| partition.starts_with("scanned"));
        seen.sort();
        let expected = [("1", "A"), ("1", "B"), ("2", "A"), ("3", "A")];
        assert_eq!(
            seen,
            expected.map(|(one, sort)| (format!("scanned {one}"), sort.to_owned(), sort.to_owned()))
        );
    }
}

fn values(items: &[Item], name: &str) -> Vec<Value> {
    items.iter().map(|item| item[name].clone()).collect()
}

/// The table's own order is that of the sort key's text; every item carries its keys; no size of a page
/// loses or doubles one.
pub async fn a_partition_reads_in_order_page_by_page(records: &impl Records) {
    for sort in ["C", "A", "E", "B", "D"] {
        let key = Key::new(Table::Journal, "pages", sort);
        store(records, &key, json!({"told": sort})).await;
    }
    store(records, &Key::new(Table::Journal, "pages of another", "A"), json!({})).await;
    for limit in 1..=6 {
        let query = Query {
            order: Order::Table(Table::Journal),
            partition: "pages".to_owned(),
            span: Span::All,
            limit,
            after: None,
        };
        let items = all_pages(records, &query).await;
        assert_eq!(values(&items, "sk"), ["A", "B", "C", "D", "E"], "pages of {limit}");
        assert_eq!(items[2], item(json!({"pk": "pages", "sk": "C", "told": "C"})));
    }
}

/// HISTORY is read without the notes beside it.
pub async fn a_prefix_reads_its_part_of_a_partition(records: &impl Records) {
    for sort in ["H#2", "G", "H#10", "H#1", "I", "H"] {
        store(records, &Key::new(Table::Journal, "prefix", sort), json!({})).await;
    }
    let query = Query {
        order: Order::Table(Table::Journal),
        partition: "prefix".to_owned(),
        span: Span::Prefix("H#".to_owned()),
        limit: 2,
        after: None,
    };
    assert_eq!(values(&all_pages(records, &query).await, "sk"), ["H#1", "H#10", "H#2"]);
}

/// The index `due` is ordered by number, ends with the moment asked for, shows only what it carries, and
/// loses an item that loses either key.
pub async fn due_shows_what_is_due_up_to_a_moment(records: &impl Records) {
    let state = |migration: &str| Key::new(Table::Migrations, migration, "STATE");
    for (migration, due_at) in [("due-a", 1_000), ("due-b", 999), ("due-c", 10), ("due-d", 1_001)] {
        let value = json!({"due": "D", "due_at": due_at, "step": "announce", "seq": 3, "waba": "hidden"});
        store(records, &state(migration), value).await;
    }
    store(records, &state("due-e"), json!({"due": "D"})).await;
    store(records, &state("due-f"), json!({"due_at": 1})).await;
    let query = |limit| Query {
        order: Order::Due,
        partition: "D".to_owned(),
        span: Span::UpTo(1_000),
        limit,
        after: None,
    };
    for limit in 1..=4 {
        let items = all_pages(records, &query(limit)).await;
        assert_eq!(values(&items, "due_at"), [10, 999, 1_000], "pages of {limit}");
        let shown = json!({
            "pk": "due-c", "sk": "STATE", "due": "D", "due_at": 10, "step": "announce", "seq": 3,
        });
        assert_eq!(items[0], item(shown));
    }
    let ended = vec![Change::Remove("due"), Change::Remove("due_at")];
    records.write(&update(&state("due-b"), ended)).await.unwrap();
    records.write(&delete(&state("due-a"))).await.unwrap();
    assert_eq!(values(&all_pages(records, &query(2)).await, "pk"), ["due-c"]);
}

/// The index `board` is ordered by text; a change of status moves the item.
pub async fn board_shows_a_status_by_the_day_of_unblocking(records: &impl Records) {
    let state = |migration: &str| Key::new(Table::Migrations, migration, "STATE");
    for (migration, day) in [("board-a", "9999-12-31"), ("board-b", "2026-05-01"), ("board-c", "2026-06-01")]
    {
        let value = json!({
            "status": "board-open", "board": format!("{day}#{migration}"), "unblocks_on": day, "row": "hidden",
        });
        store(records, &state(migration), value).await;
    }
    let query = |status: &str, span| Query {
        order: Order::Board,
        partition: status.to_owned(),
        span,
        limit: 2,
        after: None,
    };
    let items = all_pages(records, &query("board-open", Span::All)).await;
    assert_eq!(values(&items, "pk"), ["board-b", "board-c", "board-a"]);
    let shown = json!({
        "pk": "board-b", "sk": "STATE", "status": "board-open", "board": "2026-05-01#board-b",
    });
    assert_eq!(items[0], item(shown));
    let may = all_pages(records, &query("board-open", Span::Prefix("2026-05".to_owned()))).await;
    assert_eq!(values(&may, "pk"), ["board-b"]);
    let ended = vec![Change::Set("status", json!("board-ended"))];
    records.write(&update(&state("board-b"), ended)).await.unwrap();
    let open = all_pages(records, &query("board-open", Span::All)).await;
    assert_eq!(values(&open, "pk"), ["board-c", "board-a"]);
    let over = all_pages(records, &query("board-ended", Span::All)).await;
    assert_eq!(values(&over, "pk"), ["board-b"]);
}

/// The roll call goes on at its cursor though the item it stopped at has left the order.
pub async fn a_cursor_holds_after_its_item_is_gone(records: &impl Records) {
    let state = |migration: &str| Key::new(Table::Migrations, migration, "STATE");
    for (migration, due_at) in [("gone-a", 1), ("gone-b", 2), ("gone-c", 3)] {
        store(records, &state(migration), json!({"due": "GONE", "due_at": due_at})).await;
    }
    let mut query =
        Query { order: Order::Due, partition: "GONE".to_owned(), span: Span::All, limit: 2, after: None };
    let page = records.query(&query).await.unwrap();
    assert_eq!(values(&page.items, "pk"), ["gone-a", "gone-b"]);
    records.write(&delete(&state("gone-b"))).await.unwrap();
    query.after = page.next;
    assert_eq!(values(&all_pages(records, &query).await, "pk"), ["gone-c"]);
}
