//! Pictures: what small boards look like, and that nothing an item holds makes one that cannot be read.

use std::fs;
use std::path::PathBuf;

use expect_test::expect_file;
use kiapi::api::board::commands::PadShapeAsPolygonResponse;
use kiapi::api::board::types::Item;
use kiapi::api::common::commands::{TextWithShapes, text_or_textbox};
use kiapi::api::common::types::{
    CompoundShape, Distance, GraphicAttributes, GraphicSegmentAttributes, GraphicShape, Kiid, PolyLine,
    PolyLineNode, PolygonWithHoles, StrokeAttributes, Vector2,
};
use kiapi::picture::{Color, Contents, Picture, Side, Theme};
use kiapi::{Any, ApiVersion, Layer, mm};
use roxmltree::Document;

mod hostile;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/picture")
}

/// The board of a name: a list of items as protobuf JSON.
fn board(name: &str) -> Contents {
    let json = fs::read_to_string(folder().join(name).with_extension("json")).unwrap();
    let items: Vec<Any> = serde_json::from_str(&json).unwrap();
    Contents::new(items.into_iter().map(|any| Item::from_any(any).unwrap()))
}

/// Texts as KiCad might draw them: a line from where they lie, a millimetre for each letter.
fn underlined(contents: Contents) -> Contents {
    let answers = contents.texts().into_iter().map(|asked| {
        let Some(text_or_textbox::Inner::Text(text)) = &asked.inner else {
            panic!("only texts are asked for: {asked:?}");
        };
        let start = text.position.clone().unwrap();
        let angle = text.attributes.as_ref().and_then(|attributes| attributes.angle.as_ref());
        let angle = angle.map_or(0.0, |angle| angle.value_degrees).to_radians();
        #[expect(clippy::cast_precision_loss, reason = "texts are short")]
        let length = text.text.chars().count() as f64 * 1e6;
        #[expect(clippy::cast_possible_truncation, reason = "texts are short")]
        let (right, up) = ((length * angle.cos()).round() as i64, (length * angle.sin()).round() as i64);
        let end = Vector2::new()
            .with_x_nm(start.x_nm.saturating_add(right))
            .with_y_nm(start.y_nm.saturating_sub(up));
        let stroke = StrokeAttributes::new().with_width(Distance::new().with_value_nm(150_000));
        let line = GraphicShape::new()
            .with_attributes(GraphicAttributes::new().with_stroke(stroke))
            .with_segment(GraphicSegmentAttributes::new().with_start(start).with_end(end));
        TextWithShapes::new().with_text(asked).with_shapes(CompoundShape::new().with_shapes([line]))
    });
    let answers: Vec<TextWithShapes> = answers.collect();
    contents.with_text_shapes(answers)
}

/// The picture is well-formed, and nothing in it is beyond numbers.
#[track_caller]
fn check_form(svg: &str) {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
    for node in document.descendants() {
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            let numbers = match name {
                "x" | "y" | "r" | "cx" | "cy" | "width" | "height" | "stroke-width" | "font-size"
                | "opacity" | "d" | "viewBox" | "stroke-dasharray" => value,
                _ => continue,
            };
            let numbers = numbers.trim_end_matches("mm");
            for number in
                numbers.split(|c: char| c == ' ' || "MLACZ".contains(c)).filter(|part| !part.is_empty())
            {
                let number: f64 = number.parse().unwrap_or_else(|_| panic!("{name}=\"{value}\""));
                assert!(number.is_finite(), "{name}=\"{value}\"");
            }
        }
    }
}

#[track_caller]
fn check(name: &str, picture: Picture<'_>) {
    let svg = picture.to_svg();
    check_form(&svg);
    expect_file![folder().join(name).with_extension("svg")].assert_eq(&svg);
}

#[test]
fn pads_of_every_shape_lie_turned_and_beside_their_holes() {
    check("pads", Picture::new(&board("pads")));
}

#[test]
fn copper_has_tracks_arcs_vias_and_zones() {
    check("copper", Picture::new(&board("copper")));
}

#[test]
fn graphics_have_their_strokes_and_dimensions_their_arrows() {
    check("graphics", Picture::new(&underlined(board("graphics"))));
}

#[test]
fn texts_are_strokes_and_stand_upright() {
    let contents = board("texts").with_variables([("TITLE", "a <title>")]);
    assert_eq!(contents.unknown_variables().into_iter().collect::<Vec<_>>(), ["UNKNOWN", "mpn"]);
    check("texts", Picture::new(&underlined(contents)).title("\"Texts\" & <such>"));
}

