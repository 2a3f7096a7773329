//! What the variables in texts stand for on a board.

use std::time::SystemTime;

use kiapi_gen::board::types::{BoardText, Field, FootprintInstance, Item};
use kiapi_gen::common::types::TitleBlockInfo;
use kiapi_gen::prost::Name as _;

use super::Document;
use super::items::children;
use crate::Line;
use crate::text::variables::{expand, shown};

impl Document {
    /// The value of a variable of the board.
    pub(crate) fn variable(&self, name: &str, version: Line) -> Option<String> {
        if let Some(value) = self.of_title_block(name, version) {
            return Some(value);
        }
        if let Some(value) = self.elsewhere(name) {
            return Some(value);
        }
        if let Some((reference, field)) = name.split_once(':')
            && let Some(value) = self.of_reference(reference, field, version)
        {
            return Some(value);
        }
        self.text_variables.get(name).cloned()
    }

    /// A text on the board as it is shown, with its variables replaced; `footprint` is the one that it belongs to.
    pub(crate) fn shown_text(
        &self,
        text: &BoardText,
        footprint: Option<&FootprintInstance>,
        version: Line,
    ) -> BoardText {
        let lookup = |name: &str| match (name, footprint) {
            ("LAYER", _) => self.layer_names.get(&text.layer).cloned(),
            (_, Some(footprint)) => self.footprint_variable(footprint, name, version),
            (_, None) => self.variable(name, version),
        };
        let mut text = text.clone();
        if let Some(inner) = &mut text.text {
            inner.text = shown(&inner.text, version, &lookup);
        }
        text
    }

    /// A field of the title block, in which the project's own variables are expanded.
    fn of_title_block(&self, name: &str, version: Line) -> Option<String> {
        let value = title_block_field(&self.title_block, name)?;
        Some(expand(value, version, &|name| self.text_variables.get(name).cloned()))
    }

    /// A variable whose value only the snapshot knows, or the clock.
    fn elsewhere(&self, name: &str) -> Option<String> {
        if name == "CURRENT_DATE" {
            return Some(today(SystemTime::now()));
        }
        let variable = format!("${{{name}}}");
        self.expansions.get(&variable).filter(|value| **value != variable).cloned()
    }

    /// A variable of a footprint, which is named by its id, or by its reference from 10.0 on.
    fn of_reference(&self, reference: &str, field: &str, version: Line) -> Option<String> {
        let has_id = |footprint: &&FootprintInstance| {
            footprint.id.as_ref().is_some_and(|id| id.value.eq_ignore_ascii_case(reference))
        };
        if let Some(footprint) = self.items.footprints().find(has_id) {
            return self.footprint_variable(footprint, field, version);
        }
        if version == Line::V9_0 {
            return None;
        }
        let name = |footprint: &FootprintInstance| text_of(footprint.reference_field.as_ref()).to_owned();
        let found = self.items.footprints().find(|footprint| name(footprint).eq_ignore_ascii_case(reference));
        let Some(footprint) = found else {
            return Some(format!("<Unknown reference: {reference}>"));
        };
        let value = self.footprint_variable(footprint, field, version);
        Some(value.unwrap_or_else(|| format!("<Unresolved: {}:{field}>", name(footprint))))
    }

    /// What a name says of a pad of a footprint: `NET_NAME(1)`.
    fn of_pad(&self, footprint: &FootprintInstance, name: &str) -> Option<String> {
        let (what, number) = name.strip_suffix(')')?.split_once('(')?;
        let pad = children(footprint).find_map(|child| match child {
            Item::Pad(pad) if pad.number == number => Some(pad),
            _ => None,
        })?;
        let net = pad.net.map_or_else(String::new, |net| net.name);
        match what {
            "NET_NAME" => Some(net),
            "SHORT_NET_NAME" => Some(net.rsplit('/').next().unwrap_or_default().to_owned()),
            "NET_CLASS" => {
                Some(self.class_of_net.get(&net).map_or_else(String::new, |class| class.name.clone()))
            }
            "PIN_NAME" => Some(pad.symbol_pin.map_or_else(String::new, |pin| pin.name)),
            _ => None,
        }
    }

    /// The value of a variable in the texts of a footprint: its own, or one of the board.
    pub(crate) fn footprint_variable(
        &self,
        footprint: &FootprintInstance,
        name: &str,
        version: Line,
    ) -> Option<String> {
        let definition = footprint.definition.as_ref();
        let library = definition.and_then(|definition| definition.id.as_ref());
        let own = match name {
            "REFERENCE" => Some(text_of(footprint.reference_field.as_ref()).to_owned()),
            "VALUE" => Some(text_of(footprint.value_field.as_ref()).to_owned()),
            "LAYER" => self.layer_names.get(&footprint.layer).cloned(),
            "FOOTPRINT_LIBRARY" => library.map(|library| library.library_nickname.clone()),
            "FOOTPRINT_NAME" => library.map(|library| library.entry_name.clone()),
            _ => None,
        };
        own.or_else(|| self.of_pad(footprint, name))
            .or_else(|| of_field(footprint, name))
            .or_else(|| self.variable(name, version))
    }
}

/// The day of a time (in UTC), as KiCad writes it: `2026-11-24`.
fn today(time: SystemTime) -> String {
    let days = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs() / 86_400);
    // Years that begin in March have their leap day last; 400 of them have 146 097 days.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year + month / 10, (month + 2) % 12 + 1);
    format!("{year:04}-{month:02}-{date:02}")
}

fn of_field(footprint: &FootprintInstance, name: &str) -> Option<String> {
    let own = [
        &footprint.reference_field,
        &footprint.value_field,
        &footprint.datasheet_field,
        &footprint.description_field,
    ];
    let own = own.into_iter().flatten().find(|field| field.name == name);
    own.map(|field| text_of(Some(field)).to_owned()).or_else(|| {
        children(footprint).find_map(|child| match child {
            Item::Unknown(any) if any.full_name() == Field::full_name() => {
                let field = any.unpack::<Field>().ok().filter(|field| field.name == name)?;
                Some(text_of(Some(&field)).to_owned())
            }
            _ => None,
        })
    })
}

fn text_of(field: Option<&Field>) -> &str {
    let text = field.and_then(|field| field.text.as_ref()).and_then(|text| text.text.as_ref());
    text.map_or("", |text| text.text.as_str())
}

fn title_block_field<'a>(block: &'a TitleBlockInfo, name: &str) -> Option<&'a str> {
    Some(match name {
        "TITLE" => &block.title,
        "ISSUE_DATE" => &block.date,
        "REVISION" => &block.revision,
        "COMPANY" => &block.company,
        "COMMENT1" => &block.comment1,
        "COMMENT2" => &block.comment2,
        "COMMENT3" => &block.comment3,
        "COMMENT4" => &block.comment4,
        "COMMENT5" => &block.comment5,
        "COMMENT6" => &block.comment6,
        "COMMENT7" => &block.comment7,
        "COMMENT8" => &block.comment8,
        "COMMENT9" => &block.comment9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_is_written_as_kicad_does() {
        let check = |days: u64, expected| {
            assert_eq!(today(SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400 + 5)), expected);
        };
        check(0, "1970-01-01");
        check(11_016, "2000-02-29");
        check(20_781, "2026-11-24");
        check(20_818, "2026-12-31");
        check(20_819, "2027-01-01");
    }
}
