//! Footprints with their fields and children.

use kiapi_gen::Any;
use kiapi_gen::board::types::{
    BoardLayer, Field, FieldId, Footprint, FootprintAttributes, FootprintDesignRuleOverrides,
    FootprintInstance, FootprintMountingStyle, Item, JumperSettings, Net, Pad, PadType, ZoneConnectionStyle,
};
use kiapi_gen::common::types::{Angle, Distance, Kiid, LibraryIdentifier, LockedState, SheetPath};

use super::{Failure, Maker, distance, give_id, lock, make, own_or_new, pad_stack, points, set_parent, text};
use crate::Line;

/// A field that every footprint has: its name, its number in 9.0 and since 10.0, the layer of a new one.
struct Mandatory {
    name: &'static str,
    ids: (i32, i32),
    layer: BoardLayer,
    visible: bool,
}

const REFERENCE: Mandatory =
    Mandatory { name: "Reference", ids: (0, 1), layer: BoardLayer::F_SILKS, visible: true };
const VALUE: Mandatory = Mandatory { name: "Value", ids: (1, 2), layer: BoardLayer::F_FAB, visible: true };
const DATASHEET: Mandatory =
    Mandatory { name: "Datasheet", ids: (3, 4), layer: BoardLayer::F_FAB, visible: false };
const DESCRIPTION: Mandatory =
    Mandatory { name: "Description", ids: (4, 5), layer: BoardLayer::F_FAB, visible: false };

/// How thick KiCad 9 draws the fields of a new footprint, in nanometres.
const FIELD_PEN: i64 = 150_000;

pub(super) fn make_instance(
    mut footprint: FootprintInstance,
    maker: &Maker<'_>,
) -> Result<FootprintInstance, Failure> {
    points([&mut footprint.position]);
    let angle = footprint.orientation.get_or_insert_with(Angle::new);
    angle.value_degrees = upright(angle.value_degrees);
    lock(&mut footprint.locked);
    let locked = footprint.locked;
    let id = own_or_new(footprint.id.as_ref());
    footprint.id = Some(id.clone());
    let definition = footprint.definition.get_or_insert_with(Footprint::new);
    definition.id.get_or_insert_with(LibraryIdentifier::new);
    // Of a definition KiCad keeps what its library says in words.
    let FootprintAttributes { description, keywords, .. } = definition.attributes.take().unwrap_or_default();
    let words = FootprintAttributes::new().with_description(description).with_keywords(keywords);
    definition.attributes = Some(words);
    if maker.line >= Line::V10_0 {
        definition.jumpers.get_or_insert_with(JumperSettings::new);
    }
    let children = std::mem::take(&mut definition.items);
    definition.items =
        children.into_iter().map(|child| make_child(child, &id, locked, maker)).collect::<Result<_, _>>()?;
    let place = (footprint.position.clone().unwrap_or_default(), footprint.orientation.clone());
    for (field, kind) in [
        (&mut footprint.reference_field, REFERENCE),
        (&mut footprint.value_field, VALUE),
        (&mut footprint.datasheet_field, DATASHEET),
        (&mut footprint.description_field, DESCRIPTION),
    ] {
        let made = match field.take() {
            Some(field) => given(field, &kind, &place.1, maker),
            None => new(&kind, &place, maker),
        };
        *field = Some(with_ids(made, &id, maker));
    }
    let attributes = footprint.attributes.get_or_insert_with(FootprintAttributes::new);
    // The words are those of the definition.
    attributes.description.clear();
    attributes.keywords.clear();
    if attributes.mounting_style == FootprintMountingStyle::UNKNOWN {
        attributes.mounting_style = FootprintMountingStyle::UNSPECIFIED;
    }
    let overrides = footprint.overrides.get_or_insert_with(FootprintDesignRuleOverrides::new);
    if overrides.zone_connection == ZoneConnectionStyle::UNKNOWN {
        overrides.zone_connection = ZoneConnectionStyle::INHERITED;
    }
    footprint.symbol_path.get_or_insert_with(SheetPath::new);
    Ok(footprint)
}

/// An angle as KiCad shows that of a footprint: more than -180 and up to 180 degrees.
pub(crate) fn upright(degrees: f64) -> f64 {
    let turned = degrees % 360.0;
    if turned > 180.0 {
        turned - 360.0
    } else if turned <= -180.0 {
        turned + 360.0
    } else {
        turned
    }
}

fn given(mut field: Field, kind: &Mandatory, angle: &Option<Angle>, maker: &Maker<'_>) -> Field {
    field.id = Some(FieldId::new().with_id(number(kind, maker)));
    kind.name.clone_into(&mut field.name);
    let mut inner = field.text.take().unwrap_or_default();
    let is_new = inner.text.as_ref().is_none_or(|text| text.attributes.is_none());
    if inner.layer == BoardLayer::UNKNOWN {
        inner.layer = BoardLayer::F_SILKS;
    }
    inner = text::make(inner, true);
    if is_new {
        dress(&mut inner, angle, maker);
    }
    field.text = Some(inner);
    field
}

