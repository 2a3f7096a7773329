//! What lies in a footprint: read one by one, and written back only where it changed.

use kiapi_gen::Any;
use kiapi_gen::board::types;

use super::Footprint;
use crate::Id;
use crate::items::{Field, Item, Pad, Shape, Text, Zone};

impl Footprint {
    /// All that lies in the footprint, decoded one after the other. A child that cannot be read is
    /// [`Unknown`](Item::Unknown), as is one of a type that this build does not know, such as a 3D model.
    ///
    /// The four fields that every footprint has are not among them; [`fields`](Self::fields) has all fields.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Pad, Text};
    ///
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Pad::new().with_number("1"));
    /// footprint.add_child(Text::new("${REFERENCE}"));
    /// assert_eq!(footprint.children().count(), 2);
    /// ```
    #[inline]
    pub fn children(&self) -> impl Iterator<Item = Item> + '_ {
        self.child_messages().iter().map(decode)
    }

    /// The pads. The others are not decoded.
    #[inline]
    pub fn pads(&self) -> Vec<Pad> {
        self.children_of::<types::Pad>().map(Pad::from).collect()
    }

    /// The texts that are no fields. The others are not decoded.
    #[inline]
    pub fn texts(&self) -> Vec<Text> {
        self.children_of::<types::BoardText>().map(Text::from).collect()
    }

    /// The graphic shapes. The others are not decoded.
    #[inline]
    pub fn shapes(&self) -> Vec<Shape> {
        self.children_of::<types::BoardGraphicShape>().map(Shape::from).collect()
    }

    /// The zones and rule areas. The others are not decoded.
    #[inline]
    pub fn zones(&self) -> Vec<Zone> {
        self.children_of::<types::Zone>().map(Zone::from).collect()
    }

    /// The fields: reference, value, datasheet and description, as far as they are there, and then those that a person
    /// has added.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Field, Footprint};
    ///
    /// let mut footprint = Footprint::new().with_reference_field(Field::new("Reference", "U1"));
    /// footprint.add_child(Field::new("MPN", "NE555P"));
    /// let names: Vec<String> = footprint.fields().iter().map(|field| field.name().to_owned()).collect();
    /// assert_eq!(names, ["Reference", "MPN"]);
    /// ```
    #[inline]
    pub fn fields(&self) -> Vec<Field> {
        let own = [
            &self.0.reference_field,
            &self.0.value_field,
            &self.0.datasheet_field,
            &self.0.description_field,
        ];
        let own = own.into_iter().flatten().cloned();
        own.chain(self.children_of::<types::Field>()).map(Field::from).collect()
    }

    /// Edits the field of a name, and says whether there is one. The names that every footprint has are `Reference`, `Value`,
    /// `Datasheet` and `Description`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Field, Footprint};
    ///
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Field::new("MPN", "NE555P"));
    /// assert!(footprint.edit_field("MPN", |field| {
    ///     field.set_text("NE555D");
    /// }));
    /// assert!(!footprint.edit_field("LCSC", |_| {}));
    /// assert_eq!(footprint.fields()[0].text(), "NE555D");
    /// ```
    pub fn edit_field(&mut self, name: &str, edit: impl FnOnce(&mut Field)) -> bool {
        let message = self.proto_mut();
        let own = [
            &mut message.reference_field,
            &mut message.value_field,
            &mut message.datasheet_field,
            &mut message.description_field,
        ];
        if let Some(place) = own.into_iter().flatten().find(|field| field.name == name) {
            let mut field = Field::from(std::mem::take(place));
            edit(&mut field);
            *place = field.into();
            return true;
        }
        for any in self.child_messages_mut() {
            let Some(mut field) = any.unpack::<types::Field>().ok().map(Field::from) else { continue };
            if field.name() == name {
                edit(&mut field);
                any.value = Item::from(field).to_any().value;
                return true;
            }
        }
        false
    }

    /// Edits what lies in the footprint. Each child is decoded, and written back if it was changed; the others keep
    /// their bytes. A child that becomes of another type is replaced.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Item, Layer, Text};
    ///
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Text::new("${REFERENCE}"));
    /// footprint.edit_children(|child| {
    ///     if let Item::Text(text) = child {
    ///         text.set_layer(Layer::F_FAB);
    ///     }
    /// });
    /// assert_eq!(footprint.texts()[0].layer(), Layer::F_FAB);
    /// ```
    pub fn edit_children(&mut self, mut edit: impl FnMut(&mut Item)) -> &mut Self {
        for any in self.child_messages_mut() {
            let mut child = decode(any);
            let before = child.clone();
            edit(&mut child);
            if child != before {
                put(any, &child);
            }
        }
        self
    }

    /// Edits the pads. Each is decoded, and written back if it was changed; the other children are not touched.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Pad};
    ///
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Pad::new().with_number("1"));
    /// footprint.edit_pads(|pad| {
    ///     pad.set_net("GND");
    /// });
    /// assert_eq!(footprint.pads()[0].net(), Some("GND"));
    /// ```
    pub fn edit_pads(&mut self, mut edit: impl FnMut(&mut Pad)) -> &mut Self {
        for any in self.child_messages_mut() {
            let Some(mut pad) = any.unpack::<types::Pad>().ok().map(Pad::from) else { continue };
            let before = pad.clone();
            edit(&mut pad);
            if pad != before {
                put(any, &Item::from(pad));
            }
        }
        self
    }

    /// Adds a child, whose place is one on the board.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Pad};
    ///
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Pad::new().with_number("1"));
    /// assert_eq!(footprint.pads().len(), 1);
    /// ```
    pub fn add_child(&mut self, child: impl Into<Item>) -> &mut Self {
        self.0.definition.get_or_insert_default().items.push(child.into().to_any());
        self
    }

    /// Takes the child of an id out of the footprint; none if there is no such child.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Id, Pad};
    ///
    /// let id = Id::random();
    /// let mut footprint = Footprint::new();
    /// footprint.add_child(Pad::new().with_id(id));
    /// assert!(footprint.remove_child(id).is_some());
    /// assert!(footprint.remove_child(id).is_none());
    /// ```
    #[inline]
    pub fn remove_child(&mut self, id: Id) -> Option<Item> {
        let children = &mut self.0.definition.as_mut()?.items;
        let index = children.iter().position(|any| decode(any).id() == Some(id))?;
        Some(decode(&children.remove(index)))
    }

    #[inline]
    fn child_messages(&self) -> &[Any] {
        self.0.definition.as_ref().map(|definition| definition.items.as_slice()).unwrap_or_default()
    }

    #[inline]
    fn child_messages_mut(&mut self) -> &mut [Any] {
        match &mut self.0.definition {
            Some(definition) => &mut definition.items,
            None => &mut [],
        }
    }

    fn children_of<M: kiapi_gen::prost::Message + kiapi_gen::prost::Name + Default>(
        &self,
    ) -> impl Iterator<Item = M> + '_ {
        self.child_messages().iter().filter_map(|any| any.unpack().ok())
    }
}

/// A child; as it came, if it cannot be read.
#[inline]
fn decode(any: &Any) -> Item {
    Item::from_any(any.clone()).unwrap_or_else(|_| Item::Unknown(any.clone()))
}

/// Writes a child where it lies. What is not known of the envelope stays.
#[inline]
fn put(place: &mut Any, child: &Item) {
    let Any { type_url, value, .. } = child.to_any();
    (place.type_url, place.value) = (type_url, value);
}
