//! What a picture is made from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kiapi_gen::board::commands::{
    GetActiveLayer, GetBoardEnabledLayers, GetVisibleLayers, PadShapeAsPolygonResponse,
};
use kiapi_gen::board::types::{Field, FootprintInstance, Item};
use kiapi_gen::common::commands::{
    ExpandTextVariables, GetItems, GetTextVariables, GetTitleBlockInfo, TextOrTextBox, TextWithShapes,
};
use kiapi_gen::common::types::{PolygonWithHoles, Text, TitleBlockInfo};
use kiapi_gen::snapshot::Snapshot;
use kiapi_gen::{Any, OpenEnum as _};

use super::text::{Scope, Strokes, drawn, in_box};
use crate::Layer;

/// What is on a board, as KiCad's API tells it.
///
/// The items alone make a picture. What else KiCad can be asked makes it better: which layers are shown
/// (`GetBoardEnabledLayers`, `GetVisibleLayers`), which one is worked on (`GetActiveLayer`), what texts look like (`GetTextAsShapes`), and the exact
/// outlines of pads (`GetPadShapeAsPolygon`).
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Track};
/// use kiapi::picture::Contents;
///
/// let contents = Contents::new([Item::Track(Track::new())]);
/// assert_eq!(contents.items().len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    pub(super) items: Vec<Item>,
    pub(super) enabled: Option<Vec<Layer>>,
    pub(super) visible: Option<Vec<Layer>>,
    pub(super) active: Option<Layer>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) strokes: Strokes,
    pub(super) pads: HashMap<(String, i32), PolygonWithHoles>,
}

impl Contents {
    /// What is on a board. An item that comes twice, such as a pad alone and in its footprint, is drawn once.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Contents;
    ///
    /// assert!(Contents::new([]).items().is_empty());
    /// ```
    pub fn new(items: impl IntoIterator<Item = Item>) -> Self {
        Self { items: items.into_iter().collect(), ..Self::default() }
    }

    /// What is on a board, as the items came over the wire. What cannot be read is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Contents;
    /// use kiapi::{Item, Via, mm};
    ///
    /// let via = Item::from(Via::new().with_position((mm(1), mm(2))));
    /// assert_eq!(Contents::from_any([via.to_any()]).items().len(), 1);
    /// ```
    pub fn from_any(items: impl IntoIterator<Item = Any>) -> Self {
        Self::new(items.into_iter().filter_map(|any| Item::from_any(any).ok()))
    }

