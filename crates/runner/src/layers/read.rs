//! From activity to values: decoders, closure, similarity. Pure but for asking the network.

use super::What;
use super::pictures::{Lightness, Pictures, class_of, has_shape};
use crate::battery::SHAPES;
use crate::bridge;
use crate::score::mean;
use trompe_models::learner::Learner;
use trompe_models::rules::Inference;
use trompe_psychophysics::ridge::{Decoder, Offset, fit};
use trompe_psychophysics::{auc, d_prime_from_auc, pearson, two_afc};

/// Pictures answered at a time.
const CHUNK: usize = 128;

/// One number of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What was read.
    pub what: What,
    /// Pictures a class, pairs or draws behind it.
    pub n: usize,
    /// d′, or the score; `None` where it is not measurable.
    pub value: Option<f64>,
    /// Area under the curve, or share of pairs ordered as asked.
    pub share: Option<f64>,
    /// Ridge of the decoder.
    pub ridge: Option<f64>,
}

/// Activity of one layer: pictures in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    rows: Vec<f32>,
    width: usize,
}

impl Activity {
    fn row(&self, at: usize) -> &[f32] {
        &self.rows[at * self.width..][..self.width]
    }

    fn pictures(&self) -> usize {
        self.rows.len().checked_div(self.width).unwrap_or(0)
    }

    /// A decoder trained on the first half of the pictures.
    fn decoder(&self, targets: &[f64]) -> Option<Decoder> {
        let half = targets.len() / 2;
        fit(&self.rows[..half * self.width], &targets[..half], Offset::Fitted).ok()
    }

    fn evidence(&self, decoder: &Decoder) -> Vec<f64> {
        (0..self.pictures()).map(|at| decoder.evidence(self.row(at))).collect()
    }
}

/// Activity of one layer for all Kanizsa members.
pub(super) struct Members {
    pub(super) inward: Activity,
    pub(super) rotated: Activity,
    pub(super) closed: Activity,
    pub(super) misaligned: Activity,
    pub(super) real: Activity,
}

/// Values of every layer of a network, layer 0 first.
///
/// # Errors
/// If the network cannot answer; that its activity is not finite is no error but leaves values out.
pub fn values(pictures: &Pictures, learner: &Learner, inference: Inference) -> Result<Vec<Vec<Value>>, String> {
    let of = |pixels: &[f32]| activity(learner, inference, (pixels, pictures.shape));
    let real = of(&pictures.real)?;
    let [inward, rotated] = [of(&pictures.kanizsa.inward)?, of(&pictures.kanizsa.rotated)?];
    let [closed, misaligned] = [of(&pictures.kanizsa.closed)?, of(&pictures.kanizsa.misaligned)?];
    let whole = of(&pictures.kanizsa.real)?;
    let kanizsa = inward.into_iter().zip(rotated).zip(closed.into_iter().zip(misaligned)).zip(whole);
    let mut layers = vec![given(pictures).to_vec()];
    for (real, (((inward, rotated), (closed, misaligned)), whole)) in real.into_iter().zip(kanizsa) {
        layers.push(high(&real, &Members { inward, rotated, closed, misaligned, real: whole }));
    }
    for (display, whats) in [(&pictures.contrast, CONTRAST), (&pictures.white, WHITE)] {
        let layer = of(&display.real)?.into_iter().zip(of(&display.exchanged)?);
        for ((real, exchanged), values) in layer.zip(&mut layers[1..]) {
            values.extend(low([&real, &exchanged], &display.grays, whats));
        }
    }
    layers.iter_mut().for_each(|values| values.sort_by_key(|value| value.what));
    Ok(layers)
}

const CONTRAST: [What; 2] = [What::ContrastReal, What::Contrast];
const WHITE: [What; 2] = [What::WhiteReal, What::White];

/// What layer 0 tells: the pictures as networks are given them. Worked out once.
fn given(pictures: &Pictures) -> &[Value] {
    pictures.given.get_or_init(|| {
        let width = pictures.shape.iter().product();
        let of = |pixels: &[f32]| Activity { rows: bridge::inputs(pixels), width };
        let [inward, rotated] = [of(&pictures.kanizsa.inward), of(&pictures.kanizsa.rotated)];
        let [closed, misaligned] = [of(&pictures.kanizsa.closed), of(&pictures.kanizsa.misaligned)];
        let members = Members { inward, rotated, closed, misaligned, real: of(&pictures.kanizsa.real) };
        let mut values = high(&of(&pictures.real), &members);
        let display =
            |display: &Lightness, whats| low([&of(&display.real), &of(&display.exchanged)], &display.grays, whats);
        values.extend(display(&pictures.contrast, CONTRAST));
        values.extend(display(&pictures.white, WHITE));
        values.sort_by_key(|value| value.what);
        values
    })
}

/// Activity of every block for some pictures.
fn activity(
    learner: &Learner,
    inference: Inference,
    (pixels, [channels, height, width]): (&[f32], [usize; 3]),
) -> Result<Vec<Activity>, String> {
    let stride = channels * height * width;
    let mut layers: Vec<Activity> = Vec::new();
    for pixels in pixels.chunks(CHUNK * stride) {
        let shape = [pixels.len() / stride, channels, height, width];
        let inputs = bridge::tensor(learner, pixels, shape);
        let response = learner.respond(&inputs, inference).map_err(|error| error.to_string())?;
        layers.resize_with(response.layers.len(), Activity::default);
        for (layer, tensor) in layers.iter_mut().zip(&response.layers) {
            layer.width = tensor.dims()[1..].iter().product();
            layer.rows.extend(bridge::values(tensor));
        }
    }
    Ok(layers)
}

