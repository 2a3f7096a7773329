//! Every target over its corpus and over what chance makes of it: what any Rust can do, in a minute.
//!
//! `KIAPI_FUZZ_SEED` sets the seed, which is printed when something fails; `KIAPI_FUZZ_SECONDS` how long each target may
//! take; `KIAPI_FUZZ_INPUTS` how many inputs are made at the most.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kiapi_fuzz::targets::{ALL, Target};

/// The most inputs of a target that are made by chance.
const MADE: u64 = 4000;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

#[track_caller]
fn check(name: &str) {
    let (_, target) = ALL.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = read(name);
    assert!(!corpus.is_empty(), "there is no corpus for {name}");
    for (file, bytes) in &corpus {
        run(*target, bytes, || format!("the input is {}", file.display()));
    }
    let seed = setting("KIAPI_FUZZ_SEED", 1);
    let end = Instant::now() + Duration::from_secs(setting("KIAPI_FUZZ_SECONDS", 4));
    let mut chance = Chance(seed);
    for made in 0..setting("KIAPI_FUZZ_INPUTS", MADE) {
        if Instant::now() > end {
            break;
        }
        let (_, start) = &corpus[chance.below(corpus.len())];
        let (_, other) = &corpus[chance.below(corpus.len())];
        let input = chance.changed(start, other);
        run(*target, &input, || {
            let file = std::env::temp_dir().join(format!("kiapi-fuzz-{name}-{seed}-{made}"));
            let kept = fs::write(&file, &input)
                .map_or_else(|error| error.to_string(), |()| file.display().to_string());
            format!("input {made} of seed {seed}, kept as {kept}")
        });
    }
}

/// Runs a target, and says of which input it is that it fails.
#[track_caller]
fn run(target: Target, input: &[u8], which: impl Fn() -> String) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
        eprintln!("{}", which());
        std::panic::resume_unwind(panic);
    }
}

fn read(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The same order everywhere, so that a seed means the same.
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

/// Numbers by chance. The same seed gives the same ones.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// An input with one to eight changes, some of them with a part of another input.
    fn changed(&mut self, start: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = start.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            let odd = [0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b'.', b'-', b'9'];
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, odd[self.below(odd.len())]),
                2 if at < bytes.len() => bytes[at] = odd[self.below(odd.len())],
                3 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                4 => {
                    let from = self.below(other.len());
                    let to = from + self.below(other.len() - from).min(64);
                    bytes.splice(at..at, other[from..to].iter().copied());
                }
                _ => {
                    let to = at + self.below(bytes.len() + 1 - at).min(32);
                    bytes.drain(at..to);
                }
            }
        }
        bytes
    }
}

macro_rules! tests {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            check($name);
        })*

        #[test]
        fn every_target_is_run() {
            assert_eq!([$($name),*], ALL.map(|(name, _)| name));
            let programs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets")).unwrap();
            let mut programs: Vec<String> = programs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            programs.sort();
            let mut expected = [$(concat!($name, ".rs")),*];
            expected.sort_unstable();
            assert_eq!(programs, expected);
        }
    };
}

tests! {
    frames_are_read_however_they_are_cut: "frame",
    envelopes_are_what_they_are_decoded_whole: "envelope",
    messages_come_back_as_they_went: "message",
    items_are_used_and_packed_again: "item",
    snapshots_are_read_written_and_served: "snapshot",
    json_is_a_message_or_says_where_not: "json",
    lengths_are_exact: "length",
    pictures_are_well_formed: "svg",
    plugin_files_are_judged: "plugin",
    descriptors_are_printed_or_refused: "proto",
    recordings_are_read_without_their_tokens: "recording",
    the_emulator_answers_and_lives: "emulator",
}
