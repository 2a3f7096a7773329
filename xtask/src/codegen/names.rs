//! The names of everything generated, decided in this one place.
//!
//! Type and field names follow the rules of prost-build, which writes the structs; a test holds the two together.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// Words that must not be split where they change from lower to upper case.
const WORDS: [(&str, &str); 3] = [("KiCad", "Kicad"), ("PadStack", "Padstack"), ("TextBox", "Textbox")];

/// The type of a message or enum: `KIID` is `Kiid`.
pub(crate) fn type_name(name: &str) -> String {
    match name.to_upper_camel_case() {
        // The one type name that Rust keeps for itself.
        name if name == "Self" => "Self_".to_owned(),
        name => name,
    }
}

/// The module of a package's last part, or of what is nested in a message: `KiCadVersion` is `kicad_version`.
pub(crate) fn module(name: &str) -> String {
    let name = WORDS.iter().fold(name.to_owned(), |name, (word, whole)| name.replace(word, whole));
    escape(&name.to_snake_case())
}

/// The module that prost-build makes for what is nested in a message.
pub(super) fn prost_module(name: &str) -> String {
    escape(&name.to_snake_case())
}

/// The method that sets a field; a method needs no escape, since `with_` stands before the keyword.
pub(crate) fn with_method(field: &str) -> String {
    format!("with_{}", field.trim_start_matches("r#").to_snake_case())
}

/// The method that answers a command: `GetKiCadBinaryPath` is `get_kicad_binary_path`.
pub(crate) fn method(command: &str) -> String {
    module(&command.replace('.', "_"))
}

/// A keyword of Rust as an identifier that is none.
fn escape(name: &str) -> String {
    match name {
        "self" | "super" | "crate" | "extern" => format!("{name}_"),
        _ if syn::parse_str::<syn::Ident>(name).is_err() => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

/// The constants of an enum's values: the prefix that all values share is dropped, unless a digit would come first.
pub(crate) fn constants(values: &[&str]) -> Vec<String> {
    let prefix = shared_prefix(values);
    let constant = |value: &&str| {
        let mut rest = &value[prefix..];
        if rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()) {
            let start = value[..prefix].trim_end_matches('_').rfind('_').map_or(0, |at| at + 1);
            rest = &value[start..];
        }
        let constant = rest.to_ascii_uppercase();
        // A value such as `_5` has no word to stand before its digit.
        if constant.trim_start_matches('_').starts_with(|c: char| c.is_ascii_digit()) {
            format!("VALUE_{}", constant.trim_start_matches('_'))
        } else {
            constant
        }
    };
    values.iter().map(constant).collect()
}

/// The length of the words that all `values` begin with; the first word if there is only one value.
fn shared_prefix(values: &[&str]) -> usize {
    let Some(first) = values.first() else { return 0 };
    let ends = first.match_indices('_').map(|(at, _)| at + 1);
    if values.len() == 1 {
        return ends.min().unwrap_or(0);
    }
    ends.filter(|&end| values.iter().all(|value| value.starts_with(&first[..end]))).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: &[&str]) {
        assert_eq!(constants(values), expected);
    }

    #[test]
    fn shared_prefix_is_dropped() {
        check(&["BL_UNKNOWN", "BL_F_Cu", "BL_In1_Cu"], &["UNKNOWN", "F_CU", "IN1_CU"]);
        check(&["DOCTYPE_UNKNOWN", "DOCTYPE_PCB"], &["UNKNOWN", "PCB"]);
    }

    #[test]
    fn longer_prefix_is_dropped_whole() {
        check(&["ZONE_FILL_SOLID", "ZONE_FILL_HATCHED"], &["SOLID", "HATCHED"]);
    }

    #[test]
    fn single_value_loses_its_first_word() {
        check(&["SL_UNKNOWN"], &["UNKNOWN"]);
        check(&["UNKNOWN"], &["UNKNOWN"]);
    }

    #[test]
    fn value_never_becomes_a_number() {
        check(&["DP_FIXED_0", "DP_FIXED_5"], &["FIXED_0", "FIXED_5"]);
        check(&["P_0", "P_1"], &["P_0", "P_1"]);
        check(&["_5"], &["VALUE_5"]);
    }

    #[test]
    fn value_that_is_the_prefix_keeps_its_name() {
        check(&["A_B", "A_B_"], &["B", "B_"]);
    }

    #[test]
    fn values_without_a_shared_prefix_stay_whole() {
        check(&["LEFT", "RIGHT_SIDE"], &["LEFT", "RIGHT_SIDE"]);
        check(&[], &[]);
    }

    #[test]
    fn kicad_is_one_word() {
        assert_eq!(module("GetKiCadBinaryPath"), "get_kicad_binary_path");
        assert_eq!(module("KiCadVersion"), "kicad_version");
        assert_eq!(module("PadStack"), "padstack");
        assert_eq!(module("PadstackPresence"), "padstack_presence");
        assert_eq!(module("TextOrTextBox"), "text_or_textbox");
    }

    #[test]
    fn abbreviations_become_words() {
        assert_eq!(type_name("KIID"), "Kiid");
        assert_eq!(module("KIID"), "kiid");
        assert_eq!(type_name("Vector3D"), "Vector3D");
        assert_eq!(module("Vector3D"), "vector3_d");
        assert_eq!(type_name("GetKiCadBinaryPath"), "GetKiCadBinaryPath");
    }

    #[test]
    fn keywords_are_escaped() {
        assert_eq!(module("Type"), "r#type");
        assert_eq!(module("Self"), "self_");
        assert_eq!(type_name("self"), "Self_");
        assert_eq!(with_method("r#type"), "with_type");
        assert_eq!(with_method("netClass"), "with_net_class");
    }
}
