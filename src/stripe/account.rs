use serde_json::Value;

use super::key::key_parts;
use super::{Client, ClientError, KeyKind, Method, Request};
use crate::model::{Form, Mode};

/// Whom a key belongs to, as far as Stripe tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Test or live, by the key.
    pub mode: Mode,
    /// Secret or restricted, by the key.
    pub key_kind: KeyKind,
    /// The `Stripe-Version` that is sent.
    pub version: String,
    /// The account's id, such as `acct_1`.
    pub id: Option<String>,
    /// The name on its dashboard, or else that of its business profile.
    pub name: Option<String>,
    /// Two letters, such as `DE`.
    pub country: Option<String>,
    /// Three letters, lower case.
    pub default_currency: Option<String>,
    /// Whether it can take payments.
    pub charges_enabled: Option<bool>,
    /// Whether it can pay out.
    pub payouts_enabled: Option<bool>,
    /// What Stripe said when the key is good and may not read the account, as restricted keys often may
    /// not. Then only what the key itself tells is known.
    pub refusal: Option<String>,
}

/// Asks Stripe whom the client's key belongs to (`GET /v1/account`).
///
/// A restricted key that may not read the account is good all the same: [`AccountInfo::refusal`] says so.
/// A key that Stripe does not know is an error.
pub async fn whoami(client: &Client) -> Result<AccountInfo, ClientError> {
    let settings = client.settings();
    let (key_kind, mode) = key_parts(&settings.key)?;
    let request = Request {
        method: Method::Get,
        endpoint: "GET /v1/account",
        path: "/v1/account",
        form: &Form::default(),
        idempotency_key: None,
        object: None,
    };
    let (account, refusal) = match client.send(&request).await {
        Ok(answer) => (answer.body, None),
        Err(ClientError::Api(error)) if error.status == 403 => (Value::Null, Some(error.message)),
        Err(error) => return Err(error),
    };
    let text = |pointer: &str| Some(account.pointer(pointer)?.as_str()?.to_owned());
    let flag = |pointer: &str| account.pointer(pointer)?.as_bool();
    Ok(AccountInfo {
        mode,
        key_kind,
        version: settings.version.clone(),
        id: text("/id"),
        name: text("/settings/dashboard/display_name").or_else(|| text("/business_profile/name")),
        country: text("/country"),
        default_currency: text("/default_currency"),
        charges_enabled: flag("/charges_enabled"),
        payouts_enabled: flag("/payouts_enabled"),
        refusal,
    })
}
