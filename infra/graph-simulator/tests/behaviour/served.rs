//! The simulator over a socket.

use std::sync::{Arc, Mutex};

use graph_simulator::{
    Endpoint, Fault, NotLoopback, PlannedFault, Simulator, WebhookTarget, World, WorldSpec, serve,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::caller::{SYSTEM, WABA};

struct Served {
    simulator: Arc<Mutex<Simulator>>,
    address: String,
}

impl Served {
    /// A simulator whose clock stands at 09:00 on 20 April 2026.
    async fn start() -> Self {
        let world = World::from_spec(&WorldSpec { onboarded: true, ..WorldSpec::default() });
        let simulator = Arc::new(Mutex::new(Simulator::new(world).unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let clock = || "2026-04-20T09:00:00Z".parse::<Timestamp>().unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(serve(Arc::clone(&simulator), clock, listener, std::future::pending()));
        tasks.detach_all();
        Self { simulator, address }
    }

    /// Everything that comes back on one connection.
    async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A connection that is closed without an answer may end as a reset.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    async fn call(&self, method: &str, target: &str, body: &str) -> (u16, Value) {
        let answer = self
            .raw(&format!(
                "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {SYSTEM}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                self.address,
                body.len()
            ))
            .await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn a_call_over_the_socket_is_answered_as_in_memory() {
    let served = Served::start().await;
    let (status, waba) = served.call("GET", &format!("/v25.0/{WABA}?fields=currency"), "").await;
    assert_eq!((status, waba), (200, json!({ "currency": "EUR", "id": WABA })));
    let (_, list) = served.call("GET", &format!("/v25.0/{WABA}/phone_numbers?limit=1"), "").await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_without_a_byte() {
    let served = Served::start().await;
    let fault = Fault::LoseAnswer { applied: true };
    let plan = PlannedFault { endpoint: Endpoint::SubscribeApp, nth: 1, about: None, fault };
    served.simulator.lock().unwrap().plan_fault(plan);
    let request = format!(
        "POST /v25.0/{WABA}/subscribed_apps?access_token={SYSTEM} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(served.raw(&request).await, "");
    assert_eq!(
        served.simulator.lock().unwrap().world().wabas[WABA].subscribed_apps.len(),
        1,
        "applied all the same"
    );
}

#[tokio::test]
async fn a_body_of_more_than_a_megabyte_is_refused() {
    let served = Served::start().await;
    let body = "x".repeat(1024 * 1024 + 1);
    assert_eq!(served.call("POST", &format!("/v25.0/{WABA}/subscribed_apps"), &body).await.0, 413);
}

#[tokio::test]
async fn the_page_example_is_played_over_the_control_routes() {
    let served = Served::start().await;
    let waba = json!({ "waba_id": WABA }).to_string();
    assert_eq!(served.call("POST", "/_simulator/unshare", &waba).await.0, 200);
    assert_eq!(
        served.call("POST", "/_simulator/clock", r#"{"forward":"24h"}"#).await.1["now"],
        "2026-04-21T09:00:00Z"
    );
    let (status, signup) = served.call("POST", "/_simulator/signup", &waba).await;
    assert_eq!((status, &signup["browser_event"]["event"]), (200, &json!("FINISH_ONLY_WABA")));

    let target = format!("/v25.0/{WABA}/assigned_users");
    let user = json!({ "user": "122102454050157", "tasks": ["MANAGE"] }).to_string();
    assert_eq!(served.call("POST", &target, &user).await.0, 200);
    let share = format!(
        "/v25.0/1972385232742146/whatsapp_credit_sharing_and_attach?waba_id={WABA}&waba_currency=EUR"
    );
    assert_eq!(served.call("POST", &share, "").await.0, 200);
    assert!(!served.simulator.lock().unwrap().can_send(WABA));

    let moved = served.call("POST", "/_simulator/clock", r#"{"to":"2026-05-01T00:00:00Z"}"#).await.1;
    assert_eq!(moved, json!({ "now": "2026-05-01T00:00:00Z", "next_event_at": null }));
    assert!(served.simulator.lock().unwrap().can_send(WABA));
    let (_, world) = served.call("GET", "/_simulator/world", "").await;
    assert_eq!(World::from_json(&world.to_string()).unwrap(), *served.simulator.lock().unwrap().world());
}

#[tokio::test]
async fn a_control_route_says_what_it_takes() {
    let served = Served::start().await;
    for (method, route, body, status) in [
        ("POST", "clock", "{}", 400),
        ("POST", "clock", r#"{"to":"2026-04-01T00:00:00Z"}"#, 409),
        ("POST", "clock", r#"{"backward":"1h"}"#, 400),
        ("POST", "signup", r#"{"waba_id":"1"}"#, 409),
        ("POST", "signup", "{", 400),
        ("GET", "signup", "", 404),
        ("POST", "colours", "{}", 404),
    ] {
        let (got, answer) = served.call(method, &format!("/_simulator/{route}"), body).await;
        assert_eq!(got, status, "{method} {route} {body}");
        assert!(answer["error"].is_string(), "{method} {route} {body}");
    }
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_is_sent_again_before_the_next() {
    let served = Served::start().await;
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target =
        format!("http://{}/hooks?x=1", receiver.local_addr().unwrap()).parse::<WebhookTarget>().unwrap();
    served.simulator.lock().unwrap().customer_signs_up(Timestamp::UNIX_EPOCH, WABA).unwrap();
    let expected = served.simulator.lock().unwrap().clone().take_webhooks().remove(0);

    let failures = Mutex::new(Vec::new());
    let post = graph_simulator::deliver_webhooks(Arc::clone(&served.simulator), target, |error| {
        failures.lock().unwrap().push(error.to_string());
    });
    let answer = async {
        let mut seen = Vec::new();
        for status in ["500 Oops", "200 OK"] {
            let (mut stream, _) = receiver.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let mut read = 0;
            while !String::from_utf8_lossy(&bytes[..read]).ends_with("\"whatsapp_business_account\"}") {
                read += stream.read(&mut bytes[read..]).await.unwrap();
            }
            stream
                .write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes())
                .await
                .unwrap();
            seen.push(String::from_utf8(bytes[..read].to_vec()).unwrap());
        }
        seen
    };
    let seen = tokio::select! { _ = post => panic!("the post never ends"), seen = answer => seen };
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].starts_with("POST /hooks?x=1 HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(
        seen[0].contains(&expected.signature)
            && seen[0].ends_with(std::str::from_utf8(&expected.body).unwrap())
    );
    assert!(failures.lock().unwrap()[0].contains("answered 500 instead of 200"));
}

#[test]
fn webhooks_go_to_this_machine_alone() {
    for good in ["http://127.0.0.1:8080/hooks", "http://localhost/hooks", "http://[::1]:80/"] {
        assert!(good.parse::<WebhookTarget>().is_ok(), "{good}");
    }
    for bad in ["https://127.0.0.1/", "http://example.com/hooks", "http://127.0.0.1.example.com/", "hooks"] {
        assert_eq!(bad.parse::<WebhookTarget>(), Err(NotLoopback { found: bad.to_owned() }));
    }
}

#[test]
fn the_introduction_names_everything_that_a_caller_needs() {
    let world = World::from_spec(&WorldSpec { onboarded: true, ..WorldSpec::default() });
    insta::assert_json_snapshot!(Simulator::new(world).unwrap().introduction("http://127.0.0.1:9100"));
    let before = Simulator::new(World::example()).unwrap().introduction("http://127.0.0.1:9100");
    assert_eq!(before["wabas"][0]["business_token"], Value::Null);
}
