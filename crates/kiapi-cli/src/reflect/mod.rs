//! Messages, enums and commands by their names.

pub(crate) mod json;
pub(crate) mod template;
mod walk;

use std::sync::LazyLock;

use kiapi::{COMMANDS, CommandInfo};
use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};

use crate::failure::Usage;

/// The type that stands for a message of any type.
pub(crate) const ANY: &str = "google.protobuf.Any";

/// The descriptors of all messages.
pub(crate) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(kiapi::api::DESCRIPTORS).expect("the generated descriptors are whole")
});

/// A message or an enum.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Message(MessageDescriptor),
    Enum(EnumDescriptor),
}

impl Type {
    pub(crate) fn full_name(&self) -> &str {
        match self {
            Self::Message(message) => message.full_name(),
            Self::Enum(of) => of.full_name(),
        }
    }

    /// The message or enum with this full or short name.
    pub(crate) fn find(name: &str) -> Result<Self, Usage> {
        let all = || all_types().filter(|it| is_name_of(name, it.full_name()));
        let mut found: Vec<Self> = all().filter(|it| it.full_name() == name).collect();
        if found.is_empty() {
            found = all().collect();
        }
        // A command is meant before a message of the same name that only lies in another.
        if found.len() > 1 && found.iter().any(|it| info(it.full_name()).is_some()) {
            found.retain(|it| info(it.full_name()).is_some());
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(unknown(
                "no command, message or enum",
                name,
                all_types().map(|it| it.full_name().to_owned()),
            )),
            several => {
                let names: Vec<&str> = several.iter().map(Self::full_name).collect();
                Err(Usage(format!("`{name}` may be any of {}", names.join(", "))))
            }
        }
    }
}

fn all_types() -> impl Iterator<Item = Type> {
    let messages = POOL.all_messages().filter(|message| !message.is_map_entry()).map(Type::Message);
    messages.chain(POOL.all_enums().map(Type::Enum))
}

/// The command with this full or short name.
pub(crate) fn command(name: &str) -> Result<&'static CommandInfo, Usage> {
    let found: Vec<&CommandInfo> = COMMANDS.iter().filter(|it| is_name_of(name, &it.full_name())).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            if let Ok(Type::Message(message)) = Type::find(name) {
                let name = message.full_name();
                return Err(Usage(format!(
                    "{name} is a message, but no command that a KiCad answers; `kiapi list` has those"
                )));
            }
            Err(unknown("no command", name, COMMANDS.iter().map(CommandInfo::full_name)))
        }
        several => {
            let names: Vec<String> = several.iter().map(|it| it.full_name()).collect();
            Err(Usage(format!("`{name}` may be any of {}", names.join(", "))))
        }
    }
}

/// What is known of a command, if this is the full name of one.
pub(crate) fn info(full_name: &str) -> Option<&'static CommandInfo> {
    COMMANDS.iter().find(|command| command.full_name() == full_name)
}

/// The message with this full name, which some table of ours names.
pub(crate) fn message(full_name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(full_name).expect("the messages of commands are among the descriptors")
}

/// The last part of a full name.
pub(crate) fn short(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or_default()
}

/// Whether a name is the full one, or the end of it: `GetNets`, `commands.GetNets`.
fn is_name_of(name: &str, full_name: &str) -> bool {
    full_name
        .strip_suffix(name)
        .is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && !name.is_empty()))
}

fn unknown(what: &str, name: &str, all: impl Iterator<Item = String>) -> Usage {
    let all: Vec<String> = all.collect();
    // Nearer to a full name or to a short one, as the person wrote it.
    let shown: Vec<&str> = if name.contains('.') {
        all.iter().map(String::as_str).collect()
    } else {
        all.iter().map(|name| short(name)).collect()
    };
    let near = did_you_mean(name, shown);
    let hint = if near.is_empty() { "; `kiapi list` lists the commands" } else { &near };
    Usage(format!("{what} is called `{name}`{hint}"))
}

/// `; did you mean X or Y?`, if something of that kind is near.
pub(crate) fn did_you_mean<'a>(word: &str, of: impl IntoIterator<Item = &'a str>) -> String {
    /// How near a word must be, of 1.
    const NEAR: f64 = 0.83;
    /// How near a word is that begins with the other one, ends with it, or has it within.
    const WITHIN: [f64; 3] = [0.93, 0.92, 0.9];
    /// Fewer letters than this are in too many words.
    const LETTERS: usize = 3;
    let word = word.to_lowercase();
    let nearness = |known: &str| {
        let known = known.to_lowercase();
        let (word, known) = without_common_start(&word, &known);
        let near = strsim::jaro_winkler(word, known);
        let is_within = [known.starts_with(word), known.ends_with(word), known.contains(word)];
        let within = is_within.iter().zip(WITHIN).find(|(is_so, _)| **is_so && word.len() >= LETTERS);
        within.map_or(near, |(_, within)| near.max(within))
    };
    let mut near: Vec<(f64, &str)> = of
        .into_iter()
        .map(|known| (nearness(known), known))
        .filter(|(nearness, _)| *nearness >= NEAR)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
    near.dedup_by_key(|(_, known)| *known);
    match near.as_slice() {
        [] => String::new(),
        [(_, one)] => format!("; did you mean `{one}`?"),
        // One that is all but the same is the one.
        [(best, one), (next, _), ..] if *best >= 0.97 && *next < 0.97 => format!("; did you mean `{one}`?"),
        [(_, one), (_, two)] => format!("; did you mean `{one}` or `{two}`?"),
        [(_, one), (_, two), (_, three), ..] => format!("; did you mean `{one}`, `{two}` or `{three}`?"),
    }
}

/// Two words without the parts that both begin with, up to a point or an underscore: they say nothing of nearness.
fn without_common_start<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let common = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let end = one.as_bytes()[..common].iter().rposition(|byte| matches!(byte, b'.' | b'_'));
    let start = end.map_or(0, |end| end + 1);
    (&one[start..], &other[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let found = match Type::find(name) {
            Ok(found) => found.full_name().to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn types_are_found_by_full_and_short_names() {
        check("GetNets", "kiapi.board.commands.GetNets");
        check("commands.GetNets", "kiapi.board.commands.GetNets");
        check("kiapi.board.types.BoardLayer", "kiapi.board.types.BoardLayer");
        check(
            "Nets",
            "no command, message or enum is called `Nets`; did you mean `Net`, `NetsResponse` or `GetNets`?",
        );
        check("getnets", "no command, message or enum is called `getnets`; did you mean `GetNets`?");
        check("xyzzy", "no command, message or enum is called `xyzzy`; `kiapi list` lists the commands");
        check("", "no command, message or enum is called ``; `kiapi list` lists the commands");
    }

    #[test]
    fn every_command_is_found_by_its_short_name() {
        for command in COMMANDS {
            let found = super::command(command.name()).unwrap();
            assert_eq!(found.full_name(), command.full_name());
            check(command.name(), &command.full_name());
        }
    }

    #[test]
    fn what_no_kicad_answers_is_no_command() {
        let error = command("RefreshEditor").unwrap_err().to_string();
        assert!(error.contains("is a message, but no command"), "{error}");
        let error = command("GetNet").unwrap_err().to_string();
        assert!(error.contains("did you mean `GetNets`"), "{error}");
    }
}
