//! Versions as people, packages and KiCad write them.

use kiapi_gen::ApiVersion;
use kiapi_gen::common::types::KiCadVersion;

#[test]
fn what_follows_the_numbers_is_ignored() {
    for text in ["10.0.6", "10.0.6-rc1", "10.0.6+dfsg-1", "10.0.6-0-g2db9e5a72b"] {
        assert_eq!(text.parse(), Ok(ApiVersion::new(10, 0, 6)), "{text}");
    }
}

#[test]
fn half_a_version_is_refused() {
    for text in ["", "10", "10.0", "10.0.", "v10.0.6", "1.2.3.4", "99999999999.0.0"] {
        let error = text.parse::<ApiVersion>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not a KiCad version; write it as in `10.0.6`"));
    }
}

#[test]
fn version_is_ordered_by_its_numbers() {
    assert!(ApiVersion::new(9, 0, 8) < ApiVersion::new(10, 0, 0));
    assert!(ApiVersion::new(9, 99, 0) > ApiVersion::new(9, 0, 99));
}

#[test]
fn version_is_read_from_kicads_message() {
    let message =
        KiCadVersion::new().with_major(9).with_minor(0).with_patch(8).with_full_version("9.0.8+dfsg-1");
    assert_eq!(ApiVersion::from(&message), ApiVersion::new(9, 0, 8));
    assert_eq!(ApiVersion::from(&message).to_string(), "9.0.8");
}
