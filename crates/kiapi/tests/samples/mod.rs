//! Items of every type and shape, at odd coordinates so that rounding shows.

use kiapi::api::board::types::{
    AlignedDimensionAttributes, Arc, Barcode, BarcodeKind, BoardGraphicShape, BoardText, BoardTextBox,
    CenterDimensionAttributes, ChamferedRectCorners, CopperZoneSettings, Dimension, DrillProperties, Field,
    Footprint, FootprintInstance, Item, LeaderDimensionAttributes, OrthogonalDimensionAttributes, Pad,
    PadStack, PadStackLayer, PadStackShape, PadStackType, PadType, RadialDimensionAttributes,
    RuleAreaSettings, Track, Via, ViaType, Zone, ZoneFilledPolygons, ZoneType,
};
use kiapi::api::common::types::{
    Angle, ArcStartMidEnd, AxisAlignment, Distance, GraphicArcAttributes, GraphicAttributes,
    GraphicBezierAttributes, GraphicCircleAttributes, GraphicFillAttributes, GraphicFillType,
    GraphicRectangleAttributes, GraphicSegmentAttributes, GraphicShape, HorizontalAlignment, PolyLine,
    PolyLineNode, PolySet, PolygonWithHoles, StrokeAttributes, StrokeLineStyle, Text, TextAttributes,
    TextBox, Vector2, VerticalAlignment,
};
use kiapi::{Any, Layer};

/// A point in micrometres, and some nanometres that are no multiple of anything.
pub(crate) fn at(x: i64, y: i64) -> Vector2 {
    Vector2::new().with_x_nm(x * 1_000 + x % 13 * 7 + 3).with_y_nm(y * 1_000 - y % 11 * 9 + 1)
}

fn nm(value: i64) -> Distance {
    Distance::new().with_value_nm(value)
}

fn size(x: i64, y: i64) -> Vector2 {
    Vector2::new().with_x_nm(x).with_y_nm(y)
}

fn angle(degrees: f64) -> Angle {
    Angle::new().with_value_degrees(degrees)
}

fn line(points: &[(i64, i64)]) -> PolyLine {
    let nodes = points.iter().map(|(x, y)| PolyLineNode::new().with_point(at(*x, *y)));
    PolyLine::new().with_nodes(nodes).with_closed(true)
}

/// A polygon with a hole.
fn polygon() -> PolySet {
    let outline = line(&[(9_000, 9_000), (9_911, 9_013), (9_807, 9_822), (9_031, 9_707)]);
    PolySet::new().with_polygons([PolygonWithHoles::new().with_outline(outline)])
}

fn polygon_with_arc() -> PolySet {
    let mut outline = line(&[(9_000, 9_000), (9_911, 9_013)]);
    let arc = ArcStartMidEnd::new()
        .with_start(at(9_911, 9_500))
        .with_mid(at(9_800, 9_900))
        .with_end(at(9_400, 9_990));
    outline.nodes.push(PolyLineNode::new().with_arc(arc));
    PolySet::new().with_polygons([PolygonWithHoles::new().with_outline(outline)])
}

/// Every geometry that a drawn shape can have.
pub(crate) fn geometries() -> Vec<GraphicShape> {
    let shape = GraphicShape::new;
    let arc = |start, mid, end| {
        shape().with_arc(GraphicArcAttributes::new().with_start(start).with_mid(mid).with_end(end))
    };
    vec![
        shape().with_segment(
            GraphicSegmentAttributes::new().with_start(at(9_000, 9_000)).with_end(at(9_517, 9_203)),
        ),
        shape().with_rectangle(
            GraphicRectangleAttributes::new()
                .with_top_left(at(9_000, 9_000))
                .with_bottom_right(at(9_807, 9_601)),
        ),
        arc(at(9_000, 9_000), at(9_071, 9_029), at(9_100, 9_100)),
        arc(at(9_100, 9_100), at(9_071, 9_029), at(9_000, 9_000)),
        arc(at(9_000, 9_000), at(9_990, 9_111), at(9_013, 9_517)),
        shape().with_circle(
            GraphicCircleAttributes::new().with_center(at(9_000, 9_000)).with_radius_point(at(9_207, 9_101)),
        ),
        shape().with_polygon(polygon()),
        shape().with_polygon(polygon_with_arc()),
        shape().with_bezier(
            GraphicBezierAttributes::new()
                .with_start(at(9_000, 9_000))
                .with_control1(at(9_201, 8_803))
                .with_control2(at(9_407, 9_219))
                .with_end(at(9_601, 9_002)),
        ),
    ]
}

