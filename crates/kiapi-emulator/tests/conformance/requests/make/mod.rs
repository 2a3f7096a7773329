//! Items whose fields are drawn at random, within what a person could have drawn.

mod copper;

use kiapi_gen::Any;
use kiapi_gen::board::types::{
    AlignedDimensionAttributes, Arc, Barcode, BarcodeErrorCorrection, BarcodeKind, BoardGraphicShape,
    BoardLayer, BoardText, BoardTextBox, CenterDimensionAttributes, CopperZoneSettings, Dimension,
    DimensionArrowDirection, DimensionPrecision, DimensionTextBorderStyle, DimensionTextPosition,
    DimensionUnit, DimensionUnitFormat, HatchFillSettings, IslandRemovalMode, LeaderDimensionAttributes, Net,
    OrthogonalDimensionAttributes, RadialDimensionAttributes, RuleAreaSettings, Track, Zone,
    ZoneBorderSettings, ZoneBorderStyle, ZoneFillMode, ZoneType,
};
use kiapi_gen::common::types::{
    Angle, ArcStartMidEnd, AxisAlignment, Distance, GraphicArcAttributes, GraphicAttributes,
    GraphicBezierAttributes, GraphicCircleAttributes, GraphicFillAttributes, GraphicFillType,
    GraphicRectangleAttributes, GraphicSegmentAttributes, GraphicShape, HorizontalAlignment, LockedState,
    PolyLine, PolyLineNode, PolySet, PolygonWithHoles, StrokeAttributes, StrokeLineStyle, Text,
    TextAttributes, TextBox, Vector2, VerticalAlignment,
};

use self::copper::{connection, footprint, pad, via};
use super::samples::{angle, nm};
use crate::run::Run;

type Make = fn(&mut Run, Cell) -> Any;

/// All that can be made. Each is called with the same place twice, for an item and for what it becomes.
pub(super) const ALL: [Make; 12] = [
    |run, cell| Any::pack(&track(run, cell)),
    |run, cell| Any::pack(&arc(run, cell)),
    |run, cell| Any::pack(&via(run, cell)),
    |run, cell| Any::pack(&pad(run, cell)),
    |run, cell| Any::pack(&shape(run, cell)),
    |run, cell| Any::pack(&shape(run, cell)),
    |run, cell| Any::pack(&text(run, cell)),
    |run, cell| Any::pack(&text_box(run, cell)),
    |run, cell| Any::pack(&zone(run, cell)),
    |run, cell| Any::pack(&dimension(run, cell)),
    |run, cell| Any::pack(&barcode(run, cell)),
    |run, cell| Any::pack(&footprint(run, cell)),
];

/// A place where nothing else is: which net wins where copper of two touches is random.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell(i64);

/// How large it is, and how many stand in a row.
const SIDE: i64 = 12_000_000;
const ROW: i64 = 40;

impl Cell {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    fn corner(self) -> Vector2 {
        let (x, y) = (self.0 % ROW, self.0 / ROW);
        Vector2::new().with_x_nm(x * 2 * SIDE).with_y_nm(-600_000_000 + y * 2 * SIDE)
    }

    /// Some point within.
    pub(super) fn point(self, run: &mut Run) -> Vector2 {
        let Vector2 { x_nm, y_nm, .. } = self.corner();
        Vector2::new().with_x_nm(x_nm + length(run, 0, SIDE)).with_y_nm(y_nm + length(run, 0, SIDE))
    }

    /// A point of the cell, in micrometres from its corner.
    fn at(self, x: i64, y: i64) -> Vector2 {
        let Vector2 { x_nm, y_nm, .. } = self.corner();
        Vector2::new().with_x_nm(x_nm + x * 1000).with_y_nm(y_nm + y * 1000)
    }
}

/// A length in nanometres; now and then not a round one.
fn length(run: &mut Run, from: i64, to: i64) -> i64 {
    let step = if run.chance.once_in(5) { 1_237 } else { 50_000 };
    let steps = usize::try_from((to - from) / step).unwrap_or_default();
    from + step * i64::try_from(run.chance.below(steps + 1)).unwrap_or_default()
}

fn some_length(run: &mut Run, from: i64, to: i64) -> Distance {
    nm(length(run, from, to))
}

fn square(run: &mut Run, from: i64, to: i64) -> Vector2 {
    Vector2::new().with_x_nm(length(run, from, to)).with_y_nm(length(run, from, to))
}

/// A value of an enum whose values are `1..=last`.
fn one_of<E: From<i32>>(run: &mut Run, last: usize) -> E {
    E::from(1 + i32::try_from(run.chance.below(last)).unwrap_or_default())
}

