//! `#[inline]` at every function of the crates that people build on, so that a program compiles those that it uses
//! (`docs/decisions/0021-functions-are-compiled-where-they-are-used.md`).
//!
//! A generic function is compiled where it is used anyway. The check looks at tokens, since macros hold functions too.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::workspace;

const CRATES: [&str; 3] = ["crates/kiapi-gen", "crates/kiapi-transport", "crates/kiapi"];

/// A function without `#[inline]`: its name, and where it begins, behind its docs and attributes.
#[derive(Debug, PartialEq, Eq)]
struct Missing {
    name: String,
    line: usize,
    column: usize,
}

/// What is in a file of Rust: functions without `#[inline]`, and modules that have files of their own.
#[derive(Debug, Default)]
struct Found {
    missing: Vec<Missing>,
    /// The names of modules, with the path that an attribute gives.
    modules: Vec<(String, Option<String>)>,
}

impl Found {
    fn in_file(text: &str) -> Self {
        let mut found = Self::default();
        found.look(TokenStream::from_str(text).expect("the file is Rust"), false);
        found
    }

    /// Looks at tokens that lie in something generic, or do not.
    fn look(&mut self, tokens: TokenStream, is_generic: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            // `$fn` and the like are names in a macro.
            let is_name = at > 0 && is_punct(&tokens[at - 1], '$');
            let word = match token {
                TokenTree::Ident(word) if !is_name => word.to_string(),
                TokenTree::Group(group) => {
                    self.look(group.stream(), is_generic);
                    String::new()
                }
                _ => String::new(),
            };
            match word.as_str() {
                "fn" => at = self.function(&tokens, at, is_generic),
                // What a trait does by default is generic over who implements it.
                "trait" => at = body(&tokens, at).map_or(tokens.len(), |(end, _)| end),
                "impl" | "mod" => at = self.block(&tokens, at, word == "impl"),
                _ => {}
            }
            at += 1;
        }
    }

    /// Looks at the function whose `fn` is the token `at`, and gives its last token.
    fn function(&mut self, tokens: &[TokenTree], at: usize, is_generic: bool) -> usize {
        let mut name = at + 1;
        while tokens.get(name).is_some_and(|token| is_punct(token, '$')) {
            name += 1;
        }
        // Without a name it is a type, as of a function that is handed over.
        let (Some(TokenTree::Ident(ident)), Some((end, held))) = (tokens.get(name), body(tokens, at)) else {
            return at;
        };
        let Some(held) = held else { return end };
        let (start, attributes) = beginning(tokens, at);
        if attributes.iter().any(is_for_tests) {
            return end;
        }
        let takes_any = tokens[name..end].iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
            _ => None,
        });
        let takes_any = takes_any.is_some_and(|group| has_word(group.stream(), "impl"));
        let is_settled = attributes.iter().any(|it| ["inline", "cold"].iter().any(|word| first_is(it, word)));
        if !(is_settled || is_generic || takes_any || has_types(&tokens[name + 1..end])) {
            let (place, name) = (tokens[start].span().start(), ident.to_string());
            self.missing.push(Missing { name, line: place.line, column: place.column });
        }
        // A function in a function has nothing of its types.
        self.look(held.stream(), false);
        end
    }

    /// Looks at what a module or an implementation holds, and gives its last token.
    fn block(&mut self, tokens: &[TokenTree], at: usize, is_impl: bool) -> usize {
        let Some((end, held)) = body(tokens, at) else { return at };
        let (_, attributes) = beginning(tokens, at);
        if attributes.iter().any(is_for_tests) {
            return end;
        }
        match held {
            Some(held) => self.look(held.stream(), is_impl && has_types(&tokens[at + 1..end])),
            None => {
                let path = attributes.iter().find(|it| first_is(it, "path"));
                let path = path.and_then(|it| it.stream().into_iter().nth(2));
                let path = path.map(|path| path.to_string().trim_matches('"').to_owned());
                self.modules.push((tokens[at + 1].to_string(), path));
            }
        }
        end
    }
}

