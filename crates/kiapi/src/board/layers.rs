//! Layers of a board, and what is laid down for each.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{
    BoardEditorAppearanceSettings, GetActiveLayer, GetBoardEditorAppearanceSettings, GetBoardEnabledLayers,
    GetBoardLayerByName, GetBoardLayerName, GetBoardStackup, GetGraphicsDefaults, GetVisibleLayers,
    SetActiveLayer, SetBoardEditorAppearanceSettings, SetBoardEnabledLayers, SetVisibleLayers,
};
use kiapi_gen::board::{BoardLayerClass, BoardLayerGraphicsDefaults, BoardStackup};

use super::Board;
use crate::link::Link;
use crate::{Error, ErrorKind, Layer};

impl<L: Link> Board<L> {
    /// The layers that the board has, in KiCad's order.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// assert!(kicad.board()?.enabled_layers()?.contains(&Layer::F_CU));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn enabled_layers(&self) -> L::Out<'_, Vec<Layer>> {
        self.ask(GetBoardEnabledLayers::new().with_board(self.specifier()), |response| Ok(response.layers))
    }

    /// How many copper layers the board has.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.board()?.copper_layer_count()?, 2);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn copper_layer_count(&self) -> L::Out<'_, u32> {
        self.ask(GetBoardEnabledLayers::new().with_board(self.specifier()), |response| {
            Ok(response.copper_layer_count)
        })
    }

    /// Sets which layers the board has: `copper` copper layers, and these others. Gives the layers that it has then.
    ///
    /// What is on a layer that goes away is deleted, and it cannot be undone.
    ///
    /// # Errors
    ///
    /// [`BadRequest`](ErrorKind::BadRequest) when KiCad does not make boards with so many copper layers.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// let board = kicad.board()?;
    /// let others = board.enabled_layers()?;
    /// assert!(board.set_enabled_layers(4, others)?.contains(&Layer::IN1_CU));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_enabled_layers(
        &self,
        copper: u32,
        others: impl IntoIterator<Item = Layer>,
    ) -> L::Out<'_, Vec<Layer>> {
        let command = SetBoardEnabledLayers::new()
            .with_board(self.specifier())
            .with_copper_layer_count(copper)
            .with_layers(others);
        self.ask(command, |response| Ok(response.layers))
    }

    /// The layers that are shown.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.board()?.visible_layers()?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn visible_layers(&self) -> L::Out<'_, Vec<Layer>> {
        self.ask(GetVisibleLayers::new().with_board(self.specifier()), |response| Ok(response.layers))
    }

    /// Shows these layers, and no others.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// kicad.board()?.set_visible_layers([Layer::F_CU, Layer::EDGE_CUTS])?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_visible_layers(&self, layers: impl IntoIterator<Item = Layer>) -> L::Out<'_, ()> {
        self.ask(SetVisibleLayers::new().with_board(self.specifier()).with_layers(layers), Ok)
    }

    /// The layer that a person works on.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("{:?}", kicad.board()?.active_layer()?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn active_layer(&self) -> L::Out<'_, Layer> {
        self.ask(GetActiveLayer::new().with_board(self.specifier()), |response| Ok(response.layer))
    }

    /// Sets the layer that a person works on. It is refused while KiCad is busy.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// let board = kicad.board()?;
    /// board.set_active_layer(Layer::B_CU)?;
    /// assert_eq!(board.active_layer()?, Layer::B_CU);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_active_layer(&self, layer: Layer) -> L::Out<'_, ()> {
        self.ask(SetActiveLayer::new().with_board(self.specifier()).with_layer(layer), Ok)
    }

    /// The name that this board gives to a layer; a person may have changed it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// assert_eq!(kicad.board()?.layer_name(Layer::EDGE_CUTS)?, "Edge.Cuts");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn layer_name(&self, layer: Layer) -> L::Out<'_, String> {
        let command = GetBoardLayerName::new().with_board(self.specifier()).with_layer(layer);
        self.ask(command, |response| Ok(response.name))
    }

    /// The layer that has this name on this board; none, if no layer has it.
    ///
    /// # KiCad versions
    ///
    /// With 10.0.6 it is one round trip. Older ones do not look names up: each layer of the board is asked for its name
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// let board = kicad.board()?;
    /// assert_eq!(board.layer_by_name("F.Cu")?, Some(Layer::F_CU));
    /// assert_eq!(board.layer_by_name("no such layer")?, None);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn layer_by_name(&self, name: impl Into<String>) -> L::Out<'_, Option<Layer>> {
        let name = name.into();
        L::run(async move {
            if self.kicad.version() >= <GetBoardLayerByName as kiapi_gen::Command>::SINCE {
                let command = GetBoardLayerByName::new().with_board(self.specifier()).with_name(name);
                return match self.call(&command).await {
                    Ok(response) => Ok(Some(response.layer).filter(|layer| is_one(*layer))),
                    Err(error) if error.kind() == ErrorKind::BadRequest => Ok(None),
                    Err(error) => Err(error),
                };
            }
            let enabled = GetBoardEnabledLayers::new().with_board(self.specifier());
            for layer in self.call(&enabled).await?.layers {
                let command = GetBoardLayerName::new().with_board(self.specifier()).with_layer(layer);
                if self.call(&command).await?.name == name {
                    return Ok(Some(layer));
                }
            }
            Ok(None)
        })
    }

    /// The layers of which the board is made, from the top: copper, dielectrics, masks, silkscreens.
    ///
    /// A dielectric is no layer that can be drawn on ([`Layer::UNDEFINED`]); its material and permittivity are those of the
    /// sheets in its `details`, and its thickness is that of all of them.
    ///
    /// # KiCad versions
    ///
    /// 9.0 tells of dielectrics the thickness alone: there are no sheets, no materials and no permittivities.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Nm;
    /// use kiapi::api::board::board_stackup_layer::Details;
    ///
    /// for layer in kicad.board()?.stackup()?.layers {
    ///     println!("{:?}, {}", layer.r#type, layer.thickness.map(Nm::from).unwrap_or_default());
    ///     if let Some(Details::Dielectric(dielectric)) = layer.details {
    ///         for sheet in dielectric.layer {
    ///             println!("  {} {}", sheet.material_name, sheet.epsilon_r);
    ///         }
    ///     }
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn stackup(&self) -> L::Out<'_, BoardStackup> {
        self.ask(GetBoardStackup::new().with_board(self.specifier()), |response| {
            Ok(response.stackup.unwrap_or_default())
        })
    }

    /// Sets the layers of which the board is made.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) always: KiCad's API defines the command, and no KiCad up to 10.0.6 answers
    /// it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let error = board.update_stackup(board.stackup()?).unwrap_err();
    /// assert_eq!(error.kind(), kiapi::ErrorKind::Unsupported);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn update_stackup(&self, stackup: BoardStackup) -> L::Out<'_, BoardStackup> {
        let _ = stackup;
        L::run(async {
            let version = self.kicad.version();
            Err(Error::unsupported_use(format!(
                "no KiCad sets a stackup through its API yet, and this is {version}"
            )))
        })
    }

    /// How new graphics and texts look, for each class of layers.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::board::BoardLayerClass;
    ///
    /// let defaults = kicad.board()?.graphics_defaults()?;
    /// assert!(defaults[&BoardLayerClass::SILKSCREEN].line_thickness.is_some());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn graphics_defaults(&self) -> L::Out<'_, BTreeMap<BoardLayerClass, BoardLayerGraphicsDefaults>> {
        self.ask(GetGraphicsDefaults::new().with_board(self.specifier()), |response| {
            let defaults = response.defaults.unwrap_or_default().layers;
            Ok(defaults.into_iter().map(|defaults| (defaults.layer, defaults)).collect())
        })
    }

    /// How the editor shows the board: dimmed layers, colours of nets, the ratsnest, a view from behind.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("{:?}", kicad.board()?.appearance()?.ratsnest_display);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn appearance(&self) -> L::Out<'_, BoardEditorAppearanceSettings> {
        self.ask(GetBoardEditorAppearanceSettings::new(), Ok)
    }

    /// Sets how the editor shows the board.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::board::commands::InactiveLayerDisplayMode;
    ///
    /// let board = kicad.board()?;
    /// let mut appearance = board.appearance()?;
    /// appearance.inactive_layer_display = InactiveLayerDisplayMode::DIMMED;
    /// board.set_appearance(appearance)?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_appearance(&self, settings: BoardEditorAppearanceSettings) -> L::Out<'_, ()> {
        self.ask(SetBoardEditorAppearanceSettings::new().with_settings(settings), Ok)
    }
}

/// Whether this is a layer, rather than a value that stands for none.
#[inline]
fn is_one(layer: Layer) -> bool {
    !matches!(layer, Layer::UNKNOWN | Layer::UNDEFINED | Layer::UNSELECTED)
}
