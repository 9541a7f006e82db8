//! How a program is let in: `/login/oauth/authorize` with PKCE, `/login/oauth/access_token`, and the end
//! of it, `DELETE /applications/{client}/grant`.

use std::collections::HashMap;

use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::state::OauthCode;
use crate::github::reply::{error_response, json_response};
use crate::github::state::GitHubState;
use crate::service::ReceivedRequest;

/// What tokens begin with that apps are given, and after how long they end if they do.
const MARK: &str = "gho_";
const TOKEN_SECONDS: u64 = 8 * 3_600;

/// `None` if the request is about something else.
pub(in crate::github) fn respond(
    state: &mut GitHubState,
    request: &ReceivedRequest,
    now: u64,
) -> Option<Response> {
    end_tokens(state, now);
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["login", "oauth", "authorize"]) => Some(authorize(state, request)),
        (&Method::POST, ["login", "oauth", "access_token"]) => Some(exchange(state, request, now)),
        (&Method::DELETE, ["applications", client, "grant"]) => {
            Some(revoke(state, client, request))
        }
        _ => None,
    }
}

fn authorize(state: &mut GitHubState, request: &ReceivedRequest) -> Response {
    let text = |name: &str| request.parameter(name).unwrap_or_default();
    let persons = &mut state.persons;
    let is_known = persons.clients.contains_key(&text("client_id"));
    let has_challenge = text("code_challenge_method") == "S256" && !text("state").is_empty();
    let Some(account) = persons.at_browser.filter(|_| is_known && has_challenge) else {
        return error_response(404, "Not Found");
    };
    let Ok(mut back) = url::Url::parse(&text("redirect_uri")) else {
        return error_response(400, "no redirect_uri");
    };
    persons.given += 1;
    let code = format!("code-{}", persons.given);
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &text("state"));
    persons.codes.insert(
        code,
        OauthCode {
            client: text("client_id"),
            account,
            redirect: text("redirect_uri"),
            challenge: text("code_challenge"),
            scope: text("scope"),
        },
    );
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(location) = HeaderValue::from_str(back.as_str()) {
        response.headers_mut().insert("location", location);
    }
    response
}

/// Those whose time is over are no longer known; what the account has agreed to stays.
fn end_tokens(state: &mut GitHubState, now: u64) {
    let ended = state.persons.ends.extract_if(|_, end| *end <= now);
    for (token, _) in ended {
        state.tokens.remove(&token);
        state.persons.owners.remove(&token);
    }
}

fn exchange(state: &mut GitHubState, request: &ReceivedRequest, now: u64) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect();
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let wrong = |error: &str| json_response(200, &json!({ "error": error }));
    let persons = &mut state.persons;
    let Some(client) = persons.clients.get(text("client_id")) else {
        return error_response(404, "Not Found");
    };
    if client.secret != text("client_secret") {
        return wrong("incorrect_client_credentials");
    }
    if text("grant_type") == "refresh_token" {
        let Some(account) = persons.refresh.remove(text("refresh_token")) else {
            return wrong("bad_refresh_token");
        };
        let owned = persons.owners.iter();
        let owned = owned.filter(|(token, id)| **id == account && token.starts_with(MARK));
        let owned: Vec<String> = owned.map(|(token, _)| token.clone()).collect();
        for token in owned {
            state.tokens.remove(&token);
            persons.owners.remove(&token);
        }
        return give(state, account, "", now);
    }
    let Some(code) = persons.codes.remove(text("code")) else {
        return wrong("bad_verification_code");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(text("code_verifier")));
    if code.client != text("client_id")
        || code.redirect != text("redirect_uri")
        || code.challenge != challenge
    {
        return wrong("bad_verification_code");
    }
    persons.grants.insert(code.account);
    give(state, code.account, &code.scope, now)
}

fn give(state: &mut GitHubState, account: u64, scope: &str, now: u64) -> Response {
    let persons = &mut state.persons;
    persons.given += 1;
    let token = format!("{MARK}{:032}", persons.given);
    persons.owners.insert(token.clone(), account);
    state.tokens.insert(token.clone());
    let mut answer = json!({ "access_token": token, "token_type": "bearer", "scope": scope });
    if persons.do_tokens_end {
        let refresh = format!("ghr_{:032}", persons.given);
        answer["refresh_token"] = refresh.as_str().into();
        answer["expires_in"] = TOKEN_SECONDS.into();
        persons.refresh.insert(refresh, account);
        persons.ends.insert(token, now + TOKEN_SECONDS);
    }
    json_response(200, &answer)
}

fn revoke(state: &mut GitHubState, client: &str, request: &ReceivedRequest) -> Response {
    let header = request.header("authorization");
    let given = header.strip_prefix("Basic ").unwrap_or_default();
    let secret = state
        .persons
        .clients
        .get(client)
        .map(|client| client.secret.clone());
    let expected = secret.map(|secret| STANDARD.encode(format!("{client}:{secret}")));
    if expected.as_deref() != Some(given) {
        return error_response(401, "Bad credentials");
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let token = body["access_token"].as_str().unwrap_or_default();
    let Some(account) = state.persons.owners.get(token).copied() else {
        return error_response(404, "Not Found");
    };
    state.persons.grants.remove(&account);
    state.persons.refresh.retain(|_, holder| *holder != account);
    // All that the app was given; other tokens of the account stay.
    let tokens = state.persons.owners.iter();
    let tokens = tokens.filter(|(token, id)| **id == account && token.starts_with(MARK));
    let tokens: Vec<String> = tokens.map(|(token, _)| token.clone()).collect();
    for token in tokens {
        state.tokens.remove(&token);
        state.persons.owners.remove(&token);
    }
    StatusCode::NO_CONTENT.into_response()
}
