//! `cargo xtask weekly`: looks whether kicad-python came out with an API that the project does not know.
//!
//! What is known is in `proto/history.toml`: the versions of KiCad, and the names that each has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::kicad::install::on_path;
use crate::proto::diff::{self, Format, Project};
use crate::steps::{output, run as run_command};
use crate::workspace;

/// The package whose wheels carry the proto files of a KiCad.
const PACKAGE: &str = "kicad-python";

/// Look for a kicad-python with an API that is not known here, and tell what it changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Open an issue with it on GitHub, unless there is one (needs gh and its token)
    #[arg(long)]
    open_issue: bool,
    /// Look at this wheel, in place of the newest that pip gets
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let wheel = match &args.wheel {
        Some(wheel) => wheel.clone(),
        None => newest(dir.path())?,
    };
    let project = Project::open(&workspace::proto())?;
    let Some(news) = news(&project, &wheel)? else {
        println!("{} tells nothing new", shown(&wheel));
        return Ok(());
    };
    println!("{}\n\n{}", news.title, news.body);
    if args.open_issue {
        open_issue(&news, dir.path())?;
    }
    Ok(())
}

/// What somebody should look at.
#[derive(Debug)]
struct News {
    title: String,
    body: String,
}

/// The newest wheel, which pip writes into `folder`.
fn newest(folder: &Path) -> Result<PathBuf> {
    let python = ["python3", "python"].into_iter().find(|name| on_path(name).is_some());
    let mut pip = Command::new(python.context("there is no Python, whose pip gets the wheel")?);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    output(pip.args(["--only-binary", ":all:", "--dest"]).arg(folder).arg(PACKAGE))?;
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut wheels =
        files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheels.next().context("pip wrote no wheel")?;
    ensure!(wheels.next().is_none(), "pip wrote more than one wheel");
    Ok(wheel)
}

/// What is new in the wheel, if anything is.
fn news(project: &Project, wheel: &Path) -> Result<Option<News>> {
    let Some((version, nearest)) = project.unknown_version(wheel)? else { return Ok(None) };
    let report = diff::report(project, &nearest, wheel.to_str().context("the path is no UTF-8")?)?;
    if report.changes.is_empty() {
        return Ok(None);
    }
    let name = shown(wheel);
    let body = format!(
        "`{name}` has an API that `proto/history.toml` does not know.\n\n\
         ```sh\ncargo xtask kicad-release {version} --from {name}\n```\n\n\
         brings it in. What it changes:\n\n{}",
        report.render(Format::Markdown)
    );
    Ok(Some(News { title: format!("KiCad {version} came out, with {name}"), body }))
}

fn shown(wheel: &Path) -> String {
    wheel.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An issue of this title, unless there is one, open or closed.
fn open_issue(news: &News, folder: &Path) -> Result<()> {
    if on_path("gh").is_none() {
        bail!("gh is not found, which opens issues");
    }
    let mut list = Command::new("gh");
    list.args(["issue", "list", "--state", "all", "--limit", "1000", "--json", "title"]);
    let list: serde_json::Value = serde_json::from_str(&output(list.current_dir(workspace::root()))?)?;
    let titles = list.as_array().context("gh does not list issues")?;
    if titles.iter().any(|issue| issue["title"] == news.title.as_str()) {
        println!("there is an issue already");
        return Ok(());
    }
    let body = folder.join("body.md");
    // GitHub takes no longer ones.
    fs::write(&body, shortened(&news.body, 60_000)).context("cannot write the body of the issue")?;
    let mut create = Command::new("gh");
    create.args(["issue", "create", "--title", &news.title, "--body-file"]).arg(body);
    run_command(create.current_dir(workspace::root()))
}

/// As many whole lines as fit, and a word about the rest.
fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.bytes().take(bytes).rposition(|byte| byte == b'\n').unwrap_or(0);
    format!("{}\n\nThere is more: `cargo xtask weekly` tells all of it.\n", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkout of KiCad `version` with the newest tree's files, of which one is `edit`ed.
    fn kicad(version: &str, edit: impl Fn(&str) -> String) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        // That of a development, if there is one.
        let newest = Project::open(&workspace::proto()).unwrap().newest();
        let tree = workspace::proto().join(newest.tree());
        for name in workspace::files_below(&tree).unwrap() {
            let into = dir.path().join("api/proto").join(&name);
            fs::create_dir_all(into.parent().unwrap()).unwrap();
            fs::write(into, edit(&fs::read_to_string(tree.join(&name)).unwrap())).unwrap();
        }
        fs::create_dir(dir.path().join("cmake")).unwrap();
        let stamp = format!("set( KICAD_SEMANTIC_VERSION \"{version}\" )\n");
        fs::write(dir.path().join("cmake/KiCadVersion.cmake"), stamp).unwrap();
        dir
    }

    fn newest_and_next() -> (String, String) {
        let project = Project::open(&workspace::proto()).unwrap();
        let newest = project.newest();
        (newest.to_string(), format!("{}.{}.{}", newest.major, newest.minor, newest.patch + 1))
    }

    #[test]
    fn api_that_is_known_is_no_news_whatever_version_carries_it() {
        let project = Project::open(&workspace::proto()).unwrap();
        let (newest, next) = newest_and_next();
        for version in [newest, next] {
            let kicad = kicad(&version, str::to_owned);
            let news = news(&project, &kicad.path().join("api/proto")).unwrap();
            assert!(news.is_none(), "{version}: {news:?}");
        }
    }

    #[test]
    fn new_message_is_news() {
        let project = Project::open(&workspace::proto()).unwrap();
        let (_, next) = newest_and_next();
        let kicad = kicad(&next, |text| match text.contains("message GetVersion ") {
            true => format!("{text}\nmessage GetWeather {{ int32 day = 1; }}\n"),
            false => text.to_owned(),
        });
        let news = news(&project, &kicad.path().join("api/proto")).unwrap().expect("there is a new message");
        assert!(news.title.starts_with(&format!("KiCad {next} came out")), "{}", news.title);
        assert!(news.body.contains("GetWeather"), "{}", news.body);
    }

    #[test]
    fn long_report_ends_with_a_whole_line() {
        assert_eq!(shortened("one\ntwo\n", 100), "one\ntwo\n");
        assert_eq!(
            shortened("one\ntwo — three\n", 9),
            "one\n\nThere is more: `cargo xtask weekly` tells all of it.\n"
        );
    }
}
