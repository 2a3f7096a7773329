//! Decides, from what can be seen of a KiCad that starts, whether to wait on, to go ahead, or what is wrong.

use std::time::Duration;

use super::ping::Answer;
use super::process::Stat;

/// What is seen at one look.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) alive: bool,
    pub(crate) answer: Answer,
    /// Since it was started.
    pub(crate) elapsed: Duration,
    /// For how long it has done nothing.
    pub(crate) idle: Duration,
}

/// How long to have patience.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From start to readiness.
    pub(crate) ready: Duration,
    /// A KiCad that does nothing for so long and is not ready waits for somebody.
    pub(crate) idle: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wait,
    Ready,
    Died,
    /// It is not ready and will not become so by itself: a dialog wants an answer.
    Dialog,
    /// Time is up, and a dialog is not what it looks like.
    TooSlow,
}

/// What to make of what was seen.
pub(crate) fn judge(seen: &Seen, limits: Limits) -> Verdict {
    let late = seen.elapsed >= limits.ready;
    match seen.answer {
        _ if !seen.alive => Verdict::Died,
        Answer::Ready(_) => Verdict::Ready,
        Answer::NotReady | Answer::NoSocket if seen.idle >= limits.idle => Verdict::Dialog,
        _ if late => Verdict::TooSlow,
        _ => Verdict::Wait,
    }
}

/// Measures for how long a process has done nothing.
///
/// One that waits for somebody still blinks its cursor, so a twentieth of a core counts as nothing. One that gets no
/// core, or waits for the disk, sleeps through no fault of its own: a look that finds it so counts as work.
#[derive(Debug, Default)]
pub(crate) struct IdleWatch {
    /// Work, in ticks, that was seen outside of the time on a processor.
    waiting: u64,
    since: Option<(Duration, u64)>,
}

impl IdleWatch {
    const TICKS_PER_SECOND: u64 = 100;
    const TICKS_PER_WAIT: u64 = 10;
    /// So much is never work.
    const SLACK: u64 = 20;

    /// For how long it has done nothing, after one more look at it at the time `now`.
    pub(crate) fn look(&mut self, now: Duration, stat: Stat) -> Duration {
        if matches!(stat.state, 'R' | 'D') {
            self.waiting += Self::TICKS_PER_WAIT;
        }
        let work = stat.ticks + self.waiting;
        if let Some((since, before)) = self.since {
            let idle = now.saturating_sub(since);
            let allowed = Self::SLACK + idle.as_secs() * Self::TICKS_PER_SECOND / 20;
            if work.saturating_sub(before) <= allowed {
                return idle;
            }
        }
        self.since = Some((now, work));
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { ready: Duration::from_secs(120), idle: Duration::from_secs(12) };

    #[track_caller]
    fn check(alive: bool, answer: Answer, elapsed: u64, idle: u64, expected: Verdict) {
        let [elapsed, idle] = [elapsed, idle].map(Duration::from_secs);
        assert_eq!(judge(&Seen { alive, answer, elapsed, idle }, LIMITS), expected);
    }

    #[test]
    fn a_ready_kicad_is_ready_however_late() {
        check(true, Answer::Ready(vec![]), 1, 0, Verdict::Ready);
        check(true, Answer::Ready(vec![]), 500, 100, Verdict::Ready);
    }

    #[test]
    fn a_dead_kicad_is_dead_whatever_it_last_said() {
        check(false, Answer::NoSocket, 1, 0, Verdict::Died);
        check(false, Answer::Ready(vec![]), 1, 0, Verdict::Died);
    }

    #[test]
    fn one_that_works_may_take_its_time() {
        check(true, Answer::NoSocket, 2, 2, Verdict::Wait);
        check(true, Answer::NotReady, 119, 11, Verdict::Wait);
        check(true, Answer::Silent, 119, 60, Verdict::Wait);
    }

    #[test]
    fn not_ready_and_idle_is_a_dialog() {
        check(true, Answer::NotReady, 20, 12, Verdict::Dialog);
        check(true, Answer::NoSocket, 20, 12, Verdict::Dialog);
        check(true, Answer::NotReady, 120, 12, Verdict::Dialog);
    }

    #[test]
    fn other_answers_are_only_ever_too_late() {
        // It loads a large board.
        check(true, Answer::NotReady, 120, 11, Verdict::TooSlow);
        check(true, Answer::Silent, 120, 120, Verdict::TooSlow);
        check(true, Answer::NoSocket, 120, 0, Verdict::TooSlow);
        check(true, Answer::Other("status 5".into()), 120, 0, Verdict::TooSlow);
    }

    /// Looks ten times a second for `seconds` at a process that is in `state` and works `percent` of the time.
    fn watch(seconds: u32, percent: u64, state: impl Fn(u32) -> char) -> Duration {
        let mut watch = IdleWatch::default();
        let looks = (0..=seconds * 10).map(|look| {
            let ticks = u64::from(look) * 10 * percent / 100;
            let stat = Stat::parse(&format!(
                "1 (k) {} {} {ticks} 0 0 0 0 0 0 0 1",
                state(look),
                ["0"; 10].join(" ")
            ));
            watch.look(Duration::from_millis(100) * look, stat.unwrap())
        });
        looks.last().unwrap()
    }

    #[test]
    fn a_blinking_cursor_is_idle() {
        assert_eq!(watch(20, 0, |_| 'S'), Duration::from_secs(20));
        assert_eq!(watch(20, 3, |_| 'S'), Duration::from_secs(20));
    }

    #[test]
    fn work_is_not_idle() {
        assert!(watch(20, 60, |_| 'S') < Duration::from_secs(1));
    }

    #[test]
    fn one_that_gets_no_core_or_disk_is_not_idle() {
        assert!(watch(20, 0, |_| 'D') < Duration::from_secs(1));
        assert!(watch(20, 0, |look| if look % 4 == 0 { 'R' } else { 'S' }) < Duration::from_secs(2));
    }
}
