//! Zones and rule areas.

use kiapi_gen::board::types::zone::Settings;
use kiapi_gen::board::types::{
    CopperZoneSettings, IslandRemovalMode, PlacementRuleSourceType, RuleAreaSettings, TeardropSettings,
    TeardropType, ThermalSpokeSettings, Zone, ZoneBorderSettings, ZoneBorderStyle, ZoneConnectionStyle,
    ZoneFillMode, ZoneFilledPolygons, ZoneHatchFillBorderMode, ZoneType,
};
use kiapi_gen::common::types::{Angle, LockedState, PolySet};

use super::shape::polygons;
use super::{distance, net};

/// `None` for a zone that KiCad does not read: one without an outline.
pub(super) fn make(mut zone: Zone) -> Option<Zone> {
    let outline = zone.outline.as_mut().filter(|outline| !outline.polygons.is_empty())?;
    polygons(outline);
    if zone.r#type == ZoneType::UNKNOWN {
        zone.r#type = ZoneType::COPPER;
    }
    if zone.r#type == ZoneType::RULE_AREA {
        let mut settings = match zone.settings.take() {
            Some(Settings::RuleAreaSettings(settings)) => settings,
            _ => RuleAreaSettings::new(),
        };
        if settings.placement_source_type == PlacementRuleSourceType::UNKNOWN {
            settings.placement_source_type = PlacementRuleSourceType::SHEET_NAME;
        }
        zone.settings = Some(Settings::RuleAreaSettings(settings));
    } else {
        let settings = match zone.settings.take() {
            Some(Settings::CopperSettings(settings)) => settings,
            _ => CopperZoneSettings::new(),
        };
        zone.settings = Some(Settings::CopperSettings(copper(settings)));
    }
    let mut filled = std::mem::take(&mut zone.filled_polygons);
    zone.filled_polygons = zone
        .layers
        .iter()
        .map(|layer| {
            let known = filled.iter().position(|polygons| polygons.layer == *layer);
            known.map_or_else(
                || ZoneFilledPolygons::new().with_layer(*layer).with_shapes(PolySet::new()),
                |place| filled.swap_remove(place),
            )
        })
        .collect();
    let border = zone.border.get_or_insert_with(ZoneBorderSettings::new);
    if border.style == ZoneBorderStyle::UNKNOWN {
        border.style = ZoneBorderStyle::DIAGONAL_EDGE;
    }
    distance(&mut border.pitch);
    // Whether it is locked is neither read nor told.
    zone.locked = LockedState::UNKNOWN;
    Some(zone)
}

fn copper(mut settings: CopperZoneSettings) -> CopperZoneSettings {
    let connection = settings.connection.get_or_insert_default();
    if connection.zone_connection == ZoneConnectionStyle::UNKNOWN {
        connection.zone_connection = ZoneConnectionStyle::INHERITED;
    }
    let spokes = connection.thermal_spokes.get_or_insert_with(ThermalSpokeSettings::new);
    distance(&mut spokes.width);
    distance(&mut spokes.gap);
    distance(&mut settings.clearance);
    distance(&mut settings.min_thickness);
    if settings.island_mode == IslandRemovalMode::UNKNOWN {
        settings.island_mode = IslandRemovalMode::ALWAYS;
    }
    if settings.fill_mode == ZoneFillMode::UNKNOWN {
        settings.fill_mode = ZoneFillMode::SOLID;
    }
    let hatch = settings.hatch_settings.get_or_insert_default();
    distance(&mut hatch.thickness);
    distance(&mut hatch.gap);
    hatch.orientation.get_or_insert_with(Angle::new);
    if hatch.border_mode == ZoneHatchFillBorderMode::UNKNOWN {
        hatch.border_mode = ZoneHatchFillBorderMode::USE_MIN_ZONE_THICKNESS;
    }
    net(&mut settings.net);
    let teardrop = settings.teardrop.get_or_insert_with(TeardropSettings::new);
    if teardrop.r#type == TeardropType::UNKNOWN {
        teardrop.r#type = TeardropType::NONE;
    }
    settings
}
