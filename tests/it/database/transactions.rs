//! All statements of a transaction are run, or none.

use anyhow::Result;
use pyfa::database::{DatabaseError, Statement, Transaction};

use super::{Place, add_issue, number, on_both};

on_both!(
    all_statements_are_run_or_none,
    without_its_guard_a_transaction_does_nothing,
    writers_at_once_lose_nothing,
    a_caller_that_gives_up_leaves_no_half,
);

const COUNT: &str = "SELECT COUNT(*) AS rows FROM issues";

async fn all_statements_are_run_or_none(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let both = Transaction::new()
        .and(add_issue(1, 1, "a"))
        .and(add_issue(1, 2, "b"));
    let refused = database.commit(both).await;
    assert!(
        matches!(&refused, Err(error) if error.is_conflict() && !error.is_temporary()),
        "{refused:?}"
    );
    assert_eq!(number(&database, COUNT).await?, 0);

    let broken = Transaction::new()
        .and(add_issue(1, 1, "a"))
        .and(Statement::new("UPDATE nowhere SET x = 1", Vec::new()));
    let refused = database.commit(broken).await;
    assert!(matches!(refused, Err(DatabaseError::Broken { .. })));
    assert_eq!(number(&database, COUNT).await?, 0);

    let counts = database
        .commit(
            Transaction::new()
                .and(add_issue(1, 1, "a"))
                .and(add_issue(2, 2, "b"))
                .and(Statement::for_each(
                    "UPDATE issues SET title = $1 WHERE number >= $2",
                    vec![
                        vec!["c".into(), 1_i64.into()],
                        vec!["d".into(), 2_i64.into()],
                    ],
                )),
        )
        .await?;
    assert_eq!(counts, Some(vec![1, 1, 3]));
    Ok(())
}

async fn without_its_guard_a_transaction_does_nothing(place: &Place) -> Result<()> {
    let database = place.open().await?;
    database.write(add_issue(1, 1, "holder")).await?;
    let guarded = |holder: &str| {
        Transaction::new()
            .only_if(Statement::new(
                "UPDATE issues SET comments = 1 WHERE title = $1",
                vec![holder.into()],
            ))
            .and(add_issue(2, 2, "written"))
    };
    assert_eq!(database.commit(guarded("another")).await?, None);
    assert_eq!(number(&database, COUNT).await?, 1);
    assert_eq!(database.commit(guarded("holder")).await?, Some(vec![1]));
    assert_eq!(number(&database, COUNT).await?, 2);
    Ok(())
}

async fn writers_at_once_lose_nothing(place: &Place) -> Result<()> {
    let first = place.open().await?;
    let second = place.open().await?;
    first
        .write(Statement::new(
            "INSERT INTO event_polls (id, page_no) VALUES (1, 0)",
            Vec::new(),
        ))
        .await?;
    let mut tasks = Vec::new();
    for at in 0..40_i64 {
        let database = if at % 2 == 0 { &first } else { &second }.clone();
        tasks.push(tokio::spawn(async move {
            let add = "UPDATE event_polls SET page_no = page_no + $1 WHERE id = 1";
            database.write(Statement::new(add, vec![at.into()])).await
        }));
    }
    for task in tasks {
        assert_eq!(task.await??, 1);
    }
    let total = number(&first, "SELECT page_no FROM event_polls").await?;
    assert_eq!(total, (0..40).sum::<i64>());
    Ok(())
}

async fn a_caller_that_gives_up_leaves_no_half(place: &Place) -> Result<()> {
    let database = place.open().await?;
    for at in 0..30 {
        let mut transaction = Transaction::new();
        for one in 0..20 {
            transaction = transaction.and(add_issue(at * 100 + one, one, "x"));
        }
        // Given up after a different number of steps each time.
        let mut commit = Box::pin(database.commit(transaction));
        for _ in 0..at {
            let polled = futures::poll!(&mut commit);
            if polled.is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
    }
    let halves = "SELECT COUNT(*) AS halves FROM
        (SELECT id / 100 AS batch FROM issues GROUP BY id / 100 HAVING COUNT(*) <> 20) AS found";
    assert_eq!(number(&database, halves).await?, 0);
    database.write(add_issue(1_000_000, 1, "last")).await?;
    assert_eq!(number(&database, halves).await?, 1, "only the last");
    Ok(())
}
