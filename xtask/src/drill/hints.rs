//! What the tables say of things like one that is new: no answer, but something to begin from.

use std::collections::{BTreeMap, BTreeSet};

use crate::inputs::BLANK;
use crate::inputs::commands::{Class, CommandTable, Effect};
use crate::inputs::docs::Docs;
use crate::proto::Thing;

/// The sentence of an enum's zero, which is what a message says that says nothing.
pub(super) const ZERO: &str = "Not set.";

/// Whether the thing is the zero of its enum, by its number and its name.
pub(super) fn is_zero(thing: &Thing) -> bool {
    let is_named_so = ["_UNKNOWN", "_UNSPECIFIED"].iter().any(|end| thing.name.ends_with(end));
    is_named_so && thing.told == "value = 0"
}

/// What commands do whose names begin as that of the command `short` does, if they all do the same.
pub(super) fn effect(table: &CommandTable, short: &str) -> Option<String> {
    let word = first_word(short);
    let alike = table.entries.iter().filter_map(|(name, entry)| match &entry.class {
        Class::Command { effect, .. } if first_word(last(name)) == word && last(name) != short => {
            Some(*effect)
        }
        _ => None,
    });
    let effects: Vec<Effect> = alike.collect();
    let (first, rest) = effects.split_first()?;
    if rest.is_empty() || rest.iter().any(|effect| effect != first) {
        return None;
    }
    let name = match first {
        Effect::Read => "read",
        Effect::Idempotent => "idempotent",
        Effect::Mutation => "mutation",
    };
    Some(format!("all {} others that begin with {word} are `{name}`", effects.len()))
}

/// The message that is named as an answer to `name` would be: `NetsResponse` for `GetNets`, or `GetNetsResponse`.
pub(super) fn answered_with<'a>(name: &str, things: &'a [Thing]) -> Option<&'a str> {
    let short = last(name);
    let package = &name[..name.len() - short.len()];
    let is_there = |partner: &String| things.iter().find(|thing| thing.is_message && thing.name == *partner);
    let rest = &short[first_word(short).len()..];
    let partners = [format!("{package}{short}Response"), format!("{package}{rest}Response")];
    let partner = partners.iter().filter(|partner| *partner != name).find_map(is_there)?;
    Some(&partner.name)
}

/// Sentences of fields by their name and what they are, each with the field that it is about.
pub(super) struct Sentences<'a> {
    of: BTreeMap<(&'a str, &'a str), BTreeMap<String, BTreeSet<&'a str>>>,
}

impl<'a> Sentences<'a> {
    pub(super) fn new(things: &'a [Thing], docs: &Docs) -> Self {
        let mut of: BTreeMap<_, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
        for thing in things {
            let sentence = docs.get(&thing.name).filter(|sentence| *sentence != BLANK);
            if let (Some(kind), Some(sentence)) = (kind(thing), sentence) {
                let known = of.entry(kind).or_default();
                known.entry(sentence.to_owned()).or_default().insert(thing.name.as_str());
            }
        }
        Self { of }
    }

    /// What is mostly said of fields of the same name and type.
    pub(super) fn like(&self, thing: &Thing) -> Option<String> {
        let known = self.of.get(&kind(thing)?)?;
        let (sentence, fields) =
            known.iter().max_by_key(|(sentence, fields)| (fields.len(), std::cmp::Reverse(*sentence)))?;
        Some(format!("{} is \"{sentence}\"", fields.first()?))
    }
}

/// The last part of a field's name, and its type without its number.
fn kind(thing: &Thing) -> Option<(&str, &str)> {
    let what = thing.told.strip_prefix("field ")?;
    Some((last(&thing.name), what.split(" = ").next()?))
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `Get` of `GetNets`.
fn first_word(name: &str) -> &str {
    let end = name.char_indices().skip(1).find(|(_, c)| c.is_uppercase()).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn thing(name: &str, told: &str) -> Thing {
        Thing {
            name: name.to_owned(),
            package: "p".to_owned(),
            owner: Some("p.M".to_owned()),
            is_message: false,
            is_type: false,
            types: Vec::new(),
            told: told.to_owned(),
        }
    }

    #[test]
    fn effect_is_told_only_where_all_that_begin_so_agree() {
        let text = "[p]\nGetA = { response = \"p.R\", effect = \"read\" }\nGetB = { response = \"p.R\", effect = \"read\" }\n\
                    SetA = { response = \"p.R\", effect = \"idempotent\" }\nSetB = { response = \"p.R\", effect = \"mutation\" }\n\
                    AddA = { response = \"p.R\", effect = \"mutation\" }\nGetawayA = \"part\"\n";
        let table = CommandTable::parse(Path::new("commands.toml"), text).unwrap();
        let said = "all 2 others that begin with Get are `read`";
        assert_eq!(effect(&table, "GetC").as_deref(), Some(said));
        for short in ["SetC", "AddB", "GetawayB", "GetA"] {
            assert_eq!(effect(&table, short), None, "{short}");
        }
    }

    #[test]
    fn sentence_is_the_one_that_most_fields_of_that_name_and_type_have() {
        let things = [
            thing("p.A.x", "field int64 = 1"),
            thing("p.B.x", "field int64 = 2"),
            thing("p.C.x", "field int64 = 3"),
            thing("p.D.x", "field string = 1"),
            thing("p.E.x", "field int64 = 9"),
        ];
        let docs = "[p]\nA.x = \"One.\"\nB.x = \"Two.\"\nC.x = \"Two.\"\nE.x = \"?\"\nD.x = \"A text.\"\n";
        let docs = Docs::parse(Path::new("docs.toml"), docs).unwrap();
        let sentences = Sentences::new(&things, &docs);
        let like = |told| sentences.like(&thing("p.E.x", told));
        assert_eq!(like("field int64 = 9").as_deref(), Some("p.B.x is \"Two.\""));
        assert_eq!(like("field string = 9").as_deref(), Some("p.D.x is \"A text.\""));
        assert_eq!(like("field bool = 9"), None);
        assert_eq!(like("value = 0"), None);
    }

    #[test]
    fn answer_is_found_by_its_name() {
        let message = |name: &str| Thing { is_message: true, ..thing(name, "message") };
        let things = ["p.NetsResponse", "p.GetAllResponse", "q.ItemsResponse", "p.Response"].map(message);
        assert_eq!(answered_with("p.GetNets", &things), Some("p.NetsResponse"));
        assert_eq!(answered_with("p.GetAll", &things), Some("p.GetAllResponse"));
        for name in ["p.GetItems", "p.NetsResponse", "p.Nets.Part"] {
            assert_eq!(answered_with(name, &things), None, "{name}");
        }
    }

    #[test]
    fn zero_is_known_by_its_number_and_its_name() {
        assert!(is_zero(&thing("p.E.E_UNKNOWN", "value = 0")));
        assert!(!is_zero(&thing("p.E.E_UNKNOWN", "value = 1")));
        assert!(!is_zero(&thing("p.E.E_NONE", "value = 0")));
    }
}
