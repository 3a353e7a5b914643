//! What this process takes of the computer.

/// Resident memory in bytes; zero where the system does not tell.
pub fn resident_bytes() -> u64 {
    // Linux: fields of /proc/self/status, in kB.
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            status
                .lines()
                .find_map(|line| line.strip_prefix("VmRSS:"))
                .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        })
        .map_or(0, |kilobytes| kilobytes * 1024)
}

/// Memory that could be had without swapping, in bytes; None where the system does not tell.
pub fn free_bytes() -> Option<u64> {
    // Linux: fields of /proc/meminfo, in kB.
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
