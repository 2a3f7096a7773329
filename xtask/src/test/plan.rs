//! What `cargo xtask test` does on a machine: a pure function of what was found on it.

use std::fmt;
use std::path::PathBuf;

use super::need::Need;
use crate::kicad::install::Line;

/// What the machine has.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that was found or not")]
pub(crate) struct Found {
    /// The lines of KiCad that the project supports.
    pub(crate) lines: Vec<Line>,
    /// The KiCads, at most one for each line.
    pub(crate) kicads: Vec<Kicad>,
    /// Whether libnng can be built.
    pub(crate) nng: bool,
    /// Whether Python can make virtual environments.
    pub(crate) python: bool,
    /// Whether npm can install programs.
    pub(crate) npm: bool,
    /// Whether instructions can be counted.
    pub(crate) valgrind: bool,
}

/// A KiCad that was found.
#[derive(Debug, Clone)]
pub(crate) struct Kicad {
    pub(crate) line: Line,
    /// The folder that it is installed in: `/usr`.
    pub(crate) prefix: PathBuf,
}

/// One thing to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) program: Program,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Cargo,
    /// This program itself.
    Xtask,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}={value} ")?;
        }
        let program = match self.program {
            Program::Cargo => "cargo",
            Program::Xtask => "cargo xtask",
        };
        write!(f, "{program} {}", self.args.join(" "))
    }
}

impl Step {
    fn new(name: impl Into<String>, program: Program, command: &str) -> Self {
        let args = command.split_whitespace().map(str::to_owned).collect();
        Self { name: name.into(), program, args, env: Vec::new() }
    }

    fn cargo(name: impl Into<String>, command: &str) -> Self {
        Self::new(name, Program::Cargo, command)
    }

    fn xtask(name: impl Into<String>, command: &str) -> Self {
        Self::new(name, Program::Xtask, command)
    }

    fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }
}

/// What is not run, because something is lacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) name: String,
    pub(crate) need: Need,
}

impl Skip {
    /// Why, and how to change it.
    pub(crate) fn why(&self) -> String {
        self.need.how()
    }
}

/// What to do, in order, and what not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) skips: Vec<Skip>,
}

impl Plan {
    /// Adds the steps if what they need was found, and skips them otherwise.
    fn add(&mut self, need: Need, is_found: bool, steps: impl IntoIterator<Item = Step>) {
        if is_found {
            self.steps.extend(steps);
        } else {
            self.skips.extend(steps.into_iter().map(|step| Skip { name: step.name, need }));
        }
    }
}

/// Every feature that needs nothing but Rust. They bring those of the other crates with them.
pub(crate) const FEATURES: &str = "kiapi/serde,kiapi/tokio,kiapi/tracing";

