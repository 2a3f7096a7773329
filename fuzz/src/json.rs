//! JSON as people give it to `kiapi call`: it becomes the message that it says, or an error that says where it is wrong.

use kiapi_gen::COMMANDS;

use crate::reflect::{self, json, template};

/// The first byte says which command, and the others are the text.
pub fn run(data: &[u8]) {
    let Some((command, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let command = &COMMANDS[usize::from(*command) % COMMANDS.len()];
    let of = reflect::message(&command.full_name());
    match json::parse(text, &of, "the argument") {
        Ok(message) => {
            let bytes = json::encode(&message);
            let again = json::decode(of.clone(), &bytes).expect("a message of ours is one");
            assert_eq!(json::encode(&again), bytes);
            let Ok((shown, lost)) = json::show(&again) else { return };
            let shown = String::from_utf8(shown).expect("JSON is UTF-8");
            if lost.is_empty() {
                let same = json::parse(&shown, &of, "what was shown")
                    .unwrap_or_else(|error| panic!("{error}: {shown}"));
                // The entries of a map have no order on the wire, and a number that is none is not equal to itself.
                assert_eq!(json::encode(&same).len(), bytes.len(), "{shown}");
                let (again, _) = json::show(&same).expect("it was shown before");
                assert_eq!(String::from_utf8(again).as_deref(), Ok(shown.as_str()));
            }
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.starts_with("the argument: "), "{error}");
        }
    }
    // A name is looked for as well.
    let name = text.lines().next().unwrap_or_default();
    if name.len() < 60 {
        if let Ok(reflect::Type::Message(message)) = reflect::Type::find(name) {
            let _ = template::template(&message);
        }
    }
}
