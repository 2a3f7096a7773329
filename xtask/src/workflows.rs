//! What holds for every file in `.github/workflows`: a job is one command that runs here too, and may do no more than it must.

use std::collections::BTreeSet;
use std::fs;

use clap::Parser as _;
use yaml_rust2::{Yaml, YamlLoader};

use crate::Cli;
use crate::test::need::Need;
use crate::workspace;

/// What a job may be allowed beyond reading the project, with the job and its workflow.
const RIGHTS: [(&str, &str, &str, &str); 4] = [
    ("docs", "show", "id-token", "write"),
    ("docs", "show", "pages", "write"),
    ("release", "publish", "id-token", "write"),
    ("weekly", "kicad-python", "issues", "write"),
];

/// Each workflow by its name.
fn workflows() -> Vec<(String, String)> {
    let entries = fs::read_dir(workspace::root().join(".github/workflows")).unwrap();
    let mut workflows: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    workflows.sort();
    workflows
}

/// What is wrong with a workflow.
fn problems(name: &str, text: &str) -> Vec<String> {
    let yaml = match YamlLoader::load_from_str(text) {
        Ok(yaml) if yaml.len() == 1 => yaml.into_iter().next().expect("there is one"),
        Ok(yaml) => return vec![format!("{} documents, and not one", yaml.len())],
        Err(error) => return vec![error.to_string()],
    };
    let mut wrong = Vec::new();
    if yaml["name"].as_str() != Some(name) {
        wrong.push("its name is not that of its file".to_owned());
    }
    if entries(&yaml["permissions"]) != [("contents".to_owned(), "read".to_owned())] {
        wrong.push("its permissions are not `contents: read`".to_owned());
    }
    required(&yaml["env"], &mut wrong);
    let jobs = yaml["jobs"].as_hash();
    if jobs.is_none_or(yaml_rust2::yaml::Hash::is_empty) {
        wrong.push("it has no jobs".to_owned());
    }
    for (job, yaml) in jobs.into_iter().flatten() {
        let job = job.as_str().unwrap_or_default();
        wrong.extend(of_job(name, job, yaml).into_iter().map(|problem| format!("{job}: {problem}")));
    }
    // A pin without the version beside it is not understood by whoever looks at it.
    for line in text.lines().filter(|line| line.contains("uses:")) {
        if !line.contains(" # v") {
            wrong.push(format!("`{}` does not say which version that is", line.trim()));
        }
    }
    wrong
}

fn of_job(workflow: &str, job: &str, yaml: &Yaml) -> Vec<String> {
    let mut wrong = Vec::new();
    if !yaml["timeout-minutes"].as_i64().is_some_and(|minutes| (1..=180).contains(&minutes)) {
        wrong.push("no timeout-minutes of up to 180".to_owned());
    }
    for (right, level) in entries(&yaml["permissions"]) {
        let is_known = RIGHTS.contains(&(workflow, job, right.as_str(), level.as_str()));
        if !is_known && (right.as_str(), level.as_str()) != ("contents", "read") {
            wrong.push(format!("the right `{right}: {level}` is not among those that it needs"));
        }
    }
    required(&yaml["env"], &mut wrong);
    let mut commands = Vec::new();
    for step in yaml["steps"].as_vec().into_iter().flatten() {
        commands.extend(step["run"].as_str());
        required(&step["env"], &mut wrong);
        if let Some(action) = step["uses"].as_str() {
            let pin = action.split_once('@').map(|(_, pin)| pin).unwrap_or_default();
            if pin.len() != 40 || !pin.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                wrong.push(format!("{action} is not pinned to a commit"));
            }
            let keeps = &step["with"]["persist-credentials"];
            if action.starts_with("actions/checkout@") && keeps.as_bool() != Some(false) {
                wrong.push("what it checks out keeps the right to push".to_owned());
            }
        }
    }
    match commands.as_slice() {
        [command] => {
            if let Err(problem) = known(command) {
                wrong.push(problem);
            }
        }
        _ => wrong.push(format!("{} commands, and not one", commands.len())),
    }
    wrong
}