pub(crate) fn drawn(geometry: GraphicShape, layer: Layer) -> BoardGraphicShape {
    let stroke = StrokeAttributes::new().with_width(nm(120_000)).with_style(StrokeLineStyle::SOLID);
    let fill = GraphicFillAttributes::new().with_fill_type(GraphicFillType::UNFILLED);
    let attributes = GraphicAttributes::new().with_stroke(stroke).with_fill(fill);
    BoardGraphicShape::new().with_shape(geometry.with_attributes(attributes)).with_layer(layer)
}

pub(crate) fn text(content: &str, degrees: f64, layer: Layer) -> BoardText {
    let attributes = TextAttributes::new()
        .with_size(size(1_000_000, 800_000))
        .with_stroke_width(nm(150_000))
        .with_angle(angle(degrees))
        .with_line_spacing(1.0)
        .with_visible(true)
        .with_mirrored(layer.is_back())
        .with_horizontal_alignment(HorizontalAlignment::LEFT)
        .with_vertical_alignment(VerticalAlignment::BOTTOM);
    let text = Text::new().with_position(at(9_007, 9_011)).with_text(content).with_attributes(attributes);
    BoardText::new().with_text(text).with_layer(layer)
}

/// A text that stays upright in a footprint.
fn upright(content: &str, degrees: f64) -> BoardText {
    let mut text = text(content, degrees, Layer::F_SILKS);
    let attributes = text.text.get_or_insert_default().attributes.get_or_insert_default();
    attributes.keep_upright = true;
    text
}

pub(crate) fn text_box(layer: Layer, degrees: f64) -> BoardTextBox {
    let attributes = TextAttributes::new()
        .with_size(size(500_000, 400_000))
        .with_stroke_width(nm(80_000))
        .with_angle(angle(degrees))
        .with_mirrored(layer.is_back())
        .with_visible(true);
    let text = TextBox::new()
        .with_text("in a box")
        .with_top_left(at(9_000, 9_000))
        .with_bottom_right(at(11_003, 10_007))
        .with_attributes(attributes);
    BoardTextBox::new().with_textbox(text).with_layer(layer)
}

pub(crate) fn dimensions() -> Vec<Dimension> {
    let dimension = Dimension::new()
        .with_layer(Layer::F_SILKS)
        .with_line_thickness(nm(100_000))
        .with_text(Text::new().with_attributes(TextAttributes::new().with_size(size(700_000, 700_000))));
    let orthogonal = |axis, height| {
        dimension.clone().with_orthogonal(
            OrthogonalDimensionAttributes::new()
                .with_start(at(9_000, 9_000))
                .with_end(at(10_001, 9_507))
                .with_height(nm(height))
                .with_alignment(axis),
        )
    };
    vec![
        dimension.clone().with_aligned(
            AlignedDimensionAttributes::new()
                .with_start(at(9_000, 9_000))
                .with_end(at(10_003, 9_207))
                .with_height(nm(500_003)),
        ),
        orthogonal(AxisAlignment::X_AXIS, 500_003),
        orthogonal(AxisAlignment::Y_AXIS, -700_001),
        dimension.clone().with_radial(
            RadialDimensionAttributes::new()
                .with_center(at(9_000, 9_000))
                .with_radius_point(at(9_503, 9_101)),
        ),
        dimension.clone().with_leader(
            LeaderDimensionAttributes::new().with_start(at(9_000, 9_000)).with_end(at(9_507, 9_301)),
        ),
        dimension.with_center(
            CenterDimensionAttributes::new().with_center(at(9_000, 9_000)).with_end(at(9_203, 9_000)),
        ),
    ]
}

