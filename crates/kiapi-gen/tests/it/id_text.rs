//! The texts of ids.

use std::collections::{BTreeSet, HashSet};

use kiapi_gen::IdText;
use kiapi_gen::common::types::Kiid;
use kiapi_gen::prost::Message;

#[track_caller]
fn check(text: &str) {
    let id = IdText::from(text);
    assert_eq!(id, *text);
    assert_eq!((id.as_str(), id.as_bytes(), id.len()), (text, text.as_bytes(), text.len()));
    assert_eq!(
        (id.is_empty(), id.to_string(), format!("{id:?}")),
        (text.is_empty(), text.to_owned(), format!("{text:?}"))
    );
    assert_eq!(String::from(id.clone()), text);
    assert_eq!(id, IdText::from(text.to_owned()));
    assert_ne!(id, IdText::from(format!("{text}.")));
    // It is found as its text is.
    assert!(HashSet::from([id.clone()]).contains(text) && BTreeSet::from([id.clone()]).contains(text));
    let message = Kiid::new().with_value(text);
    let bytes = message.encode_to_vec();
    assert_eq!(bytes.len(), message.encoded_len());
    assert_eq!(Kiid::decode(bytes.as_slice()).unwrap().value, *text);
}

#[test]
fn every_text_is_kept() {
    for length in [0, 1, 35, 36, 37, 127, 128, 255, 256, 1000] {
        check(&"x".repeat(length));
    }
    check("6f0bbda2-6b6d-4b0c-9d2a-5c9c2e3f8a11");
    check("µ µ µ µ µ µ µ µ µ µ µ µ");
    check("µ µ µ µ µ µ µ µ µ µ µ µ µ");
}

#[test]
fn order_is_that_of_texts() {
    let texts = ["", "a", "a-longer-text-than-a-uuid-has-characters", "b", "µ"];
    let mut ids = texts.map(IdText::from);
    ids.reverse();
    ids.sort();
    assert_eq!(ids, texts.map(IdText::from));
}

#[test]
fn id_that_is_no_text_is_an_error() {
    let error = Kiid::decode([10, 1, 0xff].as_slice()).unwrap_err();
    assert!(error.to_string().contains("KIID") || error.to_string().contains("Kiid"), "{error}");
}