/// What a field that is not sent is.
fn new(
    kind: &Mandatory,
    (position, angle): &(kiapi_gen::common::types::Vector2, Option<Angle>),
    maker: &Maker<'_>,
) -> Field {
    let inner = kiapi_gen::board::types::BoardText::new()
        .with_layer(kind.layer)
        .with_text(kiapi_gen::common::types::Text::new().with_position(position.clone()));
    let mut inner = text::make(inner, true);
    dress(&mut inner, angle, maker);
    Field::new()
        .with_id(FieldId::new().with_id(number(kind, maker)))
        .with_name(kind.name)
        .with_text(inner)
        .with_visible(kind.visible)
}

/// A field turns with its footprint, and in 9.0 has a pen of its own.
fn dress(inner: &mut kiapi_gen::board::types::BoardText, angle: &Option<Angle>, maker: &Maker<'_>) {
    let attributes = inner.text.as_mut().and_then(|text| text.attributes.as_mut());
    if let Some(attributes) = attributes {
        attributes.angle.clone_from(angle);
        if maker.line < Line::V10_0 {
            attributes.stroke_width = Some(Distance::new().with_value_nm(FIELD_PEN));
        }
    }
}

fn number(kind: &Mandatory, maker: &Maker<'_>) -> i32 {
    if maker.line < Line::V10_0 { kind.ids.0 } else { kind.ids.1 }
}

fn with_ids(mut field: Field, footprint: &Kiid, maker: &Maker<'_>) -> Field {
    if let Some(inner) = &mut field.text {
        inner.id = Some(own_or_new(inner.id.as_ref()));
        inner.parent = (maker.line >= Line::V10_0).then(|| footprint.clone());
    }
    field
}

fn make_child(
    child: Any,
    footprint: &Kiid,
    parent_lock: LockedState,
    maker: &Maker<'_>,
) -> Result<Any, Failure> {
    let unreadable = |_| Failure::Request("could not unpack FOOTPRINT from request".to_owned());
    if child.is::<Field>() {
        let field = child.unpack::<Field>().map_err(unreadable)?;
        let mut field = field;
        field.text = Some(text::make(field.text.take().unwrap_or_default(), true));
        return Ok(Any::pack(&with_ids(field, footprint, maker)));
    }
    let mut item = match Item::from_any(child).map_err(unreadable)? {
        // A model, or something that this build does not know.
        Item::Unknown(any) => return Ok(any),
        Item::Pad(pad) => Item::Pad(make_pad(pad, parent_lock, maker)),
        item => make(item, maker)?,
    };
    give_id(&mut item);
    let parent = (maker.line >= Line::V10_0).then_some(footprint.value.as_str());
    set_parent(&mut item, parent);
    Ok(item.to_any())
}

fn make_pad(mut pad: Pad, parent_lock: LockedState, maker: &Maker<'_>) -> Pad {
    points([&mut pad.position]);
    lock(&mut pad.locked);
    if parent_lock == LockedState::LOCKED {
        pad.locked = LockedState::LOCKED;
    }
    super::net(&mut pad.net);
    if pad.r#type == PadType::NPTH {
        pad.net = Some(Net::new());
    }
    pad.pad_stack = Some(pad_stack::of_pad(pad.pad_stack.take().unwrap_or_default(), maker));
    distance(&mut pad.pad_to_die_length);
    pad.symbol_pin.get_or_insert_default();
    if maker.line >= Line::V10_0 {
        pad.pad_to_die_delay.get_or_insert_default();
    }
    pad
}

/// Gives the footprint and all that lies in it new ids, as KiCad does with one that is created.
pub(crate) fn renew(footprint: &mut FootprintInstance) {
    footprint.id = Some(own_or_new(footprint.id.as_ref()));
    let parent = footprint.id.clone();
    let renew_field = |field: &mut Field| {
        if let Some(inner) = &mut field.text {
            inner.id = Some(own_or_new(None));
            if inner.parent.is_some() {
                inner.parent.clone_from(&parent);
            }
        }
    };
    let own = [
        &mut footprint.reference_field,
        &mut footprint.value_field,
        &mut footprint.datasheet_field,
        &mut footprint.description_field,
    ];
    own.into_iter().flatten().for_each(renew_field);
    for any in footprint.definition.iter_mut().flat_map(|definition| &mut definition.items) {
        if let Ok(mut field) = any.unpack::<Field>() {
            renew_field(&mut field);
            *any = Any::pack(&field);
        } else if let Ok(mut item) = Item::from_any(any.clone())
            && let Some(place) = item.id_mut()
        {
            *place = Some(own_or_new(None));
            *any = item.to_any();
        }
    }
}
