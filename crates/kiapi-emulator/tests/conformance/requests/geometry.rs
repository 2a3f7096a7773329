//! What KiCad computes: boxes, hits, pads as polygons, text.

use kiapi_gen::board::commands::{CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, InteractiveMoveItems};
use kiapi_gen::board::types::BoardLayer;
use kiapi_gen::common::commands::{
    BoundingBoxMode, GetBoundingBox, GetTextAsShapes, GetTextExtents, HitTest, TextOrTextBox,
};
use kiapi_gen::common::types::{
    Angle, Distance, HorizontalAlignment, KiCadObjectType as Kind, Kiid, Text, TextAttributes, TextBox,
    Vector2, VerticalAlignment,
};

use super::{odd_ids, unknown};
use crate::board::TYPES;
use crate::peer::Outcome;
use crate::run::Run;

fn at(x: i64, y: i64) -> Vector2 {
    Vector2::new().with_x_nm(x).with_y_nm(y)
}

pub(super) fn run(run: &mut Run) -> Outcome {
    boxes(run)?;
    hits(run)?;
    pads(run)?;
    texts(run)?;
    let odd = InteractiveMoveItems::new().with_board(run.board.document());
    run.call(&odd.with_items([unknown(), unknown()]))?;
    Ok(())
}

fn boxes(run: &mut Run) -> Outcome {
    let header = run.board.header();
    let of = |ids: &[Kiid], mode: i32| {
        GetBoundingBox::new()
            .with_header(header.clone())
            .with_items(ids.iter().cloned())
            .with_mode(BoundingBoxMode::from(mode))
    };
    for kind in TYPES {
        for id in run.board.ids(kind, 20) {
            for mode in [1, 2] {
                run.call(&of(std::slice::from_ref(&id), mode))?;
            }
        }
    }
    let ids = run.board.some_of_each(3);
    for mode in [0, 1, 2, 3, 99] {
        run.call(&of(&ids, mode))?;
        run.call(&of(&[], mode))?;
        run.call(&of(&odd_ids(), mode))?;
    }
    let mut mixed = ids;
    mixed.insert(1, unknown());
    mixed.extend(mixed.clone());
    run.call(&of(&mixed, 1))?;
    Ok(())
}

fn hits(run: &mut Run) -> Outcome {
    let header = run.board.header();
    let hit = |id: Kiid, x: i64, y: i64, tolerance: i32| {
        HitTest::new()
            .with_header(header.clone())
            .with_id(id)
            .with_position(at(x, y))
            .with_tolerance(tolerance)
    };
    for kind in TYPES {
        for id in run.board.ids(kind, 8) {
            run.call(&hit(id.clone(), 0, 0, 0))?;
            let boxes =
                run.call(&GetBoundingBox::new().with_header(header.clone()).with_items([id.clone()]))?;
            let found = boxes.and_then(|boxes| boxes.boxes.first().cloned()).unwrap_or_default();
            let (position, size) = (found.position.unwrap_or_default(), found.size.unwrap_or_default());
            let (x, y, w, h) = (position.x_nm, position.y_nm, size.x_nm, size.y_nm);
            for (x, y) in [
                (x + w / 2, y + h / 2),
                (x, y),
                (x + w, y + h),
                (x + w / 2, y),
                (x - 100_000, y + h / 2),
                (x + w / 4, y + h / 3),
            ] {
                run.call(&hit(id.clone(), x, y, 0))?;
                run.call(&hit(id.clone(), x, y, 200_000))?;
            }
            run.call(&hit(id.clone(), x, y, -1))?;
            run.call(&hit(id, x - 1_000_000, y, i32::MAX))?;
        }
    }
    for id in odd_ids() {
        run.call(&hit(id, 0, 0, 0))?;
    }
    Ok(())
}

