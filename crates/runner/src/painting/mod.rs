//! Networks that give pictures: what they learn from scenes, how good they are, and what they make of the church.
//!
//! | file | holds |
//! |---|---|
//! | `scenes` | pictures to learn from: a scene and a task |
//! | `movies` | frames to learn from, and the next: drawn, a camera over photographs, or one's own |
//! | `frames` | one's own movies: folders of frames, animations, whatever `ffmpeg` decodes |
//! | `photographs` | one's own pictures in place of drawn scenes, or under the camera of drawn movies |
//! | `displays` | the church in every color, drawn once |
//! | `linear` | linear filters: the best one for a task, and the nearest one to a network |
//! | `gaps` | Kanizsa figures: what is drawn where people see a surface and its contour |
//! | `brightness` | the brightness set, the lightness set, and filters that were made for it |
//! | `read` | CIELAB of what is seen of the church, assimilation, nulling |
//! | `painters` | observers without weights; one file each |
//! | `cell` | a network learns and is asked at its checkpoints |
//!
//! Competence is the share that a network takes away of the squared error, on held-out scenes, of the best linear filter or of the picture as
//! it is, whichever is smaller: 0 is that filter. Where the picture as it is is wanted (`reconstruct`), there is no such error, and the
//! share is of the variance of what is wanted. It stands in the columns of accuracy, half A and half B.

pub mod brightness;
pub mod cell;
mod church;
mod displays;
pub mod frames;
pub mod gaps;
mod linear;
pub mod motion;
mod movies;
pub mod painters;
pub mod photographs;
pub mod predictors;
pub mod read;
mod scenes;
mod sheets;

pub use displays::{Display, TRAP_DIFFERENCE, draw as draw_displays, pictures_shown};
pub use linear::{Filter, Linear, Part};
pub use movies::{MovieWorld, SETTING as FRAMES_GIVEN, given as frames_given};
pub use scenes::{Held, SceneWorld};
pub use sheets::sheets;

use crate::bridge;
use crate::experiment::{Experiment, WorldSpec};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What the cells of a run share, where its networks give pictures.
pub struct Shared {
    /// One a world.
    pub worlds: Vec<SharedWorld>,
    /// What is shown.
    pub shown: Shown,
}

/// What is shown to networks that give pictures.
pub enum Shown {
    /// The church.
    Church {
        /// In every context.
        displays: Arc<Vec<Display>>,
        /// The displays of brightness, Kanizsa figures among them.
        brightness: Vec<brightness::Shown>,
    },
    /// Rotating Snakes, one for each world.
    Snakes(Vec<motion::Shown>),
    /// Nothing: a search.
    Nothing,
}

/// Where pictures to learn from come from.
pub enum PictureWorld {
    /// Scenes and a task.
    Scenes(SceneWorld),
    /// Movies, the next frame of which is wanted.
    Movies(MovieWorld),
}

impl PictureWorld {
    /// Builds the world that an experiment names, with pictures of that side.
    ///
    /// # Errors
    /// Settings that it does not take.
    pub fn build(spec: &WorldSpec, side: usize) -> Result<Self, String> {
        match spec.id.as_str() {
            WorldSpec::MOVIES => MovieWorld::build(spec, side).map(Self::Movies),
            _ => SceneWorld::build(spec, side).map(Self::Scenes),
        }
    }

    /// Text from which its streams are named.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Scenes(world) => &world.canonical,
            Self::Movies(world) => &world.canonical,
        }
    }

    /// So many pictures of the stream of that name, the same for every network and seed.
    ///
    /// # Errors
    /// A picture that cannot be drawn.
    pub fn held(&self, name: &str, pictures: usize) -> Result<Held, String> {
        self.drawn(&[name, self.canonical()], pictures)
    }

    /// Pictures of one step of training, or of any other stream.
    ///
    /// # Errors
    /// A picture that cannot be drawn.
    pub fn drawn(&self, parts: &[&str], pictures: usize) -> Result<Held, String> {
        match self {
            Self::Scenes(world) => world.drawn(parts, pictures),
            Self::Movies(world) => world.drawn(parts, pictures),
        }
    }
}

/// One world with what is drawn from it once.
pub struct SharedWorld {
    /// Where they come from.
    pub world: PictureWorld,
    /// Held-out pictures.
    pub held: Held,
    /// Linear filters.
    pub linear: Linear,
    /// Mean squared error of the pictures as they are, halves A and B.
    pub error_identity: [f64; 2],
    /// That of the best linear filter.
    pub error_linear: [f64; 2],
    /// What competence is a share of.
    against: [f64; 2],
}