fn coin(run: &mut Run) -> bool {
    run.chance.once_in(2)
}

fn some_angle(run: &mut Run) -> Angle {
    const ANGLES: [f64; 10] = [0.0, 90.0, 180.0, 270.0, 45.0, 30.0, -90.0, 359.9, 12.5, 450.0];
    angle(run.chance.pick(&ANGLES).unwrap_or_default())
}

fn locked(run: &mut Run) -> LockedState {
    one_of(run, 2)
}

fn copper(run: &mut Run) -> BoardLayer {
    let is_copper = |layer: &BoardLayer| (BoardLayer::F_CU.0..=BoardLayer::B_CU.0).contains(&layer.0);
    let layers: Vec<BoardLayer> = run.board.layers.iter().copied().filter(is_copper).collect();
    run.chance.pick(&layers).unwrap_or(BoardLayer::F_CU)
}

fn layer(run: &mut Run) -> BoardLayer {
    let layers = run.board.layers.clone();
    run.chance.pick(&layers).unwrap_or(BoardLayer::F_SILKS)
}

fn net(run: &mut Run) -> Net {
    let nets = run.board.nets.clone();
    run.chance.pick(&nets).unwrap_or_default()
}

fn track(run: &mut Run, cell: Cell) -> Track {
    Track::new()
        .with_start(cell.point(run))
        .with_end(cell.point(run))
        .with_width(some_length(run, 100_000, 1_000_000))
        .with_layer(copper(run))
        .with_locked(locked(run))
        .with_net(net(run))
}

fn arc(run: &mut Run, cell: Cell) -> Arc {
    let [start, mid, end] = bow(run, cell);
    Arc::new()
        .with_start(start)
        .with_mid(mid)
        .with_end(end)
        .with_width(some_length(run, 100_000, 1_000_000))
        .with_layer(copper(run))
        .with_locked(locked(run))
        .with_net(net(run))
}

/// The points of an arc that is neither straight nor larger than the cell.
fn bow(run: &mut Run, cell: Cell) -> [Vector2; 3] {
    let bows = [
        [cell.at(1000, 6000), cell.at(6000, 1000), cell.at(11_000, 6000)],
        [cell.at(6000, 6000), cell.at(7000, 6300), cell.at(7500, 7500)],
        [cell.at(6000, 6000), cell.at(5500, 7000), cell.at(6100, 6050)],
        [cell.at(9000, 9000), cell.at(5001, 8003), cell.at(2000, 4000)],
    ];
    run.chance.pick(&bows).unwrap_or_default()
}

fn attributes(run: &mut Run) -> GraphicAttributes {
    let stroke = StrokeAttributes::new()
        .with_width(some_length(run, 0, 400_000))
        .with_style(one_of::<StrokeLineStyle>(run, 6));
    let fill = GraphicFillAttributes::new().with_fill_type(one_of::<GraphicFillType>(run, 2));
    GraphicAttributes::new().with_stroke(stroke).with_fill(fill)
}

fn geometry(run: &mut Run, cell: Cell) -> GraphicShape {
    let shape = GraphicShape::new().with_attributes(attributes(run));
    match run.chance.below(6) {
        0 => {
            let (start, end) = (cell.point(run), cell.point(run));
            shape.with_segment(GraphicSegmentAttributes::new().with_start(start).with_end(end))
        }
        1 => {
            let (one, other) = (cell.point(run), cell.point(run));
            let rectangle = GraphicRectangleAttributes::new().with_top_left(one).with_bottom_right(other);
            shape.with_rectangle(rectangle)
        }
        2 => {
            let [start, mid, end] = bow(run, cell);
            shape.with_arc(GraphicArcAttributes::new().with_start(start).with_mid(mid).with_end(end))
        }
        3 => {
            let radius = cell.at(6000 + length(run, 100_000, 4_000_000) / 1000, 6000);
            let circle = GraphicCircleAttributes::new().with_center(cell.at(6000, 6000));
            shape.with_circle(circle.with_radius_point(radius))
        }
        4 => shape.with_polygon(outline(run, cell)),
        _ => {
            let bezier = GraphicBezierAttributes::new()
                .with_start(cell.point(run))
                .with_control1(cell.point(run))
                .with_control2(cell.point(run))
                .with_end(cell.point(run));
            shape.with_bezier(bezier)
        }
    }
}

fn ring(nodes: impl IntoIterator<Item = PolyLineNode>) -> PolyLine {
    PolyLine::new().with_nodes(nodes).with_closed(true)
}

fn points(points: impl IntoIterator<Item = Vector2>) -> PolyLine {
    ring(points.into_iter().map(|point| PolyLineNode::new().with_point(point)))
}

