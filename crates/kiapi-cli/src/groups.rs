//! The commands in groups, for `kiapi --help`.

use std::fmt::Write as _;

use clap::Command;

/// What a person may be after, and the commands for it.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Find out what there is", &["doctor", "instances", "version", "ping", "list", "describe", "demo"]),
    (
        "Read the board",
        &[
            "items",
            "footprints",
            "selection",
            "nets",
            "classes",
            "layers",
            "stackup",
            "title",
            "variables",
            "watch",
        ],
    ),
    ("Change the board", &["add", "move", "rotate", "flip", "delete", "select", "set", "refill", "drc"]),
    ("Keep it, draw it, compare it", &["snapshot", "svg", "diff"]),
    ("Talk to KiCad, and stand in for it", &["call", "serve", "record", "trace", "replay"]),
    ("Plugins", &["plugin"]),
    ("The command itself", &["completions", "man", "help"]),
];

/// The command with a help that has its subcommands in groups.
pub(crate) fn in_groups(command: Command) -> Command {
    let mut list = String::new();
    for (title, names) in GROUPS {
        let _ = write!(list, "\n{title}:\n");
        for name in names {
            let about = match command.find_subcommand(name).and_then(Command::get_about) {
                Some(about) => about.to_string(),
                None => "Print the help of a command".to_owned(),
            };
            let _ = writeln!(list, "  {name:11}  {about}");
        }
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{list}\nOptions:\n{{options}}{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn each_command_is_in_one_group() {
        let command = crate::Args::command();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).chain(["help"]).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        known.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, known);
        let help = in_groups(command).render_help().to_string();
        let list = help.split("Options:").next().unwrap();
        for line in list.lines() {
            assert!(line.len() <= 80, "too long for a terminal: {line}");
        }
    }
}