/// The plan for a machine: what is quick, and what fails often, comes first.
pub(crate) fn plan(found: &Found) -> Plan {
    let deny = ["--", "-D", "warnings"];
    let clippy = |name: &str, of: &str| {
        deny.iter().fold(Step::cargo(name, &format!("clippy {of}")), |s, arg| s.arg(*arg))
    };
    let mut plan = Plan::default();
    plan.steps.extend([
        Step::cargo("format", "fmt --all --check"),
        Step::xtask("freshness", "codegen --check"),
        Step::xtask("freshness of what KiCad changed", "proto changes --check"),
        clippy("clippy", &format!("--workspace --all-targets --features {FEATURES}")),
        // These run only against a KiCad, and so are none of the targets above.
        clippy("clippy of the live tests", "--package kiapi --features tokio --test live"),
        clippy("clippy of conformance", "--package kiapi-emulator --test conformance --test record_font"),
    ]);
    plan.steps.push(clippy("clippy of the storm", "--package kiapi --features tokio --test storm"));
    plan.steps.push(clippy("clippy of the benches", "--manifest-path bench/Cargo.toml"));
    let nng = "--package kiapi-transport --features nng,tokio";
    plan.add(Need::Nng, found.nng, [clippy("clippy with nng", &format!("{nng} --all-targets"))]);
    plan.steps.push(Step::cargo(
        "unit and doc tests",
        &format!("test --workspace --no-fail-fast --features {FEATURES}"),
    ));
    let mut doc = Step::cargo("documentation", &format!("doc --workspace --no-deps --features {FEATURES}"));
    doc.env.push(("RUSTDOCFLAGS", "-D warnings"));
    plan.steps.push(doc);
    // The README's first command.
    plan.steps.push(Step::cargo("demo", "run --quiet --package kiapi-cli -- demo"));
    plan.steps.push(Step::xtask("bad input", "fuzz --smoke"));
    plan.steps.push(Step::xtask("a storm", "storm --minutes 1"));
    let server =
        "test --package kiapi-server --package kiapi-emulator --features kiapi-server/nng,kiapi-emulator/nng";
    plan.add(
        Need::Nng,
        found.nng,
        [
            Step::cargo("transport pairs with nng", &format!("test {nng}")),
            Step::cargo("server and emulator with nng", server),
        ],
    );
    let instructions = Step::xtask("instructions of the hot paths", "bench instructions --check");
    plan.add(Need::Valgrind, found.valgrind, [instructions]);
    plan.add(Need::Npm, found.npm, [Step::xtask("what breaks, beside buf", "proto buf")]);
    for &line in &found.lines {
        let kicad = found.kicads.iter().find(|kicad| kicad.line == line);
        let prefix = kicad.map(|kicad| kicad.prefix.display().to_string()).unwrap_or_default();
        let with = |name: &str| format!("{name} KiCad {line}");
        let steps = [
            Step::xtask(with("commands of"), "proto commands --kicad").arg(&prefix),
            Step::xtask(with("tree of"), "proto import --check --kicad").arg(&prefix),
            Step::xtask(with("live tests with"), "live --kicad").arg(line.to_string()),
            Step::xtask(with("a plugin in"), "plugin --kicad").arg(line.to_string()),
            Step::xtask(with("conformance of the demo board with"), "conformance --kicad")
                .arg(line.to_string())
                .arg("--board")
                .arg("crates/kiapi-emulator/demo/demo.kicad_pcb"),
            Step::xtask(with("conformance of a larger board with"), "conformance --kicad")
                .arg(line.to_string()),
        ];
        plan.add(Need::Kicad(line), kicad.is_some(), steps);
        // Clients that are not ours see the same board on the emulator.
        for (client, need, is_found) in [
            ("python", Need::Python, found.python),
            ("json", Need::Python, found.python),
            ("kicad-ipc-rs", Need::Nng, found.nng),
        ] {
            let step = Step::xtask(format!("{client} with KiCad {line}"), "interop --kicad")
                .arg(line.to_string())
                .arg("--client")
                .arg(client);
            let need = if kicad.is_none() { Need::Kicad(line) } else { need };
            plan.add(need, kicad.is_some() && is_found, [step]);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const LINES: [Line; 2] = [Line { major: 9, minor: 0 }, Line { major: 10, minor: 0 }];

    #[track_caller]
    fn check(found: &Found, expected: &Expect) {
        let plan = plan(found);
        let steps = plan.steps.iter().map(|step| format!("{}: {step}\n", step.name));
        let skips = plan.skips.iter().map(|skip| format!("skip {} ({})\n", skip.name, skip.need));
        expected.assert_eq(&steps.chain(skips).collect::<String>());
    }

    #[test]
    fn with_rust_alone_the_rest_is_skipped() {
        check(
            &Found { lines: LINES.to_vec(), ..Found::default() },
            &expect![[r#"
                format: cargo fmt --all --check
                freshness: cargo xtask codegen --check
                freshness of what KiCad changed: cargo xtask proto changes --check
                clippy: cargo clippy --workspace --all-targets --features kiapi/serde,kiapi/tokio,kiapi/tracing -- -D warnings
                clippy of the live tests: cargo clippy --package kiapi --features tokio --test live -- -D warnings
                clippy of conformance: cargo clippy --package kiapi-emulator --test conformance --test record_font -- -D warnings
                clippy of the storm: cargo clippy --package kiapi --features tokio --test storm -- -D warnings
                clippy of the benches: cargo clippy --manifest-path bench/Cargo.toml -- -D warnings
                unit and doc tests: cargo test --workspace --no-fail-fast --features kiapi/serde,kiapi/tokio,kiapi/tracing
                documentation: RUSTDOCFLAGS=-D warnings cargo doc --workspace --no-deps --features kiapi/serde,kiapi/tokio,kiapi/tracing
                demo: cargo run --quiet --package kiapi-cli -- demo
                bad input: cargo xtask fuzz --smoke
                a storm: cargo xtask storm --minutes 1
                skip clippy with nng (nng)
                skip transport pairs with nng (nng)
                skip server and emulator with nng (nng)
                skip instructions of the hot paths (valgrind)
                skip what breaks, beside buf (npm)
                skip commands of KiCad 9.0 (kicad-9.0)
                skip tree of KiCad 9.0 (kicad-9.0)
                skip live tests with KiCad 9.0 (kicad-9.0)
                skip a plugin in KiCad 9.0 (kicad-9.0)
                skip conformance of the demo board with KiCad 9.0 (kicad-9.0)
                skip conformance of a larger board with KiCad 9.0 (kicad-9.0)
                skip python with KiCad 9.0 (kicad-9.0)
                skip json with KiCad 9.0 (kicad-9.0)
                skip kicad-ipc-rs with KiCad 9.0 (kicad-9.0)
                skip commands of KiCad 10.0 (kicad-10.0)
                skip tree of KiCad 10.0 (kicad-10.0)
                skip live tests with KiCad 10.0 (kicad-10.0)
                skip a plugin in KiCad 10.0 (kicad-10.0)
                skip conformance of the demo board with KiCad 10.0 (kicad-10.0)
                skip conformance of a larger board with KiCad 10.0 (kicad-10.0)
                skip python with KiCad 10.0 (kicad-10.0)
                skip json with KiCad 10.0 (kicad-10.0)
                skip kicad-ipc-rs with KiCad 10.0 (kicad-10.0)
            "#]],
        );
    }

    #[test]
    fn with_everything_nothing_is_skipped() {
        let kicad = |line: Line, prefix: &str| Kicad { line, prefix: prefix.into() };
        check(
            &Found {
                lines: LINES.to_vec(),
                kicads: vec![kicad(LINES[1], "/a folder/usr"), kicad(LINES[0], "/usr")],
                nng: true,
                python: true,
                npm: true,
                valgrind: true,
            },
            &expect![[r#"
                format: cargo fmt --all --check
                freshness: cargo xtask codegen --check
                freshness of what KiCad changed: cargo xtask proto changes --check
                clippy: cargo clippy --workspace --all-targets --features kiapi/serde,kiapi/tokio,kiapi/tracing -- -D warnings
                clippy of the live tests: cargo clippy --package kiapi --features tokio --test live -- -D warnings
                clippy of conformance: cargo clippy --package kiapi-emulator --test conformance --test record_font -- -D warnings
                clippy of the storm: cargo clippy --package kiapi --features tokio --test storm -- -D warnings
                clippy of the benches: cargo clippy --manifest-path bench/Cargo.toml -- -D warnings
                clippy with nng: cargo clippy --package kiapi-transport --features nng,tokio --all-targets -- -D warnings
                unit and doc tests: cargo test --workspace --no-fail-fast --features kiapi/serde,kiapi/tokio,kiapi/tracing
                documentation: RUSTDOCFLAGS=-D warnings cargo doc --workspace --no-deps --features kiapi/serde,kiapi/tokio,kiapi/tracing
                demo: cargo run --quiet --package kiapi-cli -- demo
                bad input: cargo xtask fuzz --smoke
                a storm: cargo xtask storm --minutes 1
                transport pairs with nng: cargo test --package kiapi-transport --features nng,tokio
                server and emulator with nng: cargo test --package kiapi-server --package kiapi-emulator --features kiapi-server/nng,kiapi-emulator/nng
                instructions of the hot paths: cargo xtask bench instructions --check
                what breaks, beside buf: cargo xtask proto buf
                commands of KiCad 9.0: cargo xtask proto commands --kicad /usr
                tree of KiCad 9.0: cargo xtask proto import --check --kicad /usr
                live tests with KiCad 9.0: cargo xtask live --kicad 9.0
                a plugin in KiCad 9.0: cargo xtask plugin --kicad 9.0
                conformance of the demo board with KiCad 9.0: cargo xtask conformance --kicad 9.0 --board crates/kiapi-emulator/demo/demo.kicad_pcb
                conformance of a larger board with KiCad 9.0: cargo xtask conformance --kicad 9.0
                python with KiCad 9.0: cargo xtask interop --kicad 9.0 --client python
                json with KiCad 9.0: cargo xtask interop --kicad 9.0 --client json
                kicad-ipc-rs with KiCad 9.0: cargo xtask interop --kicad 9.0 --client kicad-ipc-rs
                commands of KiCad 10.0: cargo xtask proto commands --kicad /a folder/usr
                tree of KiCad 10.0: cargo xtask proto import --check --kicad /a folder/usr
                live tests with KiCad 10.0: cargo xtask live --kicad 10.0
                a plugin in KiCad 10.0: cargo xtask plugin --kicad 10.0
                conformance of the demo board with KiCad 10.0: cargo xtask conformance --kicad 10.0 --board crates/kiapi-emulator/demo/demo.kicad_pcb
                conformance of a larger board with KiCad 10.0: cargo xtask conformance --kicad 10.0
                python with KiCad 10.0: cargo xtask interop --kicad 10.0 --client python
                json with KiCad 10.0: cargo xtask interop --kicad 10.0 --client json
                kicad-ipc-rs with KiCad 10.0: cargo xtask interop --kicad 10.0 --client kicad-ipc-rs
            "#]],
        );
    }

    #[test]
    fn a_path_with_blanks_is_one_argument() {
        let kicads = vec![Kicad { line: LINES[0], prefix: "/a folder/usr".into() }];
        let plan = plan(&Found { lines: LINES.to_vec(), kicads, ..Found::default() });
        let step = plan.steps.iter().find(|step| step.name == "commands of KiCad 9.0").unwrap();
        assert_eq!(step.args, ["proto", "commands", "--kicad", "/a folder/usr"]);
    }
}
