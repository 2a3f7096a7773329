//! Items that hold what no KiCad sends.

use kiapi::api::board::types::{
    AlignedDimensionAttributes, Arc, Barcode, BoardGraphicShape, BoardText, BoardTextBox,
    ChamferedRectCorners, Dimension, DrillProperties, DrillShape, Field, Footprint, FootprintInstance, Item,
    LeaderDimensionAttributes, Net, OrthogonalDimensionAttributes, Pad, PadStack, PadStackLayer,
    PadStackShape, RadialDimensionAttributes, ReferenceImage, Track, Via, Zone, ZoneBorderSettings,
    ZoneBorderStyle, ZoneFilledPolygons,
};
use kiapi::api::common::types::{
    Angle, ArcStartMidEnd, Distance, GraphicArcAttributes, GraphicAttributes, GraphicBezierAttributes,
    GraphicCircleAttributes, GraphicFillAttributes, GraphicFillType, GraphicRectangleAttributes,
    GraphicSegmentAttributes, GraphicShape, Kiid, PolyLine, PolyLineNode, PolySet, PolygonWithHoles, Ratio,
    StrokeAttributes, StrokeLineStyle, Text, TextAttributes, TextBox, Vector2,
};
use kiapi::picture::{Contents, Picture, Side};
use kiapi::{Any, Layer};
use proptest::prelude::*;

/// Makes items up. The same seeds and texts make the same items.
struct Maker<'a> {
    seed: u64,
    texts: &'a [String],
}

