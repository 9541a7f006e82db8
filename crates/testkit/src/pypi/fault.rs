//! Faults that tests make the fake registry produce.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::counters::RequestKind;
use super::registry::normalize;

/// The requests that a fault applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Every request.
    Everything,
    /// Requests of one kind.
    Kind(RequestKind),
    /// Requests for any document of a project, in any spelling of its name.
    Project(String),
    /// Requests for one kind of document of a project.
    Document(RequestKind, String),
    /// Calls of `browse` with this classifier.
    Classifier(String),
}

/// What the fake does instead of responding properly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Sends an empty response with this status.
    Status(u16),
    /// Sends 429 with `Retry-After` in seconds.
    RetryAfterSeconds(u64),
    /// Sends 429 with `Retry-After` as a date that many seconds from now.
    RetryAfterDate(u64),
    /// Closes the connection after half of the body.
    HalfBody,
    /// Never responds.
    Hang,
    /// Sends half of the body and then nothing.
    StallMidBody,
    /// Lowers the serial in body and header by this much.
    OlderSerial(u64),
    /// Truncates the list of projects in the index to this length.
    ShortIndex(usize),
    /// Leaves out the key `vulnerabilities`.
    NoVulnerabilities,
    /// Leaves out the key `releases` of a project document.
    NoReleases,
    /// Sends half of the JSON, as a complete response.
    MalformedJson,
    /// Sends an HTML page with status 200 instead of JSON.
    Html,
    /// Sends a description of this many bytes, without `Content-Length`.
    HugeDescription(u64),
    /// Sends an XML-RPC fault with this message.
    XmlRpcFault(String),
    /// Makes `browse` return these names and versions.
    BrowseAnswers(Vec<(String, String)>),
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Avoids taking the lock when there are no faults.
    is_any: AtomicBool,
    list: Mutex<Vec<ActiveFault>>,
}

#[derive(Debug)]
struct ActiveFault {
    on: On,
    fault: Fault,
    /// How many requests it still applies to; unlimited if `None`.
    left: Option<u32>,
}

impl Faults {
    pub(super) fn add(&self, on: On, fault: Fault, times: Option<u32>) {
        let normalized = match on {
            On::Project(name) => On::Project(normalize(&name)),
            On::Document(kind, name) => On::Document(kind, normalize(&name)),
            on => on,
        };
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(ActiveFault {
            on: normalized,
            fault,
            left: times,
        });
        self.is_any.store(true, Ordering::Release);
    }

    pub(super) fn clear(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.clear();
        self.is_any.store(false, Ordering::Release);
    }

    /// Takes the first fault that applies to this request.
    pub(super) fn take(&self, kind: RequestKind, normalized: Option<&str>) -> Option<Fault> {
        self.take_first(|on| match on {
            On::Everything => true,
            On::Kind(wanted) => *wanted == kind,
            On::Project(name) => normalized == Some(name),
            On::Document(wanted, name) => *wanted == kind && normalized == Some(name),
            On::Classifier(_) => false,
        })
    }

    /// Takes the first fault that applies to this call of `browse`.
    pub(super) fn take_browse(&self, classifiers: &[String]) -> Option<Fault> {
        self.take_first(|on| matches!(on, On::Classifier(wanted) if classifiers.contains(wanted)))
    }

    fn take_first(&self, applies: impl Fn(&On) -> bool) -> Option<Fault> {
        if !self.is_any.load(Ordering::Acquire) {
            return None;
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let at = list
            .iter()
            .position(|active| active.left != Some(0) && applies(&active.on))?;
        let active = list.get_mut(at)?;
        active.left = active.left.map(|left| left - 1);
        Some(active.fault.clone())
    }
}
