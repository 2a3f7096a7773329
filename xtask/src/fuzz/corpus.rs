//! Which inputs of a target are kept: the seeds, and of the others those that together reach the most.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// How many inputs of a target are kept, and how long one may be that is no seed.
const KEPT: (usize, u64) = (150, 4096);

/// An input, and what libFuzzer saw it reach.
#[derive(Debug, PartialEq)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    size: u64,
    features: HashSet<u32>,
}

impl Input {
    /// What libFuzzer found is named after its content; a seed has a name.
    fn is_seed(&self) -> bool {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// Reads what libFuzzer writes while it merges: the number of files and of those in the first folder, their paths, then
/// for each file a line with its size and one with its features. A file without the second made the target fail.
pub(super) fn read(control: &str) -> Result<Vec<Input>> {
    let mut lines = control.lines();
    let mut number = || lines.next().and_then(|line| line.trim().parse::<usize>().ok());
    let count = number().context("the first line is no number of files")?;
    number().context("the second line is no number of files")?;
    let mut inputs: Vec<Input> = lines
        .by_ref()
        .take(count)
        .map(|path| Input { path: path.into(), size: 0, features: HashSet::new() })
        .collect();
    ensure!(inputs.len() == count, "it names {} files, and should name {count}", inputs.len());
    for line in lines {
        let mut words = line.split_ascii_whitespace();
        let kind = words.next().unwrap_or_default();
        let mut numbers = words.map(str::parse::<u32>);
        let file = numbers.next().with_context(|| format!("`{line}` is of no file"))??;
        let input = inputs.get_mut(file as usize).with_context(|| format!("there is no file {file}"))?;
        match kind {
            "STARTED" => input.size = numbers.next().context("a file has no size")??.into(),
            "FT" => input.features = numbers.collect::<Result<_, _>>()?,
            _ => {}
        }
    }
    Ok(inputs)
}

/// The same inputs, with paths that are told from a folder.
pub(super) fn within(mut inputs: Vec<Input>, folder: &Path) -> Vec<Input> {
    for input in &mut inputs {
        input.path = folder.join(&input.path);
    }
    inputs
}

/// The inputs to keep, and how much they reach: seeds that are in the corpus, then one after the other that which adds most.
pub(super) fn choose<'a>(inputs: &'a [Input], corpus: &Path) -> (Vec<&'a Input>, usize) {
    let is_kept_seed = |input: &&Input| input.is_seed() && input.path.parent() == Some(corpus);
    let (mut kept, mut others): (Vec<&Input>, Vec<&Input>) = inputs.iter().partition(is_kept_seed);
    let mut reached: HashSet<u32> = kept.iter().flat_map(|seed| &seed.features).copied().collect();
    others.retain(|input| input.size <= KEPT.1);
    // Of two that add as much the shorter one, and always the same.
    others.sort_by(|one, two| (one.size, one.path.file_name()).cmp(&(two.size, two.path.file_name())));
    while kept.len() < KEPT.0 {
        let adds = |input: &Input| input.features.difference(&reached).count();
        let best = others.iter().enumerate().map(|(place, input)| (adds(input), place));
        let Some((count, place)) = best.max_by_key(|(count, place)| (*count, std::cmp::Reverse(*place)))
        else {
            break;
        };
        if count == 0 {
            break;
        }
        let input = others.remove(place);
        reached.extend(&input.features);
        kept.push(input);
    }
    (kept, reached.len())
}

/// How much the inputs of a folder reach, or those of all.
pub(super) fn reach(inputs: &[Input], folder: Option<&Path>) -> usize {
    let of_folder = |input: &&Input| folder.is_none() || input.path.parent() == folder;
    inputs.iter().filter(of_folder).flat_map(|input| &input.features).collect::<HashSet<_>>().len()
}

/// Makes a folder hold these inputs and no others.
pub(super) fn write(corpus: &Path, kept: &[&Input]) -> Result<()> {
    let mut names = HashSet::new();
    for input in kept {
        let name = input.path.file_name().context("an input has a name")?;
        let place = corpus.join(name);
        if !place.exists() {
            fs::copy(&input.path, &place).with_context(|| format!("cannot write {}", place.display()))?;
        }
        names.insert(name);
    }
    for entry in fs::read_dir(corpus)? {
        let entry = entry?;
        if !names.contains(entry.file_name().as_os_str()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

    /// What libFuzzer would say of files with these sizes and features.
    fn control(files: &[(String, u64, &str)]) -> String {
        let mut text = format!("{}\n0\n", files.len());
        for (path, ..) in files {
            text.push_str(&format!("{path}\n"));
        }
        for (number, (_, size, features)) in files.iter().enumerate() {
            text.push_str(&format!("STARTED {number} {size}\nFT {number} {features}\nCOV {number} 900\n"));
        }
        text
    }

    #[track_caller]
    fn check(files: &[(String, u64, &str)], expected: &[&str], reached: usize) {
        let inputs = read(&control(files)).unwrap();
        let (kept, count) = choose(&inputs, Path::new("corpus"));
        let names: Vec<_> = kept.iter().map(|input| input.path.to_str().unwrap()).collect();
        assert_eq!((names.as_slice(), count), (expected, reached));
    }

    #[test]
    fn what_adds_most_is_kept_and_what_adds_nothing_is_not() {
        let files = [
            (format!("corpus/{A}"), 1, "1 2"),
            (format!("found/{B}"), 9, "1 2 3 4"),
            (format!("found/{C}"), 5, "3 4 5"),
        ];
        check(&files, &[&format!("found/{B}"), &format!("found/{C}")], 5);
    }

    #[test]
    fn seeds_of_the_corpus_stay() {
        let files = [
            ("corpus/10.0".to_owned(), 9000, "1"),
            ("found/10.0".to_owned(), 9000, "1 2"),
            (format!("found/{A}"), 4097, "1 2 3"),
            (format!("found/{B}"), 4096, "1 2"),
            (format!("found/{C}"), 4096, "1 2"),
        ];
        check(&files, &["corpus/10.0", &format!("found/{B}")], 2);
    }

    #[test]
    fn there_are_never_more_than_may_be() {
        let features: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        let files: Vec<_> = (0..200_usize)
            .map(|number| (format!("found/{number:040}"), 1, features[number].as_str()))
            .collect();
        let inputs = read(&control(&files)).unwrap();
        let (kept, count) = choose(&inputs, Path::new("corpus"));
        assert_eq!((kept.len(), count), (KEPT.0, KEPT.0));
    }

    #[test]
    fn folder_holds_what_is_kept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let [corpus, found] = ["corpus", "found"].map(|name| folder.path().join(name));
        for (place, names) in [(&corpus, [A, "seed"]), (&found, [B, C])] {
            fs::create_dir(place).unwrap();
            names.iter().for_each(|name| fs::write(place.join(name), name).unwrap());
        }
        let file = |place: &Path, name, features| (place.join(name).display().to_string(), 40, features);
        let files =
            [file(&corpus, A, "1"), file(&corpus, "seed", "2"), file(&found, B, "1 3"), file(&found, C, "3")];
        let inputs = read(&control(&files)).unwrap();
        assert_eq!((reach(&inputs, Some(&corpus)), reach(&inputs, None)), (2, 3));
        write(&corpus, &choose(&inputs, &corpus).0).unwrap();
        let mut names: Vec<_> = fs::read_dir(&corpus)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [B, "seed"]);
        assert_eq!(fs::read_to_string(corpus.join(B)).unwrap(), B);
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        for text in ["", "1\n", "2\n0\na\n", "1\n0\na\nFT 1 2\n", "1\n0\na\nFT x\n", "1\n0\na\nFT 0 x\n"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        // It failed before it reached anything.
        let read = read("1\n0\na\nSTARTED 0 7\n").unwrap();
        assert_eq!(read, [Input { path: "a".into(), size: 7, features: HashSet::new() }]);
    }
}
