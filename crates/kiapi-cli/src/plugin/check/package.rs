//! The rules for metadata.json, by which KiCad's Plugin and Content Manager knows a package.

use serde_json::Value;

use super::problem::{Place, Problem, Rule, is_name};

/// The licences that the schema lists.
const LICENSES: [&str; 90] = [
    "public-domain",
    "Apache",
    "Apache-1.0",
    "Apache-2.0",
    "Artistic",
    "Artistic-1.0",
    "Artistic-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "ISC",
    "CC-BY",
    "CC-BY-1.0",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA",
    "CC-BY-SA-1.0",
    "CC-BY-SA-2.0",
    "CC-BY-SA-2.5",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-ND",
    "CC-BY-ND-1.0",
    "CC-BY-ND-2.0",
    "CC-BY-ND-2.5",
    "CC-BY-ND-3.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC",
    "CC-BY-NC-1.0",
    "CC-BY-NC-2.0",
    "CC-BY-NC-2.5",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA",
    "CC-BY-NC-SA-1.0",
    "CC-BY-NC-SA-2.0",
    "CC-BY-NC-SA-2.5",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-ND",
    "CC-BY-NC-ND-1.0",
    "CC-BY-NC-ND-2.0",
    "CC-BY-NC-ND-2.5",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CPL",
    "EFL",
    "EFL-1.0",
    "EFL-2.0",
    "MIT",
    "GPL",
    "GPL-1.0",
    "GPL-2.0",
    "GPL-3.0",
    "LGPL",
    "LGPL-2.1",
    "LGPL-3.0",
    "GNU-LGPL-2.0",
    "GFDL",
    "GFDL-1.0",
    "GFDL-1.1",
    "GFDL-1.2",
    "GFDL-1.3",
    "GFDL-NIV",
    "LPPL",
    "LPPL-1.0",
    "LPPL-1.1",
    "LPPL-1.2",
    "LPPL-1.3",
    "MPL-1.1",
    "Perl",
    "Python-2.0",
    "QPL-1.0",
    "W3C",
    "Zlib",
    "Zope",
    "Zope-1.0",
    "Zope-1.1",
    "Zope-2.0",
    "Zope-2.1",
    "CERN-OHL",
    "WTFPL",
    "Unlicense",
    "open-source",
    "unrestricted",
];

/// What is wrong with the content of a metadata.json.
pub(crate) fn check(file: &str, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let found_in = &mut found;
    let package = Place::whole(file, value);
    if !package.is_object(found_in) {
        return found;
    }
    for (key, longest) in [("name", 200), ("description", 500), ("description_full", 5000)] {
        if let Some(text) = package.required(key, "add a text for people", found_in) {
            text.text(longest, found_in);
        }
    }
    check_identifier(&package, found_in);
    check_type(&package, found_in);
    if let Some(author) =
        package.required("author", "add `{ \"name\": …, \"contact\": { \"web\": … } }`", found_in)
    {
        check_contact(&author, found_in);
    }
    if let Some(maintainer) = package.member("maintainer") {
        check_contact(&maintainer, found_in);
    }
    if let Some(category) = package.member("category") {
        // KiCad 9 has only these two, and its successor takes any word.
        category.word(&["general", "fab"], found_in);
    }
    if let Some(license) = package.required("license", "add one, such as `MIT`", found_in) {
        license.word(&LICENSES, found_in);
    }
    if let Some(links) = package.required("resources", "add `{ \"homepage\": … }`", found_in) {
        check_table(&links, "-", Case::Any, found_in);
    }
    check_tags(&package, found_in);
    check_keep(&package, found_in);
    check_versions(&package, found_in);
    found
}

fn check_identifier(package: &Place<'_>, found: &mut Vec<Problem>) {
    let fix = "add the one of the plugin.json";
    let Some(identifier) = package.required("identifier", fix, found) else { return };
    let text = identifier.text(usize::MAX, found);
    if text.is_some_and(|text| !is_name(text, "-.", 100)) {
        found.push(identifier.problem(
            Rule::Schema,
            format!("`{}` is no identifier of a package", text.unwrap_or_default()),
            "begin with a letter, end with a letter or digit, use only letters, digits, `.` and `-`, and 2 to 100 of them",
        ));
    }
}

