//! Compares ways to do the same thing, on a machine whose speed changes while it is measured.
//!
//! All ways take turns, round by round, so that what slows the machine slows them all. Each round gives a ratio to the
//! first way, the baseline, and the median of these ratios is what is believed; times are for orientation.

use std::time::{Duration, Instant};

/// A way to do the thing once.
pub(crate) type Way = Box<dyn FnMut()>;

/// What was measured of one way.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// The time of doing it once, in the median of all rounds.
    pub(crate) median: Duration,
    /// The median, over all rounds, of the ratio to the baseline.
    pub(crate) ratio: f64,
    /// A quarter of the rounds had a lower ratio, and a quarter a higher one.
    pub(crate) quartiles: (f64, f64),
}

/// Lets the ways take turns for `rounds` rounds, and does each `times` times in a round. The first is the baseline.
pub(crate) fn measure(ways: Vec<(&'static str, Way)>, rounds: usize, times: u32) -> Vec<Measured> {
    let mut ways: Vec<_> = ways.into_iter().map(|(name, way)| (name, way, Vec::new())).collect();
    let count = ways.len();
    // The first round warms up. Every round begins with another way, so that none is always behind the same one.
    for round in 0..=rounds {
        for turn in 0..count {
            let (_, way, measured) = &mut ways[(round + turn) % count];
            let start = Instant::now();
            (0..times).for_each(|_| way());
            if round > 0 {
                measured.push(start.elapsed() / times);
            }
        }
    }
    let baseline = ways[0].2.clone();
    ways.into_iter()
        .map(|(name, _, times)| {
            let ratios =
                times.iter().zip(&baseline).map(|(time, base)| time.as_secs_f64() / base.as_secs_f64());
            let mut ratios: Vec<f64> = ratios.collect();
            ratios.sort_by(f64::total_cmp);
            let mut times = times;
            times.sort();
            let at = |share: usize| ratios[(ratios.len() - 1) * share / 4];
            Measured { name, median: times[times.len() / 2], ratio: at(2), quartiles: (at(1), at(3)) }
        })
        .collect()
}
