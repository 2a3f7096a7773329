//! Commands that need no document.

use kiapi_gen::ApiVersion;
use kiapi_gen::common::commands::{
    GetKiCadBinaryPath, GetPluginSettingsPath, GetTextAsShapes, GetTextAsShapesResponse, GetTextExtents,
    GetVersion, GetVersionResponse, PathResponse, Ping, StringResponse,
};
use kiapi_gen::common::types::{Box2, KiCadVersion};
use kiapi_server::{Answer, Call, Refusal};

use crate::{Editor, Habit, Line, text};

pub(super) fn ping(_editor: &mut Editor, _call: &Call<'_>, _request: Ping) -> Answer<()> {
    Ok(())
}

pub(super) fn get_version(
    editor: &mut Editor,
    _call: &Call<'_>,
    _request: GetVersion,
) -> Answer<GetVersionResponse> {
    let version = if Line::of(ApiVersion::from(&editor.document.kicad)) == Some(editor.version) {
        editor.document.kicad.clone()
    } else {
        // The snapshot is of another line than the one that is asked for.
        let ApiVersion { major, minor, patch, .. } = editor.version.api_version();
        let version = KiCadVersion::new().with_major(major).with_minor(minor).with_patch(patch);
        version.with_full_version(editor.version.api_version().to_string())
    };
    Ok(GetVersionResponse::new().with_version(version))
}

pub(super) fn get_kicad_binary_path(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetKiCadBinaryPath,
) -> Answer<PathResponse> {
    // KiCad looks for the last part of the name beside its own binaries.
    let name = request.binary_name.rsplit('/').next().unwrap_or_default();
    let path = editor.document.binary_paths.get(name).map_or(name, String::as_str);
    Ok(PathResponse::new().with_path(path))
}

pub(super) fn get_plugin_settings_path(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetPluginSettingsPath,
) -> Answer<StringResponse> {
    let identifier = request.identifier;
    if identifier.is_empty() {
        return Err(Refusal::bad_request("plugin identifier is missing"));
    }
    let is_accepted = if editor.has(Habit::InvertedPluginCheck) {
        !has_identifier(&identifier)
    } else {
        is_identifier(&identifier)
    };
    if !is_accepted {
        return Err(Refusal::bad_request("plugin identifier is invalid"));
    }
    let folder = editor.document.plugin_settings.as_deref().unwrap_or("plugins/");
    // What is no name of one folder is not appended.
    let path = if identifier.contains('/') {
        folder.trim_end_matches('/').to_owned()
    } else {
        format!("{folder}{identifier}")
    };
    Ok(StringResponse::new().with_response(path))
}

pub(super) fn get_text_extents(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetTextExtents,
) -> Answer<Box2> {
    Ok(text::extents(&request.text.unwrap_or_default(), editor.version))
}

pub(super) fn get_text_as_shapes(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetTextAsShapes,
) -> Answer<GetTextAsShapesResponse> {
    let texts = request.text.iter().map(|text| text::text_with_shapes(text, editor.version));
    Ok(GetTextAsShapesResponse::new().with_text_with_shapes(texts.collect::<Vec<_>>()))
}

/// Whether a text is the identifier of a plugin: a reversed domain name of three parts or more.
fn is_identifier(text: &str) -> bool {
    // KiCad's pattern lets a line end follow.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut parts = text.split('.');
    let domain = parts.next().unwrap_or_default();
    let is_domain = domain.len() >= 2 && domain.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part = |part: &str| {
        let ends = [part.bytes().next(), part.bytes().last()];
        ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let others: Vec<&str> = parts.collect();
    is_domain && others.len() >= 2 && others.into_iter().all(is_part)
}

/// Whether something like an identifier stands anywhere in a text: what KiCad 9 looks for, to refuse it.
fn has_identifier(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let parts: Vec<&[u8]> = text.as_bytes().split(|&byte| byte == b'.').collect();
    parts.windows(3).any(|parts| {
        let [first, middle, last] = parts else {
            return false;
        };
        first.len() >= 2
            && first[first.len() - 2..].iter().all(|&byte| is_word(byte))
            && !middle.is_empty()
            && middle.iter().all(|&byte| is_word(byte))
            && last.first().is_some_and(|&byte| is_word(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(identifier: &str, refused_by_9: bool, accepted_by_10: bool) {
        assert_eq!(has_identifier(identifier), refused_by_9, "{identifier} on 9");
        assert_eq!(is_identifier(identifier), accepted_by_10, "{identifier} on 10");
    }

    #[test]
    fn identifiers_are_taken_as_kicad_takes_them() {
        check("com.example.a", true, true);
        check("co.example.a", true, true);
        check("c.example.a", false, false);
        check("com.e.a", true, true);
        check("com.example.a_b", true, false);
        check("com.example.a-b", true, true);
        check("com.exa-mple.a", false, true);
        check("c-m.example.a", false, false);
        check("co_m.example.a", true, false);
        check("1com.example.a", true, false);
        check("com.1example.a", true, true);
        check("c1.ex.a", true, false);
        check("com..a", false, false);
        check("com.example.", false, false);
        check(".com.example.a", true, false);
        check("com.example.a.b", true, true);
        check("com.example.a..b", true, false);
        check("com.example.ü", false, false);
        check("com.example.a\n", true, true);
        check("com.example.a\n\n", true, false);
        check("com.example/a", false, false);
        check("a.com.example.b", true, false);
        check("com.example.a/b", true, false);
        check("com.example.-a", false, false);
        check("com.example.a-", true, false);
        check("com.-e.b", false, false);
        check("com.e-.b", false, false);
        check("com.a--b.c", false, true);
        check("com.ex.a.b-c.d", true, true);
        check("c-om.ex.a", true, false);
        check("cóm.example.a", false, false);
        check("a b com.example.plug", true, false);
        check("com_x.e.a", true, false);
        check("org.kicad", false, false);
        check("..", false, false);
        check("-.-.-", false, false);
        check("12.34.56", true, false);
        check("ab.cd.e f", true, false);
        check("foo", false, false);
    }
}
