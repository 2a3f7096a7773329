//! What makes the wrappers and their accessors, so that nothing is written three times.
//!
//! `accessors!` takes the type, an expression that makes one, and properties; each property is one of the kinds below:
//! the names of its three methods, a value for the example, what it is, and where it lies. The path in brackets names
//! the optional messages on the way to the field. A setter changes the field where it lies, so that what a newer KiCad
//! put beside it stays.

/// A wrapper over one message, which holds it `inline` or `boxed`.
macro_rules! wrapper {
    ($(#[$meta:meta])* $name:ident inline $proto:ty) => {
        wrapper! { @type $(#[$meta])* $name ($proto) $proto }

        impl $name {
            /// The message, to give away.
            #[inline]
            pub fn into_proto(self) -> $proto {
                self.0
            }
        }

        impl From<$proto> for $name {
            #[inline]
            fn from(message: $proto) -> Self {
                Self(message)
            }
        }
    };
    ($(#[$meta:meta])* $name:ident boxed $proto:ty) => {
        wrapper! { @type $(#[$meta])* $name (Box<$proto>) $proto }

        impl $name {
            /// The message, to give away.
            #[inline]
            pub fn into_proto(self) -> $proto {
                *self.0
            }
        }

        impl From<$proto> for $name {
            #[inline]
            fn from(message: $proto) -> Self {
                Self(Box::new(message))
            }
        }
    };
    (@type $(#[$meta:meta])* $name:ident ($inner:ty) $proto:ty) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        pub struct $name($inner);

        impl $name {
            /// The message, as KiCad sent it or will get it.
            #[inline]
            pub fn as_proto(&self) -> &$proto {
                &self.0
            }

            /// The message, for what has no accessor.
            #[inline]
            pub fn proto_mut(&mut self) -> &mut $proto {
                &mut self.0
            }
        }

        impl From<$name> for $proto {
            #[inline]
            fn from(wrapper: $name) -> Self {
                wrapper.into_proto()
            }
        }
    };
}

/// `Debug` of an item: the line that a person reads, and the id.
macro_rules! short_debug {
    ($($name:ident)*) => {
        $(impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self}", stringify!($name))?;
                match self.id() {
                    Some(id) => write!(f, "; {id})"),
                    None => f.write_str(")"),
                }
            }
        })*
    };
}

/// The id of an item and of what it lies in.
macro_rules! identity {
    ($($name:ident)*) => {
        $(impl $name {
            /// The item's id; none before KiCad gave it one, and none if it is not an id.
            #[inline]
            pub fn id(&self) -> Option<crate::Id> {
                crate::items::read_id(self.0.id.as_ref())
            }

            /// Gives the item an id. KiCad keeps the id of an item that it creates, if no other item has it.
            #[inline]
            pub fn set_id(&mut self, id: crate::Id) -> &mut Self {
                self.0.id.get_or_insert_default().value = kiapi_gen::common::types::Kiid::from(id).value;
                self
            }

            /// Gives the item an id. KiCad keeps the id of an item that it creates, if no other item has it.
            #[must_use]
            #[inline]
            pub fn with_id(mut self, id: crate::Id) -> Self {
                self.set_id(id);
                self
            }

            /// The id of what the item lies in: the board or a footprint. A group is not what its members lie in. KiCad
            /// says it since 10.0.
            #[inline]
            pub fn parent(&self) -> Option<crate::Id> {
                crate::items::read_id(self.0.parent.as_ref())
            }
        })*
    };
}

/// The properties of a type.
macro_rules! accessors {
    ($name:ident, $base:literal; $($kind:ident { $($property:tt)* })*) => {
        impl $name {
            $($kind! { $base, $($property)* })*
        }
    };
}

/// The message at the end of a path, if it is there. A path begins in the wrapper's own message, or after an `@` in what
/// two methods give: one that looks and one that makes.
macro_rules! look {
    ($this:ident, [@ $look:ident $reach:ident $($path:ident)*]) => {
        $this.$look()$(.and_then(|message| message.$path.as_ref()))*
    };
    ($this:ident, [$($path:ident)*]) => {
        Some(&$this.0)$(.and_then(|message| message.$path.as_ref()))*
    };
}

/// The message at the end of a path, made if it is not there.
macro_rules! reach {
    ($this:ident, [@ $look:ident $reach:ident $($path:ident)*]) => {
        $this.$reach()$(.$path.get_or_insert_default())*
    };
    ($this:ident, []) => {
        &mut $this.0
    };
    ($this:ident, [$($path:ident)*]) => {
        $this.0$(.$path.get_or_insert_default())*
    };
}

/// Three methods: read, set in place, set and give back.
macro_rules! property {
    (
        [$base:literal $example:literal $got:expr] [$about:expr, $sets:expr]
        $get:ident -> $out:ty: [$($path:tt)*] |$message:ident| $read:expr;
        $set:ident $with:ident ($argument:ty): |$place:ident, $value:ident| $write:expr
    ) => {
        property! {
            [$base $example $got] [$about, $sets]
            $get -> $out: [$($path)*] |$message| $read;
            $set $with ($argument): [$($path)*] |$place, $value| $write
        }
    };
    (
        [$base:literal $example:literal $got:expr] [$about:expr, $sets:expr]
        $get:ident -> $out:ty: [$($path:tt)*] |$message:ident| $read:expr;
        $set:ident $with:ident ($argument:ty): [$($write_path:tt)*] |$place:ident, $value:ident| $write:expr
    ) => {
        #[doc = $about]
        ///
        /// # Examples
        ///
        /// ```
        /// # use kiapi::*;
        /// # use kiapi::items::*;
        #[doc = concat!("let it = ", $base, ".", stringify!($with), "(", $example, ");")]
        #[doc = concat!("assert_eq!(it.", stringify!($get), "(), ", $got, ");")]
        /// ```
        #[inline]
        pub fn $get(&self) -> $out {
            let message = look!(self, [$($path)*]);
            message.map(|$message| $read).unwrap_or_default()
        }

        #[doc = $sets]
        ///
        /// # Examples
        ///
        /// ```
        /// # use kiapi::*;
        /// # use kiapi::items::*;
        #[doc = concat!("let mut it = ", $base, ";")]
        #[doc = concat!("it.", stringify!($set), "(", $example, ");")]
        #[doc = concat!("assert_eq!(it.", stringify!($get), "(), ", $got, ");")]
        /// ```
        #[inline]
        pub fn $set(&mut self, value: $argument) -> &mut Self {
            let $place = reach!(self, [$($write_path)*]);
            let $value = value;
            $write;
            self
        }

        #[doc = $sets]
        ///
        /// # Examples
        ///
        /// ```
        /// # use kiapi::*;
        /// # use kiapi::items::*;
        #[doc = concat!("let it = ", $base, ".", stringify!($with), "(", $example, ");")]
        #[doc = concat!("assert_eq!(it.", stringify!($get), "(), ", $got, ");")]
        /// ```
        #[must_use]
        #[inline]
        pub fn $with(mut self, value: $argument) -> Self {
            self.$set(value);
            self
        }
    };
}

/// A length that is zero when it is not sent.
macro_rules! length {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example $example]
            [concat!("The ", $what, ", in nanometres."), concat!("Sets the ", $what, ", in nanometres.")]
            $get -> crate::Nm: [$($path)*] |message| message.$field.as_ref().map(crate::Nm::from).unwrap_or_default();
            $set $with (crate::Nm): |message, value| message.$field.get_or_insert_default().value_nm = value.0
        }
    };
}

/// A length that may be absent.
macro_rules! optional_length {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example concat!("Some(", $example, ")")]
            [concat!("The ", $what, ", in nanometres, if there is one."), concat!("Sets the ", $what, ", in nanometres; `None` takes it away.")]
            $get -> Option<crate::Nm>: [$($path)*] |message| message.$field.as_ref().map(crate::Nm::from);
            $set $with (impl Into<Option<crate::Nm>>): |message, value| match value.into() {
                Some(length) => message.$field.get_or_insert_default().value_nm = length.0,
                None => message.$field = None,
            }
        }
    };
}