impl Shared {
    /// Draws and fits what is shared; nothing where networks name classes.
    ///
    /// # Errors
    /// A display that cannot be drawn, a world that cannot be fitted.
    pub fn build(experiment: &Experiment) -> Result<Option<Self>, String> {
        let battery = &experiment.battery;
        let Some(linear) = battery.linear() else { return Ok(None) };
        // Each has streams of its own, so that the order of work changes nothing.
        let worlds = experiment.worlds.par_iter().map(|spec| SharedWorld::build(experiment, linear, spec));
        let worlds: Vec<SharedWorld> = worlds.collect::<Result<_, _>>()?;
        let shown = if experiment.tuning.is_some() { Shown::Nothing } else { Shown::draw(experiment, &worlds)? };
        Ok(Some(Self { worlds, shown }))
    }
}

impl Shown {
    fn draw(experiment: &Experiment, worlds: &[SharedWorld]) -> Result<Self, String> {
        let battery = &experiment.battery;
        if let Some(church) = &battery.church {
            let mut brightness = brightness::draw(church.brightness_ppd)?;
            brightness.extend(gaps::draw(church.figures, battery)?);
            return Ok(Self::Church { displays: Arc::new(draw_displays(church)?), brightness });
        }
        let Some(snakes) = &battery.snakes else { return Ok(Self::Nothing) };
        let movies = |shared| SharedWorld::movies(shared).ok_or_else(|| "scenes do not move".to_owned());
        // What stands still is drawn once for every number of frames that a world gives.
        let mut stills: BTreeMap<usize, Arc<motion::Stills>> = BTreeMap::new();
        for shared in worlds {
            let given = movies(shared)?.given;
            if let Entry::Vacant(place) = stills.entry(given) {
                place.insert(Arc::new(motion::Stills::draw(snakes, (experiment.has_memory(), given))?));
            }
        }
        let shown = worlds.par_iter().map(|shared| {
            let world = movies(shared)?;
            let stills = stills[&world.given].clone();
            motion::Shown::draw(snakes, &world.recipe, (experiment.has_memory(), world.given, stills))
        });
        shown.collect::<Result<_, _>>().map(Self::Snakes)
    }
}

impl SharedWorld {
    /// The movies, where it is a world of movies.
    fn movies(&self) -> Option<&MovieWorld> {
        match &self.world {
            PictureWorld::Movies(world) => Some(world),
            PictureWorld::Scenes(_) => None,
        }
    }

    fn build(
        experiment: &Experiment,
        (linear_pictures, linear_side): (usize, usize),
        spec: &WorldSpec,
    ) -> Result<Self, String> {
        let named = |error: String| format!("world `{}`: {error}", spec.name);
        let world = PictureWorld::build(spec, experiment.battery.size_px).map_err(named)?;
        // Half A is the first half; a search does not draw half B.
        let images = experiment.competence.images / if experiment.tuning.is_some() { 2 } else { 1 };
        let held = world.held("validation", images).map_err(named)?;
        let fitted = world.held("linear equivalents", linear_pictures).map_err(named)?;
        let linear = Linear::fit(linear_side, fitted).map_err(named)?;
        let border = linear_side / 2;
        let error_identity = held.errors(&held.as_they_are(), border);
        let error_linear = held.errors(&linear.best.paint(&held.given, held.shape()), border);
        let spread = held.spread(border);
        let against = [0, 1].map(|half| match error_linear[half].min(error_identity[half]) {
            least if least > NO_ERROR => least,
            _ => spread[half],
        });
        Ok(Self { world, held, linear, error_identity, error_linear, against })
    }

    /// Competence, halves A and B, and the errors themselves.
    pub fn competence(&self, painted: &[f32]) -> ([f64; 2], [f64; 2]) {
        let errors = self.held.errors(painted, self.linear.side / 2);
        ([0, 1].map(|half| 1.0 - errors[half] / self.against[half]), errors)
    }
}

/// A squared error below which a picture counts as the wanted one: a thousandth of a code step.
const NO_ERROR: f64 = 1e-9;

