//! An X display that nobody sees, and what is on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::xwd::Picture;
use super::{interrupt, os, poll, tail};

/// Starts an Xvfb on a free display; its files lie in `dir`.
///
/// Returns as soon as the process runs; [`number`] waits until it can be used.
pub(crate) fn start(dir: &Path) -> Result<Child> {
    let screen = screen(dir);
    let folder = screen.parent().expect("it lies in a folder");
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut command = Command::new("Xvfb");
    command
        // It chooses a free number itself, and writes it to its standard output.
        .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-fbdir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(File::create(dir.join("display"))?)
        .stderr(File::create(log(dir))?);
    os::own_group(&mut command);
    command.spawn().context("cannot start Xvfb; `cargo xtask setup` installs it")
}

/// The number of the display that the Xvfb in `dir` serves.
pub(crate) fn number(dir: &Path, xvfb: &mut Child) -> Result<u32> {
    let ready = || -> Option<Result<u32>> {
        if let Err(error) = interrupt::check() {
            return Some(Err(error.into()));
        }
        let text = fs::read_to_string(dir.join("display")).unwrap_or_default();
        if let Some(number) = text.strip_suffix('\n') {
            return Some(number.parse().with_context(|| format!("Xvfb says its display is `{number}`")));
        }
        match xvfb.try_wait() {
            Ok(None) => None,
            _ => Some(Err(anyhow::anyhow!("Xvfb ended at once:\n{}", tail(&log(dir))))),
        }
    };
    poll(Duration::from_secs(20), ready)
        .unwrap_or_else(|| bail!("Xvfb does not come up:\n{}", tail(&log(dir))))
}

fn log(dir: &Path) -> PathBuf {
    dir.join("xvfb.log")
}

/// Where Xvfb keeps the picture of its screen.
fn screen(dir: &Path) -> PathBuf {
    dir.join("screen/Xvfb_screen0")
}

/// Writes what is on the display of the KiCad in `dir` to the PNG file `to`.
pub(crate) fn screenshot(dir: &Path, to: &Path) -> Result<()> {
    fs::write(to, picture(dir)?.to_png()?).with_context(|| format!("cannot write {}", to.display()))
}

/// What is on the display of the KiCad in `dir`.
pub(crate) fn picture(dir: &Path) -> Result<Picture> {
    let screen = screen(dir);
    let dump = fs::read(&screen).with_context(|| format!("cannot read {}", screen.display()))?;
    Picture::from_xwd(&dump)
}

/// The titles of the windows on a display; none where `xwininfo` is not installed.
pub(crate) fn windows(display: u32) -> Vec<String> {
    let output =
        Command::new("xwininfo").args(["-root", "-tree", "-display", &format!(":{display}")]).output();
    output.map(|output| titles(&String::from_utf8_lossy(&output.stdout))).unwrap_or_default()
}

/// The titles in what `xwininfo -root -tree` prints, without those of windows too small to be seen.
fn titles(tree: &str) -> Vec<String> {
    tree.lines()
        .filter_map(|line| {
            let line = line.trim_start().strip_prefix("0x")?;
            let (_, line) = line.split_once('"')?;
            // The title may hold quotes; what follows is `: ("name" "class")  WIDTHxHEIGHT+X+Y  +X+Y`.
            let (title, rest) = line.rsplit_once("\": (")?;
            let (_, rest) = rest.split_once(')')?;
            let (width, rest) = rest.trim_start().split_once('x')?;
            let height = rest.split(['+', '-']).next()?;
            let seen = width.parse::<u32>().ok()? >= 50 && height.parse::<u32>().ok()? >= 30;
            (seen && !title.is_empty()).then(|| title.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_windows_that_can_be_seen() {
        let tree = r#"
xwininfo: Window id: 0x50c (the root window) (has no name)

  Root window id: 0x50c (the root window) (has no name)
  Parent window id: 0x0 (none)
     4 children:
     0x200009 "Configure "Global" Library Table": ("pcbnew" "Pcbnew")  600x400+340+312  +340+312
     0x200007 "pic_programmer — PCB Editor": ("pcbnew" "Pcbnew")  1280x1024+0+0  +0+0
     0x200001 "pcbnew": ("pcbnew" "Pcbnew")  10x10+10+10  +10+10
     0x20000c (has no name): ()  1x1+-1+-1  +-1+-1
"#;
        assert_eq!(titles(tree), ["Configure \"Global\" Library Table", "pic_programmer — PCB Editor"]);
        assert_eq!(titles("0x1 \"half"), [""; 0]);
    }
}