/// A point, a distance or a size in the plane; zero when it is not sent.
macro_rules! point {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example concat!("Vector2::from(", $example, ")")]
            [concat!("The ", $what, ", in nanometres."), concat!("Sets the ", $what, ", in nanometres.")]
            $get -> crate::Vector2: [$($path)*] |message| message.$field.as_ref().map(crate::Vector2::from).unwrap_or_default();
            $set $with (impl Into<crate::Vector2>): |message, value| crate::items::put_point(&mut message.$field, value.into())
        }
    };
}

/// An angle, zero when it is not sent.
macro_rules! angle {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example $example]
            [concat!("The ", $what, ", in degrees anticlockwise."), concat!("Sets the ", $what, ", in degrees anticlockwise.")]
            $get -> crate::Angle: [$($path)*] |message| message.$field.as_ref().map(crate::Angle::from).unwrap_or_default();
            $set $with (crate::Angle): |message, value| message.$field.get_or_insert_default().value_degrees = value.degrees()
        }
    };
}

/// A ratio in a message of its own, which may be absent.
macro_rules! optional_ratio {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example concat!("Some(", $example, ")")]
            [concat!("The ", $what, ", if there is one."), concat!("Sets the ", $what, "; `None` takes it away.")]
            $get -> Option<f64>: [$($path)*] |message| message.$field.as_ref().map(|ratio| ratio.value);
            $set $with (impl Into<Option<f64>>): |message, value| match value.into() {
                Some(ratio) => message.$field.get_or_insert_default().value = ratio,
                None => message.$field = None,
            }
        }
    };
}

