//! The attack itself: steps up the objective, projections onto the ball, random starts.

use super::checks::estimate;
use super::pictures::{of_outputs, read, rounded, slope_of};
use super::{AttackError, Encoding, Pictures, Reading, Subject, check_size};
use crate::place::Place;
use crate::rng::{normals, uniform};
use crate::{Rng, to_f64};

/// How the size of a change is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// The largest change of a pixel's channel.
    Largest,
    /// The Euclidean length over all channels and pixels.
    Euclidean,
}

/// Where an attack wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Away from the true class.
    Untargeted,
    /// Toward one class.
    Targeted {
        /// The class.
        class: usize,
    },
}

impl Goal {
    /// The class toward which it goes; nothing where it goes away from one.
    pub fn target(self) -> Option<usize> {
        match self {
            Self::Untargeted => None,
            Self::Targeted { class } => Some(class),
        }
    }

    /// Whether a picture of `label` that is classified as `class` is where it is to be.
    pub fn reached(self, class: usize, label: usize) -> bool {
        match self {
            Self::Untargeted => class != label,
            Self::Targeted { class: target } => class == target,
        }
    }
}

/// Where an attack has its gradients from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slopes {
    /// The true derivative of what is tested.
    True,
    /// An estimate by simultaneous perturbation, from answers alone: [`estimate`].
    Estimated {
        /// Random directions per step.
        draws: usize,
        /// Code units to each side.
        width: f64,
    },
}

/// An attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attack {
    /// How the size of a change is measured.
    pub norm: Norm,
    /// Its largest size, in code units.
    pub epsilon: f64,
    /// Steps from each start.
    pub steps: usize,
    /// Size of a step in the same norm, in code units.
    pub step_size: f64,
    /// Random starts within the ball; with 0, one start at the picture itself.
    pub starts: usize,
    /// Where it wants to go.
    pub goal: Goal,
    /// Where it has its gradients from.
    pub slopes: Slopes,
}

/// What an attack did to each picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The pictures as they were, at the network's precision.
    pub clean: Pictures,
    /// The pictures as they are now, under the same labels.
    pub attacked: Pictures,
    /// What was read before.
    pub before: Vec<Reading>,
    /// What was read after.
    pub after: Vec<Reading>,
    /// Length of ∂J/∂code at the clean pictures, Euclidean, per code unit. Small where the network is sure.
    pub gradient_norms: Vec<f64>,
    /// Whether exactly nothing comes back to the clean picture, however sure or unsure the network is: no attack by gradient
    /// can do anything to it, and that it holds says nothing.
    pub without_gradient: Vec<bool>,
    /// Mean of J over pictures before each step and after the last, from the first start: it must rise.
    pub course: Vec<f64>,
}

impl Attack {
    /// One step of size ε from the picture (`goodfellow2015`).
    pub fn fgsm(epsilon: f64, goal: Goal) -> Self {
        Self { norm: Norm::Largest, epsilon, steps: 1, step_size: epsilon, starts: 0, goal, slopes: Slopes::True }
    }

    /// 40 steps of ε / 10 from five random starts (`madry2018`).
    pub fn pgd(norm: Norm, epsilon: f64, goal: Goal) -> Self {
        Self { norm, epsilon, steps: 40, step_size: epsilon / 10.0, starts: 5, goal, slopes: Slopes::True }
    }

    /// The same attack at another ε, its step in proportion.
    #[must_use]
    pub fn at(self, epsilon: f64) -> Self {
        let share = if self.epsilon > 0.0 { self.step_size / self.epsilon } else { 0.0 };
        Self { epsilon, step_size: share * epsilon, ..self }
    }

