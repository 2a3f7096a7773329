//! The handlers that compiled programs register: C++ mangles both types into the names of what it generates.
//!
//! `API_HANDLER::registerHandler<Request, Response, Handler>` wraps the handler in a lambda, and the type of that
//! lambda has a name in the program: `ZN11API_HANDLER15registerHandlerIN5kiapi5board8commands7GetNetsE…`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use cpp_demangle::Symbol;

use super::Registered;
use super::cpp::template_arguments;

/// What every mangled name of interest contains.
const MANGLED: &[u8] = b"11API_HANDLER15registerHandlerI";
/// What it is then.
const FUNCTION: &str = "API_HANDLER::registerHandler<";
/// No name is longer.
const MAX_NAME: usize = 1 << 14;

/// The handlers that `programs` register.
pub(super) fn read(programs: &[PathBuf]) -> Result<Registered> {
    let mut registered = Registered::default();
    for program in programs {
        let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
        scan(&bytes, &name(program), &mut registered);
    }
    let names =
        || programs.iter().map(|program| program.display().to_string()).collect::<Vec<_>>().join(", ");
    ensure!(!registered.handlers.is_empty(), "no handler of a command is registered in any of {}", names());
    Ok(registered)
}

fn name(program: &Path) -> String {
    program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Adds the handlers whose names are in `program`. Names that cannot be read are passed over: each handler has several.
fn scan(program: &[u8], seen_in: &str, registered: &mut Registered) {
    for at in memchr::memmem::find_iter(program, MANGLED) {
        let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$.*@".contains(byte);
        let start = at - program[..at].iter().rev().take(MAX_NAME).take_while(|byte| is_inside(byte)).count();
        let end = at + program[at..].iter().take(MAX_NAME).take_while(|byte| is_inside(byte)).count();
        let Ok(mangled) = std::str::from_utf8(&program[start..end]) else {
            continue;
        };
        if let Some([request, response]) = demangled(mangled).as_deref().and_then(pair) {
            registered.add(request, response, seen_in);
        }
    }
}

/// The C++ name that `mangled` stands for: a symbol, or what type information says of a type.
fn demangled(mangled: &str) -> Option<String> {
    // Type information marks names that are local to a file with a star; Apple's symbols have one more underscore.
    let name = mangled.trim_start_matches('*');
    let symbol = match name.find("_Z") {
        Some(0) => name.to_owned(),
        Some(1) if name.starts_with('_') => name[1..].to_owned(),
        _ => format!("_ZTS{name}"),
    };
    Symbol::new(symbol.as_str()).ok()?.demangle().ok()
}

/// The request and the response in the first registration that `text` names.
fn pair(text: &str) -> Option<[String; 2]> {
    let arguments = template_arguments(&text[text.find(FUNCTION)? + FUNCTION.len()..])?;
    let mut names = arguments.into_iter().map(|name| name.replace("::", "."));
    let pair = [names.next()?, names.next()?];
    let is_name =
        |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
    pair.iter().all(is_name).then_some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As g++ names the type of the lambda in which `Ping` and `GetNets` of made-up handlers are wrapped.
    const EMPTY: &str = "ZN11API_HANDLER15registerHandlerIN5kiapi6common8commands4PingEN6google8protobuf5EmptyE9A_HANDLER\
                         EEvMT1_FN2tl8expectedIT0_NS2_17ApiResponseStatusEEERK15HANDLER_CONTEXTIT_EEEUlRNS2_10ApiRequestEE_";
    const SUBSTITUTED: &str = "ZN11API_HANDLER15registerHandlerIN5kiapi5board8commands7GetNetsENS3_12NetsResponseE9A_HANDLER\
                               EEvMT1_FN2tl8expectedIT0_NS1_6common17ApiResponseStatusEEERK15HANDLER_CONTEXTIT_EEEUlRNS9_10ApiRequestEE_";

    #[track_caller]
    fn check(program: &[u8], expected: &[(&str, &str)]) {
        let mut registered = Registered::default();
        scan(program, "here", &mut registered);
        let pairs: Vec<_> = registered
            .handlers
            .iter()
            .flat_map(|(request, responses)| {
                responses.keys().map(|response| (request.as_str(), response.as_str()))
            })
            .collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn types_are_read_from_type_information_amid_other_bytes() {
        let ping = ("kiapi.common.commands.Ping", "google.protobuf.Empty");
        let nets = ("kiapi.board.commands.GetNets", "kiapi.board.commands.NetsResponse");
        let program =
            [b"\xff\0".as_slice(), EMPTY.as_bytes(), b"\0\0*", SUBSTITUTED.as_bytes(), b"\0"].concat();
        check(&program, &[nets, ping]);
        for prefix in ["_ZTI", "_ZTS", "__ZTI"] {
            check(format!("{prefix}{EMPTY}").as_bytes(), &[ping]);
        }
    }

    #[test]
    fn names_that_are_cut_short_or_mean_something_else_are_passed_over() {
        for end in 0..EMPTY.len() {
            let mut registered = Registered::default();
            scan(&EMPTY.as_bytes()[..end], "here", &mut registered);
        }
        check(b"11API_HANDLER15registerHandlerI", &[]);
        check(b"\x0011API_HANDLER15registerHandlerIiiiE\0", &[]);
        check(&b"11API_HANDLER15registerHandlerI".repeat(3), &[]);
        check(b"", &[]);
    }
}