/// Polygons that a person could draw: four corners, five with a notch, a hole, a side that is an arc.
fn outline(run: &mut Run, cell: Cell) -> PolySet {
    let corners = [cell.at(1000, 1000), cell.at(11_000, 1000), cell.at(11_000, 9000), cell.at(1000, 9000)];
    let polygon = PolygonWithHoles::new();
    let polygon = match run.chance.below(4) {
        0 => polygon.with_outline(points(corners)),
        1 => {
            let notch = cell.at(length(run, 2_000_000, 8_000_000) / 1000, 5000);
            polygon.with_outline(points(corners.into_iter().chain([notch])))
        }
        2 => {
            let hole = [cell.at(3000, 3000), cell.at(3000, 6000), cell.at(7000, 6000)];
            polygon.with_outline(points(corners)).with_holes([points(hole)])
        }
        _ => {
            let arc = ArcStartMidEnd::new()
                .with_start(cell.at(11_000, 9000))
                .with_mid(cell.at(6000, 11_000))
                .with_end(cell.at(1000, 9000));
            let nodes = corners.into_iter().take(2).map(|point| PolyLineNode::new().with_point(point));
            polygon.with_outline(ring(nodes.chain([PolyLineNode::new().with_arc(arc)])))
        }
    };
    PolySet::new().with_polygons([polygon])
}

fn shape(run: &mut Run, cell: Cell) -> BoardGraphicShape {
    let shape = BoardGraphicShape::new()
        .with_shape(geometry(run, cell))
        .with_layer(layer(run))
        .with_locked(locked(run));
    if run.chance.once_in(3) { shape.with_layer(copper(run)).with_net(net(run)) } else { shape }
}

fn text_attributes(run: &mut Run) -> TextAttributes {
    let attributes = TextAttributes::new()
        .with_size(square(run, 500_000, 2_000_000))
        .with_stroke_width(some_length(run, 50_000, 300_000))
        .with_horizontal_alignment(one_of::<HorizontalAlignment>(run, 3))
        .with_vertical_alignment(one_of::<VerticalAlignment>(run, 3))
        .with_angle(some_angle(run))
        .with_visible(true)
        .with_multiline(true)
        .with_line_spacing(if coin(run) { 1.0 } else { 1.5 });
    attributes
        .with_italic(run.chance.once_in(3))
        .with_bold(run.chance.once_in(3))
        .with_mirrored(run.chance.once_in(3))
        .with_underlined(run.chance.once_in(4))
        .with_keep_upright(coin(run))
}

fn words(run: &mut Run) -> String {
    const WORDS: [&str; 9] =
        ["made up", "R1", "two\nlines", "${TITLE}", "~{CS}", "x_{2}", "Ünïcode", "long text with words", ""];
    run.chance.pick(&WORDS).unwrap_or_default().to_owned()
}

fn text(run: &mut Run, cell: Cell) -> BoardText {
    let text = Text::new()
        .with_position(cell.point(run))
        .with_text(words(run))
        .with_attributes(text_attributes(run));
    BoardText::new()
        .with_text(text)
        .with_layer(layer(run))
        .with_locked(locked(run))
        .with_knockout(run.chance.once_in(4))
}

fn text_box(run: &mut Run, cell: Cell) -> BoardTextBox {
    // One that is turned by anything else crashes KiCad 10.0.6 when it is updated.
    let turned = run.chance.pick(&[0.0, 90.0, 180.0, 270.0]).unwrap_or_default();
    let text = TextBox::new()
        .with_text(words(run))
        .with_top_left(cell.at(1000, 1000))
        .with_bottom_right(cell.at(length(run, 4_000_000, 11_000_000) / 1000, 7000))
        .with_attributes(text_attributes(run).with_angle(angle(turned)));
    BoardTextBox::new().with_textbox(text).with_layer(layer(run)).with_locked(locked(run))
}

