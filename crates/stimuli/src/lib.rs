//! Geometry and pixels of shapes, worlds and visual illusions.
//!
//! A [`Scene`] is composed in degrees of visual angle: paths, painted back to front, and regions with names.
//! [`render`] turns it into pixels in one place: a [`Stimulus`] with an image in linear light and a mask per region.
//! [`worlds`] sample real things to train on; [`illusions`] compose what no world contains. [`scenes`] are drawn on a
//! grid of points, lit and as reflectance, for [`tasks`] from picture to picture. [`movies`] are clips of leaves under
//! a moving camera, with the motion of every pixel.
//!
//! The crate is pure: no files, clock, environment or threads; randomness is handed in. Only + − × ÷ √ and `libm` touch
//! a pixel, so pictures are the same on every machine.
//!
//! # Conventions
//! The origin is the center of the canvas, x points right, y points down, positive angles turn clockwise on the screen.
//! Images are channels first. Gray is a luminance from 0 to 1 in linear light; a *gray level* is its sRGB code, 0 to 1.
//!
//! ```
//! use trompe_stimuli::{Condition, Settings, Viewing, illusions, render};
//!
//! let entry = illusions::find("fat_thin").expect("it is in the list");
//! let illusion = (entry.build)(&Settings::default())?;
//! let scene = illusion.compose(&Condition { difference: 0.0, strength: 0.5 })?;
//! let stimulus = render(&scene, Viewing::square(32, 4.0)?)?;
//! assert_eq!(stimulus.image.shape(), [1, 32, 32]);
//! # Ok::<(), trompe_stimuli::StimulusError>(())
//! ```

pub mod brightness;
mod clutter;
pub mod color;
mod debris;
mod draws;
pub mod edges;
mod error;
pub mod figures;
mod geometry;
pub mod illusions;
mod image;
mod leaves;
pub mod lightness;
mod mask;
pub mod movies;
mod nuisances;
mod paints;
mod path;
mod raster;
mod render;
mod scene;
pub mod scenes;
mod settings;
pub mod statistics;
pub mod tasks;
mod viewing;
pub mod worlds;

pub use draws::{add_noise, stream};
pub use error::StimulusError;
pub use geometry::Point;
pub use illusions::{
    Attribute, Condition, Illusion, IllusionEntry, abutting_grating, church, fat_thin, kanizsa, rotating_snakes,
    simultaneous_contrast, white,
};
pub use image::{Encoding, Image, decode, encode};
pub use mask::{Mask, MaskName, equal_area, noise_field};
pub use nuisances::Nuisances;
pub use path::Path;
pub use render::{Stimulus, render};
pub use scene::{Fill, MaskStep, Painted, Region, Scene};
pub use settings::{Reader, Settings, Value};
pub use viewing::Viewing;

/// The one generator of random numbers; always handed in.
pub type Rng = rand_chacha::ChaCha8Rng;
