//! Variables in texts: `${TITLE}`.

use crate::Line;

/// What stands for `\${` and `\@{` once 10.0 has expanded a text: shown as the plain characters, but answered like this.
const ESCAPED: [(&str, &str, &str); 2] = [("\\${", "<<<ESC_DOLLAR:", "${"), ("\\@{", "<<<ESC_AT:", "@{")];

/// What begins like this is shown while the rules are checked, and nowhere else.
const ONLY_FOR_CHECKS: [&str; 4] = ["ERC_WARNING", "ERC_ERROR", "DRC_WARNING", "DRC_ERROR"];

/// How often 10.0 expands what came out, to show it.
const PASSES: usize = 6;

/// How deep variables may be nested in the names of others; deeper ones are left alone.
const DEPTH: usize = 64;

/// Expands the variables of a text once, as `ExpandTextVariables` does.
///
/// What `lookup` does not know stays. 9.0 takes a name to end at the first brace; 10.0 counts braces, and expands the
/// name before it is looked up. On both a name may lack its brace at the end of the text.
pub(crate) fn expand(text: &str, version: Line, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    expand_nested(text, version, lookup, DEPTH)
}

fn expand_nested(text: &str, version: Line, lookup: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escaped = ESCAPED.iter().find(|(from, ..)| version != Line::V9_0 && rest.starts_with(from));
        if let Some((from, to, _)) = escaped {
            out.push_str(to);
            rest = &rest[from.len()..];
            continue;
        }
        let Some(inner) = rest.strip_prefix("${") else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let end = end_of_name(inner, version);
        let name = &inner[..end];
        rest = inner[end..].strip_prefix('}').unwrap_or_default();
        let expanded;
        let name = if version == Line::V9_0 || depth == 0 || !name.contains('{') {
            name
        } else {
            expanded = expand_nested(name, version, lookup, depth - 1);
            &expanded
        };
        // A name that comes to nothing only when it is expanded is looked up all the same.
        let is_empty = inner[..end].is_empty();
        if is_empty || ONLY_FOR_CHECKS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        match lookup(name) {
            Some(value) => out.push_str(&value),
            None if name.is_empty() => {}
            None => out.push_str(&format!("${{{name}}}")),
        }
    }
    out
}

/// Where the brace is that closes a name, or where the text ends.
fn end_of_name(text: &str, version: Line) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' if version != Line::V9_0 => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// What is shown of a text on the board.
///
/// 9.0 expands once. 10.0 expands what came out again, a few times, and also computes what stands in `@{…}`: the
/// emulator does not.
pub(crate) fn shown(text: &str, version: Line, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    if !text.contains("${") && !text.contains("@{") {
        return text.to_owned();
    }
    let mut text = expand(text, version, lookup);
    if version == Line::V9_0 {
        return text;
    }
    for _ in 1..PASSES {
        if !text.contains("${") {
            break;
        }
        text = expand(&text, version, lookup);
    }
    ESCAPED.iter().fold(text, |text, (_, marker, plain)| text.replace(marker, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let known = [
            ("X1", "one"),
            ("X2", "${X1}two"),
            ("X3", "${X3}loop"),
            ("X{1}", "braced"),
            ("one", "ONE"),
            ("1", "num"),
            ("E", ""),
            ("a b", "space"),
        ];
        known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    /// What KiCad 9.0.8 and 10.0.6 answered.
    const ANSWERED: &[(&str, &str, &str)] = &[
        ("", "", ""),
        ("a${X1}b${X2}c", "aoneb${X1}twoc", "aoneb${X1}twoc"),
        ("${UNKNOWN}", "${UNKNOWN}", "${UNKNOWN}"),
        ("${}", "", ""),
        ("${", "", ""),
        ("$}", "$}", "$}"),
        ("$ {X1}", "$ {X1}", "$ {X1}"),
        ("${ X1}", "${ X1}", "${ X1}"),
        ("${a b}", "space", "space"),
        ("${E}", "", ""),
        ("${X1", "one", "one"),
        ("${UNK", "${UNK}", "${UNK}"),
        ("${UNK${X1}", "${UNK${X1}", "${UNKone}"),
        ("${X1${X2}", "${X1${X2}", "${X1${X1}two}"),
        ("${${X1}}", "${${X1}}", "ONE"),
        ("${X${1}}", "${X${1}}", "${Xnum}"),
        ("${X{1}}", "${X{1}}", "braced"),
        ("~{${X1}}", "~{one}", "~{one}"),
        ("$$${X1}", "$$one", "$$one"),
        ("@{${1}+1}", "@{num+1}", "@{num+1}"),
        ("\\@{1+1}", "\\@{1+1}", "<<<ESC_AT:1+1}"),
        ("x\\${X1}y${X1}", "x\\oneyone", "x<<<ESC_DOLLAR:X1}yone"),
        ("\\\\\\${X1}", "\\\\\\one", "\\\\<<<ESC_DOLLAR:X1}"),
        ("${ERC_WARNINGfoo}x", "x", "x"),
        ("${DRC_WARNING ${X1}}y", "}y", "y"),
        ("${ERC_ERROR", "", ""),
        ("${X3}${X3}", "${X3}loop${X3}loop", "${X3}loop${X3}loop"),
        ("{slash}${X1}\\", "{slash}one\\", "{slash}one\\"),
    ];

    #[test]
    fn variables_are_expanded_as_kicad_does() {
        for (text, nine, ten) in ANSWERED {
            assert_eq!(expand(text, Line::V9_0, &lookup), *nine, "9.0: {text}");
            assert_eq!(expand(text, Line::V10_0, &lookup), *ten, "10.0: {text}");
        }
    }

    #[test]
    fn what_is_shown_is_expanded_again_by_ten_only() {
        let check = |text, nine: &str, ten: &str| {
            assert_eq!(shown(text, Line::V9_0, &lookup), nine, "9.0: {text}");
            assert_eq!(shown(text, Line::V10_0, &lookup), ten, "10.0: {text}");
        };
        check("${X2}", "${X1}two", "onetwo");
        check("${X3}", "${X3}loop", "${X3}looplooplooplooplooploop");
        check("\\${X1}", "\\one", "${X1}");
    }
}
