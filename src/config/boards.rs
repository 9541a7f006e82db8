//! Where boards are, and their pauses, from the layers.

use std::path::PathBuf;
use std::time::Duration;

use super::layers::Layers;
use super::sources::Sources;
use crate::board::BoardSettings;

/// Where boards are, and their pauses.
#[derive(Debug, Clone)]
pub struct Boards {
    /// The folder of board files, seen from the working directory.
    pub folder: Option<PathBuf>,
    pub settings: BoardSettings,
}

pub(super) fn board_settings(layers: &Layers, sources: &Sources) -> Boards {
    let seconds = |path: &str| {
        let number = layers.figment.extract_inner::<f64>(path);
        Duration::from_secs_f64(number.unwrap_or_default())
    };
    let folder = layers.figment.extract_inner::<PathBuf>("board.dir").ok();
    Boards {
        folder: folder.map(|folder| sources.resolve(&folder)),
        settings: BoardSettings {
            pause: seconds("board.pause"),
            loop_pause: seconds("board.loop_pause"),
            activity_age: seconds("board.activity_age"),
        },
    }
}