fn check_type(package: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(kind) = package.required("type", "add `\"type\": \"plugin\"`", found) else { return };
    // KiCad 9 knows `fab` besides, which its successor refuses.
    let known = kind.word(&["plugin", "library", "colortheme"], found);
    if matches!(known, Some("library" | "colortheme")) {
        found.push(kind.problem(Rule::Advice, "this is a plugin", "write `plugin`"));
    }
}

/// Which letters the keys of a table may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Any,
    Small,
}

fn check_contact(contact: &Place<'_>, found: &mut Vec<Problem>) {
    if !contact.is_object(found) {
        return;
    }
    if let Some(name) = contact.required("name", "add the name of a person or a group", found) {
        name.text(500, found);
    }
    if let Some(ways) = contact.required("contact", "add `{ \"web\": … }`, or `{}`", found) {
        check_table(&ways, "-", Case::Small, found);
    }
}

/// A table of texts with names of 2 to 50 letters, digits, blanks and hyphens.
fn check_table(table: &Place<'_>, between: &str, case: Case, found: &mut Vec<Problem>) {
    if !table.is_object(found) {
        return;
    }
    let between = format!("{between} ");
    for key in table.value.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let place = table.member(key).expect("it is one of its keys");
        let is_small = case == Case::Any || !key.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_name(key, &between, 50) || !is_small {
            let small = if case == Case::Small { "small " } else { "" };
            found.push(place.problem(
                Rule::Schema,
                format!("`{key}` is no name for an entry"),
                format!("use 2 to 50 {small}letters, digits, hyphens and blanks, the first of them a letter"),
            ));
            continue;
        }
        place.text(500, found);
    }
}

fn check_tags(package: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(tags) = package.member("tags").filter(|tags| tags.is_list(found)) else { return };
    if tags.elements().next().is_none() {
        found.push(tags.problem(Rule::Schema, "there are none", "add one, or remove `tags`"));
    }
    for tag in tags.elements() {
        let text = tag.text(usize::MAX, found);
        let is_tag =
            |text: &str| is_name(text, "-", 50) && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if text.is_some_and(|text| !is_tag(text)) {
            let what = format!("`{}` is no tag", text.unwrap_or_default());
            found.push(tag.problem(
                Rule::Schema,
                what,
                "use 2 to 50 small letters, digits and hyphens, the first of them a letter",
            ));
        }
    }
    tags.unique(found);
}

fn check_keep(of: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(keep) = of.member("keep_on_update").filter(|keep| keep.is_list(found)) else { return };
    for pattern in keep.elements() {
        pattern.text(usize::MAX, found);
    }
    keep.unique(found);
}

fn check_versions(package: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(versions) = package.required("versions", "add a list with the version of this release", found)
    else {
        return;
    };
    if !versions.is_list(found) {
        return;
    }
    if versions.elements().next().is_none() {
        found.push(versions.problem(
            Rule::KiCad,
            "there are none, and there is nothing to install",
            "add this release",
        ));
    }
    for version in versions.elements() {
        if version.is_object(found) {
            check_version(&version, found);
        }
    }
    versions.unique(found);
}

