//! Nets and net classes.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{GetNetClassForNets, GetNets};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::{GetNetClasses, SetNetClasses};
use kiapi_gen::common::project::NetClass;
use kiapi_gen::common::types::MapMergeMode;

use super::Board;
use crate::Merge;
use crate::link::Link;

impl<L: Link> Board<L> {
    /// All nets of the board, among them the one with an empty name, that of what has no net.
    ///
    /// A name is as it is in the board's file, and so it is in items: a `/` within the name of a label is `{slash}`. The net of a
    /// label `A/B` is `/A{slash}B`, and an item that is put on `/A/B` gets a new net.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.board()?.nets()?.iter().any(|net| net.name == "GND"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn nets(&self) -> L::Out<'_, Vec<Net>> {
        self.nets_of_classes([] as [&str; 0])
    }

    /// The nets that have one of these net classes.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.board()?.nets_of_classes(["no such class"])?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn nets_of_classes<S: Into<String>>(
        &self,
        classes: impl IntoIterator<Item = S>,
    ) -> L::Out<'_, Vec<Net>> {
        let command = GetNets::new().with_board(self.specifier()).with_netclass_filter(classes);
        self.ask(command, |response| Ok(response.nets))
    }

    /// What holds for each of these nets: the class that all its classes make together. A net that KiCad does not have is
    /// left out.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let classes = board.net_class_of(["GND"])?;
    /// println!("{:?}", classes["GND"].name);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn net_class_of<S: Into<String>>(
        &self,
        nets: impl IntoIterator<Item = S>,
    ) -> L::Out<'_, BTreeMap<String, NetClass>> {
        let command =
            GetNetClassForNets::new().with_net(nets.into_iter().map(|name| Net::new().with_name(name)));
        self.ask(command, |response| Ok(response.classes.into_iter().collect()))
    }

    /// The net classes of the project.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.board()?.net_classes()?.iter().any(|class| class.name == "Default"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn net_classes(&self) -> L::Out<'_, Vec<NetClass>> {
        self.ask(GetNetClasses::new(), |response| Ok(response.net_classes))
    }

    /// Sets net classes of the project: beside those that it has, or instead of them.
    ///
    /// # Errors
    ///
    /// [`Guarded`](crate::ErrorKind::Guarded) when a class has another type than `NCT_IMPLICIT`, for KiCad would crash when
    /// it saves the board.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Merge;
    /// use kiapi::api::common::project::{NetClass, NetClassType};
    ///
    /// let class = NetClass::new().with_name("HV").with_type(NetClassType::IMPLICIT);
    /// kicad.board()?.set_net_classes([class], Merge::Merge)?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_net_classes(
        &self,
        classes: impl IntoIterator<Item = NetClass>,
        merge: Merge,
    ) -> L::Out<'_, ()> {
        let command =
            SetNetClasses::new().with_net_classes(classes).with_merge_mode(MapMergeMode::from(merge));
        self.ask(command, Ok)
    }
}
