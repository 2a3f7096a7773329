//! The settings without which a KiCad that nobody watches waits for an answer.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Everything that KiCad would otherwise ask at its first start is answered, and the API is on. It does not auto-save, since
/// KiCad 10 asks about that copy when a board is reverted: 9.0 is kept from it by the interval, 10.0 by the backup.
const COMMON: &str = r#"{
  "api": { "enable_server": true },
  "auto_backup": { "enabled": false },
  "do_not_show_again": {
    "data_collection_prompt": true,
    "env_var_overwrite_warning": true,
    "scaled_3d_models_warning": true,
    "update_check_prompt": true,
    "zone_fill_warning": true
  },
  "meta": { "filename": "kicad_common.json", "version": 3 },
  "system": { "autosave_interval": 0, "check_for_kicad_updates": false, "first_run_shown": true }
}
"#;

/// Without its tables of libraries KiCad opens a dialog, and answers nothing until it is closed.
const TABLES: [(&str, &str); 3] = [
    ("fp-lib-table", "(fp_lib_table (version 7))\n"),
    ("sym-lib-table", "(sym_lib_table (version 7))\n"),
    ("design-block-lib-table", "(design_block_lib_table (version 7))\n"),
];

/// What KiCad's own actions do when a person turns or flips something.
#[derive(Debug, Clone, Copy, PartialEq, clap::Args)]
pub(crate) struct Editing {
    /// By how many degrees KiCad's action turns things, in steps of a tenth
    #[arg(long, value_name = "DEGREES", default_value_t = 90.0)]
    pub(crate) rotation_step: f64,
    /// How KiCad's action flips things
    #[arg(long, value_name = "DIRECTION", default_value = "left-right")]
    pub(crate) flip: Flip,
}

impl Default for Editing {
    fn default() -> Self {
        Self { rotation_step: 90.0, flip: Flip::LeftRight }
    }
}

/// How KiCad flips things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Flip {
    /// Left and right change places
    LeftRight,
    /// Top and bottom change places
    TopBottom,
}

/// Writes the settings of a KiCad of `line` under `home`, its `KICAD_CONFIG_HOME`.
pub(crate) fn write(home: &Path, line: &str, editing: Editing) -> Result<()> {
    let dir = home.join(line);
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let tenths = editing.rotation_step * 10.0;
    // Whatever its name says, true is top to bottom.
    let flip = editing.flip == Flip::TopBottom;
    let editor = format!(
        "{{ \"editing\": {{ \"rotation_angle\": {tenths:.0}, \"flip_left_right\": {flip} }}, \
         \"meta\": {{ \"filename\": \"pcbnew.json\", \"version\": 5 }} }}\n"
    );
    let files = [("kicad_common.json", COMMON), ("pcbnew.json", &editor)];
    for (name, text) in TABLES.into_iter().chain(files) {
        let path = dir.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