impl Maker<'_> {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.next() % bound).unwrap()
    }

    fn number(&mut self) -> i64 {
        let odd = [0, 1, -1, i64::MIN, i64::MAX, 1_000_000, i64::from(i32::MIN)];
        match self.below(12) {
            index if index < odd.len() => odd[index],
            7 => i64::from_ne_bytes(self.next().to_ne_bytes()),
            _ => i64::try_from(self.next() % 20_000_000).unwrap() - 10_000_000,
        }
    }

    fn real(&mut self) -> f64 {
        let odd =
            [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 90.0, 0.25];
        match self.below(16) {
            index if index < odd.len() => odd[index],
            9 => f64::from_bits(self.next()),
            _ => f64::from(i32::try_from(self.next() % 7200).unwrap()) / 10.0 - 360.0,
        }
    }

    fn text(&mut self) -> String {
        let index = self.below(self.texts.len() as u64);
        self.texts[index].clone()
    }

    fn vector(&mut self) -> Vector2 {
        Vector2::new().with_x_nm(self.number()).with_y_nm(self.number())
    }

    fn distance(&mut self) -> Distance {
        Distance::new().with_value_nm(self.number())
    }

    fn angle(&mut self) -> Angle {
        Angle::new().with_value_degrees(self.real())
    }

    fn layer(&mut self) -> Layer {
        let odd = [Layer(-1), Layer(0), Layer(i32::MAX), Layer::EDGE_CUTS, Layer::F_CU, Layer::B_CU];
        match self.below(10) {
            index if index < odd.len() => odd[index],
            _ => Layer(i32::try_from(self.next() % 105).unwrap()),
        }
    }

    fn net(&mut self) -> Net {
        Net::new().with_name(self.text())
    }

    fn poly_line(&mut self) -> PolyLine {
        let nodes = (0..self.below(6)).map(|_| {
            if self.below(3) == 0 {
                let (start, mid, end) = (self.vector(), self.vector(), self.vector());
                PolyLineNode::new()
                    .with_arc(ArcStartMidEnd::new().with_start(start).with_mid(mid).with_end(end))
            } else {
                PolyLineNode::new().with_point(self.vector())
            }
        });
        let nodes: Vec<PolyLineNode> = nodes.collect();
        PolyLine::new().with_nodes(nodes)
    }

    fn polygons(&mut self) -> PolySet {
        let polygons: Vec<PolygonWithHoles> = (0..self.below(3))
            .map(|_| PolygonWithHoles::new().with_outline(self.poly_line()).with_holes([self.poly_line()]))
            .collect();
        PolySet::new().with_polygons(polygons)
    }

    fn shape(&mut self) -> GraphicShape {
        let stroke = StrokeAttributes::new()
            .with_width(self.distance())
            .with_style(StrokeLineStyle(i32::try_from(self.below(9)).unwrap()));
        let fill = GraphicFillAttributes::new()
            .with_fill_type(GraphicFillType(i32::try_from(self.below(4)).unwrap()));
        let shape =
            GraphicShape::new().with_attributes(GraphicAttributes::new().with_stroke(stroke).with_fill(fill));
        let (a, b, c, d) = (self.vector(), self.vector(), self.vector(), self.vector());
        match self.below(7) {
            0 => shape.with_segment(GraphicSegmentAttributes::new().with_start(a).with_end(b)),
            1 => {
                let radius = self.distance();
                shape.with_rectangle(
                    GraphicRectangleAttributes::new()
                        .with_top_left(a)
                        .with_bottom_right(b)
                        .with_corner_radius(radius),
                )
            }
            2 => shape.with_arc(GraphicArcAttributes::new().with_start(a).with_mid(b).with_end(c)),
            3 => shape.with_circle(GraphicCircleAttributes::new().with_center(a).with_radius_point(b)),
            4 => shape.with_polygon(self.polygons()),
            5 => shape.with_bezier(
                GraphicBezierAttributes::new().with_start(a).with_control1(b).with_control2(c).with_end(d),
            ),
            _ => shape,
        }
    }

    fn attributes(&mut self) -> TextAttributes {
        let mut attributes = TextAttributes::new()
            .with_size(self.vector())
            .with_angle(self.angle())
            .with_stroke_width(self.distance())
            .with_line_spacing(self.real());
        attributes.horizontal_alignment.0 = i32::try_from(self.below(6)).unwrap();
        attributes.vertical_alignment.0 = i32::try_from(self.below(6)).unwrap();
        attributes.visible = self.below(4) > 0;
        attributes.mirrored = self.below(2) > 0;
        attributes.keep_upright = self.below(2) > 0;
        attributes
    }

    fn words(&mut self) -> Text {
        Text::new().with_position(self.vector()).with_attributes(self.attributes()).with_text(self.text())
    }

    fn board_text(&mut self) -> BoardText {
        let knockout = self.below(2) > 0;
        BoardText::new()
            .with_text(self.words())
            .with_layer(self.layer())
            .with_knockout(knockout)
            .with_id(self.id())
    }

    fn id(&mut self) -> Kiid {
        let id = if self.below(3) == 0 { self.text() } else { format!("{:x}", self.next()) };
        Kiid::new().with_value(id)
    }

    fn stack(&mut self) -> PadStack {
        let faces: Vec<PadStackLayer> = (0..self.below(4))
            .map(|_| {
                let mut face = PadStackLayer::new()
                    .with_layer(self.layer())
                    .with_shape(PadStackShape(i32::try_from(self.below(9)).unwrap()))
                    .with_custom_anchor_shape(PadStackShape(i32::try_from(self.below(9)).unwrap()))
                    .with_size(self.vector())
                    .with_offset(self.vector())
                    .with_trapezoid_delta(self.vector())
                    .with_corner_rounding_ratio(self.real())
                    .with_chamfer_ratio(self.real())
                    .with_chamfered_corners(ChamferedRectCorners::new().with_top_left(true));
                if self.below(2) == 0 {
                    face = face.with_custom_shapes([BoardGraphicShape::new().with_shape(self.shape())]);
                }
                face
            })
            .collect();
        let drill = DrillProperties::new()
            .with_diameter(self.vector())
            .with_shape(DrillShape(i32::try_from(self.below(4)).unwrap()))
            .with_start_layer(self.layer())
            .with_end_layer(self.layer());
        let layers: Vec<Layer> = (0..self.below(5)).map(|_| self.layer()).collect();
        let mut stack = PadStack::new()
            .with_copper_layers(faces)
            .with_layers(layers)
            .with_angle(self.angle())
            .with_drill(drill);
        stack.r#type.0 = i32::try_from(self.below(5)).unwrap();
        stack
    }

    fn zone(&mut self) -> Zone {
        let border = ZoneBorderSettings::new()
            .with_style(ZoneBorderStyle(i32::try_from(self.below(6)).unwrap()))
            .with_pitch(self.distance());
        let filled = ZoneFilledPolygons::new().with_layer(self.layer()).with_shapes(self.polygons());
        Zone::new()
            .with_layers([self.layer(), self.layer()])
            .with_outline(self.polygons())
            .with_border(border)
            .with_filled_polygons([filled])
            .with_name(self.text())
            .with_id(self.id())
    }

    fn dimension(&mut self) -> Dimension {
        let dimension = Dimension::new()
            .with_layer(self.layer())
            .with_line_thickness(self.distance())
            .with_arrow_length(self.distance())
            .with_extension_offset(self.distance())
            .with_text(self.words());
        let (a, b, height) = (self.vector(), self.vector(), self.distance());
        match self.below(5) {
            0 => dimension.with_aligned(
                AlignedDimensionAttributes::new().with_start(a).with_end(b).with_height(height),
            ),
            1 => dimension.with_orthogonal(
                OrthogonalDimensionAttributes::new().with_start(a).with_end(b).with_height(height),
            ),
            2 => dimension.with_radial(
                RadialDimensionAttributes::new()
                    .with_center(a)
                    .with_radius_point(b)
                    .with_leader_length(height),
            ),
            3 => {
                let mut leader = LeaderDimensionAttributes::new().with_start(a).with_end(b);
                leader.border_style.0 = i32::try_from(self.below(6)).unwrap();
                dimension.with_leader(leader)
            }
            _ => dimension,
        }
    }

    fn item(&mut self, depth: u32) -> Item {
        match self.below(14) {
            0 => Item::Track(
                Track::new()
                    .with_start(self.vector())
                    .with_end(self.vector())
                    .with_width(self.distance())
                    .with_layer(self.layer())
                    .with_net(self.net())
                    .with_id(self.id()),
            ),
            1 => Item::Arc(
                Arc::new()
                    .with_start(self.vector())
                    .with_mid(self.vector())
                    .with_end(self.vector())
                    .with_width(self.distance())
                    .with_layer(self.layer()),
            ),
            2 => {
                let mut via =
                    Via::new().with_position(self.vector()).with_pad_stack(self.stack()).with_net(self.net());
                via.r#type.0 = i32::try_from(self.below(7)).unwrap();
                Item::Via(via)
            }
            3 | 4 => {
                let mut pad = Pad::new()
                    .with_number(self.text())
                    .with_position(self.vector())
                    .with_pad_stack(self.stack())
                    .with_net(self.net())
                    .with_id(self.id());
                pad.r#type.0 = i32::try_from(self.below(6)).unwrap();
                Item::Pad(pad)
            }
            5 => Item::Zone(self.zone()),
            6 => Item::BoardGraphicShape(
                BoardGraphicShape::new().with_shape(self.shape()).with_layer(self.layer()).with_id(self.id()),
            ),
            7 => Item::BoardText(self.board_text()),
            8 => {
                let text_box = TextBox::new()
                    .with_top_left(self.vector())
                    .with_bottom_right(self.vector())
                    .with_attributes(self.attributes())
                    .with_text(self.text());
                Item::BoardTextBox(BoardTextBox::new().with_textbox(text_box).with_layer(self.layer()))
            }
            9 => Item::Dimension(self.dimension()),
            10 => Item::Barcode(
                Barcode::new()
                    .with_text(self.text())
                    .with_position(self.vector())
                    .with_orientation(self.angle())
                    .with_width(self.distance())
                    .with_height(self.distance())
                    .with_layer(self.layer()),
            ),
            11 => {
                let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
                bytes.extend((0..self.below(40)).map(|_| self.next().to_ne_bytes()[0]));
                Item::ReferenceImage(
                    ReferenceImage::new()
                        .with_image_data(bytes)
                        .with_position(self.vector())
                        .with_image_scale(Ratio::new().with_value(self.real()))
                        .with_layer(self.layer()),
                )
            }
            12 if depth > 0 => {
                let field =
                    Field::new().with_name(self.text()).with_text(self.board_text()).with_visible(true);
                let mut children: Vec<Any> =
                    (0..self.below(5)).map(|_| self.item(depth - 1).to_any()).collect();
                children.push(Any::pack(&field));
                children.push(Any::from_parts("type.googleapis.com/kiapi.board.types.Pad", [255, 255]));
                Item::FootprintInstance(
                    FootprintInstance::new()
                        .with_reference_field(field)
                        .with_definition(Footprint::new().with_items(children)),
                )
            }
            _ => Item::Unknown(Any::from_parts(self.text(), self.text())),
        }
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let odd = prop_oneof![
        any::<String>(),
        "[<>&\"'\\x00-\\x1f\u{7f}-\u{9f}\u{fffe}\u{ffff}]{0,6}",
        Just("]]><script>alert(1)</script><![CDATA[".to_owned()),
        Just("${REFERENCE}${VALUE}${".to_owned()),
        Just("--><svg onload=\"x\">".to_owned()),
    ];
    proptest::collection::vec(odd, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_item_makes_a_picture_that_cannot_be_read(seed: u64, texts in texts()) {
        let mut maker = Maker { seed, texts: &texts };
        let items: Vec<Item> = (0..12).map(|_| maker.item(2)).collect();
        let name = texts[0].clone();
        let contents = Contents::new(items).with_variables([("VALUE", name.clone()), ("A", "${A}${A}".to_owned())]);
        super::check_form(&Picture::new(&contents).title(name).to_svg());
        let contents = super::underlined(contents);
        super::check_form(&Picture::new(&contents).side(Side::Back).active_layer(Layer::F_MASK).to_svg());
    }
}