fn through_stack(drill: (Layer, Layer)) -> PadStack {
    PadStack::new()
        .with_type(PadStackType::NORMAL)
        .with_layers([Layer::F_CU, Layer::B_CU])
        .with_drill(
            DrillProperties::new()
                .with_diameter(size(300_000, 300_000))
                .with_start_layer(drill.0)
                .with_end_layer(drill.1),
        )
        .with_copper_layers([PadStackLayer::new()
            .with_layer(Layer::F_CU)
            .with_shape(PadStackShape::CIRCLE)
            .with_size(size(600_000, 600_000))])
}

pub(crate) fn zones() -> Vec<Zone> {
    let copper = CopperZoneSettings::new().with_clearance(nm(300_000)).with_min_thickness(nm(250_000));
    let zone = Zone::new().with_type(ZoneType::COPPER).with_layers([Layer::B_CU]).with_name("made up");
    vec![
        zone.clone().with_outline(polygon()).with_copper_settings(copper.clone()),
        zone.with_outline(polygon())
            .with_copper_settings(copper)
            .with_filled(true)
            .with_filled_polygons([ZoneFilledPolygons::new().with_layer(Layer::B_CU).with_shapes(polygon())]),
        Zone::new()
            .with_type(ZoneType::RULE_AREA)
            .with_layers([Layer::F_CU, Layer::B_CU])
            .with_outline(polygon())
            .with_rule_area_settings(RuleAreaSettings::new().with_keepout_vias(true)),
    ]
}

fn pad(number: &str, kind: PadType, degrees: f64, face: PadStackLayer) -> Pad {
    let is_smd = kind == PadType::SMD;
    let layers = if is_smd {
        vec![Layer::F_CU, Layer::F_PASTE, Layer::F_MASK]
    } else {
        let mut layers: Vec<Layer> = Layer::copper(32).collect();
        layers.extend([Layer::F_MASK, Layer::B_MASK]);
        layers
    };
    let mut stack = PadStack::new()
        .with_type(PadStackType::NORMAL)
        .with_layers(layers)
        .with_angle(angle(degrees))
        .with_copper_layers([face.with_layer(Layer::F_CU)]);
    if !is_smd {
        let drill = DrillProperties::new().with_start_layer(Layer::F_CU).with_end_layer(Layer::B_CU);
        stack = stack.with_drill(drill.with_diameter(size(400_000, 500_000)));
    }
    Pad::new().with_number(number).with_type(kind).with_pad_stack(stack).with_position(at(9_101, 9_203))
}

/// Pads of every shape.
pub(crate) fn pads() -> Vec<Pad> {
    let face = |shape| PadStackLayer::new().with_shape(shape).with_size(size(1_000_000, 700_000));
    let custom = drawn(
        GraphicShape::new().with_segment(
            GraphicSegmentAttributes::new().with_start(size(0, 0)).with_end(size(700_003, 300_001)),
        ),
        Layer::F_CU,
    );
    vec![
        pad("1", PadType::PTH, 0.0, face(PadStackShape::OVAL)),
        pad("2", PadType::PTH, 37.0, face(PadStackShape::RECTANGLE).with_offset(size(100_003, 50_001))),
        pad("3", PadType::SMD, 90.0, face(PadStackShape::ROUNDRECT).with_corner_rounding_ratio(0.25)),
        pad("4", PadType::SMD, 180.0, face(PadStackShape::TRAPEZOID).with_trapezoid_delta(size(0, 200_000))),
        pad(
            "5",
            PadType::SMD,
            270.0,
            face(PadStackShape::CHAMFEREDRECT).with_chamfer_ratio(0.2).with_chamfered_corners(
                ChamferedRectCorners::new().with_top_left(true).with_bottom_right(true).with_top_right(true),
            ),
        ),
        pad(
            "6",
            PadType::SMD,
            45.0,
            face(PadStackShape::CUSTOM)
                .with_size(size(300_000, 300_000))
                .with_custom_anchor_shape(PadStackShape::CIRCLE)
                .with_custom_shapes([custom]),
        ),
        pad("", PadType::NPTH, 0.0, face(PadStackShape::CIRCLE).with_size(size(400_000, 400_000))),
    ]
}

