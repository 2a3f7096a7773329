//! Groups.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::common::types::Kiid;

use super::describe::Words;
use crate::Id;

wrapper! {
    /// Items that are selected and moved together.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later: KiCad 9.0.8 neither lists nor creates groups. The members must be on the board when the group is
    /// created: what the open commit has created is not there yet, so create the group in the next. A group without such
    /// a member is refused: `attempted to add item with no overlapping layers with the board`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Group, Id};
    ///
    /// let group = Group::new().with_name("power").with_members([Id::random(), Id::random()]);
    /// assert_eq!(group.to_string(), "group \"power\" of 2 items");
    /// ```
    Group boxed types::Group
}
empty! { Group }
identity! { Group }
short_debug! { Group }

impl Group {
    /// The ids of the items in the group. What is no id is left out.
    #[inline]
    pub fn members(&self) -> impl Iterator<Item = Id> + '_ {
        self.0.items.iter().filter_map(|id| super::read_id(Some(id)))
    }

    /// Sets the items in the group.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Group, Id};
    ///
    /// let id = Id::random();
    /// let mut group = Group::new();
    /// group.set_members([id]);
    /// assert!(group.members().eq([id]));
    /// ```
    pub fn set_members(&mut self, members: impl IntoIterator<Item = Id>) -> &mut Self {
        self.0.items = members.into_iter().map(Kiid::from).collect();
        self
    }

    /// Sets the items in the group.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Group, Id};
    ///
    /// let id = Id::random();
    /// assert!(Group::new().with_members([id]).members().eq([id]));
    /// ```
    #[must_use]
    pub fn with_members(mut self, members: impl IntoIterator<Item = Id>) -> Self {
        self.set_members(members);
        self
    }
}

accessors! { Group, "Group::new()";
    name { name set_name with_name, "\"power\"", "name of the group, which may be empty", [] name }
}

impl fmt::Display for Group {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("group")?;
        if !self.name().is_empty() {
            write!(f, " {}", Words(self.name()))?;
        }
        match self.0.items.len() {
            1 => f.write_str(" of 1 item"),
            many => write!(f, " of {many} items"),
        }
    }
}
