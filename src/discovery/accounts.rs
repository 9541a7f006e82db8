//! Reads accounts: one by its login or id, or those who are known from lists alone, a hundred at once.

use jiff::Timestamp;

use super::entries::{Account, AccountDetails};
use super::error::DiscoveryError;
use super::report::DiscoveryReport;
use super::session::DiscoverySession;
use super::store::{add_accounts, mark_account_gone, set_details};
use crate::database::{Statement, Transaction};
use crate::forge::github::{AccountLookup, Document, PAGE_SIZE, Reading};

/// What became of an account.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FetchedAccount {
    Present(Box<AccountDetails>, Timestamp),
    Gone,
    /// GitHub refuses access to it.
    Refused {
        why: String,
    },
}

/// Reads an account and stores nothing; `None` if it is gone or refused.
pub(super) async fn read_account(
    session: &DiscoverySession,
    id: i64,
) -> Result<Option<AccountDetails>, DiscoveryError> {
    let reading = session.github.fetch_account(id).await?;
    let fetched = check_reading(&format!("the account {id}"), reading)?;
    Ok(match fetched {
        FetchedAccount::Present(details, _) => Some(*details),
        FetchedAccount::Gone | FetchedAccount::Refused { .. } => None,
    })
}

/// Reads an account by its id, and stores what became of it.
pub(super) async fn refresh_account(
    session: &DiscoverySession,
    id: i64,
    depth: i64,
    report: &mut DiscoveryReport,
) -> Result<FetchedAccount, DiscoveryError> {
    let reading = session.github.fetch_account(id).await?;
    let fetched = check_reading(&format!("the account {id}"), reading)?;
    match &fetched {
        FetchedAccount::Present(details, at) => {
            store_details(session, vec![(**details).clone()], depth, *at, report).await?;
        }
        FetchedAccount::Gone => {
            session
                .commit(mark_account_gone(id, session.github.now()))
                .await?;
            report.gone += 1;
        }
        FetchedAccount::Refused { .. } => {}
    }
    Ok(fetched)
}

/// Reads an account by its login, and stores it; its id.
pub(super) async fn read_named(
    session: &DiscoverySession,
    login: &str,
    depth: i64,
    report: &mut DiscoveryReport,
) -> Result<AccountDetails, DiscoveryError> {
    if session.is_login_forgotten(login).await? {
        let login = login.to_owned();
        return Err(DiscoveryError::Forgotten { login });
    }
    let what = format!("account named {login}");
    let reading = session.github.fetch_account_named(login).await?;
    match check_reading(&what, reading)? {
        FetchedAccount::Present(details, _) if session.is_forgotten(&details.account).await? => {
            let login = details.account.login;
            Err(DiscoveryError::Forgotten { login })
        }
        FetchedAccount::Present(details, at) => {
            store_details(session, vec![(*details).clone()], depth, at, report).await?;
            Ok(*details)
        }
        FetchedAccount::Gone => Err(DiscoveryError::Unknown { what }),
        FetchedAccount::Refused { why } => Err(DiscoveryError::Unanswered { what, why }),
    }
}

fn check_reading(what: &str, reading: Reading<Document>) -> Result<FetchedAccount, DiscoveryError> {
    let unanswered = |why: &str| DiscoveryError::Unanswered {
        what: what.to_owned(),
        why: why.to_owned(),
    };
    match reading {
        Reading::Read(document) => match AccountDetails::read(&document.value) {
            Some(details) => Ok(FetchedAccount::Present(Box::new(details), document.at)),
            None => Err(unanswered("the response is not an account")),
        },
        Reading::Gone => Ok(FetchedAccount::Gone),
        Reading::Refused { why } => Ok(FetchedAccount::Refused { why }),
        Reading::Broken { why } => Err(unanswered(&why)),
        Reading::Moved | Reading::Unchanged => Err(unanswered("there is no answer")),
    }
}

