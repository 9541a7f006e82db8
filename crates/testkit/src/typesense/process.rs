//! What Linux tells of a process under `/proc`; nothing here signals or starts one.

/// The start time of a living process in clock ticks since boot, `None` when it is gone or a
/// zombie. Process id and start time together name a process for good.
pub(super) fn start_time(process_id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_ascii_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Resident memory of a process in bytes, `None` when it is gone.
pub(super) fn resident_bytes(process_id: u32) -> Option<u64> {
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
    fn this_process_lives_and_uses_memory() {
        let own = std::process::id();
        assert!(start_time(own).is_some());
        assert!(resident_bytes(own).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(start_time(u32::MAX), None);
    }
}