/// Whether the command is one of ours, with arguments that it takes.
fn known(command: &str) -> Result<(), String> {
    let Some(arguments) = command.strip_prefix("cargo xtask ") else {
        return Err(format!("`{command}` is not `cargo xtask …`"));
    };
    if !arguments.chars().all(|c| c.is_ascii_alphanumeric() || " -._,=/".contains(c)) {
        return Err(format!("`{command}` is more than one plain command"));
    }
    let words = std::iter::once("xtask").chain(arguments.split(' '));
    match Cli::try_parse_from(words) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{command}`: {}", error.to_string().lines().next().unwrap_or_default())),
    }
}

/// Names and values.
fn entries(yaml: &Yaml) -> Vec<(String, String)> {
    let text = |yaml: &Yaml| yaml.as_str().unwrap_or("?").to_owned();
    match yaml {
        Yaml::BadValue => Vec::new(),
        Yaml::Hash(hash) => hash.iter().map(|(name, value)| (text(name), text(value))).collect(),
        // `write-all` and the like.
        other => vec![("all".to_owned(), text(other))],
    }
}

/// Holds `KIAPI_REQUIRE` against what can be required.
fn required(env: &Yaml, wrong: &mut Vec<String>) {
    if let Some(words) = env["KIAPI_REQUIRE"].as_str() {
        wrong.extend(Need::parse_all(words, &workspace::lines().unwrap()).err());
    }
}

#[test]
fn every_job_is_one_known_command_with_few_rights() {
    let mut wrong = Vec::new();
    for (name, text) in workflows() {
        wrong.extend(problems(&name, &text).into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(wrong.is_empty(), "in .github/workflows:\n{}", wrong.join("\n"));
}

#[test]
fn every_supported_kicad_has_a_job() {
    let (_, live) = workflows().into_iter().find(|(name, _)| name == "live").unwrap();
    let tested: BTreeSet<String> = live
        .lines()
        .filter_map(|line| Some(line.split_once("run: cargo xtask test --setup --kicad ")?.1.to_owned()))
        .collect();
    assert_eq!(tested, workspace::lines().unwrap().iter().map(ToString::to_string).collect());
}

#[test]
fn rights_that_no_job_asks_for_are_not_listed() {
    for (workflow, job, right, level) in RIGHTS {
        let (_, text) = workflows().into_iter().find(|(name, _)| name == workflow).unwrap();
        let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
        let asked = entries(&yaml["jobs"][job]["permissions"]);
        assert!(asked.contains(&(right.to_owned(), level.to_owned())), "{workflow}: {job}: {right}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name: x
permissions:
  contents: read
jobs:
  a:
    timeout-minutes: 10
    env:
      KIAPI_REQUIRE: nng
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - run: cargo xtask check features
";

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD);
        let problems = problems("x", &text);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}");
    }

    #[test]
    fn each_thing_that_is_wrong_is_named() {
        assert_eq!(problems("x", GOOD), Vec::<String>::new());
        check("name: x", "name: y", "its name is not that of its file");
        check("contents: read", "contents: write", "its permissions are not");
        check("permissions:\n  contents: read\n", "", "its permissions are not");
        check("permissions:\n  contents: read\n", "permissions: write-all\n", "its permissions are not");
        check("    timeout-minutes: 10\n", "", "no timeout-minutes");
        check("    env:", "    permissions:\n      packages: write\n    env:", "the right `packages: write`");
        check("KIAPI_REQUIRE: nng", "KIAPI_REQUIRE: nngg", "unknown words `nngg`");
        check("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6", "is not pinned to a commit");
        check(" # v6.0.2", "", "does not say which version that is");
        check("persist-credentials: false", "fetch-depth: 0", "keeps the right to push");
        check("cargo xtask check features", "cargo test", "`cargo test` is not `cargo xtask …`");
        check("check features", "check feature", "invalid value 'feature'");
        check("check features", "chek", "unrecognized subcommand 'chek'");
        check("check features", "docs && rm -r x", "more than one plain command");
        check("      - run: cargo xtask check features\n", "", "0 commands, and not one");
        check("jobs:\n", "jobs:\n  - [", "is only valid inside a block");
    }
}
