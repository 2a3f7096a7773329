//! `cargo xtask proto buf`: what `proto diff` says breaks, held against what buf says of the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet};

use super::compare::{Change, compare};
use super::model::Model;
use super::rules::{Category, categories};
use crate::proto::compile::{compile, google_file, read_folder};
use crate::proto::descriptors::{Files, default_json_name};
use crate::workspace;

/// The package on npm that brings the program.
const PACKAGE: &str = "@bufbuild/buf@1.75.0";

/// Where buf counts otherwise than we do: the pair, the rule, how much more it finds, in which categories, and why.
type Explained = (&'static str, &'static str, i64, &'static [Category], &'static str);
const EXPLAINED: [Explained; 6] = [
    ("the sample", "FIELD_SAME_TYPE", 1, &[Category::File, Category::Package], MAP),
    ("the sample", "MESSAGE_NO_DELETE", 1, &[Category::File], MAP),
    ("the sample", "PACKAGE_MESSAGE_NO_DELETE", 1, &[Category::Package], MAP),
    ("the sample", "FIELD_WIRE_JSON_COMPATIBLE_TYPE", 1, &[Category::WireJson], MAP),
    ("the sample", "FIELD_WIRE_COMPATIBLE_TYPE", 1, &[Category::Wire], MAP),
    ("the sample", "FIELD_WIRE_COMPATIBLE_CARDINALITY", -1, &[Category::Wire], MAP),
];
const MAP: &str = "a map that becomes a list is another number of values for us; for buf it was a list of messages, whose type \
                   goes and whose message is deleted";

/// How often each rule is broken.
type Counts = BTreeMap<String, i64>;

pub(in crate::proto) fn run() -> Result<()> {
    let folder = workspace::root().join("target/buf");
    let buf = install(&folder)?;
    let trees = |name: &str| -> Result<Files> { compile(&read_folder(&workspace::proto().join(name))?) };
    let sample = |name: &str| -> Result<Files> {
        compile(&read_folder(&workspace::root().join("xtask/testdata/diff").join(name))?)
    };
    let lines = workspace::lines()?;
    let mut pairs = vec![("the sample".to_owned(), sample("before")?, sample("after")?)];
    for pair in lines.windows(2) {
        let [old, new] = [pair[0], pair[1]].map(|line| line.to_string());
        pairs.push((format!("{old} to {new}"), trees(&old)?, trees(&new)?));
        // What was added breaks when it is looked at from behind.
        pairs.push((format!("{new} to {old}"), trees(&new)?, trees(&old)?));
    }
    let (mut wrong, mut unused) = (Vec::new(), EXPLAINED.iter().collect::<Vec<_>>());
    for (name, old, new) in &pairs {
        let changes = compare(&Model::new(old), &Model::new(new));
        for category in Category::ALL {
            let theirs = ask(&buf, &folder, old, new, category)?;
            let ours = count(&changes, category);
            println!(
                "{name}, {}: buf finds {}, we find {}",
                category.name(),
                theirs.values().sum::<i64>(),
                ours.values().sum::<i64>()
            );
            let rules: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for rule in rules {
                let of = |counts: &Counts| counts.get(rule).copied().unwrap_or(0);
                let more = of(&theirs) - of(&ours);
                let explained = EXPLAINED
                    .iter()
                    .find(|(pair, known, ..)| pair == name && known == rule)
                    .filter(|(.., in_categories, _)| in_categories.contains(&category));
                let expected = explained.map_or(0, |(_, _, more, ..)| *more);
                unused.retain(|entry| explained != Some(entry));
                match explained {
                    Some((.., why)) if more == expected => println!("  {rule}: {more:+}, since {why}"),
                    _ if more == expected => {}
                    _ => wrong.push(format!(
                        "{name}, {}: {rule} is broken {} times for buf, {} for us",
                        category.name(),
                        of(&theirs),
                        of(&ours)
                    )),
                }
            }
        }
    }
    wrong.extend(
        unused.iter().map(|(pair, rule, ..)| format!("{pair}: what is explained of {rule} does not happen")),
    );
    if !wrong.is_empty() {
        bail!("we and buf disagree:\n{}", wrong.join("\n"));
    }
    println!("we and buf agree on {} pairs", pairs.len());
    Ok(())
}

fn count(changes: &[Change], category: Category) -> Counts {
    let mut counts = Counts::new();
    let rules = changes.iter().flat_map(|change| &change.rules);
    for rule in rules.filter(|rule| categories(rule).contains(&category)) {
        *counts.entry((*rule).to_owned()).or_default() += 1;
    }
    counts
}

/// The program, installed below `folder` if it is not there yet.
fn install(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("node_modules/.bin/buf");
    if !program.is_file() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(PACKAGE);
        let output = npm.output().context("cannot run npm")?;
        ensure!(
            output.status.success(),
            "npm cannot install {PACKAGE}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(program)
}

/// As protoc writes them; without them buf sees no change of one.
fn with_json_names(message: &mut DescriptorProto) {
    for field in &mut message.field {
        field.json_name = Some(field.json_name.take().unwrap_or_else(|| default_json_name(field.name())));
    }
    message.nested_type.iter_mut().for_each(with_json_names);
}

fn ask(buf: &Path, folder: &Path, old: &Files, new: &Files, category: Category) -> Result<Counts> {
    let write = |name: &str, files: &Files| -> Result<PathBuf> {
        let mut file: Vec<_> = files.values().cloned().collect();
        file.iter_mut().flat_map(|file| &mut file.message_type).for_each(with_json_names);
        let imports =
            files.values().flat_map(|file| &file.dependency).filter(|name| !files.contains_key(*name));
        let imports: std::collections::BTreeSet<&String> = imports.collect();
        file.splice(0..0, imports.into_iter().filter_map(|name| google_file(name)));
        let path = folder.join(name);
        fs::write(&path, FileDescriptorSet { file }.encode_to_vec())
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    let (old, new) = (write("before.binpb", old)?, write("after.binpb", new)?);
    let config = format!(r#"{{"version":"v2","breaking":{{"use":["{}"]}}}}"#, category.name());
    let mut command = Command::new(buf);
    command.current_dir(folder).arg("breaking").arg(new).arg("--against").arg(old);
    command.args(["--exclude-imports", "--error-format", "json", "--config", &config]);
    let output = command.output().context("cannot run buf")?;
    // 100 says that something is broken.
    let code = output.status.code();
    ensure!(
        matches!(code, Some(0 | 100)),
        "buf failed ({code:?}): {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut counts = Counts::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let found: serde_json::Value = serde_json::from_str(line).context("buf wrote what is no JSON")?;
        let rule = found["type"].as_str().context("buf names no rule")?;
        *counts.entry(rule.to_owned()).or_default() += 1;
    }
    Ok(counts)
}
