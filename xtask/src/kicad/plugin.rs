//! `cargo xtask plugin`: a plugin made by `kiapi plugin new`, installed into a real KiCad, and started by its button.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::install::{Install, Line};
use super::instance::{Instance, Options};
use super::{display, interop, interrupt, poll};
use crate::workspace;

/// The name of the plugin that is made.
const NAME: &str = "live-plugin";
/// What the text begins with that its action writes onto the board.
const SUMMARY: &str = "Live plugin: ";
/// The colour in the icons of a new plugin that nothing else in KiCad has.
const SPARK: [u8; 3] = [0xff, 0x6a, 0x13];
/// How much of it must be seen, in pixels.
const ENOUGH: usize = 10;
/// How long KiCad may take to show a button, and the plugin to do its work.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the button is pressed if nothing comes of it.
const PRESSES: usize = 3;

/// Make a plugin, install it into real KiCads, and press its button; needs xdotool.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version; may be given more than once [default: all that are found]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// The board, of which a copy is opened [default: one of that KiCad's demos]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// Where to put pictures of the screen, before and after
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let lines = Install::lines(&args.lines)?;
    if super::install::on_path("xdotool").is_none() {
        bail!("xdotool is missing, which presses the button; `cargo xtask setup` installs it");
    }
    if let Some(pictures) = &args.pictures {
        fs::create_dir_all(pictures).with_context(|| format!("cannot create {}", pictures.display()))?;
    }
    let kiapi = interop::build("Cargo.toml", "kiapi-cli", "kiapi")?;
    let folder = tempfile::tempdir().context("there is no folder for temporary files")?;
    let plugin = install(&kiapi, folder.path())?;
    for line in lines {
        press(&kiapi, &plugin, line, args).with_context(|| format!("KiCad {line}"))?;
        interrupt::check()?;
    }
    Ok(())
}

/// Makes the plugin, and installs it into a folder. Gives its own.
fn install(kiapi: &Path, folder: &Path) -> Result<PathBuf> {
    let (project, plugins) = (folder.join("project"), folder.join("plugins"));
    let new = ["plugin", "new", NAME, "--author", "xtask", "--dir"];
    succeed(Command::new(kiapi).args(new).arg(&project).arg("--kiapi-path").arg(workspace::root()))?;
    succeed(Command::new(kiapi).args(["plugin", "check"]).arg(&project))?;
    let target = std::path::absolute(interop::target().join("plugin-live"))
        .context("cannot find the target folder")?;
    let mut install = Command::new(kiapi);
    install
        .args(["plugin", "install"])
        .arg(&project)
        .arg("--to")
        .arg(&plugins)
        .env("CARGO_TARGET_DIR", target);
    succeed(&mut install)?;
    Ok(plugins.join(NAME))
}

/// Starts a KiCad with the plugin, presses the button twice, and looks at what came of it.
fn press(kiapi: &Path, plugin: &Path, line: Line, args: &Args) -> Result<()> {
    let options = Options { plugins: vec![plugin.to_path_buf()], ..Options::default() };
    let kicad = Instance::start(line, args.board.as_deref(), &options)?;
    println!("==> KiCad {} (pid {}) at {}", kicad.version(), kicad.pid(), kicad.url());
    let picture = |when: &str| match &args.pictures {
        Some(folder) => display::screenshot(kicad.dir(), &folder.join(format!("plugin-{line}-{when}.png"))),
        None => Ok(()),
    };
    let (x, y) = find_button(&kicad)?;
    picture("before")?;
    if summaries(kiapi, &kicad)? != 0 {
        bail!("the board has a summary before the button is pressed");
    }
    let said = kicad.plugins().join(NAME).join("last-run.txt");
    for round in ["first", "second"] {
        let _ = fs::remove_file(&said);
        let text = (0..PRESSES).find_map(|_| match click(&kicad, x, y) {
            // A KiCad that has just drawn its window may miss it.
            Ok(()) => poll(PATIENCE, || {
                let text = fs::read_to_string(&said).unwrap_or_default();
                text.ends_with('\n').then_some(Ok(text))
            }),
            Err(error) => Some(Err(error)),
        });
        let text = text.transpose()?;
        match text {
            None => bail!("nothing came of pressing the button at ({x}, {y}) the {round} time"),
            Some(text) if text.starts_with(SUMMARY) => println!("{}", text.trim_end()),
            Some(text) => bail!("the plugin says: {}", text.trim_end()),
        }
        interrupt::check()?;
        // The second time there is nothing to do.
        let found = summaries(kiapi, &kicad)?;
        if found != 1 {
            bail!("the board has {found} summaries after the button was pressed the {round} time");
        }
    }
    picture("after")?;
    println!("KiCad {}: the button was pressed at ({x}, {y}), and the plugin did its work", kicad.version());
    Ok(())
}

