//! Items of every type to create, where the board is.

use kiapi_gen::Any;
use kiapi_gen::board::types::{
    AlignedDimensionAttributes, CenterDimensionAttributes, LeaderDimensionAttributes,
    OrthogonalDimensionAttributes, RadialDimensionAttributes,
};
use kiapi_gen::board::types::{
    Arc, Barcode, BarcodeKind, BoardGraphicShape, BoardLayer, BoardText, BoardTextBox, CopperZoneSettings,
    Dimension, DrillProperties, Field, Group, Net, PadStack, PadStackLayer, PadStackShape, PadStackType,
    RuleAreaSettings, Track, Via, ViaType, Zone, ZoneType,
};
use kiapi_gen::common::types::{
    Angle, AxisAlignment, Distance, GraphicArcAttributes, GraphicAttributes, GraphicBezierAttributes,
    GraphicCircleAttributes, GraphicFillAttributes, GraphicFillType, GraphicRectangleAttributes,
    GraphicSegmentAttributes, GraphicShape, KiCadObjectType as Kind, LockedState, PolyLine, PolyLineNode,
    PolySet, PolygonWithHoles, StrokeAttributes, StrokeLineStyle, Text, TextAttributes, TextBox, Vector2,
};

use super::id;
use crate::board::id_of;
use crate::run::Run;

const MM: i64 = 1_000_000;

/// A point in tenths of millimetres.
pub(super) fn at(x: i64, y: i64) -> Vector2 {
    Vector2::new().with_x_nm(x * MM / 10).with_y_nm(y * MM / 10)
}

/// A place far from the board, where nothing is: which net wins where copper of two touches is random.
pub(super) fn far(x: i64, y: i64) -> Vector2 {
    at(x, y + 4000)
}

pub(super) fn nm(value: i64) -> Distance {
    Distance::new().with_value_nm(value)
}

/// A net that the board has; the name of the first that has one.
fn net(run: &Run) -> Net {
    run.board.nets.iter().find(|net| !net.name.is_empty()).cloned().unwrap_or_default()
}

pub(super) fn track(run: &Run) -> Track {
    Track::new()
        .with_start(far(1000, 1000))
        .with_end(far(1100, 1050))
        .with_width(nm(250_000))
        .with_layer(BoardLayer::F_CU)
        .with_net(net(run))
}

pub(super) fn via(run: &Run) -> Via {
    let stack = PadStack::new()
        .with_type(PadStackType::NORMAL)
        .with_layers([BoardLayer::F_CU, BoardLayer::B_CU])
        .with_drill(
            DrillProperties::new()
                .with_diameter(at(3, 3))
                .with_start_layer(BoardLayer::F_CU)
                .with_end_layer(BoardLayer::B_CU),
        )
        .with_copper_layers([PadStackLayer::new()
            .with_layer(BoardLayer::F_CU)
            .with_shape(PadStackShape::CIRCLE)
            .with_size(at(6, 6))]);
    Via::new()
        .with_position(far(1050, 1020))
        .with_type(ViaType::THROUGH)
        .with_pad_stack(stack)
        .with_net(net(run))
}

fn outline(points: &[(i64, i64)]) -> PolySet {
    let nodes = points.iter().map(|(x, y)| PolyLineNode::new().with_point(at(*x, *y)));
    let line = PolyLine::new().with_nodes(nodes).with_closed(true);
    PolySet::new().with_polygons([PolygonWithHoles::new().with_outline(line)])
}

pub(super) fn text() -> BoardText {
    let attributes =
        TextAttributes::new().with_size(at(10, 10)).with_stroke_width(nm(150_000)).with_visible(true);
    let text = Text::new().with_position(at(1000, 900)).with_text("made up").with_attributes(attributes);
    BoardText::new().with_text(text).with_layer(BoardLayer::F_SILKS)
}

