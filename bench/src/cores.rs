//! Which core a thread runs on.
//!
//! Waking a thread on another core that sleeps costs several times what a whole ping costs on one core, and the system
//! changes its mind about where threads run. So a measurement says where they run.

/// Lets the calling thread, and those that it starts from now on, run on one core of those that this process may use: the
/// `index`th of them, or the last.
#[cfg(target_os = "linux")]
pub(crate) fn pin(index: usize) -> anyhow::Result<()> {
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    static ALLOWED: OnceLock<CpuSet> = OnceLock::new();
    // Asked for once, because it is about to become smaller.
    let allowed = match ALLOWED.get() {
        Some(allowed) => allowed,
        None => ALLOWED.get_or_init(|| sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new())),
    };
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    if let Some(core) = cores.get(index).or(cores.last()) {
        let mut set = CpuSet::new();
        set.set(*core);
        sched_setaffinity(None, &set)?;
    }
    Ok(())
}

/// Other systems do not let programs choose.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_index: usize) -> anyhow::Result<()> {
    Ok(())
}