/// Where an item ends, and what it holds: braces, or nothing but a semicolon.
fn body(tokens: &[TokenTree], from: usize) -> Option<(usize, Option<&Group>)> {
    (from..tokens.len()).find_map(|at| match &tokens[at] {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some((at, Some(group))),
        token if is_punct(token, ';') => Some((at, None)),
        _ => None,
    })
}

/// The first token of an item behind its attributes, and those.
fn beginning(tokens: &[TokenTree], keyword: usize) -> (usize, Vec<Group>) {
    const BEFORE: [&str; 6] = ["pub", "const", "async", "unsafe", "extern", "default"];
    let mut start = keyword;
    while start > 0 {
        let step = match &tokens[start - 1] {
            TokenTree::Ident(word) if BEFORE.iter().any(|it| word == it) => 1,
            // `pub(crate)`, and in a macro `$vis`.
            TokenTree::Group(_) if start > 1 && is_word(&tokens[start - 2], "pub") => 2,
            TokenTree::Ident(_) if start > 1 && is_punct(&tokens[start - 2], '$') => 2,
            TokenTree::Literal(_) if start > 1 && is_word(&tokens[start - 2], "extern") => 2,
            _ => break,
        };
        start -= step;
    }
    let (mut attributes, mut before) = (Vec::new(), start);
    while before > 1 && is_punct(&tokens[before - 2], '#') {
        let TokenTree::Group(group) = &tokens[before - 1] else { break };
        attributes.push(group.clone());
        before -= 2;
    }
    (start, attributes)
}

/// Whether `<…>` at the beginning of `tokens` has more than lifetimes.
fn has_types(tokens: &[TokenTree]) -> bool {
    if !tokens.first().is_some_and(|token| is_punct(token, '<')) {
        return false;
    }
    let mut depth = 0;
    let mut is_first = false;
    for (at, token) in tokens.iter().enumerate() {
        if is_first && depth == 1 && !is_punct(token, '\'') && !is_punct(token, '>') {
            return true;
        }
        is_first = false;
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => {
                depth += 1;
                is_first = depth == 1;
            }
            TokenTree::Punct(punct) if punct.as_char() == '>' && !is_punct(&tokens[at - 1], '-') => {
                depth -= 1;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => is_first = depth == 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    false
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match &token {
        TokenTree::Group(group) => has_word(group.stream(), word),
        token => is_word(token, word),
    })
}

fn first_is(attribute: &Group, word: &str) -> bool {
    attribute.stream().into_iter().next().is_some_and(|token| is_word(&token, word))
}

/// Whether what has this attribute is compiled for tests alone.
fn is_for_tests(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    ["test", "cfg(test)"].contains(&text.as_str()) || text.starts_with("cfg(all(test,")
}

/// The files of a crate that are compiled when others build it, from the file of a module down.
fn files(file: PathBuf, into: &mut BTreeSet<PathBuf>) {
    let found = Found::in_file(&fs::read_to_string(&file).unwrap());
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap();
    let below =
        if ["lib", "mod"].iter().any(|root| stem == *root) { folder.into() } else { folder.join(stem) };
    for (name, path) in found.modules {
        let name = name.trim_start_matches("r#");
        let of_folder = below.join(name).join("mod.rs");
        let next = match path {
            Some(path) => folder.join(path),
            None if of_folder.exists() => of_folder,
            None => below.join(name).with_extension("rs"),
        };
        files(next, into);
    }
    into.insert(file);
}

/// The text with `#[inline]` where it is missing.
fn mend(text: &str, missing: &[Missing]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the end, so that no place moves before it is come to; two may be in one line.
    let mut places: Vec<(usize, usize)> = missing.iter().map(|it| (it.line - 1, it.column)).collect();
    places.sort_unstable();
    for (line, column) in places.into_iter().rev() {
        let column = lines[line].char_indices().nth(column).map_or(0, |(at, _)| at);
        let before = &lines[line][..column];
        if before.trim().is_empty() {
            let attribute = format!("{before}#[inline]");
            lines.insert(line, attribute);
        } else {
            lines[line].insert_str(column, "#[inline] ");
        }
    }
    lines.join("\n") + "\n"
}

/// With `UPDATE_EXPECT=1` it is written where it is missing.
#[test]
fn functions_that_are_not_generic_are_inline() {
    let root = workspace::root();
    let mut wrong = Vec::new();
    for folder in CRATES {
        let mut paths = BTreeSet::new();
        files(root.join(folder).join("src/lib.rs"), &mut paths);
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let missing = Found::in_file(&text).missing;
            if std::env::var_os("UPDATE_EXPECT").is_some() && !missing.is_empty() {
                fs::write(&path, mend(&text, &missing)).unwrap();
                continue;
            }
            let path = path.strip_prefix(&root).unwrap().display().to_string();
            wrong.extend(missing.iter().map(|it| format!("{path}:{}: fn {}", it.line, it.name)));
        }
    }
    assert!(
        wrong.is_empty(),
        "`#[inline]` is missing, so that all who build the crate compile these, used or not:\n{}\n\
         `UPDATE_EXPECT=1 cargo test -p xtask inlines` writes it; what is never to be inlined is `#[cold]` or \
         `#[inline(never)]`",
        wrong.join("\n")
    );
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let missing = Found::in_file(text).missing;
    let names: Vec<&str> = missing.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, expected, "in {text}");
    assert_eq!(Found::in_file(&mend(text, &missing)).missing, [], "it mends {text}");
}