fn shape(geometry: GraphicShape) -> BoardGraphicShape {
    let stroke = StrokeAttributes::new().with_width(nm(120_000)).with_style(StrokeLineStyle::SOLID);
    let fill = GraphicFillAttributes::new().with_fill_type(GraphicFillType::UNFILLED);
    let attributes = GraphicAttributes::new().with_stroke(stroke).with_fill(fill);
    BoardGraphicShape::new().with_shape(geometry.with_attributes(attributes)).with_layer(BoardLayer::F_SILKS)
}

/// A few items of every type that a client may create, without ids.
pub(super) fn all(run: &Run) -> Vec<Any> {
    let corners = [(1200, 1000), (1300, 1000), (1300, 1080), (1200, 1080)];
    let segment = GraphicSegmentAttributes::new().with_start(at(900, 900)).with_end(at(950, 920));
    let copper = CopperZoneSettings::new()
        .with_net(net(run))
        .with_clearance(nm(300_000))
        .with_min_thickness(nm(250_000));
    let zone = Zone::new()
        .with_type(ZoneType::COPPER)
        .with_layers([BoardLayer::B_CU])
        .with_outline(outline(&corners))
        .with_name("made up")
        .with_copper_settings(copper);
    let textbox = TextBox::new()
        .with_text("in a box")
        .with_top_left(at(900, 1100))
        .with_bottom_right(at(1000, 1150))
        .with_attributes(TextAttributes::new().with_size(at(10, 10)));
    let dimension = Dimension::new()
        .with_layer(BoardLayer::DWGS_USER)
        .with_line_thickness(nm(100_000))
        .with_text(Text::new().with_attributes(TextAttributes::new().with_size(at(10, 10))));
    let barcode = Barcode::new()
        .with_text("kiapi")
        .with_kind(BarcodeKind::QR_CODE)
        .with_position(at(1000, 1000))
        .with_layer(BoardLayer::F_SILKS)
        .with_width(nm(10 * MM))
        .with_height(nm(10 * MM));
    vec![
        Any::pack(&track(run)),
        Any::pack(&track(run).with_layer(BoardLayer::B_CU).with_locked(LockedState::LOCKED)),
        Any::pack(
            &Arc::new()
                .with_start(far(1000, 1000))
                .with_mid(far(1007, 1003))
                .with_end(far(1010, 1010))
                .with_width(nm(250_000))
                .with_layer(BoardLayer::F_CU)
                .with_net(net(run)),
        ),
        Any::pack(&via(run)),
        Any::pack(&via(run).with_locked(LockedState::LOCKED).with_position(far(1060, 1020))),
        Any::pack(&shape(GraphicShape::new().with_segment(segment))),
        Any::pack(&shape(GraphicShape::new().with_rectangle(
            GraphicRectangleAttributes::new().with_top_left(at(900, 900)).with_bottom_right(at(980, 960)),
        ))),
        Any::pack(&shape(
            GraphicShape::new().with_arc(
                GraphicArcAttributes::new()
                    .with_start(at(900, 900))
                    .with_mid(at(907, 903))
                    .with_end(at(910, 910)),
            ),
        )),
        Any::pack(&shape(GraphicShape::new().with_circle(
            GraphicCircleAttributes::new().with_center(at(900, 900)).with_radius_point(at(920, 900)),
        ))),
        Any::pack(&shape(GraphicShape::new().with_polygon(outline(&corners)))),
        Any::pack(&shape(
            GraphicShape::new().with_bezier(
                GraphicBezierAttributes::new()
                    .with_start(at(900, 900))
                    .with_control1(at(920, 880))
                    .with_control2(at(940, 920))
                    .with_end(at(960, 900)),
            ),
        )),
        Any::pack(&text()),
        Any::pack(&text().with_knockout(true).with_layer(BoardLayer::B_SILKS)),
        Any::pack(&BoardTextBox::new().with_textbox(textbox).with_layer(BoardLayer::CMTS_USER)),
        Any::pack(&zone),
        Any::pack(
            &Zone::new()
                .with_type(ZoneType::RULE_AREA)
                .with_layers([BoardLayer::F_CU, BoardLayer::B_CU])
                .with_outline(outline(&corners))
                .with_rule_area_settings(RuleAreaSettings::new().with_keepout_vias(true)),
        ),
        Any::pack(
            &dimension.clone().with_aligned(
                AlignedDimensionAttributes::new()
                    .with_start(at(900, 900))
                    .with_end(at(1000, 900))
                    .with_height(nm(5 * MM)),
            ),
        ),
        Any::pack(
            &dimension.clone().with_orthogonal(
                OrthogonalDimensionAttributes::new()
                    .with_start(at(900, 900))
                    .with_end(at(1000, 950))
                    .with_height(nm(5 * MM))
                    .with_alignment(AxisAlignment::X_AXIS),
            ),
        ),
        Any::pack(&dimension.clone().with_radial(
            RadialDimensionAttributes::new().with_center(at(900, 900)).with_radius_point(at(950, 900)),
        )),
        Any::pack(
            &dimension.clone().with_leader(
                LeaderDimensionAttributes::new().with_start(at(900, 900)).with_end(at(950, 930)),
            ),
        ),
        Any::pack(
            &dimension.with_center(
                CenterDimensionAttributes::new().with_center(at(900, 900)).with_end(at(920, 900)),
            ),
        ),
        Any::pack(&barcode),
        Any::pack(&barcode.clone().with_kind(BarcodeKind::CODE_128).with_orientation(angle(90.0))),
        Any::pack(&Group::new().with_name("made up").with_items(run.board.ids(Kind::PCB_TRACE, 2))),
        Any::pack(&Group::new().with_name("empty")),
    ]
}