fn check_version(version: &Place<'_>, found: &mut Vec<Problem>) {
    if let Some(number) = version.required("version", "add it, such as `0.1.0`", found) {
        check_number(&number, [4, 4, 6], found);
    }
    let stage = version.required("status", "add `stable`, `testing`, `development` or `deprecated`", found);
    if let Some(stage) = stage {
        stage.word(&["stable", "testing", "development", "deprecated"], found);
    }
    let kicad =
        version.required("kicad_version", "add the oldest KiCad that it works with, such as `9.0`", found);
    let numbers = [kicad, version.member("kicad_version_max")].map(|number| {
        let number = number?;
        check_number(&number, [2, 2, 2], found).map(|read| (number, read))
    });
    if let [Some((place, least)), most] = &numbers {
        if least[0] < 9 {
            found.push(place.problem(
                Rule::KiCad,
                "KiCad has had this kind of plugin since 9.0",
                "write `9.0` or a later one",
            ));
        }
        if let Some((place, most)) = most
            && most < least
        {
            found.push(place.problem(
                Rule::Advice,
                "it is older than `kicad_version`",
                "write a later one, or remove it",
            ));
        }
    }
    match version.member("runtime") {
        Some(runtime) => {
            if runtime.word(&["ipc", "swig"], found) == Some("swig") {
                let what = "KiCad takes it for a plugin of its older interface, in Python";
                found.push(runtime.problem(Rule::KiCad, what, "write `ipc`"));
            }
        }
        None => {
            let what =
                "there is no `runtime`, so KiCad takes it for a plugin of its older interface, in Python";
            found.push(version.problem(Rule::KiCad, what, "add `\"runtime\": \"ipc\"`"));
        }
    }
    if let Some(platforms) = version.member("platforms").filter(|platforms| platforms.is_list(found)) {
        if platforms.elements().next().is_none() {
            found.push(platforms.problem(Rule::Schema, "there are none", "add one, or remove `platforms`"));
        }
        for platform in platforms.elements() {
            platform.word(&["windows", "macos", "linux"], found);
        }
        platforms.unique(found);
    }
    check_keep(version, found);
    for key in ["version_epoch", "download_size", "install_size"] {
        if let Some(number) = version.member(key) {
            let is_whole =
                |value: &Value| value.as_f64().is_some_and(|number| number.fract() == 0.0 && number >= 0.0);
            number.is_a("a whole number, not below zero", is_whole, found);
        }
    }
    if let Some(sum) = version.member("download_sha256") {
        let text = sum.text(usize::MAX, found);
        let is_sum = |text: &str| {
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if text.is_some_and(|text| !is_sum(text)) {
            found.push(sum.problem(
                Rule::Schema,
                "it is no SHA-256",
                "write 64 hexadecimal digits, with small letters",
            ));
        }
    }
    if let Some(url) = version.member("download_url") {
        let text = url.text(usize::MAX, found);
        if text.is_some_and(|text| !is_address(text)) {
            found.push(url.problem(Rule::Schema, "it is no address", "begin it with `https://`"));
        }
    }
}

/// Whether the schema takes it for an address: that of a web page, or of a file from its root.
fn is_address(text: &str) -> bool {
    let web = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_web = web.is_some_and(|rest| {
        let mut rest = rest.chars();
        let first = rest.next().is_some_and(|c| !c.is_whitespace() && !"/$.?#".contains(c));
        first && rest.next().is_some_and(|c| c != '\n')
    });
    let is_file = text.split_once("file://").is_some_and(|(_, path)| {
        let mut rest = path.chars();
        let is_rooted = match rest.next() {
            Some('/') => true,
            Some(drive) if drive.is_ascii_alphabetic() => rest.next() == Some(':'),
            _ => false,
        };
        is_rooted && !rest.as_str().is_empty() && !rest.as_str().contains('\0')
    });
    is_web || is_file
}

/// One to three numbers with dots between them, each with at most so many digits.
fn check_number(place: &Place<'_>, digits: [usize; 3], found: &mut Vec<Problem>) -> Option<[u32; 3]> {
    let text = place.text(usize::MAX, found)?;
    let read = read_number(text, digits);
    if read.is_none() {
        let what = format!("`{text}` is no version that KiCad can read");
        found.push(place.problem(
            Rule::Schema,
            what,
            "write one to three numbers with dots between them, such as `1.2.3`",
        ));
    }
    read
}

fn read_number(text: &str, digits: [usize; 3]) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    for ((part, most), number) in parts.into_iter().zip(digits).zip(&mut numbers) {
        if part.is_empty() || part.len() > most || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    Some(numbers)
}
