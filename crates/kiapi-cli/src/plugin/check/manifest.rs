//! The rules for plugin.json: those of KiCad's schema, and what the KiCads make of it.

use serde_json::Value;

use super::problem::{Place, Problem, Rule, is_name};

/// The scopes that the schema knows.
const SCOPES: [&str; 5] = ["pcb", "schematic", "footprint", "symbol", "project_manager"];

/// The keys that something is known to read: KiCad, or an editor of JSON.
const PLUGIN_KEYS: [&str; 6] = ["$schema", "identifier", "name", "description", "runtime", "actions"];
/// Those of an action. `args` is in no schema; KiCad 9.0 and 10.0 give them to the program.
const ACTION_KEYS: [&str; 9] = [
    "identifier",
    "name",
    "description",
    "show-button",
    "scopes",
    "entrypoint",
    "args",
    "icons-light",
    "icons-dark",
];

/// What is wrong with the content of a plugin.json.
pub(crate) fn check(file: &str, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let plugin = Place::whole(file, value);
    if !plugin.is_object(&mut found) {
        return found;
    }
    let fix = "add one such as `com.example.my-plugin`: your domain from back to front, then a name";
    if let Some(identifier) = plugin.required("identifier", fix, &mut found) {
        check_identifier(&identifier, &mut found);
    }
    check_words(&plugin, &mut found);
    if let Some(runtime) = plugin.required("runtime", "add `\"runtime\": { \"type\": \"exec\" }`", &mut found)
    {
        check_runtime(&runtime, &mut found);
    }
    if let Some(actions) = plugin.required("actions", "add a list with an action for each button", &mut found)
    {
        check_actions(&actions, &mut found);
    }
    check_keys(&plugin, &PLUGIN_KEYS, &mut found);
    found
}

/// The name and the description, which plugins and actions must have.
fn check_words(of: &Place<'_>, found: &mut Vec<Problem>) {
    for (key, longest) in [("name", 200), ("description", 500)] {
        let Some(words) = of.required(key, "add a text for people", found) else { continue };
        if words.text(longest, found) == Some("") {
            found.push(words.problem(Rule::Advice, "it is empty", "say something to people"));
        }
    }
}

/// KiCad's schema allows more than the KiCads, of which each has a rule of its own.
pub(crate) fn check_identifier(place: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(text) = place.text(usize::MAX, found) else { return };
    if !is_name(text, "-_.", 100) {
        found.push(place.problem(
            Rule::Schema,
            format!("`{text}` is no identifier"),
            "begin with a letter, end with a letter or digit, use only letters, digits, `.` and `-`, and 2 to 100 of them",
        ));
    }
    let lines = match (accepted_by_9_0(text), accepted_by_10_0(text)) {
        (true, true) => return,
        (false, true) => "KiCad 9.0 refuses the plugin",
        (true, false) => "KiCad 10.0 refuses the plugin",
        (false, false) => "KiCad 9.0 and 10.0 refuse the plugin",
    };
    found.push(place.problem(
        Rule::KiCad,
        format!("{lines} because of its identifier `{text}`"),
        "use three or more parts with dots between them, such as `com.example.my-plugin`: two or more letters in the \
         first, letters and digits in the others, and hyphens only in the last",
    ));
}

/// Whether KiCad 9.0.8 loads a plugin of this name: somewhere in it must be two word characters, a dot, words, a dot,
/// and a word character. It takes the rest for granted.
fn accepted_by_9_0(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let parts: Vec<&str> = text.split('.').collect();
    parts.windows(3).any(|part| {
        part[0].chars().rev().take_while(|c| is_word(*c)).count() >= 2
            && !part[1].is_empty()
            && part[1].chars().all(is_word)
            && part[2].starts_with(is_word)
    }) && text.is_ascii()
}