pub(super) fn angle(degrees: f64) -> Angle {
    Angle::new().with_value_degrees(degrees)
}

/// What cannot be created, or only in part.
pub(super) fn odd(run: &Run) -> Vec<Any> {
    let apart = |row: i64| {
        let (start, end) = (far(1000 + 20 * row, 1500), far(1000 + 20 * row, 1600));
        track(run).with_start(start).with_end(end)
    };
    let track_any = Any::pack(&apart(0));
    let taken = run.board.of(Kind::PCB_TRACE).first().and_then(id_of).unwrap_or_default();
    let foreign = run.board.of(Kind::PCB_FOOTPRINT).first().and_then(id_of).unwrap_or_default();
    let value = track_any.value.clone();
    vec![
        Any::default(),
        Any::from_parts("type.googleapis.com/", value.clone()),
        Any::from_parts("kiapi.board.types.Track", value.clone()),
        Any::from_parts("example.com/kiapi.board.types.Track", value.clone()),
        Any::from_parts("type.googleapis.com/kiapi.board.types.NoSuchItem", value.clone()),
        Any::from_parts("type.googleapis.com/kiapi.common.types.Text", value),
        Any::from_parts("type.googleapis.com/kiapi.board.types.Track", b"\xff".to_vec()),
        Any::pack(&Field::new().with_name("field")),
        Any::pack(&Track::new()),
        Any::pack(&Via::new()),
        Any::pack(&Arc::new()),
        Any::pack(&BoardText::new()),
        Any::pack(&BoardTextBox::new()),
        Any::pack(&BoardGraphicShape::new()),
        Any::pack(&apart(1).with_id(taken)),
        Any::pack(&apart(2).with_id(foreign)),
        Any::pack(&apart(3).with_id(id("22222222-2222-4333-8444-555555555555"))),
        Any::pack(&apart(4).with_id(id("no id"))),
        Any::pack(&apart(5).with_layer(BoardLayer::F_SILKS)),
        Any::pack(&apart(6).with_layer(BoardLayer::IN7_CU)),
        Any::pack(&apart(7).with_net(Net::new().with_name("no such net"))),
        Any::pack(&apart(8).with_width(nm(-5))),
        Any::pack(&apart(9).with_end(Vector2::new().with_x_nm(3_000_000_000))),
        Any::pack(&text().with_layer(BoardLayer::USER_40)),
    ]
}