    /// Attacks pictures.
    ///
    /// # Errors
    /// An [`AttackError`] if a number of the attack, a pixel or a class is out of its range, or the network has no answer.
    pub fn run(
        &self,
        subject: &dyn Subject,
        encoding: &Encoding,
        pictures: &Pictures,
        rng: &mut Rng,
    ) -> Result<Outcome, AttackError> {
        let clean = pictures.checked(subject.place(), encoding)?;
        let shares = vec![1.0; clean.count()];
        let (attacked, after, course) = self.strongest(subject, encoding, (&clean, &shares), rng)?;
        let before = read(subject, encoding, &clean, self.goal)?;
        let Slope { directions, factors, .. } = Slope::of(subject, encoding, &clean, self.goal)?;
        let lengths = lengths(&directions, clean.stride());
        let without_gradient = lengths.iter().map(|length| *length == 0.0).collect();
        let gradient_norms = lengths.into_iter().zip(factors).map(|(length, factor)| length * factor).collect();
        Ok(Outcome { clean, attacked, before, after, gradient_norms, without_gradient, course })
    }

    /// Attacks checked pictures, each with its own share of ε: the strongest change of each over the starts, what is read
    /// of it, and the course of the first start.
    pub(super) fn strongest(
        &self,
        subject: &dyn Subject,
        encoding: &Encoding,
        (clean, shares): (&Pictures, &[f64]),
        rng: &mut Rng,
    ) -> Result<(Pictures, Vec<Reading>, Vec<f64>), AttackError> {
        self.check()?;
        let climber = Climber { attack: self, subject, encoding, clean, shares };
        let (mut best, course) = climber.climb(rng)?;
        let mut readings = read(subject, encoding, &best, self.goal)?;
        for _ in 1..self.starts {
            let (next, _) = climber.climb(rng)?;
            let again = read(subject, encoding, &next, self.goal)?;
            (best, readings) = stronger((best, readings), (next, again));
        }
        Ok((best, readings, course))
    }

    fn check(&self) -> Result<(), AttackError> {
        check_size("epsilon", self.epsilon)?;
        check_size("step_size", self.step_size)?;
        match self.slopes {
            Slopes::True => Ok(()),
            Slopes::Estimated { width, .. } => check_size("width", width),
        }
    }
}

/// Picture by picture, the one that reached the goal, then the one with the larger objective, then the first.
fn stronger(first: (Pictures, Vec<Reading>), second: (Pictures, Vec<Reading>)) -> (Pictures, Vec<Reading>) {
    let stride = first.0.stride();
    let (mut codes, mut readings) = (first.0.codes().to_vec(), first.1);
    for (index, (held, new)) in readings.iter_mut().zip(&second.1).enumerate() {
        let better = (new.reached && !held.reached) || (new.reached == held.reached && new.objective > held.objective);
        if better {
            *held = *new;
            let range = index * stride..(index + 1) * stride;
            codes[range.clone()].copy_from_slice(&second.0.codes()[range]);
        }
    }
    (first.0.with_codes(codes), readings)
}

/// One attack on some pictures.
struct Climber<'a> {
    attack: &'a Attack,
    subject: &'a dyn Subject,
    encoding: &'a Encoding,
    clean: &'a Pictures,
    /// Of ε and of the step, per picture.
    shares: &'a [f64],
}