/// Where the button is, found by the colour of its icon.
fn find_button(kicad: &Instance) -> Result<(usize, usize)> {
    let look = || -> Option<Result<(usize, usize)>> {
        if let Err(error) = interrupt::check() {
            return Some(Err(error.into()));
        }
        let picture = match display::picture(kicad.dir()) {
            Ok(picture) => picture,
            Err(error) => return Some(Err(error)),
        };
        let width = usize::try_from(picture.width).expect("a picture in memory");
        let pixels = picture.rgb.chunks_exact(3).enumerate();
        let places: Vec<(usize, usize)> = pixels
            .filter(|(_, pixel)| pixel.iter().zip(SPARK).all(|(a, b)| a.abs_diff(b) <= 8))
            .map(|(index, _)| (index % width, index / width))
            .collect();
        let mean = |sum: usize| sum / places.len();
        (places.len() >= ENOUGH).then(|| {
            Ok((mean(places.iter().map(|(x, _)| x).sum()), mean(places.iter().map(|(_, y)| y).sum())))
        })
    };
    poll(PATIENCE, look).context("no button with the icon of the plugin is seen")?
}

fn click(kicad: &Instance, x: usize, y: usize) -> Result<()> {
    let display = kicad.display().context("the KiCad has no display")?;
    let place = [x.to_string(), y.to_string()];
    // Away and back, so that the button sees the pointer come.
    let mut command = Command::new("xdotool");
    command.args(["mousemove", "10", "10", "mousemove", "--sync"]).args(place).args(["click", "1"]);
    succeed(command.env("DISPLAY", display))
}

/// How many summaries there are on the board, as a snapshot tells.
fn summaries(kiapi: &Path, kicad: &Instance) -> Result<usize> {
    let file = kicad.dir().join("board.json");
    let mut snapshot = Command::new(kiapi);
    succeed(snapshot.args(["snapshot", "--socket", &kicad.url()]).arg(&file).stdout(Stdio::null()))?;
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let snapshot = serde_json::from_str(&text).context("the snapshot is no JSON")?;
    let mut ids = BTreeSet::new();
    collect(&snapshot, &mut ids);
    Ok(ids.len())
}

/// The ids of all texts that are summaries. A snapshot may hold an item more than once, in different answers.
fn collect<'a>(value: &'a Value, ids: &mut BTreeSet<&'a str>) {
    let is_summary =
        value.pointer("/text/text").and_then(Value::as_str).is_some_and(|text| text.starts_with(SUMMARY));
    if is_summary {
        ids.insert(value.pointer("/id/value").and_then(Value::as_str).unwrap_or_default());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| collect(member, ids)),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, ids)),
        _ => {}
    }
}

fn succeed(command: &mut Command) -> Result<()> {
    command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN").stdin(Stdio::null());
    let status =
        command.status().with_context(|| format!("cannot run `{}`", command.get_program().display()))?;
    if !status.success() {
        bail!("`{}` failed ({status})", command.get_program().display());
    }
    Ok(())
}

/// Copies plugins as they are installed to where the KiCad with this home looks for them.
pub(super) fn give(plugins: &[PathBuf], to: &Path) -> Result<()> {
    for plugin in plugins {
        let plugin = fs::canonicalize(plugin).with_context(|| format!("there is no {}", plugin.display()))?;
        if !plugin.join("plugin.json").is_file() {
            bail!(
                "{} has no plugin.json; a folder that `kiapi plugin install` wrote is wanted",
                plugin.display()
            );
        }
        copy(&plugin, &to.join(plugin.file_name().context("a plugin's folder has a name")?))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}