    /// What a snapshot tells of a board. It has no shapes of texts.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::Contents;
    ///
    /// let snapshot = kicad.board()?.snapshot()?;
    /// assert!(!Contents::from_snapshot(&snapshot).items().is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        let lists = snapshot.answers::<GetItems>().flatten();
        let mut contents = Self::from_any(lists.flat_map(|(_, list)| list.items));
        contents.enabled = snapshot.answer::<GetBoardEnabledLayers>().ok().map(|answer| answer.layers);
        contents.visible = snapshot.answer::<GetVisibleLayers>().ok().map(|answer| answer.layers);
        contents.active = snapshot.answer::<GetActiveLayer>().ok().map(|answer| answer.layer);
        let mut known = BTreeMap::new();
        for (asked, answer) in snapshot.answers::<ExpandTextVariables>().flatten() {
            let names = asked.text.into_iter().filter_map(|text| {
                Some(text.strip_prefix("${")?.strip_suffix('}')?.to_owned())
                    .filter(|name| !name.contains("${"))
            });
            // What KiCad does not know, it leaves as it is.
            let values = names.zip(answer.text).filter(|(name, value)| *value != format!("${{{name}}}"));
            known.extend(values);
        }
        if let Ok(title_block) = snapshot.answer::<GetTitleBlockInfo>() {
            known.extend(title_variables(title_block));
        }
        if let Ok(table) = snapshot.answer::<GetTextVariables>() {
            known.extend(table.variables);
        }
        contents.variables = known;
        contents
    }

    /// Draws these items as well: what is not on the board, such as what was deleted from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::api::board::types::{Item, Via};
    /// use kiapi::picture::Contents;
    ///
    /// let contents = Contents::new([]).with_more_items([Item::from(Via::new())]);
    /// assert_eq!(contents.items().len(), 1);
    /// ```
    #[must_use]
    pub fn with_more_items(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.items.extend(items);
        self
    }

    /// The layers that the board has (`GetBoardEnabledLayers`); all, if this is not said.
    ///
    /// A via or a pad that goes through the board is on every layer of copper that there could be, so this makes a picture
    /// smaller too.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::Layer;
    /// use kiapi::picture::Contents;
    ///
    /// let contents = Contents::new([]).with_enabled_layers([Layer::F_CU, Layer::B_CU]);
    /// # let _ = contents;
    /// ```
    #[must_use]
    pub fn with_enabled_layers(mut self, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.enabled = Some(layers.into_iter().collect());
        self
    }

    /// The layers that are shown (`GetVisibleLayers`) unless a picture names its own; all, if this is not said. KiCad
    /// counts layers among them that the board does not have.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::Layer;
    /// use kiapi::picture::Contents;
    ///
    /// let contents = Contents::new([]).with_visible_layers([Layer::F_CU]);
    /// # let _ = contents;
    /// ```
    #[must_use]
    pub fn with_visible_layers(mut self, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.visible = Some(layers.into_iter().collect());
        self
    }

    /// The layer that is worked on, which KiCad draws on top of the others; `F.Cu`, if this is not said.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::Layer;
    /// use kiapi::picture::Contents;
    ///
    /// let contents = Contents::new([]).with_active_layer(Layer::B_CU);
    /// # let _ = contents;
    /// ```
    #[must_use]
    #[inline]
    pub fn with_active_layer(mut self, layer: Layer) -> Self {
        self.active = Some(layer);
        self
    }

    /// What text variables stand for, by their names without `${` and `}`. The fields of footprints need not be among
    /// them.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Contents;
    /// use kiapi::{Item, Text};
    ///
    /// let text = Item::from(Text::new("batch ${BATCH}"));
    /// let contents = Contents::from_any([text.to_any()]);
    /// assert!(contents.unknown_variables().contains("BATCH"));
    /// assert!(contents.with_variables([("BATCH", "7")]).unknown_variables().is_empty());
    /// ```
    #[must_use]
    pub fn with_variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// The names of the text variables that the texts speak of and that are not known so far: what `ExpandTextVariables`
    /// makes of `${NAME}` can be said with [`with_variables`](Self::with_variables).
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Contents;
    /// use kiapi::{Item, Text};
    ///
    /// let text = Item::from(Text::new("batch ${BATCH}"));
    /// assert!(Contents::from_any([text.to_any()]).unknown_variables().contains("BATCH"));
    /// ```
    #[inline]
    pub fn unknown_variables(&self) -> BTreeSet<String> {
        let texts = self.drawn_texts();
        texts.iter().flat_map(|text| Scope::unknown(&text.text)).map(str::to_owned).collect()
    }

    /// The texts of which `GetTextAsShapes` has to be asked, each once: what [`with_text_shapes`](Self::with_text_shapes)
    /// takes are the answers, in the same order. Say before what variables stand for.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Contents;
    /// use kiapi::{Item, Text};
    ///
    /// let text = Item::from(Text::new("hello"));
    /// assert_eq!(Contents::from_any([text.to_any()]).texts().len(), 1);
    /// ```
    #[inline]
    pub fn texts(&self) -> Vec<TextOrTextBox> {
        self.drawn_texts().into_iter().map(|text| TextOrTextBox::new().with_text(text)).collect()
    }

    /// What the [`texts`](Self::texts) look like, in their order. A text without shapes is written in whatever font the
    /// viewer of the picture has.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::commands::GetTextAsShapes;
    /// use kiapi::picture::Contents;
    ///
    /// let contents = Contents::from_snapshot(&kicad.board()?.snapshot()?);
    /// let shapes = kicad.call(&GetTextAsShapes::new().with_text(contents.texts()))?;
    /// let contents = contents.with_text_shapes(shapes.text_with_shapes);
    /// # let _ = contents;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[must_use]
    pub fn with_text_shapes(mut self, answers: impl IntoIterator<Item = TextWithShapes>) -> Self {
        for (text, answer) in self.drawn_texts().into_iter().zip(answers) {
            self.strokes.insert(&text, answer.shapes.unwrap_or_default());
        }
        self
    }

    /// The outlines of pads on a layer. A pad without one is drawn from what its padstack says, which is the same to the
    /// eye.
    #[must_use]
    #[inline]
    pub fn with_pad_shapes(mut self, layer: Layer, answer: PadShapeAsPolygonResponse) -> Self {
        let pads = answer.pads.into_iter().zip(answer.polygons);
        self.pads.extend(pads.map(|(id, polygon)| ((id.value.into(), layer.0), polygon)));
        self
    }

    /// The items.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.board()?.contents()?.items().is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    #[inline]
    fn drawn_texts(&self) -> Vec<Text> {
        let mut texts = Vec::new();
        let scope = Scope { fields: None, variables: &self.variables };
        for item in &self.items {
            collect(item, scope, &mut texts);
        }
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text: &Text| {
            let is_shown = text.attributes.as_ref().is_none_or(|attributes| attributes.visible);
            is_shown && !text.text.is_empty() && seen.insert(kiapi_gen::prost::Message::encode_to_vec(text))
        });
        texts
    }
}

