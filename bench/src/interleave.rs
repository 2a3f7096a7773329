//! Compares ways to do the same thing, on a machine whose speed changes while it is measured.
//!
//! All ways take turns, round by round, so that what slows the machine slows them all. Each round gives a ratio of
//! two ways, and the median of these ratios is what is believed; times are for orientation.

use std::time::{Duration, Instant};

/// A way to do the thing as often as it is told.
pub(crate) type Way = Box<dyn FnMut(u32)>;

/// The way to do the thing often that does it once, again and again.
pub(crate) fn again(mut once: impl FnMut() + 'static) -> Way {
    Box::new(move |times| (0..times).for_each(|_| once()))
}

/// What was measured of one way.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// The time of doing it once, for each round.
    times: Vec<Duration>,
}

/// How one way compares with another.
pub(crate) struct Ratio {
    /// The median, over all rounds, of the ratio to the other.
    pub(crate) median: f64,
    /// A quarter of the rounds had a lower ratio, and a quarter a higher one.
    pub(crate) quartiles: (f64, f64),
}

impl Measured {
    /// The time of doing it once, in the median of all rounds.
    pub(crate) fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2]
    }

    pub(crate) fn ratio_to(&self, other: &Self) -> Ratio {
        let rounds = self.times.iter().zip(&other.times);
        let mut ratios: Vec<f64> =
            rounds.map(|(time, base)| time.as_secs_f64() / base.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        let at = |share: usize| ratios[(ratios.len() - 1) * share / 4];
        Ratio { median: at(2), quartiles: (at(1), at(3)) }
    }
}

/// Lets the ways take turns for `rounds` rounds, and does each `times` times in a round.
pub(crate) fn measure(ways: Vec<(&'static str, Way)>, rounds: usize, times: u32) -> Vec<Measured> {
    let (names, mut ways): (Vec<_>, Vec<_>) = ways.into_iter().unzip();
    let mut measured: Vec<_> = names.into_iter().map(|name| Measured { name, times: Vec::new() }).collect();
    let count = ways.len();
    // The first round warms up. Every round begins with another way, so that none is always behind the same one.
    for round in 0..=rounds {
        for turn in 0..count {
            let index = (round + turn) % count;
            let start = Instant::now();
            ways[index](times);
            if round > 0 {
                measured[index].times.push(start.elapsed() / times);
            }
        }
    }
    measured
}

/// The same for two ways, each once in a turn; tells what the second costs of the first.
pub(crate) fn compare(ways: [(&'static str, Way); 2], rounds: usize) -> Ratio {
    let measured = measure(ways.into(), rounds, 1);
    let ratio = measured[1].ratio_to(&measured[0]);
    println!(
        "  {} {:.2?}, {} {:.2?}: {:.3} times (quartiles {:.3} and {:.3})",
        measured[0].name,
        measured[0].median(),
        measured[1].name,
        measured[1].median(),
        ratio.median,
        ratio.quartiles.0,
        ratio.quartiles.1
    );
    ratio
}
