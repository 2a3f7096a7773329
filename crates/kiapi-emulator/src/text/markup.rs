//! KiCad's markup in texts: `~{…}` draws a bar over, `_{…}` lowers and `^{…}` raises what is between the braces.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Plain(String),
    Overbar(Vec<Node>),
    Subscript(Vec<Node>),
    Superscript(Vec<Node>),
}

/// How deep markup may be nested; deeper braces are drawn as they are.
const DEPTH: usize = 64;

/// Takes one line of text apart. Braces that are never closed are plain text.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let mut rest = text;
    let mut nodes = Vec::new();
    while let Some(c) = rest.chars().next() {
        if let Some((node, after)) = braced(rest, DEPTH) {
            nodes.push(node);
            rest = after;
        } else {
            push(&mut nodes, c);
            rest = &rest[c.len_utf8()..];
        }
    }
    nodes
}

/// A marked piece at the beginning of `text`, and what follows it.
fn braced(text: &str, depth: usize) -> Option<(Node, &str)> {
    let wrap = match text.as_bytes() {
        [b'~', b'{', ..] => Node::Overbar,
        [b'_', b'{', ..] => Node::Subscript,
        [b'^', b'{', ..] => Node::Superscript,
        _ => return None,
    };
    let mut rest = &text[2..];
    let mut nodes = Vec::new();
    loop {
        let c = rest.chars().next()?;
        if c == '}' {
            return Some((wrap(nodes), &rest[1..]));
        }
        let inner = if depth > 0 { braced(rest, depth - 1) } else { None };
        if let Some((node, after)) = inner {
            nodes.push(node);
            rest = after;
        } else {
            push(&mut nodes, c);
            rest = &rest[c.len_utf8()..];
        }
    }
}

fn push(nodes: &mut Vec<Node>, c: char) {
    if let Some(Node::Plain(text)) = nodes.last_mut() {
        text.push(c);
    } else {
        nodes.push(Node::Plain(c.into()));
    }
}

/// The escapes that KiCad writes for characters which cannot stand in names, and what they stand for.
const ESCAPES: [(&str, &str); 14] = [
    ("dblquote", "\""),
    ("quote", "'"),
    ("lt", "<"),
    ("gt", ">"),
    ("backslash", "\\"),
    ("slash", "/"),
    ("bar", "|"),
    ("comma", ","),
    ("colon", ":"),
    ("space", " "),
    ("dollar", "$"),
    ("tab", "\t"),
    ("return", "\n"),
    ("brace", "{"),
];

/// Replaces `{slash}` and its like by the characters they stand for.
pub(super) fn unescape(text: &str) -> String {
    unescape_to_depth(text, DEPTH)
}

fn unescape_to_depth(text: &str, depth: usize) -> String {
    // The shortest escape has three characters.
    if text.chars().nth(2).is_none() || depth == 0 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if matches!(c, '$' | '~' | '^' | '_') && rest.starts_with('{') {
            out.push(c);
            out.push('{');
            rest = &rest[1..];
        } else if c == '{' {
            let Some((token, after)) = until_closed(rest) else {
                out.push('{');
                continue;
            };
            match ESCAPES.iter().find(|(name, _)| *name == token) {
                Some((_, character)) => out.push_str(character),
                None => {
                    out.push('{');
                    out.push_str(&unescape_to_depth(token, depth - 1));
                    out.push('}');
                }
            }
            rest = after;
        } else {
            out.push(c);
        }
    }
    out
}

/// What stands before the brace that closes one which is already open, and what stands after it.
fn until_closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}
