//! The ways in which the fake registry misbehaves on request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::counters::RequestKind;
use super::registry::normalize;

/// Which requests a fault hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Every request.
    Everything,
    /// The requests of one kind.
    Kind(RequestKind),
    /// Every document of one project, whatever the spelling of its name.
    Project(String),
    /// The documents of one kind of one project.
    Document(RequestKind, String),
    /// The calls of `browse` for one classifier.
    Classifier(String),
}

/// What happens to a request that is hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An empty answer with this status; 404 for a project that exists, 429 without a hint, 503, …
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    RetryAfterSeconds(u64),
    /// 429 with `Retry-After` as a date that many seconds from now.
    RetryAfterDate(u64),
    /// The connection closes after half of the announced body.
    HalfBody,
    /// No answer, ever.
    Hang,
    /// Half of the body, then nothing, ever.
    StallMidBody,
    /// The document says a serial that much lower than it is, in body and header.
    OlderSerial(u64),
    /// The index lists only so many projects, and is whole otherwise.
    ShortIndex(usize),
    /// The document has no key `vulnerabilities`.
    NoVulnerabilities,
    /// The project document has no key `releases`.
    NoReleases,
    /// A whole answer whose JSON ends in the middle.
    MalformedJson,
    /// A page of HTML with status 200 instead of JSON.
    Html,
    /// A description of this many bytes, in an answer that does not announce its length.
    HugeDescription(u64),
    /// An XML-RPC fault with this message.
    XmlRpcFault(String),
    /// Other answers to `browse`: name and version of each.
    BrowseAnswers(Vec<(String, String)>),
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Spares the lock in the usual case.
    is_any: AtomicBool,
    list: Mutex<Vec<Armed>>,
}

#[derive(Debug)]
struct Armed {
    on: On,
    fault: Fault,
    /// How many requests it still hits; `None`: until cleared.
    left: Option<u32>,
}

impl Faults {
    pub(super) fn add(&self, on: On, fault: Fault, times: Option<u32>) {
        let on = match on {
            On::Project(name) => On::Project(normalize(&name)),
            On::Document(kind, name) => On::Document(kind, normalize(&name)),
            on => on,
        };
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(Armed {
            on,
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

    /// The first fault that hits this request, used up by one.
    pub(super) fn take(&self, kind: RequestKind, normalized: Option<&str>) -> Option<Fault> {
        self.first(|on| match on {
            On::Everything => true,
            On::Kind(wanted) => *wanted == kind,
            On::Project(name) => normalized == Some(name),
            On::Document(wanted, name) => *wanted == kind && normalized == Some(name),
            On::Classifier(_) => false,
        })
    }

    /// The first fault that hits a call of `browse`, used up by one.
    pub(super) fn take_browse(&self, classifiers: &[String]) -> Option<Fault> {
        self.first(|on| matches!(on, On::Classifier(wanted) if classifiers.contains(wanted)))
    }

    fn first(&self, hits: impl Fn(&On) -> bool) -> Option<Fault> {
        if !self.is_any.load(Ordering::Acquire) {
            return None;
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let at = list
            .iter()
            .position(|armed| armed.left != Some(0) && hits(&armed.on))?;
        let armed = list.get_mut(at)?;
        armed.left = armed.left.map(|left| left - 1);
        Some(armed.fault.clone())
    }
}
