//! What monitors ask: health, numbers, and operations that this engine has no need of.
//!
//! The keys are those that monitors know; numbers that are not measured here are 0.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the table of routes wants one form of function"
)]

use std::fs;

use serde_json::{Map, Value, json};

use crate::error::{EngineError, EngineResult, ErrorCode};

use super::api_call::ApiCall;
use super::reply::Reply;

/// The version whose behaviour is served.
const VERSION: &str = "0.24.1";
/// A single node leads itself.
const LEADER: u8 = 1;

pub(super) fn health(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!({"ok": true})))
}

pub(super) fn debug(_: &ApiCall) -> EngineResult<Reply> {
    let engine = concat!("pyfa-engine ", env!("CARGO_PKG_VERSION"));
    Ok(Reply::ok(
        &json!({"engine": engine, "state": LEADER, "version": VERSION}),
    ))
}

pub(super) fn status(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(
        &json!({"committed_index": 0, "queued_writes": 0, "state": "LEADER"}),
    ))
}

pub(super) fn metrics(_: &ApiCall) -> EngineResult<Reply> {
    let resident = process_memory();
    let (total, used) = system_memory();
    let values = [
        ("system_cpu_active_percentage", "0.00".to_owned()),
        ("system_disk_total_bytes", "0".to_owned()),
        ("system_disk_used_bytes", "0".to_owned()),
        ("system_memory_total_bytes", total.to_string()),
        ("system_memory_used_bytes", used.to_string()),
        ("system_network_received_bytes", "0".to_owned()),
        ("system_network_sent_bytes", "0".to_owned()),
        ("typesense_memory_active_bytes", resident.to_string()),
        ("typesense_memory_allocated_bytes", resident.to_string()),
        ("typesense_memory_fragmentation_ratio", "0.00".to_owned()),
        ("typesense_memory_mapped_bytes", "0".to_owned()),
        ("typesense_memory_metadata_bytes", "0".to_owned()),
        ("typesense_memory_resident_bytes", resident.to_string()),
        ("typesense_memory_retained_bytes", "0".to_owned()),
    ];
    let metrics: Map<String, Value> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    Ok(Reply::ok(&Value::Object(metrics)))
}

/// Bytes of this process in memory; 0 where the system does not say.
fn process_memory() -> u64 {
    field("/proc/self/status", "VmRSS:")
}

/// Bytes of memory there are, and are in use.
fn system_memory() -> (u64, u64) {
    let total = field("/proc/meminfo", "MemTotal:");
    let free = field("/proc/meminfo", "MemAvailable:");
    (total, total.saturating_sub(free))
}

/// A line like `Name:  12 kB` of a file, in bytes.
fn field(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let value = lines.next().and_then(|rest| rest.split_whitespace().next());
    value
        .and_then(|value| value.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

pub(super) fn stats(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!({
        "delete_latency_ms": 0,
        "delete_requests_per_second": 0,
        "import_latency_ms": 0,
        "import_requests_per_second": 0,
        "latency_ms": {},
        "overloaded_requests_per_second": 0,
        "pending_write_batches": 0,
        "requests_per_second": {},
        "search_latency_ms": 0,
        "search_requests_per_second": 0,
        "total_requests_per_second": 0.0,
        "write_latency_ms": 0,
        "write_requests_per_second": 0,
    })))
}

/// Nothing of another server's configuration means anything here.
pub(super) fn config(call: &ApiCall) -> EngineResult<Reply> {
    call.json()?;
    Ok(Reply::created(&json!({"success": true})))
}

/// A success here would be a backup that is not there.
pub(super) fn snapshot(call: &ApiCall) -> EngineResult<Reply> {
    if call.query.get("snapshot_path").is_none() {
        return Err(EngineError::invalid(
            "Parameter `snapshot_path` is required.",
        ));
    }
    Err(EngineError::new(
        ErrorCode::Unsupported,
        "This engine writes no snapshots: copy its data folder while it is stopped.",
    ))
}

/// A single node has nobody to vote for.
pub(super) fn vote(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!({"success": false})))
}

/// There is no cache to clear, and files are compacted all the time.
pub(super) fn nothing_to_do(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!({"success": true})))
}

/// A change of a schema is over when it is answered.
pub(super) fn schema_changes(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!([])))
}
