//! The rules for what lies beside a plugin.json: icons, programs, and whether all tell the same.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use serde_json::Value;

use super::problem::{Place, Problem, Rule};
use crate::plugin::project::{Project, is_beneath};

/// The sizes of icons for common and for dense screens, in pixels.
const ICON_SIZES: [u32; 2] = [24, 48];
/// The size of a package's icon in pixels.
const PACKAGE_ICON: u32 = 64;
/// A picture with a longer side is of a wrong size wherever it lies, and its pixels are not looked at.
const LONGEST_SIDE: u32 = 1024;

/// Width and height of a PNG file.
fn size_of(path: &Path) -> Result<(u32, u32), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut reader =
        png::Decoder::new(BufReader::new(file)).read_info().map_err(|error| error.to_string())?;
    let size = (reader.info().width, reader.info().height);
    // The whole of it, as KiCad reads it, unless its head alone says what is wrong.
    if size.0.max(size.1) <= LONGEST_SIDE {
        let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
        reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    }
    Ok(size)
}

/// What is wrong with the icons that the actions name.
pub(super) fn check_icons(folder: &Path, manifest: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let whole = Place::whole("plugin.json", manifest);
    let Some(actions) = whole.member("actions") else { return found };
    for action in actions.elements() {
        for key in ["icons-light", "icons-dark"] {
            let Some(list) = action.member(key) else { continue };
            let mut sizes = Vec::new();
            for icon in list.elements() {
                let Some(name) = icon.value.as_str() else { continue };
                match check_icon(folder, &icon, name) {
                    Ok(size) => sizes.push(size),
                    Err(problem) => found.push(*problem),
                }
            }
            let missing: Vec<u32> = ICON_SIZES.into_iter().filter(|size| !sizes.contains(size)).collect();
            let whole = list.elements().count();
            if !missing.is_empty() && whole > 0 && sizes.len() == whole {
                let missing: Vec<String> = missing.iter().map(u32::to_string).collect();
                let what = format!("there is no icon of {} pixels", missing.join(" and "));
                found.push(list.problem(
                    Rule::Advice,
                    what,
                    "give icons of 24 and of 48 pixels, the latter for dense screens",
                ));
            }
        }
    }
    found
}

/// The size of a good icon.
fn check_icon(folder: &Path, icon: &Place<'_>, name: &str) -> Result<u32, Box<Problem>> {
    let problem = |rule, what: String, fix: &str| Err(Box::new(icon.problem(rule, what, fix)));
    if !is_beneath(name) {
        return problem(
            Rule::KiCad,
            format!("`{name}` leaves the plugin's folder"),
            "put the icon into the plugin's folder",
        );
    }
    let path = folder.join(name);
    if !path.is_file() {
        return problem(
            Rule::KiCad,
            format!("there is no file {name}, and the button is blank"),
            "make the file, or correct the name",
        );
    }
    let (width, height) = match size_of(&path) {
        Ok(size) => size,
        Err(why) => {
            let what =
                format!("KiCad shows an error each time that it starts, since {name} is no picture: {why}");
            return problem(Rule::KiCad, what, "make it a PNG file");
        }
    };
    if width != height {
        let what = format!("{name} has {width} by {height} pixels");
        return problem(Rule::Advice, what, "make it a square");
    }
    if !ICON_SIZES.contains(&width) {
        let what = format!("{name} has {width} pixels, and KiCad cuts it, or draws it over its neighbours");
        return problem(Rule::KiCad, what, "make it 24 or 48 pixels");
    }
    Ok(width)
}

/// What is wrong with the programs that the actions start.
pub(super) fn check_programs(project: &Project) -> Vec<Problem> {
    let mut found = Vec::new();
    let whole = Place::whole("plugin.json", &project.manifest);
    let runtime = project.manifest["runtime"]["type"].as_str();
    if runtime == Some("python") && !project.folder.join("requirements.txt").is_file() {
        found.push(whole.problem(
            Rule::KiCad,
            "there is no requirements.txt, and KiCad never shows a plugin in Python without one",
            "add the file, with `kicad-python` in it",
        ));
    }
    let Some(actions) = whole.member("actions") else { return found };
    for action in actions.elements() {
        let Some(place) = action.member("entrypoint") else { continue };
        let Some(name) = place.value.as_str().filter(|name| is_beneath(name)) else { continue };
        let binary = name.strip_suffix(".exe").unwrap_or(name);
        let package = project.package.as_ref();
        let is_built = package.is_some_and(|package| package.binaries.iter().any(|known| known == binary));
        let path = project.program(name, None);
        if !path.is_file() {
            // What cargo will build need not be there yet.
            if !is_built {
                let fix = match package.map(|package| package.binaries.join("` or `")) {
                    Some(binaries) => format!("name a program of the package: `{binaries}`"),
                    None => "put the program there, or correct the name".to_owned(),
                };
                let what = format!("there is no program `{name}`, and the button does nothing");
                found.push(place.problem(Rule::KiCad, what, fix));
            }
        } else if runtime == Some("exec") && !is_executable(&path) {
            let what = format!("{} may not be executed, and the button does nothing", path.display());
            found.push(place.problem(Rule::KiCad, what, format!("chmod +x {}", path.display())));
        }
    }
    found
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// What is wrong between the metadata.json, the plugin.json and the Cargo.toml, and with the package's icon.
pub(super) fn check_package(project: &Project, metadata: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let whole = Place::whole("metadata.json", metadata);
    if let Some(identifier) = whole.member("identifier")
        && identifier.value != &project.manifest["identifier"]
    {
        let fix = "write the same in both, so that it is known by one name";
        found.push(identifier.problem(Rule::Advice, "it is not the one of the plugin.json", fix));
    }
    let version = project.package.as_ref().map(|package| package.version.as_str());
    if let (Some(version), Some(versions)) = (version, whole.member("versions"))
        && !versions.elements().any(|place| place.value["version"] == version)
    {
        let what = format!("none is the {version} of Cargo.toml, which would be packed");
        found.push(versions.problem(Rule::KiCad, what, format!("add one with `\"version\": \"{version}\"`")));
    }
    let icon = project.folder.join("resources/icon.png");
    let file = "resources/icon.png";
    let place = Place::whole(file, metadata);
    if !icon.is_file() {
        let fix = format!("add a PNG file of {PACKAGE_ICON} by {PACKAGE_ICON} pixels");
        found.push(place.problem(Rule::Advice, "the package has no icon", fix));
        return found;
    }
    match size_of(&icon) {
        Ok((PACKAGE_ICON, PACKAGE_ICON)) => {}
        Ok((width, height)) => found.push(place.problem(
            Rule::KiCad,
            format!("it has {width} by {height} pixels"),
            format!("make it {PACKAGE_ICON} by {PACKAGE_ICON}"),
        )),
        Err(why) => {
            found.push(place.problem(Rule::KiCad, format!("it is no picture: {why}"), "make it a PNG file"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_that_says_to_be_huge_is_not_made_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("icon.png");
        for (side, pixels) in [(100_000, None), (1024, Some("Corrupt"))] {
            let mut png = png::Encoder::new(File::create(&path).unwrap(), side, side);
            png.set_color(png::ColorType::Rgba);
            png.write_header().unwrap().write_chunk(png::chunk::IDAT, b"none").unwrap();
            match (size_of(&path), pixels) {
                (Ok(size), None) => assert_eq!(size, (side, side)),
                (Err(error), Some(why)) => assert!(error.contains(why), "{error}"),
                (told, _) => panic!("{side}: {told:?}"),
            }
        }
    }
}
