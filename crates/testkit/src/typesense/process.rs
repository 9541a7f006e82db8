//! Reads `/proc` for the state of a process. Nothing here starts or signals one.

/// Reads the start time of a running process in clock ticks since boot; `None` if it is gone or a
/// zombie. Process id and start time together identify a process.
pub(crate) fn read_start_time(process_id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_ascii_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Reads the resident memory of a process in bytes; `None` if it is gone.
pub(super) fn read_resident_bytes(process_id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_running_and_uses_memory() {
        let own = std::process::id();
        assert!(read_start_time(own).is_some());
        assert!(read_resident_bytes(own).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(read_start_time(u32::MAX), None);
    }
}