/// A footprint with children of every type that both supported KiCads take.
pub(crate) fn footprint(degrees: f64, layer: Layer, boxes: &[BoardTextBox]) -> FootprintInstance {
    let field = |id, name: &str, text: BoardText| {
        let id = kiapi::api::board::types::FieldId::new().with_id(id);
        Field::new().with_id(id).with_name(name).with_text(text).with_visible(true)
    };
    let mut items: Vec<Any> = pads().iter().map(Any::pack).collect();
    items.extend(geometries().into_iter().map(|shape| Any::pack(&drawn(shape, Layer::F_SILKS))));
    items.push(Any::pack(&text("loose", 0.0, Layer::F_FAB)));
    items.push(Any::pack(&upright("upright", 0.0)));
    items.push(Any::pack(&upright("upright and turned", 90.0)));
    items.push(Any::pack(&text("on the back", 30.0, Layer::B_SILKS)));
    items.extend(boxes.iter().map(Any::pack));
    items.extend(dimensions().iter().map(Any::pack));
    let rule_area = zones().pop().expect("there are some");
    items.push(Any::pack(&rule_area));
    FootprintInstance::new()
        .with_position(at(8_503, 8_201))
        .with_orientation(angle(degrees))
        .with_layer(layer)
        .with_reference_field(field(1, "Reference", upright("K1", 0.0)))
        .with_value_field(field(2, "Value", upright("made up", degrees.rem_euclid(180.0))))
        .with_datasheet_field(field(3, "Datasheet", upright("", 0.0)))
        .with_description_field(field(4, "Description", upright("", 0.0)))
        .with_definition(Footprint::new().with_items(items))
}

/// Items of every type that lie on a board of their own.
pub(crate) fn items(has_kicad_10: bool) -> Vec<Item> {
    let track = |layer| {
        let ends = Track::new().with_start(at(9_000, 9_000)).with_end(at(9_517, 9_203));
        Item::from(ends.with_width(nm(250_000)).with_layer(layer))
    };
    let arc = Arc::new()
        .with_start(at(9_000, 9_000))
        .with_mid(at(9_071, 9_029))
        .with_end(at(9_100, 9_100))
        .with_width(nm(250_000))
        .with_layer(Layer::F_CU);
    let through = (Layer::F_CU, Layer::B_CU);
    let via = Via::new()
        .with_position(at(9_050, 9_020))
        .with_type(ViaType::THROUGH)
        .with_pad_stack(through_stack(through));
    let mut items = vec![track(Layer::F_CU), track(Layer::B_CU), Item::from(arc), Item::from(via)];
    items.extend(geometries().into_iter().map(|shape| Item::from(drawn(shape, Layer::F_SILKS))));
    items.extend(geometries().into_iter().map(|shape| Item::from(drawn(shape, Layer::DWGS_USER))));
    for degrees in [0.0, 90.0, 170.0, 180.0, 270.0, 12.5] {
        for layer in [Layer::F_SILKS, Layer::B_FAB, Layer::CMTS_USER] {
            items.push(Item::from(text("made up", degrees, layer)));
        }
    }
    items.push(Item::from(text("cut out", 0.0, Layer::B_SILKS).with_knockout(true)));
    for degrees in [0.0, 90.0, 180.0, 270.0] {
        items.push(Item::from(text_box(Layer::F_SILKS, degrees)));
    }
    items.extend(zones().into_iter().map(Item::from));
    items.push(Item::from(footprint(0.0, Layer::F_CU, &[])));
    items.push(Item::from(footprint(
        0.0,
        Layer::F_CU,
        &[text_box(Layer::F_FAB, 0.0), text_box(Layer::F_SILKS, 90.0)],
    )));
    items.push(Item::from(footprint(31.5, Layer::F_CU, &[])));
    items.push(Item::from(footprint(-90.0, Layer::B_CU, &[text_box(Layer::B_SILKS, 180.0)])));
    if has_kicad_10 {
        items.extend(dimensions().into_iter().map(Item::from));
        let barcode = Barcode::new()
            .with_text("kiapi")
            .with_kind(BarcodeKind::QR_CODE)
            .with_position(at(9_000, 9_000))
            .with_layer(Layer::F_SILKS)
            .with_width(nm(10_000_000))
            .with_height(nm(10_000_000));
        items.push(Item::from(barcode.clone().with_orientation(angle(37.0))));
        items.push(Item::from(barcode));
    }
    items
}