#[test]
fn texts_without_strokes_are_written() {
    check("labels", Picture::new(&board("texts")));
}

#[test]
fn back_is_mirrored_and_has_its_own_layers_on_top() {
    let contents = board("copper").with_enabled_layers([Layer::F_CU, Layer::B_CU, Layer::EDGE_CUTS]);
    check("back", Picture::new(&contents).side(Side::Back).theme(Theme::kicad(ApiVersion::new(9, 0, 8))));
}

/// The groups of a picture, in the order in which they are drawn.
fn groups(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    document.descendants().filter_map(|node| node.attribute("id")).map(str::to_owned).collect()
}

#[test]
fn layer_that_is_worked_on_lies_on_top_but_copper_does_not_hide_holes() {
    let contents = board("pads");
    let picture = Picture::new(&contents);
    let all = ["B.Mask", "B.Cu", "In1.Cu", "F.Paste", "F.Mask", "Edge.Cuts", "F.Cu", "holes"];
    assert_eq!(groups(&picture.to_svg()), all);
    let all = ["B.Mask", "B.Cu", "In1.Cu", "F.Paste", "F.Cu", "Edge.Cuts", "holes", "F.Mask"];
    assert_eq!(groups(&picture.active_layer(Layer::F_MASK).to_svg()), all);
    let picture = Picture::new(&contents).side(Side::Back);
    let all = ["F.Paste", "F.Mask", "F.Cu", "In1.Cu", "B.Mask", "Edge.Cuts", "B.Cu", "holes"];
    assert_eq!(groups(&picture.to_svg()), all);
}

#[test]
fn only_chosen_layers_are_drawn_and_holes_only_with_copper() {
    let contents = board("pads").with_visible_layers([Layer::F_PASTE, Layer::F_CU]);
    assert_eq!(groups(&Picture::new(&contents).to_svg()), ["F.Paste", "F.Cu", "holes"]);
    assert_eq!(groups(&Picture::new(&contents).layers([Layer::F_MASK]).to_svg()), ["F.Mask"]);
    let contents = contents.with_enabled_layers([Layer::F_PASTE]);
    assert_eq!(groups(&Picture::new(&contents).to_svg()), ["F.Paste"]);
}

#[track_caller]
fn check_view(picture: Picture<'_>, expected: &str) {
    let svg = picture.to_svg();
    assert_eq!(Document::parse(&svg).unwrap().root_element().attribute("viewBox"), Some(expected));
}

#[test]
fn view_is_the_board_with_a_margin_unless_an_area_is_named() {
    let contents = board("copper");
    check_view(Picture::new(&contents), "-1.05 -1.05 22.1 14.1");
    check_view(Picture::new(&contents).layers([Layer::F_CU]), "-1.05 -1.05 22.1 14.1");
    check_view(Picture::new(&contents).margin(mm(0)), "-.05 -.05 20.1 12.1");
    check_view(Picture::new(&contents).area((mm(5), mm(6)).into(), (mm(1), mm(2)).into()), "1 2 4 4");
    check_view(
        Picture::new(&contents).side(Side::Back).area((mm(5), mm(6)).into(), (mm(1), mm(2)).into()),
        "-5 2 4 4",
    );
    // No outline: all that is drawn.
    let track = contents.items().iter().find(|item| matches!(item, Item::Track(_))).cloned();
    check_view(Picture::new(&Contents::new(track)), ".875 .875 8.25 2.25");
    check_view(Picture::new(&Contents::default()), "0 0 10 10");
}

#[test]
fn outline_that_kicad_gave_takes_the_place_of_the_pads_own() {
    let contents = board("pads");
    let pad = contents.items().iter().find_map(|item| match item {
        Item::Pad(pad) => pad.id.clone(),
        _ => None,
    });
    let node = |x, y| PolyLineNode::new().with_point(Vector2::new().with_x_nm(x).with_y_nm(y));
    let outline = PolyLine::new().with_nodes([node(0, 0), node(4_000_000, 0), node(0, 77_000)]);
    let answer = PadShapeAsPolygonResponse::new()
        .with_pads([pad.unwrap(), Kiid::new()])
        .with_polygons([PolygonWithHoles::new().with_outline(outline)]);
    let svg = Picture::new(&contents.with_pad_shapes(Layer::F_CU, answer)).layers([Layer::F_CU]).to_svg();
    assert!(svg.contains("d=\"M0 0 4 0 0 .077Z\"><title>pad 1, GND</title>"), "{svg}");
}

