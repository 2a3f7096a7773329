//! A `kicad-python` wheel: a zip file whose `*_pb2.py` hold serialized descriptors.

use std::io::{Cursor, Read as _};

use anyhow::{Context as _, Result, ensure};
use zip::ZipArchive;

use super::{Found, FoundFile, Generated, Kind, python};
use crate::inputs::version::Version;
use crate::proto::descriptors::{decode_file, sha256};

/// The file in which the build of the wheel notes which KiCad it generated the others from.
const STAMP: &str = "kipy/kicad_api_version.py";
/// Where the generated files are.
const GENERATED: (&str, &str) = ("kipy/proto/", "_pb2.py");
/// No Python file in a wheel is larger.
const MAX_ENTRY: u64 = 16 << 20;

pub(super) fn read(name: String, bytes: &[u8]) -> Result<Found> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context("it is no zip file")?;
    let (mut files, mut version, mut stamp) = (Vec::new(), None, None);
    // The times of what a person wrote.
    let mut handwritten = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).with_context(|| format!("its entry {index} cannot be read"))?;
        let path = entry.name().to_owned();
        let written = entry.last_modified().map(seconds);
        let is_generated = path.starts_with(GENERATED.0) && path.ends_with(GENERATED.1);
        if !is_generated && path != STAMP {
            if path.ends_with(".py") {
                handwritten.push(written);
            }
            continue;
        }
        let mut text = Vec::new();
        entry.take(MAX_ENTRY + 1).read_to_end(&mut text).with_context(|| format!("cannot unpack {path}"))?;
        ensure!(text.len() as u64 <= MAX_ENTRY, "{path} is larger than {} MiB", MAX_ENTRY >> 20);
        if path == STAMP {
            stamp = written;
            version = Some(stamped(&text).with_context(|| format!("cannot read the version in {path}"))?);
        } else {
            let bytes = python::serialized(&text).with_context(|| format!("cannot read {path}"))?;
            let descriptor = decode_file(&bytes).with_context(|| format!("cannot read {path}"))?;
            files.push(FoundFile::new(descriptor, written));
        }
    }
    ensure!(
        !files.is_empty(),
        "it has no {}**/*{}; is it a wheel of kicad-python?",
        GENERATED.0,
        GENERATED.1
    );
    // A wheel that was packed again, or reproducibly, gives all its files one time.
    let generated = match stamp {
        Some(stamp) if handwritten.iter().any(|&time| time != Some(stamp)) => Generated::At(stamp),
        _ => Generated::Unknown,
    };
    Ok(Found { kind: Kind::Wheel, name, sha256: sha256(bytes), version, files, generated })
}

/// The version in `KICAD_API_VERSION = "9.0.1-0-g4a3889f1fe"`.
fn stamped(text: &[u8]) -> Result<Version> {
    let text = String::from_utf8_lossy(text);
    let value =
        text.lines().find_map(|line| line.trim().strip_prefix("KICAD_API_VERSION")?.trim().strip_prefix('='));
    let value = value.context("it assigns no KICAD_API_VERSION")?.trim().trim_matches(['"', '\'']);
    value.parse().map_err(anyhow::Error::msg)
}

/// The seconds since 1970 of a time that names no zone.
fn seconds(time: zip::DateTime) -> i64 {
    // Days of the civil calendar, with years that begin in March.
    let (year, month, day) = (i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    ((days * 24 + i64::from(time.hour())) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second())
}