fn zone(run: &mut Run, cell: Cell) -> Zone {
    let border = ZoneBorderSettings::new()
        .with_style(one_of::<ZoneBorderStyle>(run, 3))
        .with_pitch(some_length(run, 300_000, 1_000_000));
    let zone = Zone::new()
        .with_outline(outline(run, cell))
        .with_name(run.chance.pick(&["", "made up"]).unwrap_or_default())
        .with_priority(u32::try_from(run.chance.below(4)).unwrap_or_default())
        .with_locked(locked(run))
        .with_border(border);
    let mut layers = vec![copper(run), copper(run)];
    layers.sort_unstable_by_key(|layer| layer.0);
    layers.dedup();
    if run.chance.once_in(3) {
        let rules = RuleAreaSettings::new()
            .with_keepout_copper(coin(run))
            .with_keepout_vias(coin(run))
            .with_keepout_tracks(coin(run))
            .with_keepout_pads(coin(run))
            .with_keepout_footprints(coin(run));
        return zone.with_type(ZoneType::RULE_AREA).with_layers(layers).with_rule_area_settings(rules);
    }
    let hatch = HatchFillSettings::new()
        .with_thickness(some_length(run, 300_000, 800_000))
        .with_gap(some_length(run, 300_000, 800_000))
        .with_orientation(some_angle(run))
        .with_hatch_smoothing_ratio(0.1)
        .with_hatch_hole_min_area_ratio(0.3);
    let settings = CopperZoneSettings::new()
        .with_net(net(run))
        .with_connection(connection(run))
        .with_clearance(some_length(run, 100_000, 600_000))
        .with_min_thickness(some_length(run, 100_000, 400_000))
        .with_island_mode(one_of::<IslandRemovalMode>(run, 3))
        .with_min_island_area(10_000_000_000_000)
        .with_fill_mode(one_of::<ZoneFillMode>(run, 2))
        .with_hatch_settings(hatch);
    zone.with_type(ZoneType::COPPER).with_layers(layers).with_copper_settings(settings)
}

fn dimension(run: &mut Run, cell: Cell) -> Dimension {
    let text = Text::new().with_attributes(text_attributes(run)).with_position(cell.point(run));
    let dimension = Dimension::new()
        .with_layer(BoardLayer::DWGS_USER)
        .with_text(text)
        .with_locked(locked(run))
        .with_line_thickness(some_length(run, 50_000, 200_000))
        .with_arrow_length(some_length(run, 500_000, 1_500_000))
        .with_extension_offset(some_length(run, 0, 600_000))
        .with_unit(one_of::<DimensionUnit>(run, 4))
        .with_unit_format(one_of::<DimensionUnitFormat>(run, 3))
        .with_precision(one_of::<DimensionPrecision>(run, 10))
        .with_arrow_direction(one_of::<DimensionArrowDirection>(run, 2))
        .with_text_position(one_of::<DimensionTextPosition>(run, 3))
        .with_suppress_trailing_zeroes(coin(run))
        .with_keep_text_aligned(coin(run))
        .with_prefix(run.chance.pick(&["", "about "]).unwrap_or_default())
        .with_suffix(run.chance.pick(&["", " or so"]).unwrap_or_default());
    let dimension = if run.chance.once_in(4) {
        dimension.with_override_text_enabled(true).with_override_text("as it is")
    } else {
        dimension
    };
    let (start, end) = (cell.at(2000, 6000), cell.at(9000, 6000 + length(run, 0, 3_000_000) / 1000));
    let height = some_length(run, -3_000_000, 3_000_000);
    match run.chance.below(5) {
        0 => dimension.with_aligned(
            AlignedDimensionAttributes::new()
                .with_start(start)
                .with_end(end)
                .with_height(height)
                .with_extension_height(nm(600_000)),
        ),
        1 => dimension.with_orthogonal(
            OrthogonalDimensionAttributes::new()
                .with_start(start)
                .with_end(end)
                .with_height(height)
                .with_extension_height(nm(600_000))
                .with_alignment(one_of::<AxisAlignment>(run, 2)),
        ),
        2 => dimension.with_radial(
            RadialDimensionAttributes::new()
                .with_center(start)
                .with_radius_point(end)
                .with_leader_length(some_length(run, 500_000, 3_000_000)),
        ),
        3 => dimension.with_leader(
            LeaderDimensionAttributes::new().with_start(start).with_end(end).with_border_style(one_of::<
                DimensionTextBorderStyle,
            >(
                run, 4
            )),
        ),
        _ => dimension.with_center(CenterDimensionAttributes::new().with_center(start).with_end(end)),
    }
}

fn barcode(run: &mut Run, cell: Cell) -> Barcode {
    Barcode::new()
        .with_text(run.chance.pick(&["KIAPI", "12345", "A"]).unwrap_or_default())
        .with_kind(one_of::<BarcodeKind>(run, 5))
        .with_error_correction(one_of::<BarcodeErrorCorrection>(run, 4))
        .with_position(cell.point(run))
        .with_orientation(some_angle(run))
        .with_layer(BoardLayer::F_SILKS)
        .with_width(some_length(run, 3_000_000, 9_000_000))
        .with_height(some_length(run, 3_000_000, 9_000_000))
        .with_show_text(coin(run))
        .with_text_height(some_length(run, 500_000, 1_500_000))
        .with_knockout(run.chance.once_in(4))
        .with_locked(locked(run))
}