#[test]
fn colours_can_be_changed() {
    let mut theme = Theme::kicad(ApiVersion::new(10, 0, 0));
    theme.background = Color::rgb(255, 255, 255);
    theme.set_layer(Layer::F_CU, Color::rgb(1, 2, 3).with_opacity(0.5));
    theme.set_layer(Layer::F_CU, Color::rgb(4, 5, 6).with_opacity(f32::NAN));
    let svg = Picture::new(&board("copper")).theme(theme).to_svg();
    assert!(svg.contains("<g id=\"F.Cu\" class=\"layer\" fill=\"#040506\">"), "{svg}");
    assert!(svg.contains("height=\"14.1\" fill=\"#ffffff\"/>"), "{svg}");
    check_form(&svg);
}

/// The elements of the groups that are highlighted, in the order in which they are drawn: the colour and opacity of the
/// group, and the class and id of each.
fn highlighted(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
    let is_one = |node: &roxmltree::Node<'_, '_>| node.attribute("class") == Some("highlight");
    let groups = document.descendants().filter(is_one);
    let told = groups.map(|group| {
        let paint =
            format!("{} {}", group.attribute("fill").unwrap(), group.attribute("opacity").unwrap_or("1"));
        let elements = group.children().filter(|node| node.attribute("data-id").is_some());
        let elements = elements.map(|node| {
            let id = node.attribute("data-id").unwrap();
            format!(" {}:{}", node.attribute("class").unwrap(), id.trim_start_matches(['0', '-', '4', '8']))
        });
        paint + &elements.collect::<String>()
    });
    told.collect()
}

#[test]
fn items_are_highlighted_on_top_and_nowhere_else() {
    let contents = board("copper");
    let of = |kind: &str| {
        let items = contents.items().iter().map(|item| kiapi::Item::from_proto(item.clone()));
        let meant = items.filter(|item| format!("{:?}", item.kind()) == format!("PCB_{kind}"));
        meant.filter_map(|item| item.id()).collect::<Vec<_>>()
    };
    let (tracks, vias, zones) = (of("TRACE"), of("VIA"), of("ZONE"));
    let (red, green) = (Color::rgb(255, 0, 0), Color::rgb(0, 255, 0).with_opacity(0.5));
    let svg = Picture::new(&contents)
        .highlight(tracks.iter().chain(&vias).copied(), red)
        .highlight(zones.iter().chain(&vias).copied().chain([kiapi::Id::random()]), green)
        .to_svg();
    check_form(&svg);
    let told = highlighted(&svg);
    let [area, first, second] = told.as_slice() else { panic!("{told:#?}") };
    assert!(area.starts_with("#00ff00 0.06 zone:"), "fills are below, and let through what is there: {area}");
    assert!(
        first.starts_with("#ff0000 1 track:") && !first.contains("via:"),
        "what is said last counts: {first}"
    );
    assert!(second.starts_with("#00ff00 0.5 ") && second.contains("via:"), "{second}");
    // Each is drawn once, and the holes again on top.
    for id in &tracks {
        assert_eq!(svg.matches(&format!("data-id=\"{id}\"")).count(), 1, "{id}");
    }
    assert!(svg.rfind("class=\"hole\"") > svg.rfind("class=\"highlight\""));
    assert_eq!(highlighted(&Picture::new(&contents).highlight([], red).to_svg()), [""; 0]);
    // Only on layers that are drawn.
    let svg = Picture::new(&contents).layers([Layer::EDGE_CUTS]).highlight(tracks, red).to_svg();
    assert_eq!(highlighted(&svg), [""; 0]);
}

#[test]
fn footprint_is_highlighted_with_all_that_belongs_to_it() {
    use kiapi::{Footprint, Id, Shape, Text};
    let shape = Item::from(
        Shape::circle((mm(0), mm(0)), mm(1)).with_id(Id::random()).with_layer(Layer::F_SILKS).into_proto(),
    );
    let text = Text::new("x").with_id(Id::random()).with_layer(Layer::F_SILKS);
    let mut footprint = Footprint::new().with_id(Id::random()).with_reference("U1");
    footprint.add_child(kiapi::Item::from_proto(shape));
    footprint.add_child(text);
    let id = footprint.id();
    let contents = Contents::new([footprint.into_proto().into()]);
    let svg = Picture::new(&contents).highlight(id, Color::rgb(1, 2, 3)).to_svg();
    let told = highlighted(&svg).concat();
    assert!(told.contains("graphic:") && told.contains("text:"), "{told}");
}
