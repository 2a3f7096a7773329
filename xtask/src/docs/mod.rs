//! `cargo xtask docs`: the pages of the crates, the book, and whether every link in the project's texts leads somewhere.

mod links;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::kicad::setup;
use crate::release::documentation;
use crate::release::packages::packages;
use crate::steps::{Done, Steps, run as run_command};
use crate::test::need::{Need, Tool};
use crate::workspace;

/// Build the pages of the crates and the book, and check every link between the project's texts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
KIAPI_REQUIRE names what must not be skipped: mdbook,nng")]
pub(crate) struct Args {
    /// Install mdbook first, if it is lacking; it takes minutes
    #[arg(long)]
    setup: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.setup {
        setup::install_tools(&[Tool::Mdbook])?;
    }
    let root = workspace::root();
    let mut steps = Steps::new()?;
    steps.step("links", || check_links(&root));
    steps.step("pages of the crates", || documentation(&root, &packages(&root)?));
    steps.step("book", || {
        if !Tool::Mdbook.is_there() {
            return Ok(Done::Skipped(Need::Tool(Tool::Mdbook)));
        }
        run_command(Command::new("mdbook").arg("build").arg(root.join("docs")))?;
        let page = root.join("target/book/index.html");
        ensure!(page.is_file(), "there is no {}", page.display());
        Ok(Done::Passed("it is in target/book".to_owned()))
    });
    steps.finish()
}

/// Follows the links of all texts.
fn check_links(root: &Path) -> Result<Done> {
    let (mut broken, mut count, mut texts) = (Vec::new(), 0, 0);
    let files = workspace::files_below(root)?;
    for name in files.iter().filter(|name| name.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(root.join(name))
            .with_context(|| format!("cannot read {}", name.display()))?;
        texts += 1;
        for link in links::of(&text) {
            count += 1;
            if let Err(why) = links::follow(root, name, &link) {
                broken.push(format!("{}:{}: {}: {why}", name.display(), link.line, link.target));
            }
        }
    }
    if !broken.is_empty() {
        bail!("{} links lead nowhere:\n{}", broken.len(), broken.join("\n"));
    }
    Ok(Done::Passed(format!("{count} links in {texts} texts")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_the_texts_lead_somewhere() {
        if let Err(error) = check_links(&workspace::root()) {
            panic!("{error:#}");
        }
    }

    #[test]
    fn every_page_of_the_book_is_in_its_summary() {
        let folder = workspace::root().join("docs/src");
        let summary = std::fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_listed = summary.contains(&format!("({name})"));
            assert!(is_listed || name == "SUMMARY.md" || !name.ends_with(".md"), "{name}");
        }
    }
}
