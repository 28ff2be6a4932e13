//! Stand-ins for KMS and Secrets Manager, as far as the functions speak to them: AWS's JSON protocol 1.1, by the header
//! `X-Amz-Target`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::serve;

/// What both have in common with AWS's: what they were told, and what they hold.
pub struct StandIns {
    /// Where both are served.
    pub address: SocketAddr,
    held: Arc<Held>,
}

#[derive(Default)]
struct Held {
    /// What was sealed, under the ciphertext, with its encryption context.
    sealed: Mutex<BTreeMap<String, (Value, Value)>>,
    /// The current version of each secret.
    secrets: Mutex<BTreeMap<String, Value>>,
}

impl StandIns {
    /// Serves both, with these secrets in Secrets Manager.
    pub fn serve(secrets: BTreeMap<String, Value>) -> Self {
        let held = Arc::new(Held { secrets: Mutex::new(secrets), ..Held::default() });
        let router = Router::new().route("/", post(asked)).with_state(Arc::clone(&held));
        let address = serve(router);
        Self { address, held }
    }

    /// The secrets that were sealed so far: a PIN, or what stands in the text of a token and its proof.
    pub fn sealed(&self) -> Vec<String> {
        let sealed = self.held.sealed.lock().unwrap();
        let texts = sealed.values().map(|(text, _)| BASE64.decode(text.as_str().unwrap()).unwrap());
        let texts = texts.map(|text| String::from_utf8(text).unwrap());
        texts
            .flat_map(|text| match serde_json::from_str(&text) {
                Ok(Value::Object(fields)) => {
                    fields.values().map(|value| value.as_str().unwrap().to_owned()).collect()
                }
                _ => vec![text],
            })
            .collect()
    }

    /// What was sealed so far, each with what it was bound to.
    pub fn contexts(&self) -> Vec<Value> {
        self.held.sealed.lock().unwrap().values().map(|(_, context)| context.clone()).collect()
    }
}

async fn asked(State(held): State<Arc<Held>>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let target = headers["x-amz-target"].to_str().unwrap();
    let asked: Value = serde_json::from_str(&body).unwrap();
    let answer = match target {
        "TrentService.Encrypt" => encrypt(&held, &asked),
        "TrentService.Decrypt" => decrypt(&held, &asked),
        "secretsmanager.GetSecretValue" => secret(&held, &asked),
        other => panic!("no function asks for {other}"),
    };
    match answer {
        Ok(answer) => (StatusCode::OK, answer.to_string()),
        Err(kind) => (StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": "refused" }).to_string()),
    }
}

fn encrypt(held: &Held, asked: &Value) -> Result<Value, &'static str> {
    let mut sealed = held.sealed.lock().unwrap();
    // In base 64, as every blob of the protocol.
    let blob = format!("c2VhbGVk{:04}", sealed.len());
    sealed.insert(blob.clone(), (asked["Plaintext"].clone(), asked["EncryptionContext"].clone()));
    Ok(json!({ "CiphertextBlob": blob, "KeyId": asked["KeyId"] }))
}

fn decrypt(held: &Held, asked: &Value) -> Result<Value, &'static str> {
    let sealed = held.sealed.lock().unwrap();
    match sealed.get(asked["CiphertextBlob"].as_str().unwrap()) {
        Some((text, context)) if *context == asked["EncryptionContext"] => {
            Ok(json!({ "Plaintext": text, "KeyId": asked["KeyId"] }))
        }
        _ => Err("InvalidCiphertextException"),
    }
}

fn secret(held: &Held, asked: &Value) -> Result<Value, &'static str> {
    let secrets = held.secrets.lock().unwrap();
    let value =
        secrets.get(asked["SecretId"].as_str().unwrap()).filter(|_| asked["VersionStage"] == "AWSCURRENT");
    let value = value.ok_or("ResourceNotFoundException")?;
    Ok(
        json!({ "Name": asked["SecretId"], "SecretString": value.to_string(), "VersionStages": ["AWSCURRENT"] }),
    )
}