/// A number or a value of an open enum.
macro_rules! value {
    ($base:literal, $get:ident $set:ident $with:ident: $type:ty, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example $example]
            [concat!("The ", $what, "."), concat!("Sets the ", $what, ".")]
            $get -> $type: [$($path)*] |message| message.$field;
            $set $with ($type): |message, value| message.$field = value
        }
    };
}

/// What is so or not.
macro_rules! flag {
    ($base:literal, $get:ident $set:ident $with:ident, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base "true" "true"]
            [concat!("Whether ", $what, "."), concat!("Sets whether ", $what, ".")]
            $get -> bool: [$($path)*] |message| message.$field;
            $set $with (bool): |message, value| message.$field = value
        }
    };
}

/// Whether people may edit it.
macro_rules! lock {
    ($base:literal,) => {
        property! {
            [$base "true" "true"]
            ["Whether people cannot edit the item before they unlock it. KiCad's API edits locked items too.",
             "Sets whether people cannot edit the item before they unlock it. KiCad's API edits locked items too."]
            locked -> bool: [] |message| message.locked == kiapi_gen::common::types::LockedState::LOCKED;
            set_locked with_locked (bool): |message, value| message.locked = if value {
                kiapi_gen::common::types::LockedState::LOCKED
            } else {
                kiapi_gen::common::types::LockedState::UNLOCKED
            }
        }
    };
}

/// A text.
macro_rules! name {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example $example]
            [concat!("The ", $what, "."), concat!("Sets the ", $what, ".")]
            $get -> &str: [$($path)*] |message| message.$field.as_str();
            $set $with (impl Into<String>): |message, value| message.$field = value.into()
        }
    };
}

/// A net, by its name.
macro_rules! net {
    ($base:literal, [$($path:tt)*]) => {
        property! {
            [$base "\"GND\"" "Some(\"GND\")"]
            ["The name of the net that the item is on; none if it is on no net.",
             "Puts the item on the net of a name, or on none if the name is empty. KiCad makes a net that does not exist."]
            net -> Option<&str>: [$($path)*] |message| message.net.as_ref().map(|net| net.name.as_str()).filter(|name| !name.is_empty());
            set_net with_net (impl Into<String>): |message, value| crate::items::put_net(&mut message.net, value.into())
        }
    };
}

/// A part with a wrapper of its own. It is given out as a copy, and edited where it lies by a closure.
macro_rules! part {
    ($base:literal, $get:ident $set:ident $with:ident $edit:ident: $type:ident, $example:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base $example concat!("Some(", $example, ")")]
            [concat!("The ", $what, ", as a copy, if there is one."), concat!("Sets the ", $what, "; `None` takes it away.")]
            $get -> Option<$type>: [$($path)*] |message| message.$field.clone().map($type::from);
            $set $with (impl Into<Option<$type>>): |message, value| message.$field = value.into().map(Into::into)
        }

        #[doc = concat!("Edits the ", $what, " where it lies; one is made if there is none.")]
        ///
        /// # Examples
        ///
        /// ```
        /// # use kiapi::*;
        /// # use kiapi::items::*;
        #[doc = concat!("let mut it = ", $base, ";")]
        #[doc = concat!("it.", stringify!($edit), "(|part| *part = ", $example, ");")]
        #[doc = concat!("assert_eq!(it.", stringify!($get), "(), Some(", $example, "));")]
        /// ```
        #[inline]
        pub fn $edit(&mut self, edit: impl FnOnce(&mut $type)) -> &mut Self {
            let place = reach!(self, [$($path)*]).$field.get_or_insert_default();
            let mut part = $type::from(std::mem::take(place));
            edit(&mut part);
            *place = part.into();
            self
        }
    };
}

/// `new()` and `Default` of a part that begins empty.
macro_rules! empty {
    ($($name:ident)*) => {
        $(impl $name {
            /// One in which nothing is said.
            #[inline]
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl Default for $name {
            #[inline]
            fn default() -> Self {
                Self(Default::default())
            }
        })*
    };
}

/// A list of layers.
macro_rules! layers {
    ($base:literal, $what:literal, [$($path:tt)*] $field:ident) => {
        property! {
            [$base "[Layer::F_CU, Layer::B_CU]" "[Layer::F_CU, Layer::B_CU]"]
            [concat!("The ", $what, "."), concat!("Sets the ", $what, ".")]
            layers -> &[crate::Layer]: [$($path)*] |message| message.$field.as_slice();
            set_layers with_layers (impl IntoIterator<Item = crate::Layer>): |message, value| message.$field = value.into_iter().collect()
        }
    };
}
