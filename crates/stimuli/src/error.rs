//! What can be wrong with a request for a stimulus.

/// Why a scene could not be composed, drawn or read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StimulusError {
    /// A number outside its range, or a geometry that cannot exist.
    #[error("`{parameter}` = {value}: must be {must}")]
    OutOfRange {
        /// Name of the parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What must hold.
        must: &'static str,
    },
    /// A setting that nobody reads.
    #[error("{owner}: no setting `{key}`; allowed: {allowed}")]
    UnknownSetting {
        /// Whose settings.
        owner: String,
        /// The key.
        key: String,
        /// Every key that is read, separated by commas.
        allowed: String,
    },
    /// A setting of the wrong kind.
    #[error("{owner}: setting `{key}` must be {expected}, got {found}; allowed keys: {allowed}")]
    WrongType {
        /// Whose settings.
        owner: String,
        /// The key.
        key: String,
        /// Kind wanted.
        expected: &'static str,
        /// Kind given.
        found: &'static str,
        /// Keys read so far, separated by commas.
        allowed: String,
    },
    /// A word that is none of the choices.
    #[error("{owner}: setting `{key}` = \"{value}\": must be one of {allowed}")]
    UnknownChoice {
        /// Whose settings.
        owner: String,
        /// The key.
        key: String,
        /// The word.
        value: String,
        /// The choices, separated by commas.
        allowed: String,
    },
    /// A class that the world does not have.
    #[error("world `{world}` has {classes} classes, no class {class}")]
    UnknownClass {
        /// Which world.
        world: &'static str,
        /// What was asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A scene is shown on a canvas of another size.
    #[error("the scene is {scene_deg:?} deg (height, width), the viewing shows {viewing_deg:?} deg")]
    OtherCanvas {
        /// Size of the scene.
        scene_deg: [f64; 2],
        /// Size of the canvas.
        viewing_deg: [f64; 2],
    },
    /// A scene has no region of that name.
    #[error("the scene has no mask `{0}`")]
    NoMask(String),
    /// A region that covers no pixel.
    #[error("mask `{0}` covers no pixel at this size")]
    EmptyMask(String),
    /// A task asks for a reflectance that nobody knows.
    #[error("task `{0}` asks for the reflectance of a picture; photographs have none, take scenes")]
    NoReflectance(&'static str),
    /// Random draws that never met their condition.
    #[error("no {what} in {tries} draws")]
    Exhausted {
        /// What was looked for.
        what: &'static str,
        /// Number of draws.
        tries: usize,
    },
}

/// `Ok` if `holds`; else an error that names the parameter. `holds` says what must hold, so NaN fails.
pub(crate) fn require(
    parameter: &'static str,
    value: f64,
    holds: bool,
    must: &'static str,
) -> Result<(), StimulusError> {
    if holds { Ok(()) } else { Err(StimulusError::OutOfRange { parameter, value, must }) }
}
