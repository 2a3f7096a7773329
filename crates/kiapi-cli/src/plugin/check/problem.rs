//! What is wrong with a plugin, and how to mend it.

use std::fmt;

use serde_json::{Value, json};

/// Whose rule it is that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The schema that is installed with KiCad, by which its repository judges.
    Schema,
    /// A KiCad that was tried does something else than it should.
    KiCad,
    /// It works, and not as well as it could.
    Advice,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Schema => "schema",
            Self::KiCad => "kicad",
            Self::Advice => "advice",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) file: String,
    /// Where in the file: `actions[0].name`; empty for the whole of it.
    pub(crate) at: String,
    pub(crate) rule: Rule,
    pub(crate) what: String,
    pub(crate) fix: String,
}

impl Problem {
    pub(crate) fn json(&self) -> Value {
        json!({
            "file": self.file, "at": self.at, "rule": self.rule.to_string(), "what": self.what, "fix": self.fix,
        })
    }
}

/// A value in a file, with its place, and the list for what is wrong with it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) at: String,
    pub(crate) value: &'a Value,
}

impl<'a> Place<'a> {
    pub(crate) fn whole(file: &'a str, value: &'a Value) -> Self {
        Self { file, at: String::new(), value }
    }

    pub(crate) fn problem(&self, rule: Rule, what: impl Into<String>, fix: impl Into<String>) -> Problem {
        let (file, at) = (self.file.to_owned(), self.at.clone());
        Problem { file, at, rule, what: what.into(), fix: fix.into() }
    }

    /// The member of this object, if it is there.
    pub(crate) fn member(&self, key: &str) -> Option<Place<'a>> {
        let value = self.value.get(key)?;
        let at = if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) };
        Some(Place { file: self.file, at, value })
    }

    /// The elements of this list; none if it is no list.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Place<'a>> + '_ {
        let elements = self.value.as_array().into_iter().flatten().enumerate();
        elements.map(|(index, value)| Place { file: self.file, at: format!("{}[{index}]", self.at), value })
    }

    /// Whether it is an object; a problem if not.
    pub(crate) fn is_object(&self, found: &mut Vec<Problem>) -> bool {
        self.is_a("an object in braces", Value::is_object, found)
    }

    /// Whether it is a list; a problem if not.
    pub(crate) fn is_list(&self, found: &mut Vec<Problem>) -> bool {
        self.is_a("a list in brackets", Value::is_array, found)
    }

    pub(crate) fn is_a(&self, kind: &str, test: fn(&Value) -> bool, found: &mut Vec<Problem>) -> bool {
        if !test(self.value) {
            found.push(self.problem(
                Rule::Schema,
                format!("it is {}", kind_of(self.value)),
                format!("make it {kind}"),
            ));
        }
        test(self.value)
    }

    /// A member that must be there.
    pub(crate) fn required(&self, key: &str, fix: &str, found: &mut Vec<Problem>) -> Option<Place<'a>> {
        let member = self.member(key);
        if member.is_none() && self.value.is_object() {
            found.push(self.problem(Rule::Schema, format!("there is no `{key}`"), fix));
        }
        member
    }

    /// The text that this is, not longer than it may be; a problem if it is something else.
    pub(crate) fn text(&self, longest: usize, found: &mut Vec<Problem>) -> Option<&'a str> {
        if !self.is_a("a text in quotes", Value::is_string, found) {
            return None;
        }
        let text = self.value.as_str()?;
        let length = text.chars().count();
        if length > longest {
            let what = format!("it has {length} characters");
            found.push(self.problem(Rule::Schema, what, format!("shorten it to {longest} at most")));
        }
        Some(text)
    }

    /// A text that is one of some words.
    pub(crate) fn word(&self, words: &[&str], found: &mut Vec<Problem>) -> Option<&'a str> {
        let text = self.text(usize::MAX, found)?;
        if !words.contains(&text) {
            let what = format!("`{text}` is none of the words that KiCad knows");
            let close = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            let fix = match close {
                Some(word) => format!("write `{word}`"),
                None if words.len() < 10 => format!("write one of {}", words.join(", ")),
                None => "write one that KiCad's schema lists, such as `MIT` or `GPL-3.0`".to_owned(),
            };
            found.push(self.problem(Rule::Schema, what, fix));
        }
        Some(text)
    }

    /// Complains about elements that are there twice.
    pub(crate) fn unique(&self, found: &mut Vec<Problem>) {
        let elements: Vec<Place<'_>> = self.elements().collect();
        for (index, element) in elements.iter().enumerate() {
            if elements[..index].iter().any(|before| before.value == element.value) {
                found.push(element.problem(Rule::Schema, "it is there twice", "remove one of the two"));
            }
        }
    }
}

/// What a value is, in words.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A name as KiCad's schemas have many: a letter, then `between` or letters and digits, and a letter or digit last.
pub(crate) fn is_name(text: &str, between: &str, longest: usize) -> bool {
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || between.as_bytes().contains(byte);
    (2..=longest).contains(&bytes.len())
        && bytes[0].is_ascii_alphabetic()
        && bytes[bytes.len() - 1].is_ascii_alphanumeric()
        && bytes.iter().all(inner)
}
