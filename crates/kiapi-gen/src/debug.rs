//! `Debug` of messages: what is set, and nothing that is secret.

use std::fmt;

use crate::UnknownFields;

/// Writes a message like a struct that has only the fields which are set.
pub(crate) struct Message<'a, 'b>(fmt::DebugStruct<'a, 'b>);

impl<'a, 'b> Message<'a, 'b> {
    #[inline]
    pub(crate) fn new(f: &'a mut fmt::Formatter<'b>, name: &str) -> Self {
        Self(f.debug_struct(name))
    }

    pub(crate) fn field<T: fmt::Debug + Default + PartialEq>(mut self, name: &str, value: &T) -> Self {
        if *value != T::default() {
            self.0.field(name, value);
        }
        self
    }

    /// A field whose value must not be shown.
    pub(crate) fn secret<T: Default + PartialEq>(mut self, name: &str, value: &T) -> Self {
        if *value != T::default() {
            self.0.field(name, &format_args!("<hidden>"));
        }
        self
    }

    #[inline]
    pub(crate) fn finish(mut self, unknown: &UnknownFields) -> fmt::Result {
        if !unknown.is_empty() {
            self.0.field("unknown_fields", unknown);
        }
        self.0.finish()
    }
}
