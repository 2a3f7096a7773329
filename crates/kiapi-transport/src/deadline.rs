//! A point in time until which an operation may take, or none.

use std::time::{Duration, Instant};

/// The moment at which waiting ends, or [`Deadline::NEVER`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use kiapi_transport::Deadline;
///
/// let deadline = Deadline::after(Duration::from_secs(5));
/// assert!(!deadline.has_passed());
/// assert!(deadline.remaining().is_some_and(|left| left <= Duration::from_secs(5)));
/// assert_eq!(Deadline::NEVER.remaining(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline that never passes.
    pub const NEVER: Self = Self(None);

    /// The deadline at a moment.
    #[inline]
    pub const fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// The deadline this long from now. A time beyond what the clock can express is [`Deadline::NEVER`].
    #[inline]
    pub fn after(time: Duration) -> Self {
        Self(clock::now().checked_add(time))
    }

    /// The moment, or `None` for [`Deadline::NEVER`].
    #[inline]
    pub const fn instant(self) -> Option<Instant> {
        self.0
    }

    /// The time that is left, zero once the deadline has passed, `None` for [`Deadline::NEVER`].
    #[inline]
    pub fn remaining(self) -> Option<Duration> {
        self.0.map(|moment| moment.saturating_duration_since(clock::now()))
    }

    /// Whether the moment has come.
    #[inline]
    pub fn has_passed(self) -> bool {
        self.0.is_some_and(|moment| moment <= clock::now())
    }

    /// Whether the moment has come by another one: to look at the clock once for several things.
    #[inline]
    pub(crate) fn has_passed_by(self, now: Instant) -> bool {
        self.0.is_some_and(|moment| moment <= now)
    }

    /// The earlier of two.
    #[must_use]
    #[inline]
    pub fn min(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl From<Instant> for Deadline {
    #[inline]
    fn from(moment: Instant) -> Self {
        Self::at(moment)
    }
}

impl From<Duration> for Deadline {
    #[inline]
    fn from(time: Duration) -> Self {
        Self::after(time)
    }
}

/// What time it is.
pub(crate) mod clock {
    #[cfg(not(test))]
    #[inline]
    pub(crate) fn now() -> std::time::Instant {
        std::time::Instant::now()
    }

    #[cfg(test)]
    pub(crate) use in_tests::{advance, now};

    /// A clock that a test can move, for its own thread.
    #[cfg(test)]
    mod in_tests {
        use std::cell::Cell;
        use std::time::{Duration, Instant};

        thread_local! {
            static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        }

        pub(crate) fn now() -> Instant {
            Instant::now() + AHEAD.get()
        }

        pub(crate) fn advance(by: Duration) {
            AHEAD.set(AHEAD.get() + by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_deadline_wins_and_never_is_the_latest() {
        let now = Instant::now();
        let (soon, late) = (Deadline::at(now), Deadline::at(now + Duration::from_secs(1)));
        assert_eq!(soon.min(late), soon);
        assert_eq!(late.min(soon), soon);
        assert_eq!(late.min(Deadline::NEVER), late);
        assert_eq!(Deadline::NEVER.min(late), late);
        assert_eq!(Deadline::NEVER.min(Deadline::NEVER), Deadline::NEVER);
    }

    #[test]
    fn an_unthinkable_time_is_never() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
    }
}