impl Climber<'_> {
    /// From one start to the last step, with the mean objective on the way.
    fn climb(&self, rng: &mut Rng) -> Result<(Pictures, Vec<f64>), AttackError> {
        let mut at = self.clean.with_codes(self.start(rng));
        let mut course = Vec::with_capacity(self.attack.steps + 1);
        for _ in 0..self.attack.steps {
            let (objectives, slopes) = self.slopes(&at, rng)?;
            course.push(mean(&objectives));
            let codes = at.codes().iter().zip(self.strides(&slopes)).map(|(code, stride)| code + stride).collect();
            at = self.clean.with_codes(self.confined(codes));
        }
        let last = read(self.subject, self.encoding, &at, self.attack.goal)?;
        course.push(mean(&last.iter().map(|reading| reading.objective).collect::<Vec<_>>()));
        Ok((at, course))
    }

    fn slopes(&self, at: &Pictures, rng: &mut Rng) -> Result<(Vec<f64>, Vec<f64>), AttackError> {
        match self.attack.slopes {
            Slopes::True => {
                let slope = Slope::of(self.subject, self.encoding, at, self.attack.goal)?;
                Ok((slope.objectives, slope.directions))
            }
            Slopes::Estimated { draws, width } => {
                let readings = read(self.subject, self.encoding, at, self.attack.goal)?;
                let slopes = estimate((self.subject, self.encoding), at, self.attack.goal, (draws, width), rng)?;
                Ok((readings.iter().map(|reading| reading.objective).collect(), slopes))
            }
        }
    }

    fn start(&self, rng: &mut Rng) -> Vec<f64> {
        let codes = self.clean.codes();
        if self.attack.starts == 0 {
            return codes.to_vec();
        }
        let (stride, epsilon) = (self.clean.stride(), self.attack.epsilon);
        let mut moved = Vec::with_capacity(codes.len());
        for (picture, share) in codes.chunks_exact(stride).zip(self.shares) {
            let change = random_change(self.attack.norm, share * epsilon, stride, rng);
            moved.extend(picture.iter().zip(change).map(|(code, change)| code + change));
        }
        self.confined(moved)
    }

    /// A step of the attack's size along each picture's slope; none where the slope is zero.
    fn strides(&self, slopes: &[f64]) -> Vec<f64> {
        let mut strides = Vec::with_capacity(slopes.len());
        for (slope, share) in slopes.chunks_exact(self.clean.stride()).zip(self.shares) {
            let size = share * self.attack.step_size;
            match self.attack.norm {
                Norm::Largest => strides.extend(slope.iter().map(|slope| size * sign(*slope))),
                Norm::Euclidean => {
                    let unit = unit(slope);
                    strides.extend(unit.into_iter().map(|slope| size * slope));
                }
            }
        }
        strides
    }

    /// Codes brought back into the ball around the clean pictures, then into the range.
    fn confined(&self, codes: Vec<f64>) -> Vec<f64> {
        let stride = self.clean.stride();
        let pictures = codes.chunks_exact(stride).zip(self.clean.codes().chunks_exact(stride)).zip(self.shares);
        let mut kept = Vec::with_capacity(codes.len());
        for ((codes, clean), share) in pictures {
            let change: Vec<f64> = codes.iter().zip(clean).map(|(code, clean)| code - clean).collect();
            let change = projected(self.attack.norm, share * self.attack.epsilon, change);
            kept.extend(
                clean
                    .iter()
                    .zip(change)
                    .map(|(clean, change)| clipped(self.subject.place(), self.encoding, clean + change)),
            );
        }
        kept
    }
}

/// A code in range, at a precision.
pub(super) fn clipped(place: &Place, encoding: &Encoding, code: f64) -> f64 {
    rounded(place, code.clamp(encoding.low, encoding.high))
}

/// The nearest change of at most a size.
fn projected(norm: Norm, epsilon: f64, change: Vec<f64>) -> Vec<f64> {
    match norm {
        Norm::Largest => change.into_iter().map(|change| change.clamp(-epsilon, epsilon)).collect(),
        Norm::Euclidean => {
            let length = length(&change);
            let factor = if length > epsilon { epsilon / length } else { 1.0 };
            change.into_iter().map(|change| factor * change).collect()
        }
    }
}

/// A change drawn evenly from the ball.
fn random_change(norm: Norm, epsilon: f64, count: usize, rng: &mut Rng) -> Vec<f64> {
    match norm {
        Norm::Largest => (0..count).map(|_| epsilon * (2.0 * uniform(rng) - 1.0)).collect(),
        Norm::Euclidean => {
            let direction = normals(count, rng);
            // The volume within radius r grows as r to the number of dimensions.
            let radius = epsilon * libm::pow(uniform(rng), 1.0 / count as f64);
            let factor = radius / length(&direction);
            direction.into_iter().map(|value| factor * value).collect()
        }
    }
}

