//! What an error of the driver means. No I/O.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::database::error::DatabaseError;

pub(super) fn translate(place: String, error: &Error) -> DatabaseError {
    // The driver's own text says "db error"; what happened stands in the cause.
    let why = match error.as_db_error() {
        Some(fault) => fault.message().to_owned(),
        None => error
            .source()
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    };
    let Some(code) = error.code() else {
        return without_code(place, why, error);
    };
    match code.code().get(..2).unwrap_or_default() {
        "23" => DatabaseError::Conflict { place, why },
        "28" | "3D" => DatabaseError::Refused { place, why },
        "53" if *code == SqlState::DISK_FULL => DatabaseError::Full { place },
        "57" if *code == SqlState::QUERY_CANCELED => DatabaseError::TooSlow { place },
        // No resources; the server shuts down or starts; the connection broke.
        "08" | "53" | "57" => DatabaseError::Away { place, why },
        "40" | "55" => DatabaseError::Locked { place, why },
        _ => DatabaseError::Broken { place, why },
    }
}

/// An error that the server has not sent.
fn without_code(place: String, why: String, error: &Error) -> DatabaseError {
    let cause = error.source();
    let broken = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(inner) = broken.and_then(io::Error::get_ref)
        && let Some(rustls::Error::InvalidCertificate(problem)) = inner.downcast_ref()
    {
        let why = problem.to_string();
        return DatabaseError::Untrusted { place, why };
    }
    // The driver does not say otherwise which kind of error it is.
    match error.to_string().as_str() {
        "error performing TLS handshake" | "authentication error" | "invalid configuration" => {
            DatabaseError::Refused { place, why }
        }
        "timeout waiting for server" | "error connecting to server" => {
            DatabaseError::Away { place, why }
        }
        _ if broken.is_some() || error.is_closed() => DatabaseError::Away { place, why },
        _ => DatabaseError::Broken { place, why },
    }
}