/// The pictures as they are, or of movies the last frames, of what is given: `[n, 3, height, width]`.
pub fn last_frames(codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Vec<f32> {
    let plane = height * width;
    codes.chunks_exact(channels * plane).flat_map(|given| &given[(channels - 3) * plane..]).copied().collect()
}

/// Who gives a picture for a picture, or the next frame of a movie.
pub trait Painter {
    /// Codes `[n, 3, height, width]` for codes `[n, channels, height, width]`, row-major; channels are three for each picture or
    /// frame that is given.
    ///
    /// # Errors
    /// Why there is none.
    fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String>;
}

/// A network under test.
pub struct NetworkPainter<'a> {
    network: &'a trompe_models::Network,
    residual: bool,
    resized: Option<trompe_models::Network>,
}

/// Values of pictures that are given to a network at a time.
const CHUNK_VALUES: usize = 1 << 18;

impl<'a> NetworkPainter<'a> {
    /// The network as it is now; what a residual one gives is added to its picture.
    pub fn new(network: &'a trompe_models::Network, residual: bool) -> Self {
        Self { network, residual, resized: None }
    }
}

impl Painter for NetworkPainter<'_> {
    fn paint(&mut self, codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Result<Vec<f32>, String> {
        if self.network.spec().input[1..] != [height, width]
            && self.resized.as_ref().is_none_or(|network| network.spec().input[1..] != [height, width])
        {
            self.resized = Some(self.network.resized([height, width]).map_err(|error| error.to_string())?);
        }
        let network = match &self.resized {
            Some(network) if network.spec().input[1..] == [height, width] => network,
            Some(_) | None => self.network,
        };
        let stride = channels * height * width;
        let mut painted = Vec::with_capacity(codes.len());
        for chunk in codes.chunks((CHUNK_VALUES / stride).max(1) * stride) {
            let shape = [chunk.len() / stride, channels, height, width];
            let answers = bridge::pictures_of(network, chunk, shape)?;
            if answers.len() != shape[0] * 3 * height * width {
                return Err(format!(
                    "on a canvas of {height} × {width} pixels the network gives pictures of another size"
                ));
            }
            let last = self.residual.then(|| last_frames(chunk, shape));
            painted.extend(bridge::codes_of(&answers, last.as_deref()));
        }
        match painted.iter().all(|value| value.is_finite()) {
            true => Ok(painted),
            false => Err("a picture is not finite".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trompe_models::{Activation, Initialization, LayerSpec, Network, NetworkSpec, Precision, Scheme};

    /// A network of one convolution whose weights are all 0 but those that hand a color on.
    fn handing_on(share: f64) -> Network {
        let layer = LayerSpec::Conv { channels: 3, kernel: 1, stride: 1, padding: 0, activation: Activation::Identity };
        let spec = NetworkSpec { input: [3, 4, 4], layers: vec![layer] };
        let place = trompe_models::Place::flex(Precision::F32);
        let initialization = Initialization { scheme: Scheme::ByActivation, output_scale: 0.3 };
        let mut rng = crate::identity::stream(&["painter test"]);
        let mut network = Network::build(&spec, &place, initialization, &mut rng).expect("a network");
        let weights = (0..9).map(|at| if at % 4 == 0 { share } else { 0.0 }).collect::<Vec<f64>>();
        network.parameters_mut(0).expect("weights").weight = place.tensor(&weights, [3, 3, 1, 1]);
        network
    }

    #[test]
    fn a_residual_network_adds_to_its_picture_and_a_direct_one_gives_it() {
        let codes: Vec<f32> = (0..3 * 64).map(|at| (at % 17) as f32 / 17.0).collect();
        let near = |one: &[f32], other: &[f32]| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-6);
        // Codes as networks are given them and back are the same codes, also on a canvas of another size.
        let (same, nothing) = (handing_on(1.0), handing_on(0.0));
        let direct = NetworkPainter::new(&same, false).paint(&codes, [1, 3, 8, 8]).expect("a picture");
        assert!(near(&direct, &codes));
        let residual = NetworkPainter::new(&nothing, true).paint(&codes, [1, 3, 8, 8]).expect("a picture");
        assert!(near(&residual, &codes));
        let gray = NetworkPainter::new(&nothing, false).paint(&codes, [1, 3, 8, 8]).expect("a picture");
        assert!(gray.iter().all(|code| (code - 0.5).abs() < 1e-6), "nothing is middle gray");
        // What is learned is what is given: wanted codes become targets and targets codes.
        let wanted: Vec<f32> = codes.iter().map(|code| 1.0 - code).collect();
        for given in [None, Some(&codes)] {
            let targets = bridge::wanted(&wanted, given);
            assert!(near(&bridge::codes_of(&targets, given.map(Vec::as_slice)), &wanted));
        }
    }
}