/// What the texts of a board call the parts of its title block.
#[inline]
fn title_variables(title: TitleBlockInfo) -> impl Iterator<Item = (String, String)> {
    let comments = [
        title.comment1,
        title.comment2,
        title.comment3,
        title.comment4,
        title.comment5,
        title.comment6,
        title.comment7,
        title.comment8,
        title.comment9,
    ];
    let named = [
        ("TITLE", title.title),
        ("ISSUE_DATE", title.date),
        ("REVISION", title.revision),
        ("COMPANY", title.company),
    ];
    let comments = comments.into_iter().enumerate();
    let comments = comments.map(|(index, comment)| (format!("COMMENT{}", index + 1), comment));
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(comments)
}

#[inline]
fn collect(item: &Item, scope: Scope<'_>, texts: &mut Vec<Text>) {
    match item {
        Item::BoardText(text) => texts.extend(text.text.as_ref().map(|text| drawn(text, scope))),
        Item::BoardTextBox(text) => texts.extend(text.textbox.as_ref().map(|text| in_box(text, scope))),
        Item::Dimension(dimension) => texts.extend(dimension.text.as_ref().map(|text| drawn(text, scope))),
        Item::FootprintInstance(footprint) => {
            let fields = fields(footprint);
            let scope = Scope { fields: Some(&fields), ..scope };
            for field in own_fields(footprint) {
                collect_field(field, scope, texts);
            }
            for child in children(footprint) {
                match child {
                    Child::Field(field) => collect_field(&field, scope, texts),
                    // A footprint holds no footprints; if one says so, it is left alone.
                    Child::Item(item) if matches!(*item, Item::FootprintInstance(_)) => {}
                    Child::Item(item) => collect(&item, scope, texts),
                }
            }
        }
        _ => {}
    }
}

#[inline]
fn collect_field(field: &Field, scope: Scope<'_>, texts: &mut Vec<Text>) {
    let text = field.text.as_ref().filter(|_| field.visible).and_then(|text| text.text.as_ref());
    texts.extend(text.map(|text| drawn(text, scope)));
}

/// What a footprint holds besides its four own fields.
pub(super) enum Child {
    Field(Box<Field>),
    Item(Box<Item>),
}

#[inline]
pub(super) fn children(footprint: &FootprintInstance) -> impl Iterator<Item = Child> {
    let items = footprint.definition.iter().flat_map(|definition| &definition.items);
    items.filter_map(|any| {
        if any.is::<Field>() {
            return any.unpack().ok().map(|field| Child::Field(Box::new(field)));
        }
        Item::from_any(any.clone()).ok().map(|item| Child::Item(Box::new(item)))
    })
}

#[inline]
pub(super) fn own_fields(footprint: &FootprintInstance) -> impl Iterator<Item = &Field> {
    let fields = [
        &footprint.reference_field,
        &footprint.value_field,
        &footprint.datasheet_field,
        &footprint.description_field,
    ];
    fields.into_iter().flatten()
}

/// The texts of a footprint's fields, by the names that texts call them by.
#[inline]
pub(super) fn fields(footprint: &FootprintInstance) -> BTreeMap<String, String> {
    let text = |field: &Field| {
        field
            .text
            .as_ref()
            .and_then(|text| text.text.as_ref())
            .map(|text| text.text.clone())
            .unwrap_or_default()
    };
    let mut fields = BTreeMap::new();
    for child in children(footprint) {
        if let Child::Field(field) = child {
            fields.insert(field.name.to_uppercase(), text(&field));
        }
    }
    let own = [
        ("REFERENCE", &footprint.reference_field),
        ("VALUE", &footprint.value_field),
        ("DATASHEET", &footprint.datasheet_field),
        ("DESCRIPTION", &footprint.description_field),
    ];
    for (name, field) in own {
        if let Some(field) = field {
            fields.insert(name.to_owned(), text(field));
        }
    }
    fields.insert("LAYER".to_owned(), layer_name(footprint.layer));
    fields
}

/// KiCad's own name of a layer, such as `F.SilkS`, whatever the board calls it.
#[inline]
pub(super) fn layer_name(layer: Layer) -> String {
    match layer.proto_name() {
        Some(name) => name.trim_start_matches("BL_").replace('_', "."),
        None => format!("layer-{}", layer.0),
    }
}