/// Real shapes v none, then the illusions by the same decoder, closure and similarity.
pub(super) fn high(real: &Activity, members: &Members) -> Vec<Value> {
    let targets: Vec<f64> = (0..real.pictures()).map(|at| if has_shape(at) { 1.0 } else { -1.0 }).collect();
    let decoder = real.decoder(&targets);
    let evidence = |activity: &Activity| decoder.as_ref().map(|decoder| activity.evidence(decoder));
    let ridge = decoder.as_ref().map(|decoder| decoder.ridge);
    let inward = evidence(&members.inward);
    let against = |what: What, control: &Activity| {
        let pairs = inward.as_ref().zip(evidence(control));
        let pairs = pairs.map(|(one, other)| one.iter().copied().zip(other).collect::<Vec<_>>());
        ordered(what, (members.inward.pictures(), pairs), ridge)
    };
    vec![
        told(evidence(real), &targets, ridge),
        against(What::InRotated, &members.rotated),
        against(What::InClosed, &members.closed),
        against(What::InMisaligned, &members.misaligned),
        closure(members),
        similarity(What::SimilarityIn, members, &members.inward),
        similarity(What::SimilarityRotated, members, &members.rotated),
    ]
}

/// Physically lighter v darker targets, then exchanged contexts by the same decoder.
pub(super) fn low([real, exchanged]: [&Activity; 2], grays: &[f64], [physical, reported]: [What; 2]) -> [Value; 2] {
    let decoder = real.decoder(grays);
    let ridge = decoder.as_ref().map(|decoder| decoder.ridge);
    let pairs = |activity: &Activity, from: usize| {
        let evidence = decoder.as_ref().map(|decoder| activity.evidence(decoder))?;
        Some(evidence[from..].as_chunks::<2>().0.iter().map(|[one, other]| (*one, *other)).collect::<Vec<_>>())
    };
    let held_out = (grays.len() - grays.len() / 2) / 2;
    [
        ordered(physical, (held_out, pairs(real, grays.len() / 2)), ridge),
        ordered(reported, (exchanged.pictures() / 2, pairs(exchanged, 0)), ridge),
    ]
}

/// d′ of the held-out half of two classes.
fn told(evidence: Option<Vec<f64>>, targets: &[f64], ridge: Option<f64>) -> Value {
    let held_out = targets.len() / 2..targets.len();
    let of = |evidence: &[f64], positive: bool| -> Vec<f64> {
        held_out.clone().filter(|at| (targets[*at] > 0.0) == positive).map(|at| evidence[at]).collect()
    };
    let n = held_out.clone().filter(|at| targets[*at] > 0.0).count().min(held_out.len() / 2);
    let share = evidence.and_then(|evidence| auc(&of(&evidence, true), &of(&evidence, false)).ok());
    let value = share.and_then(|share| d_prime_from_auc(share, n).ok());
    Value { what: What::Real, n, value, share, ridge }
}

/// d′ of pairs, by the share whose first member has more evidence.
fn ordered(what: What, (n, pairs): (usize, Option<Vec<(f64, f64)>>), ridge: Option<f64>) -> Value {
    let share = pairs.and_then(|pairs| two_afc(&pairs).ok());
    let value = share.and_then(|share| d_prime_from_auc(share, n).ok());
    Value { what, n, value, share, ridge }
}

fn closure(members: &Members) -> Value {
    let n = members.real.pictures();
    let of = |at: usize| {
        let real = members.real.row(at);
        Some(cosine(real, members.inward.row(at))? - cosine(real, members.rotated.row(at))?)
    };
    let scores: Option<Vec<f64>> = (0..n).map(of).collect();
    Value { what: What::Closure, n, value: scores.and_then(|scores| mean(&scores)), share: None, ridge: None }
}

fn cosine(one: &[f32], other: &[f32]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let product = dot(one, one).sqrt() * dot(other, other).sqrt();
    (product > 0.0 && product.is_finite()).then(|| dot(one, other) / product)
}

/// Correlation of the distances between classes' means, real shapes against another member.
fn similarity(what: What, members: &Members, other: &Activity) -> Value {
    let value = pearson(&distances(&members.real), &distances(other)).ok();
    Value { what, n: other.pictures(), value, share: None, ridge: None }
}

/// Distances between the mean activities of all pairs of classes.
fn distances(activity: &Activity) -> Vec<f64> {
    let classes = SHAPES.len();
    let mut means = vec![vec![0.0; activity.width]; classes];
    let mut counts = vec![0.0; classes];
    for at in 0..activity.pictures() {
        counts[class_of(at)] += 1.0;
        means[class_of(at)].iter_mut().zip(activity.row(at)).for_each(|(mean, value)| *mean += f64::from(*value));
    }
    for (mean, count) in means.iter_mut().zip(&counts) {
        mean.iter_mut().for_each(|mean| *mean /= count);
    }
    let square = |a: usize, b: usize| means[a].iter().zip(&means[b]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    (0..classes).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| square(a, b).sqrt()).collect()
}

#[cfg(test)]
mod tests;
