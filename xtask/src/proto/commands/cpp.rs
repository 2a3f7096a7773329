//! As much of C++ as it takes to read `registerHandler<Request, Response>` in KiCad's sources.

use std::collections::BTreeMap;

/// `text` with blanks in place of comments and of what stands in quotes; every line stays where it is.
pub(super) fn without_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |at| at + 4),
            'R' if rest.starts_with("R\"") => end_of_raw(rest),
            '"' => end_of_quoted(rest, '"'),
            // An apostrophe within a number separates digits.
            '\'' if !result.ends_with(|c: char| c.is_ascii_alphanumeric()) => end_of_quoted(rest, '\''),
            _ => {
                result.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        // An include names its file in quotes, and that name is of interest.
        let line = result.rsplit('\n').next().unwrap_or_default();
        let is_include = first == '"' && line.trim_start().starts_with('#') && line.contains("include");
        if is_include {
            result.push_str(&rest[..end]);
        } else {
            result.extend(rest[..end].chars().map(|c| if c == '\n' { c } else { ' ' }));
        }
        rest = &rest[end..];
    }
    result
}

fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            // A quote that is not closed on its line is none.
            '\n' => return at,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The end of `R"delimiter(…)delimiter"`.
fn end_of_raw(text: &str) -> usize {
    let Some(open) = text.find('(') else { return 1 + end_of_quoted(&text[1..], '"') };
    let close = format!("){}\"", &text[2..open]);
    text[open..].find(&close).map_or(text.len(), |at| open + at + close.len())
}

/// The template arguments in `text`, which begins behind their `<`; none if they do not end.
pub(super) fn template_arguments(text: &str) -> Option<Vec<String>> {
    let mut arguments = vec![String::new()];
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '>' if depth == 0 => {
                return Some(arguments.iter().map(|argument| argument.trim().to_owned()).collect());
            }
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ';' => return None,
            _ => {}
        }
        arguments.last_mut()?.push(c);
    }
    None
}

/// What a file says about names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// The namespaces whose names need no qualification.
    pub(super) namespaces: Vec<String>,
    /// What a name stands for, when it was declared to stand for another.
    pub(super) aliases: BTreeMap<String, String>,
    /// The names of parameters of templates.
    pub(super) parameters: Vec<String>,
}

impl Names {
    /// Adds what `text`, which has no comments, declares.
    pub(super) fn collect(&mut self, text: &str) {
        let words: Vec<&str> = words(text).collect();
        for at in 0..words.len() {
            let rest = &words[at + 1..];
            match (words[at], rest) {
                ("using", ["namespace", name, ";", ..]) | ("namespace", [name, "{", ..]) => {
                    self.namespaces.push(absolute(name));
                }
                ("using", [alias, "=", name, ";", ..])
                | ("namespace", [alias, "=", name, ";", ..])
                | ("typedef", [name, alias, ";", ..]) => {
                    self.aliases.insert((*alias).to_owned(), absolute(name));
                }
                ("using", [name, ";", ..]) if name.contains("::") => {
                    let last = name.rsplit("::").next().unwrap_or(name);
                    self.aliases.insert(last.to_owned(), absolute(name));
                }
                ("class" | "typename", [name, "," | ">", ..]) => self.parameters.push((*name).to_owned()),
                _ => {}
            }
        }
        self.namespaces.sort();
        self.namespaces.dedup();
    }
}

fn absolute(name: &str) -> String {
    name.trim_start_matches("::").to_owned()
}

/// Qualified names and single other characters; blanks around `::` are of no account.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end =
            if is_name(first) { rest.find(|c| !is_name(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_quotes_are_blanks_and_lines_stay() {
        for (text, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b\nc */ d", "a     \n     d"),
            ("f(\"// x\"); g('\"');", "f(      ); g(   );"),
            ("\"a\\\"b\" c", "       c"),
            ("1'000 a", "1'000 a"),
            ("R\"x(\" // )x\" y", "             y"),
            ("#include \"a.h\" // b", "#include \"a.h\"     "),
            ("/* open", "       "),
            ("\"open", "     "),
            ("R\"open", "      "),
            ("ä/*ö*/ü", "ä     ü"),
        ] {
            assert_eq!(without_comments(text), expected, "{text}");
        }
    }

    #[test]
    fn arguments_are_split_where_they_do_not_nest() {
        let arguments = |text: &str| template_arguments(text);
        assert_eq!(arguments(" A::B,\n  C >( x )"), Some(vec!["A::B".to_owned(), "C".to_owned()]));
        assert_eq!(arguments("std::map<A, B>, C>"), Some(vec!["std::map<A, B>".to_owned(), "C".to_owned()]));
        for text in ["", "A, B", "A; B>", "A)>"] {
            assert_eq!(arguments(text), None, "{text}");
        }
    }

    #[test]
    fn declarations_of_names_are_understood() {
        let mut names = Names::default();
        names.collect(
            "using namespace kiapi::common::commands;\nnamespace types = kiapi::common::types;\n\
             using google::protobuf::Empty;\nusing Reply = ::kiapi::Reply;\ntypedef kiapi::Old OLD;\n\
             namespace outer { template<class REQUEST, typename RESPONSE> void f(); }",
        );
        assert_eq!(names.namespaces, ["kiapi::common::commands", "outer"]);
        let aliases: Vec<_> = names.aliases.iter().map(|(alias, name)| format!("{alias} = {name}")).collect();
        assert_eq!(
            aliases,
            [
                "Empty = google::protobuf::Empty",
                "OLD = kiapi::Old",
                "Reply = kiapi::Reply",
                "types = kiapi::common::types"
            ]
        );
        assert_eq!(names.parameters, ["REQUEST", "RESPONSE"]);
    }
}