fn pads(run: &mut Run) -> Outcome {
    let board = run.board.document();
    let shape = |ids: &[Kiid], layer: BoardLayer| {
        GetPadShapeAsPolygon::new().with_board(board.clone()).with_pads(ids.iter().cloned()).with_layer(layer)
    };
    let present = |ids: &[Kiid], layers: &[BoardLayer]| {
        CheckPadstackPresenceOnLayers::new()
            .with_board(board.clone())
            .with_items(ids.iter().cloned())
            .with_layers(layers.iter().copied())
    };
    // An unknown layer crashes KiCad in the latter.
    let layers =
        [BoardLayer::F_CU, BoardLayer::B_CU, BoardLayer::IN1_CU, BoardLayer::F_MASK, BoardLayer::B_PASTE];
    let pads = run.board.ids(Kind::PCB_PAD, 60);
    for id in &pads {
        for layer in layers.into_iter().take(3) {
            run.call(&shape(std::slice::from_ref(id), layer))?;
        }
        run.call(&present(std::slice::from_ref(id), &layers))?;
    }
    run.call(&shape(&pads, BoardLayer::F_CU))?;
    run.call(&present(&pads, &layers))?;
    let mixed = run.board.some_of_each(2);
    for ids in [&mixed[..], &odd_ids(), &[]] {
        for layer in layers {
            run.call(&shape(ids, layer))?;
            run.call(&present(ids, &[layer]))?;
        }
        run.call(&present(ids, &[]))?;
        run.call(&present(ids, &run.board.layers.clone()))?;
    }
    Ok(())
}

fn texts(run: &mut Run) -> Outcome {
    let plain = TextAttributes::new().with_size(at(1_000_000, 1_000_000));
    let pen = Distance::new().with_value_nm(150_000);
    let styles = [
        plain.clone(),
        plain.clone().with_stroke_width(pen.clone()),
        plain.clone().with_stroke_width(pen.clone()).with_bold(true),
        plain.clone().with_stroke_width(pen.clone()).with_italic(true),
        plain.clone().with_stroke_width(pen.clone()).with_mirrored(true),
        plain.clone().with_stroke_width(pen.clone()).with_underlined(true),
        plain.clone().with_stroke_width(pen.clone()).with_angle(Angle::new().with_value_degrees(90.0)),
        plain.clone().with_stroke_width(pen.clone()).with_angle(Angle::new().with_value_degrees(33.0)),
        plain.clone().with_multiline(true).with_line_spacing(1.0).with_stroke_width(pen),
        TextAttributes::new().with_size(at(2_540_000, 1_270_000)),
    ];
    let words = [
        "A",
        "Hello",
        "R12",
        "1234567890",
        "two\nlines",
        "",
        " ",
        "äöüß",
        "~{RESET}",
        "x_{1}^{2}",
        "${TITLE}",
    ];
    let alignments = [(1, 1), (2, 2), (3, 3), (0, 0), (1, 3)];
    for (number, style) in styles.iter().enumerate() {
        for (word_number, word) in words.iter().enumerate() {
            let (h, v) = alignments[(number + word_number) % alignments.len()];
            let attributes = style
                .clone()
                .with_horizontal_alignment(HorizontalAlignment::from(h))
                .with_vertical_alignment(VerticalAlignment::from(v));
            let text = Text::new()
                .with_text(*word)
                .with_attributes(attributes.clone())
                .with_position(at(10_000_000, 20_000_000));
            run.call(&GetTextExtents::new().with_text(text.clone()))?;
            run.call(&GetTextAsShapes::new().with_text([TextOrTextBox::new().with_text(text)]))?;
            if number < 2 {
                let around = TextBox::new()
                    .with_text(*word)
                    .with_attributes(attributes)
                    .with_top_left(at(0, 0))
                    .with_bottom_right(at(10_000_000, 5_000_000));
                run.call(&GetTextAsShapes::new().with_text([TextOrTextBox::new().with_textbox(around)]))?;
            }
        }
    }
    run.call(&GetTextExtents::new())?;
    run.call(&GetTextExtents::new().with_text(Text::new()))?;
    run.call(&GetTextExtents::new().with_text(Text::new().with_text("no attributes")))?;
    run.call(&GetTextAsShapes::new())?;
    run.call(&GetTextAsShapes::new().with_text([TextOrTextBox::new(), TextOrTextBox::new()]))?;
    Ok(())
}
