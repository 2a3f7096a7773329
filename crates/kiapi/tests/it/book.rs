//! The book in `docs/`: what is written from the code is fresh, and what links leads somewhere.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use kiapi::{ApiVersion, Guard};

use crate::sources;

/// The last KiCad of each line that is supported.
const KICADS: [(&str, ApiVersion); 2] =
    [("9.0", ApiVersion::new(9, 0, 8)), ("10.0", ApiVersion::new(10, 0, 6))];

fn book() -> PathBuf {
    sources::root().join("docs/src")
}

fn chapters() -> Vec<PathBuf> {
    let entries = fs::read_dir(book()).unwrap().map(|entry| entry.unwrap().path());
    let mut chapters: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    chapters.sort();
    chapters
}

#[test]
fn page_of_guards_is_written_from_their_table() {
    let mut page = String::from(
        "<!-- Written from the table in `crates/kiapi/src/guard/table.rs`: `UPDATE_EXPECT=1 cargo test -p kiapi --test it guards`. -->\n\
         # Guards\n\n\
         Some requests crash, block or confuse a KiCad, and take with them what a person has not saved. Each was tried on a running\n\
         KiCad. They are not sent: the error has the kind `Guarded`, and `Error::guard` says which guard it was.\n\n\
         | guard | what is refused | what KiCad would do | with |\n|---|---|---|---|\n",
    );
    for guard in Guard::all() {
        let hurt = KICADS.iter().filter(|(_, version)| guard.is_needed_by(*version)).map(|(line, _)| *line);
        let hurt = hurt.collect::<Vec<_>>().join(", ");
        assert!(!hurt.is_empty(), "{guard} guards no KiCad that is supported");
        writeln!(page, "| `{guard}` | {} | {} | {hurt} |", guard.what(), guard.effect()).unwrap();
    }
    page.push_str(
        "\nA guard is switched off for a connection with `ConnectOptions::without_guard`, and all of them for one call with\n\
         `CallOptions::unchecked`. `Guard::all` is this table in code.\n\n\
         `stopped-process` is looked at before a connection is made, when nobody can know the version yet. So it refuses a KiCad of any\n\
         version, and is switched off for a connection only. Only Linux tells that a process is stopped.\n",
    );
    expect_file![book().join("guards.md")].assert_eq(&page);
}

#[test]
fn every_kind_of_error_has_a_section() {
    let source = fs::read_to_string(sources::root().join("crates/kiapi/src/error/mod.rs")).unwrap();
    let kinds = sources::variants(&source, "ErrorKind");
    assert!(kinds.len() > 10, "the kinds of errors are not found any more: {kinds:?}");
    let page = fs::read_to_string(book().join("errors.md")).unwrap();
    let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(sections, kinds, "docs/src/errors.md and ErrorKind differ");
    for (section, text) in page.split("\n## ").skip(1).filter_map(|part| part.split_once('\n')) {
        assert!(text.trim().len() > 80, "the section {section} says nothing of a way out");
    }
}

#[test]
fn every_fault_of_the_emulator_is_in_the_recipes() {
    let source = fs::read_to_string(sources::root().join("crates/kiapi-emulator/src/faults.rs")).unwrap();
    let faults = sources::variants(&source, "Fault");
    let faults: Vec<&str> = faults.iter().filter_map(|fault| fault.split('(').next()).collect();
    assert!(faults.len() > 10, "the faults are not found any more: {faults:?}");
    let page = fs::read_to_string(book().join("recipes.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | `")).map(|row| row.0);
    assert_eq!(rows.collect::<Vec<_>>(), faults, "docs/src/recipes.md and Fault differ");
}

#[test]
fn every_chapter_is_in_the_summary_and_its_samples_run() {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    let samples = fs::read_to_string(sources::root().join("docs/kiapi-book/src/lib.rs")).unwrap();
    for chapter in chapters() {
        let name = chapter.file_name().unwrap().to_str().unwrap();
        if name == "SUMMARY.md" {
            continue;
        }
        assert!(summary.contains(&format!("]({name})")), "{name} is not in SUMMARY.md");
        let text = fs::read_to_string(&chapter).unwrap();
        let has_samples = text.contains("```rust");
        assert_eq!(
            samples.contains(&format!("/src/{name}\"")),
            has_samples,
            "docs/kiapi-book runs the samples of the chapters that have some; see {name}"
        );
        assert!(!text.contains("```rust,ignore"), "{name} has a sample that nobody builds");
    }
}

/// The targets of the links in a page of Markdown.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The anchor of a heading, as mdBook and GitHub make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

fn has_anchor(page: &Path, wanted: &str) -> bool {
    let text = fs::read_to_string(page).unwrap();
    text.lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line.trim_start_matches('#')) == wanted)
}

#[test]
fn links_of_the_book_lead_somewhere() {
    for chapter in chapters() {
        let text = fs::read_to_string(&chapter).unwrap();
        for link in links(&text) {
            let (file, wanted) = link.split_once('#').unwrap_or((link, ""));
            let target = match file.strip_prefix("https://github.com/kiapi-rs/kiapi/blob/main/") {
                Some(path) => sources::root().join(path),
                None if file.starts_with("https://") => continue,
                None if file.is_empty() => chapter.clone(),
                None => book().join(file),
            };
            assert!(target.is_file(), "{} links to {link}, which is not there", chapter.display());
            assert!(
                wanted.is_empty() || has_anchor(&target, wanted),
                "{} links to {link}: no such heading",
                chapter.display()
            );
        }
    }
}