#[test]
fn function_without_inline_is_found_wherever_it_is() {
    check("fn a() {}\n\npub(crate) const fn b() -> u8 { 0 }\n", &["a", "b"]);
    check("impl A { /// Does.\n#[must_use]\npub async fn a(&self) {} }", &["a"]);
    check("impl<'a> Iterator for A<'a> { fn next(&mut self) -> Option<impl Sized> { None } }", &["next"]);
    check("fn a<'a>(b: &'a [fn(u8) -> u8]) {}", &["a"]);
    check("mod a { fn b() {} }", &["b"]);
    check("#[inline] fn a() { fn b() {} }", &["b"]);
    check("fn a<T>(_: T) { fn b() {} }", &["b"]);
    check("impl<T> A<T> { fn a(&self) { fn b() {} } }", &["b"]);
    check("macro_rules! a { ($vis:vis $fn:ident) => { $vis fn $fn() {} fn b() {} }; }", &["fn", "b"]);
    check("const A: u8 = { const fn a() -> u8 { 1 } a() };", &["a"]);
    check("#[cfg(any(test, unix))] fn a() {}", &["a"]);
    check("pub extern \"C\" fn a() {} fn b() {}", &["a", "b"]);
}

#[test]
fn function_that_need_not_be_inline_is_none_of_them() {
    check("#[inline] fn a() {}", &[]);
    check("#[inline(never)]\n/// Seldom.\nfn a() {} #[cold] fn b() {}", &[]);
    check("fn a<T: Fn() -> u8>(_: T) {} fn b(_: impl Sized) {} fn c(_: &[impl Sized]) {}", &[]);
    check("fn a<'a, T>(_: &'a T) {} fn b<const N: usize>(_: [u8; N]) {}", &[]);
    check("impl<'a, T> A<'a, T> { fn a(&self) {} } impl<const N: usize> B<N> { fn b(&self) {} }", &[]);
    check("trait A { fn a(&self); fn b(&self) {} }", &[]);
    check("#[cfg(test)] mod a { fn b() {} } #[cfg(all(test, unix))] mod c { fn d() {} }", &[]);
    check("#[test] fn a() {} #[cfg(test)] fn b() {} #[cfg(test)] impl A { fn c() {} }", &[]);
    check("type A = fn(u8) -> u8; struct B { fn_of: fn() }", &[]);
}
