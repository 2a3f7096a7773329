//! Numbers drawn from a seed: the same seed draws the same requests.

/// A `SplitMix64`.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..below`; 0 if there is none.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        let below = u64::try_from(below).expect("a length fits");
        usize::try_from(self.next() % below.max(1)).expect("it is below a length")
    }

    /// Whether something happens that happens once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }

    /// Up to `most` of them, the same one perhaps twice.
    pub(crate) fn some<T: Clone>(&mut self, from: &[T], most: usize) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).filter_map(|_| self.pick(from)).collect()
    }

    /// A length in nanometres: mostly one that a board has, sometimes an odd one.
    pub(crate) fn nm(&mut self) -> i64 {
        const ODD: [i64; 6] = [0, 1, -1, 1_000_001, -25_400_000, 2_000_000_000];
        if self.once_in(12) {
            return self.pick(&ODD).unwrap_or_default();
        }
        i64::try_from(self.below(200_000)).expect("it is small") * 1_000
    }
}
