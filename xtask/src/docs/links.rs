//! Links in Markdown: which there are, and whether they lead somewhere within the project.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the project's files are shown. A link to there is a link to a file here.
const SHOWN: [&str; 2] =
    ["https://github.com/kiapi-rs/kiapi/blob/main/", "https://github.com/kiapi-rs/kiapi/tree/main/"];

/// A link in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: String,
}

/// The links of a text, but for what is in code.
pub(super) fn of(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut fence = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark)) {
            match fence {
                None => fence = Some(mark),
                Some(open) if open == mark => fence = None,
                Some(_) => {}
            }
            continue;
        }
        if fence.is_none() {
            let targets = targets(&without_code(line));
            links.extend(targets.into_iter().map(|target| Link { line: index + 1, target }));
        }
    }
    links
}

/// The line with blanks in place of what stands between backticks.
fn without_code(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let last = parts.len() - 1;
    let part = |(index, part): (usize, &&str)| {
        // A last backtick without a partner opens nothing.
        if index % 2 == 1 && index != last { " ".repeat(part.len()) } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join(" ")
}

/// What stands in the round brackets of `[…](…)`, and behind `[…]:`.
fn targets(line: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find(')') else { break };
        // A title may follow.
        targets.extend(rest[..end].split_whitespace().next().map(str::to_owned));
        rest = &rest[end..];
    }
    if let Some((label, target)) = line.split_once("]:")
        && label.starts_with('[')
        && !label[1..].contains(']')
    {
        targets.extend(target.split_whitespace().next().map(str::to_owned));
    }
    targets
}

/// Whether the link in the text `from`, a path below `root`, leads to a file, and to a heading that it has.
pub(super) fn follow(root: &Path, from: &Path, link: &Link) -> Result<(), String> {
    let target = SHOWN.iter().find_map(|shown| link.target.strip_prefix(shown));
    let (path, base) = match target {
        Some(below) => (below, PathBuf::new()),
        // To other places, which cannot be known here, or to an item of Rust, which rustdoc knows.
        None if link.target.contains("://") || link.target.starts_with("mailto:") => return Ok(()),
        None if link.target.contains("::") => return Ok(()),
        None => (link.target.as_str(), from.parent().unwrap_or(Path::new("")).to_path_buf()),
    };
    let (path, anchor) = path.split_once('#').map_or((path, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() {
        from.to_path_buf()
    } else {
        flat(&base.join(path)).ok_or("it leads out of the project")?
    };
    let there = root.join(&file);
    if !there.exists() {
        return Err(format!("there is no {}", file.display()));
    }
    let Some(anchor) = anchor.filter(|_| file.extension().is_some_and(|extension| extension == "md")) else {
        return Ok(());
    };
    let text = fs::read_to_string(&there).map_err(|error| error.to_string())?;
    match anchors(&text).iter().any(|known| known == anchor) {
        true => Ok(()),
        false => Err(format!("{} has no heading for #{anchor}", file.display())),
    }
}

/// The path without `.` and `..`; none if it leads above its start.
fn flat(path: &Path) -> Option<PathBuf> {
    let mut flat = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => flat.push(name),
            Component::CurDir => {}
            Component::ParentDir if flat.pop() => {}
            _ => return None,
        }
    }
    Some(flat)
}

/// How the headings of a text are named in links: in lower case, with hyphens for blanks, and no other marks.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !is_code) else { continue };
        let heading = heading.trim_start_matches('#').trim();
        let plain = heading.to_lowercase().replace(' ', "-");
        let plain: String = plain.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
        let same = anchors.iter().filter(|other| **other == plain).count();
        anchors.push(if same == 0 { plain } else { format!("{plain}-{same}") });
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_but_for_those_in_code() {
        let text = "See [a](x.md#y \"title\") and [`b`](z.md).\n\n```\n[c](no.md)\n```\n`[d](no.md)` [e]: no\n[f]: w.md\n";
        let links: Vec<_> = of(text).into_iter().map(|link| (link.line, link.target)).collect();
        let expected = [(1, "x.md#y"), (1, "z.md"), (7, "w.md")];
        assert_eq!(links, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn link_that_leads_nowhere_says_why() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("docs")).unwrap();
        fs::write(dir.path().join("docs/a.md"), "# One `two` & three\n## Same\n## Same\n").unwrap();
        fs::write(dir.path().join("b.rs"), "").unwrap();
        let check = |target: &str, expected: Result<(), &str>| {
            let link = Link { line: 1, target: target.to_owned() };
            let told = follow(dir.path(), Path::new("docs/a.md"), &link);
            assert_eq!(told, expected.map_err(str::to_owned), "{target}");
        };
        check("#one-two--three", Ok(()));
        check("a.md#same-1", Ok(()));
        check("a.md#other", Err("docs/a.md has no heading for #other"));
        check("../b.rs#L10", Ok(()));
        check("c.md", Err("there is no docs/c.md"));
        check("../../x", Err("it leads out of the project"));
        check("https://github.com/kiapi-rs/kiapi/blob/main/b.rs", Ok(()));
        check("https://github.com/kiapi-rs/kiapi/blob/main/c.rs", Err("there is no c.rs"));
        check("https://example.org/x", Ok(()));
        check("kiapi::Board", Ok(()));
    }
}