/// Whether KiCad 10.0.6 loads a plugin of this name: three or more parts, the first of letters alone, and the others of
/// letters and digits with hyphens between them.
fn accepted_by_10_0(text: &str) -> bool {
    let mut parts = text.split('.');
    let first = parts.next().unwrap_or_default();
    let others: Vec<&str> = parts.collect();
    let is_part = |part: &&str| {
        let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        is_outer(part.as_bytes().first())
            && is_outer(part.as_bytes().last())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    first.len() >= 2
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && others.len() >= 2
        && others.iter().all(is_part)
}

fn check_runtime(place: &Place<'_>, found: &mut Vec<Problem>) {
    if !place.is_object(found) {
        return;
    }
    let fix = "add `\"type\": \"exec\"`, for a program that is started as it is";
    if let Some(kind) = place.required("type", fix, found) {
        kind.word(&["exec", "python"], found);
    }
    if let Some(version) = place.member("min_version") {
        version.text(usize::MAX, found);
    }
}

fn check_actions(place: &Place<'_>, found: &mut Vec<Problem>) {
    if !place.is_list(found) {
        return;
    }
    let actions: Vec<Place<'_>> = place.elements().collect();
    if actions.is_empty() {
        found.push(place.problem(
            Rule::Advice,
            "there are no actions",
            "add one, or the plugin can do nothing",
        ));
    }
    for (index, action) in actions.iter().enumerate() {
        if !action.is_object(found) {
            continue;
        }
        check_action(action, found);
        let identifier = action.value.get("identifier");
        let same = |before: &Place<'_>| before.value.get("identifier") == identifier;
        if identifier.is_some() && actions[..index].iter().any(same) {
            let place = action.member("identifier").expect("it was just seen");
            found.push(place.problem(
                Rule::KiCad,
                "another action has this identifier, and KiCad cannot tell the two apart",
                "give each action of the plugin one of its own",
            ));
        }
    }
}

fn check_action(action: &Place<'_>, found: &mut Vec<Problem>) {
    if let Some(identifier) = action.required("identifier", "add one such as `make-it`", found) {
        let text = identifier.text(usize::MAX, found);
        if text.is_some_and(|text| !is_name(text, "-_.", 50)) {
            found.push(identifier.problem(
                Rule::Schema,
                format!("`{}` is no identifier", text.unwrap_or_default()),
                "begin with a letter, end with a letter or digit, use only letters, digits, `.`, `-` and `_`, and 2 to 50 of them",
            ));
        }
    }
    check_words(action, found);
    check_button(action, found);
    check_scopes(action, found);
    if let Some(entrypoint) = action.required("entrypoint", "add the name of the program", found) {
        check_entrypoint(&entrypoint, found);
    }
    if let Some(args) = action.member("args") {
        let texts = args.value.as_array().is_some_and(|args| args.iter().all(Value::is_string));
        if !texts {
            let what = "it is no list of texts, and KiCad does not read it";
            found.push(args.problem(Rule::KiCad, what, "make it a list of texts in quotes"));
        }
    }
    check_icon_lists(action, found);
    check_keys(action, &ACTION_KEYS, found);
}

fn check_button(action: &Place<'_>, found: &mut Vec<Problem>) {
    let button = action.member("show-button");
    if let Some(button) = &button {
        button.is_a("true or false, without quotes", Value::is_boolean, found);
    }
    if !button.is_some_and(|button| button.value != false) {
        found.push(action.problem(
            Rule::Advice,
            "KiCad shows no button for the action until a person switches it on in the preferences",
            "add `\"show-button\": true`",
        ));
    }
}

fn check_scopes(action: &Place<'_>, found: &mut Vec<Problem>) {
    let mut is_for_boards = false;
    if let Some(scopes) = action.member("scopes").filter(|scopes| scopes.is_list(found)) {
        for scope in scopes.elements() {
            is_for_boards |= scope.word(&SCOPES, found) == Some("pcb");
        }
    }
    if !is_for_boards {
        found.push(action.problem(
            Rule::KiCad,
            "the PCB editor, which is the one that starts plugins in KiCad 9.0 and 10.0, does not show the action",
            "add `\"scopes\": [\"pcb\"]`",
        ));
    }
}

fn check_entrypoint(place: &Place<'_>, found: &mut Vec<Problem>) {
    let Some(text) = place.text(usize::MAX, found) else { return };
    let path = std::path::Path::new(text);
    let is_absolute = path.is_absolute() || text.starts_with(['/', '\\']) || text.get(1..2) == Some(":");
    let (what, fix) = if text.is_empty() {
        ("it is empty", "name the program")
    } else if is_absolute {
        (
            "KiCad leaves out an action whose program is named by a path from the root",
            "name it as it lies in the plugin's folder",
        )
    } else if !crate::plugin::project::is_beneath(text) {
        (
            "it leaves the plugin's folder, and KiCad 9.0 starts another program then",
            "put the program into the plugin's folder",
        )
    } else if path.components().filter(|part| matches!(part, std::path::Component::Normal(_))).count() > 1 {
        (
            "KiCad 9.0 ignores the folder, and looks for the program beside the plugin.json",
            "put the program beside the plugin.json",
        )
    } else {
        return;
    };
    found.push(place.problem(Rule::KiCad, what, fix));
}

fn check_icon_lists(action: &Place<'_>, found: &mut Vec<Problem>) {
    for key in ["icons-light", "icons-dark"] {
        let Some(list) = action.member(key) else {
            let what = format!("there is no `{key}`, and the button is blank in that theme");
            found.push(action.problem(Rule::KiCad, what, "add PNG files of 24 and 48 pixels"));
            continue;
        };
        if !list.is_list(found) {
            continue;
        }
        if list.elements().next().is_none() {
            found.push(list.problem(
                Rule::KiCad,
                "there is no icon, and the button is blank",
                "add PNG files of 24 and 48 pixels",
            ));
        }
        for icon in list.elements() {
            let Some(name) = icon.text(usize::MAX, found) else { continue };
            if !name.ends_with(".png") {
                found.push(icon.problem(
                    Rule::Schema,
                    format!("`{name}` does not end in .png"),
                    "use a PNG file, and name it so",
                ));
            }
        }
    }
}

fn check_keys(of: &Place<'_>, known: &[&str], found: &mut Vec<Problem>) {
    for key in of.value.as_object().into_iter().flat_map(serde_json::Map::keys) {
        if known.contains(&key.as_str()) {
            continue;
        }
        let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "").trim_end_matches('s').to_owned();
        let fix = match known.iter().find(|known| plain(known) == plain(key)) {
            Some(known) => format!("write `{known}`"),
            None => "remove it".to_owned(),
        };
        found.push(of.problem(Rule::Advice, format!("KiCad does not know `{key}`"), fix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What KiCad 9.0.8 and 10.0.6 did with plugins of these names.
    #[test]
    fn identifiers_are_accepted_as_the_kicads_do() {
        for (text, by_9_0, by_10_0) in [
            ("com.example", false, false),
            ("com.example.p", true, true),
            ("c.example.p", false, false),
            ("co.e.p", true, true),
            ("com.ex-ample.my-plugin", false, true),
            ("com.example.my_plugin", true, false),
            ("com.example.", false, false),
            ("com.example.my--p", true, true),
            ("com.example.-p", false, false),
            ("c0.example.p", true, false),
            ("com.example.p.q.r", true, true),
            ("my-co.example.p", true, false),
            ("com..example.p", false, false),
            ("com.example.p-", true, false),
            ("Com.Example.P", true, true),
            ("a.bb.cc.dd", true, false),
            ("com.example.9", true, true),
            ("9com.example.p", true, false),
            ("com.9.p", true, true),
            ("com/x.example.p", false, false),
            ("ab", false, false),
            ("org.exa mple", false, false),
            ("org.example_x.p", true, false),
        ] {
            assert_eq!((accepted_by_9_0(text), accepted_by_10_0(text)), (by_9_0, by_10_0), "{text}");
        }
    }
}
