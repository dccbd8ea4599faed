//! Networks that give pictures: what they learn from scenes, how good they are, and what they make of the church.
//!
//! | file | holds |
//! |---|---|
//! | `scenes` | pictures to learn from: a scene and a task |
//! | `photographs` | one's own pictures in place of drawn scenes |
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
mod displays;
pub mod gaps;
mod linear;
pub mod painters;
pub mod photographs;
pub mod read;
mod scenes;
mod sheets;

pub use displays::{Display, TRAP_DIFFERENCE, draw as draw_displays, pictures_shown};
pub use linear::{Filter, Linear, Part};
pub use scenes::{Held, SceneWorld};
pub use sheets::sheets;

use crate::bridge;
use crate::experiment::{ChurchSpec, Experiment};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::sync::Arc;

/// What the cells of a run share, where its networks give pictures.
pub struct Shared {
    /// One a world.
    pub worlds: Vec<SharedWorld>,
    /// The church.
    pub displays: Arc<Vec<Display>>,
    /// The displays of brightness, Kanizsa figures among them.
    pub brightness: Vec<brightness::Shown>,
}

/// One world with what is drawn from it once.
pub struct SharedWorld {
    /// Scenes and the task.
    pub world: SceneWorld,
    /// Held-out scenes.
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
        let Some(church) = &experiment.battery.church else { return Ok(None) };
        // Each has streams of its own, so that the order of work changes nothing.
        let worlds = experiment.worlds.par_iter().map(|spec| SharedWorld::build(experiment, church, spec));
        // A search shows nothing.
        let displays = if experiment.tuning.is_some() { Vec::new() } else { draw_displays(church)? };
        let ppd = if experiment.tuning.is_some() { 0 } else { church.brightness_ppd };
        let figures = if experiment.tuning.is_some() { 0 } else { church.figures };
        let (worlds, mut brightness) = (worlds.collect::<Result<_, _>>()?, brightness::draw(ppd)?);
        brightness.extend(gaps::draw(figures, &experiment.battery)?);
        Ok(Some(Self { worlds, displays: Arc::new(displays), brightness }))
    }
}

impl SharedWorld {
    fn build(
        experiment: &Experiment,
        church: &ChurchSpec,
        spec: &crate::experiment::WorldSpec,
    ) -> Result<Self, String> {
        let named = |error: String| format!("world `{}`: {error}", spec.name);
        let world = SceneWorld::build(spec, experiment.battery.size_px).map_err(named)?;
        // Half A is the first half; a search does not draw half B.
        let images = experiment.competence.images / if experiment.tuning.is_some() { 2 } else { 1 };
        let held = world.held("validation", images).map_err(named)?;
        let fitted = world.held("linear equivalents", church.linear_pictures).map_err(named)?;
        let linear = Linear::fit(church.linear_side, fitted).map_err(named)?;
        let border = church.linear_side / 2;
        let error_identity = held.errors(&held.given, border);
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

/// Who gives a picture for a picture.
pub trait Painter {
    /// Codes for codes, `[n, 3, height, width]` row-major.
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
            let answers = bridge::pictures_of(network, chunk, [chunk.len() / stride, channels, height, width])?;
            if answers.len() != chunk.len() {
                return Err(format!(
                    "on a canvas of {height} × {width} pixels the network gives pictures of another size"
                ));
            }
            painted.extend(bridge::codes_of(&answers, self.residual.then_some(chunk)));
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
