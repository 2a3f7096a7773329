//! `kiapi completions` and `kiapi man`: what a shell and a manual want to know of this command.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use crate::output::{self, Format};
use crate::table::{print_text, say};

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi completions bash > kiapi.bash
  kiapi completions zsh > _kiapi")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Args::command(), "kiapi", &mut text);
    print_text(&text);
}

/// Print the manual page, or write the pages of all commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi man > kiapi.1
  kiapi man --folder man1")]
pub(crate) struct ManArgs {
    /// A folder to write a page for each command to; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) fn man(args: &ManArgs, format: Format) -> anyhow::Result<()> {
    let command = crate::Args::command();
    let Some(folder) = &args.folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(command).render(&mut text).context("cannot write the manual page")?;
        print_text(&text);
        return Ok(());
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("cannot write to {}", folder.display()))?;
    match format {
        Format::Text => say!("{}", folder.display()),
        Format::Json => output::json(&json!({ "folder": folder })),
    }
    Ok(())
}
