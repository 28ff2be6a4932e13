//! What is sealed, as KMS is asked for it, and what its refusals mean.

use aws_sdk_kms::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use handover_aws::local_endpoint::local_config;
use handover_aws::secrets::{SecretNames, Secrets};
use handover_aws::vault::KmsVault;
use handover_engine::ports::{Purpose, Sealed, Vault, VaultError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::line::{Fault, Line};

async fn line_and_vault() -> (Line, KmsVault) {
    let line = Line::to("http://127.0.0.1:9").await;
    let config = local_config(line.endpoint()).unwrap();
    let secrets = Secrets::new(&aws_sdk_secretsmanager::Client::new(&config), SecretNames::default());
    (line, KmsVault::new(&Client::new(&config), "alias/handover-token", secrets))
}

fn refused(code: &str) -> Fault {
    Fault::Answer(400, json!({ "__type": code, "message": "told by the test" }))
}

#[tokio::test]
async fn a_secret_is_sealed_and_opened_for_its_owner_and_purpose_under_our_key() {
    let (line, vault) = line_and_vault().await;
    let of_kms = BASE64.encode("what KMS has made of it");
    line.fail([
        Fault::Answer(200, json!({ "CiphertextBlob": of_kms })),
        Fault::Answer(200, json!({ "Plaintext": BASE64.encode("123456") })),
    ]);
    let sealed = vault.seal("NUMBER#1", Purpose::Pin, &"123456".into()).await.unwrap();
    assert_eq!(sealed, Sealed(of_kms));
    assert_eq!(vault.open("NUMBER#1", Purpose::Pin, &sealed).await.unwrap().expose_secret(), "123456");
    for request in line.take_requests() {
        assert_eq!(request["EncryptionContext"], json!({ "owner": "NUMBER#1", "purpose": "pin" }));
        assert_eq!(request["KeyId"], Value::from("alias/handover-token"));
    }
}

#[tokio::test]
async fn what_was_moved_or_sealed_by_another_key_is_not_ours_and_what_gives_no_answer_is_tried_again() {
    for (code, is_ours) in [
        ("InvalidCiphertextException", false),
        ("IncorrectKeyException", false),
        ("DisabledException", true),
        ("AccessDeniedException", true),
    ] {
        let (line, vault) = line_and_vault().await;
        line.fail([refused(code)]);
        let sealed = Sealed(BASE64.encode("sealed for somebody else"));
        let error = vault.open("WABA#1", Purpose::Token, &sealed).await.unwrap_err();
        assert_eq!(matches!(error, VaultError::Unreachable { .. }), is_ours, "{code}: {error:?}");
        assert_eq!(matches!(error, VaultError::NotOurs { .. }), !is_ours, "{code}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_no_ciphertext_is_not_ours_and_kms_is_not_asked() {
    let (line, vault) = line_and_vault().await;
    let error = vault.open("WABA#1", Purpose::Token, &Sealed("no base64!".to_owned())).await.unwrap_err();
    assert!(matches!(error, VaultError::NotOurs { .. }), "{error:?}");
    assert_eq!(line.take_requests(), Vec::<Value>::new());
}