/// A slope at length 1; zeros where it has none, or is not made of numbers.
fn unit(slope: &[f64]) -> Vec<f64> {
    // Over the largest first: the squares of small slopes must not vanish.
    let top = slope.iter().fold(0.0, |top: f64, slope| top.max(slope.abs()));
    let scaled: Vec<f64> = slope.iter().map(|slope| slope / top).collect();
    let length = length(&scaled);
    match length.is_finite() && length > 0.0 {
        true => scaled.into_iter().map(|slope| slope / length).collect(),
        false => vec![0.0; slope.len()],
    }
}

/// −1, 0 or 1; 0 for what is not a number.
pub(super) fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

pub(super) fn length(values: &[f64]) -> f64 {
    libm::sqrt(values.iter().map(|value| value * value).sum())
}

fn lengths(values: &[f64], stride: usize) -> Vec<f64> {
    values.chunks_exact(stride).map(length).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// ∂J/∂code of every picture, in the order of the codes, per code unit.
///
/// # Errors
/// As [`read`].
pub fn gradients(
    subject: &dyn Subject,
    encoding: &Encoding,
    pictures: &Pictures,
    goal: Goal,
) -> Result<Vec<f64>, AttackError> {
    let Slope { mut directions, factors, .. } = Slope::of(subject, encoding, pictures, goal)?;
    for (direction, factor) in directions.chunks_exact_mut(pictures.stride()).zip(factors) {
        direction.iter_mut().for_each(|slope| *slope *= factor);
    }
    Ok(directions)
}

/// J of every picture, and its gradient as a product.
struct Slope {
    objectives: Vec<f64>,
    /// Gradient over factor, per code unit: it does not vanish where a network is sure.
    directions: Vec<f64>,
    /// One per picture.
    factors: Vec<f64>,
}

impl Slope {
    fn of(subject: &dyn Subject, encoding: &Encoding, pictures: &Pictures, goal: Goal) -> Result<Self, AttackError> {
        let mut all = Self { objectives: Vec::new(), directions: Vec::new(), factors: Vec::new() };
        pictures.each_chunk(subject.place(), encoding, |range, inputs| {
            let labels = &pictures.labels()[range];
            let pulled = subject.pull(&inputs, &|output| Ok(slope_of(output, labels, goal).0))?;
            let readings = of_outputs(&pulled.output, labels, goal)?;
            all.objectives.extend(readings.iter().map(|reading| reading.objective));
            all.factors.extend(slope_of(&pulled.output, labels, goal).1);
            all.directions.extend(to_f64(&pulled.gradient).into_iter().map(|slope| encoding.gain * slope));
            Ok(())
        })?;
        Ok(all)
    }
}

impl Outcome {
    /// Share of the pictures that are classified as what they are after the attack.
    pub fn accuracy(&self) -> f64 {
        share(self.after.iter().zip(self.clean.labels()).map(|(reading, label)| reading.class == Some(*label)))
    }

    /// Share of the pictures at the goal after the attack.
    pub fn success(&self) -> f64 {
        share(self.after.iter().map(|reading| reading.reached))
    }

    /// Attacked minus clean codes, in the order of the codes.
    pub fn change(&self) -> Vec<f64> {
        self.attacked.codes().iter().zip(self.clean.codes()).map(|(after, before)| after - before).collect()
    }

    /// Share of the pictures to which exactly nothing comes back.
    pub fn masked(&self) -> f64 {
        share(self.without_gradient.iter().copied())
    }
}

fn share(hits: impl ExactSizeIterator<Item = bool>) -> f64 {
    let count = hits.len();
    hits.filter(|hit| *hit).count() as f64 / count as f64
}