/// Stores accounts that may be stored, with what their pages say.
async fn store_details(
    session: &DiscoverySession,
    details: Vec<AccountDetails>,
    depth: i64,
    at: Timestamp,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let accounts: Vec<Account> = details.iter().map(|one| one.account.clone()).collect();
    let admitted = session.admit(accounts).await?;
    let work = add_accounts(Transaction::new(), &admitted.accounts, depth, at);
    let is_admitted = |id: i64| admitted.accounts.iter().any(|one| one.id == id);
    let details: Vec<AccountDetails> = details
        .into_iter()
        .filter(|one| is_admitted(one.account.id))
        .collect();
    session.commit(set_details(work, &details, at)).await?;
    session.note_new(admitted.new);
    report.new_developers += admitted.new;
    Ok(())
}

/// Reads those who are known from lists alone. Does nothing without a token: each would cost a request.
pub(super) async fn read_new_accounts(
    session: &DiscoverySession,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let text = "SELECT github_id, node_id FROM developers
                WHERE read_at IS NULL AND node_id IS NOT NULL AND state = 'present'
                    AND github_id > $1
                ORDER BY github_id LIMIT $2";
    let mut last = 0;
    while session.github.has_token() {
        let most = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX);
        let values = vec![last.into(), most.into()];
        let wanted = fetch_wanted(session, Statement::new(text, values)).await?;
        let Some((highest, _)) = wanted.last() else {
            return Ok(());
        };
        last = *highest;
        read_batch(session, wanted, report).await?;
    }
    Ok(())
}

/// Reads accounts whose data is old, so that it is known who has changed, and who is gone; as many
/// hundreds as developers are synced, those with lists first.
pub(super) async fn refresh_old_accounts(
    session: &DiscoverySession,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    if !session.github.has_token() {
        return Ok(());
    }
    let now = session.github.now();
    let before = now.checked_sub(session.settings.pause()).unwrap_or(now);
    let most = PAGE_SIZE.saturating_mul(session.settings.count);
    let text = "SELECT github_id, node_id FROM developers
                WHERE read_at < $1 AND node_id IS NOT NULL AND state = 'present'
                ORDER BY CASE WHEN synced_at IS NULL THEN 1 ELSE 0 END, read_at, github_id
                LIMIT $2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values = vec![before.into(), most.into()];
    let wanted = fetch_wanted(session, Statement::new(text, values)).await?;
    for batch in wanted.chunks(PAGE_SIZE) {
        read_batch(session, batch.to_vec(), report).await?;
    }
    Ok(())
}

async fn fetch_wanted(
    session: &DiscoverySession,
    statement: Statement,
) -> Result<Vec<(i64, String)>, DiscoveryError> {
    let rows = session.database.query(statement).await?;
    rows.iter()
        .map(|row| Ok((row.integer("github_id")?, row.text("node_id")?)))
        .collect()
}

async fn read_batch(
    session: &DiscoverySession,
    wanted: Vec<(i64, String)>,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    session.check_stop()?;
    let (ids, nodes): (Vec<i64>, Vec<String>) = wanted.into_iter().unzip();
    let answers = session.github.fetch_accounts(&nodes).await?;
    let at = session.github.now();
    let mut found = Vec::new();
    for (id, answer) in ids.into_iter().zip(answers) {
        match answer {
            AccountLookup::Read(node) => match AccountDetails::read_node(&node) {
                Some(details) if details.account.id == id => found.push(details),
                _ => report.add_problem(
                    &format!("account {id}"),
                    "GitHub's response is not an account".to_owned(),
                ),
            },
            AccountLookup::Gone => {
                session.commit(mark_account_gone(id, at)).await?;
                report.gone += 1;
            }
            AccountLookup::Broken { why } => report.add_problem(&format!("account {id}"), why),
        }
    }
    report.accounts_read += found.len() as u64;
    // They are in the map, so their depth stays.
    let depth = session.settings.depth + 1;
    store_details(session, found, depth, at, report).await
}
