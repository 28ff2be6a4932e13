//! Memory and DynamoDB answer the same to whatever is written and read, in whatever order.

use handover_aws::dynamo::DynamoRecords;
use handover_engine::memory_records::MemoryRecords;
use handover_engine::records::{
    Action, Change, Expectation, Item, Key, Order, Page, Query, Records, RecordsError, Span, Table, Write,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::store;

/// One request to both stores.
#[derive(Debug, Clone)]
enum Request {
    Read(Key),
    Write(Write),
    Together(Vec<Write>),
    Pages(Query),
}

/// Few keys, so that requests meet.
fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    for table in [Table::Migrations, Table::Journal] {
        for partition in ["P", "Q"] {
            keys.extend(["A", "AB", "B"].map(|sort| Key::new(table, partition, sort)));
        }
    }
    keys
}

/// An attribute and a value of a type it may have; `mixed` may have two, and only a number grows.
fn attribute() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        (Just("n"), (-1..3_i64).prop_map(Value::from)),
        (Just("mixed"), select(vec![json!(1), json!("1"), Value::Null, json!({"o": [1, "x"]}), json!([])])),
        (Just("due"), select(vec![json!("D"), json!("E")])),
        (Just("due_at"), (0..3_i64).prop_map(Value::from)),
        (Just("status"), select(vec![json!("open"), json!("ended")])),
        (Just("board"), select(vec![json!("2026-05"), json!("2026-06"), json!("9999-12")])),
        (Just("step"), Just(json!("announce"))),
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["n", "mixed", "due", "due_at", "status", "board", "step"])
}

fn item() -> impl Strategy<Value = Item> {
    vec(attribute(), 0..6)
        .prop_map(|attributes| attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let one = prop_oneof![
        Just(Expectation::Absent),
        Just(Expectation::Present),
        name().prop_map(Expectation::Has),
        name().prop_map(Expectation::Lacks),
        attribute().prop_map(|(name, value)| Expectation::Is(name, value)),
        (name(), -1..3_i64).prop_map(|(name, most)| Expectation::AtMost(name, most)),
    ];
    one.prop_recursive(2, 4, 3, |one| vec(one, 1..3).prop_map(Expectation::AnyOf))
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => attribute().prop_map(|(name, value)| Change::Set(name, value)),
        1 => (select(vec!["n", "mixed", "due_at"]), -1..2_i64).prop_map(|(name, by)| Change::Add(name, by)),
        1 => name().prop_map(Change::Remove),
    ];
    vec(change, 1..4)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => item().prop_map(Action::Put),
        4 => changes().prop_map(Action::Update),
        1 => Just(Action::Delete),
        1 => Just(Action::Check),
    ]
}

fn write_to(key: Key) -> impl Strategy<Value = Write> {
    (vec(expectation(), 0..3), action()).prop_map(move |(expects, action)| Write {
        key: key.clone(),
        expects,
        action,
    })
}

fn query() -> impl Strategy<Value = Query> {
    let text_span = || prop_oneof![Just(Span::All), select(vec!["A", "2026"]).prop_map(prefix)];
    let table = select(vec![Table::Migrations, Table::Journal]).prop_map(Order::Table);
    let of = prop_oneof![
        (table, select(vec!["P", "Q"]), text_span().boxed()),
        (
            Just(Order::Due),
            select(vec!["D", "E"]),
            prop_oneof![Just(Span::All), (0..3_i64).prop_map(Span::UpTo)].boxed()
        ),
        (Just(Order::Board), select(vec!["open", "ended"]), text_span().boxed()),
    ];
    (of, 1..4_u16).prop_map(|((order, partition, span), limit)| Query {
        order,
        partition: partition.to_owned(),
        span,
        limit,
        after: None,
    })
}

fn prefix(text: &str) -> Span {
    Span::Prefix(text.to_owned())
}

fn request() -> impl Strategy<Value = Request> {
    let together =
        subsequence(keys(), 1..4).prop_flat_map(|keys| keys.into_iter().map(write_to).collect::<Vec<_>>());
    prop_oneof![
        1 => select(keys()).prop_map(Request::Read),
        6 => select(keys()).prop_flat_map(write_to).prop_map(Request::Write),
        3 => together.prop_map(Request::Together),
        2 => query().prop_map(Request::Pages),
    ]
}

/// Two answers are alike if they are equal, or both the same kind of error.
fn assert_alike<T: std::fmt::Debug + PartialEq>(
    memory: Result<T, RecordsError>,
    dynamo: Result<T, RecordsError>,
    request: &Request,
) {
    match (memory, dynamo) {
        (Ok(memory), Ok(dynamo)) => assert_eq!(memory, dynamo, "memory and DynamoDB answer {request:?}"),
        (Err(RecordsError::Rejected { .. }), Err(RecordsError::Rejected { .. })) => {}
        (memory, dynamo) => panic!("{request:?}: memory answers {memory:?}, DynamoDB {dynamo:?}"),
    }
}

/// Walks the pages of both stores side by side, each store with the other's cursor.
async fn assert_same_pages(memory: &MemoryRecords, dynamo: &DynamoRecords, query: &Query) {
    let (mut ours, mut theirs) = (query.clone(), query.clone());
    loop {
        let (memory, dynamo) = (memory.query(&ours).await.unwrap(), dynamo.query(&theirs).await.unwrap());
        assert_eq!(memory.items, dynamo.items, "{ours:?}");
        let Some(next) = memory.next else {
            assert_ends(dynamo, query);
            return;
        };
        assert_eq!(Some(&next), dynamo.next.as_ref(), "{ours:?}");
        ours.after = dynamo.next;
        theirs.after = Some(next);
    }
}

/// DynamoDB, asked for as many items as there are, does not yet know that they were the last.
fn assert_ends(last: Page, query: &Query) {
    assert!(
        last.next.is_none() || last.items.len() == usize::from(query.limit),
        "DynamoDB goes on after the last item: {query:?}"
    );
}

async fn play(requests: &[Request]) {
    let memory = MemoryRecords::default();
    let dynamo = store::records_at(&store::dynoxide().await).await;
    for request in requests {
        match request {
            Request::Read(key) => assert_alike(memory.read(key).await, dynamo.read(key).await, request),
            Request::Write(write) => {
                assert_alike(memory.write(write).await, dynamo.write(write).await, request);
            }
            Request::Together(writes) => {
                let ours = memory.write_together(writes).await;
                assert_alike(ours, dynamo.write_together(writes).await, request);
            }
            Request::Pages(query) => assert_same_pages(&memory, &dynamo, query).await,
        }
    }
    for key in keys() {
        assert_eq!(memory.read(&key).await.unwrap(), dynamo.read(&key).await.unwrap(), "{key:?} at the end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_dynamo_answer_alike(requests in vec(request(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&requests));
    }
}
