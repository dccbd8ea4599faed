//! What can be said of every learning rule without knowing any: its entry, and what it trains, found by asking it about
//! small networks. Nothing here names a rule.

use crate::bridge;
use crate::identity::stream;
use std::fmt;
use trompe_models::rules::{Inference, RuleEntry, Settings, Setup, Task};
use trompe_models::{
    Activation, DeviceKind, Initialization, LayerSpec, Loss, Network, NetworkSpec, Place, Precision, Scheme,
};

/// Shapes of the networks that every rule is asked about.
const SHAPES: [Shape; 3] = [Shape::Dense, Shape::MaxPool, Shape::AvgPool];

/// Their hidden units: nonlinearity by name, and whether activity is divided by its root mean square.
const UNITS: [(&str, Activation, bool); 5] = [
    ("relu", Activation::Relu, false),
    ("tanh", Activation::Tanh, false),
    ("sigmoid", Activation::Sigmoid, false),
    ("hard_sigmoid", Activation::HardSigmoid, false),
    ("relu + rms_norm", Activation::Relu, true),
];

/// What lies between image and readout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Dense,
    MaxPool,
    AvgPool,
}

impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Dense => "dense",
            Self::MaxPool => "conv + max pool",
            Self::AvgPool => "conv + avg pool",
        })
    }
}

/// One network that a rule was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `dense`, `conv + max pool`, `conv + avg pool`.
    pub shape: String,
    /// Its hidden units.
    pub units: &'static str,
    /// Why the rule does not train it; nothing where it does.
    pub refusal: Option<String>,
}

/// What is listed of a rule.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rule's own entry.
    pub entry: &'static RuleEntry,
    /// Tasks that it trains some network for, each with the first refusal where it trains none.
    pub tasks: Vec<(&'static str, Option<String>)>,
    /// What it said to classifying networks.
    pub networks: Vec<Probe>,
}

impl Page {
    /// Asks a rule.
    ///
    /// # Errors
    /// A network of the questions cannot be built, which is no fault of the rule.
    pub fn of(entry: &'static RuleEntry) -> Result<Self, String> {
        let networks = classifiers(&mut |network| ask(entry, Task::Classification, Loss::CrossEntropy, network))?;
        let images = painters(&mut |network| ask(entry, Task::Images, Loss::SquaredError, network))?;
        let verdict = |probes: &[Probe]| {
            let refused = probes.iter().all(|probe| probe.refusal.is_some());
            probes.first().filter(|_| refused).and_then(|probe| probe.refusal.clone())
        };
        let tasks = vec![("classification", verdict(&networks)), ("images", verdict(&images))];
        Ok(Self { entry, tasks, networks })
    }

    /// Names of the ways in which networks that it trained answer.
    pub fn answers(&self) -> Vec<&'static str> {
        self.entry.answers.iter().map(|inference: &Inference| bridge::inference_id(*inference)).collect()
    }

    /// Tasks that it can be trained for.
    pub fn trains(&self) -> Vec<&'static str> {
        self.tasks.iter().filter(|(_, refusal)| refusal.is_none()).map(|(task, _)| *task).collect()
    }

    /// One line for each shape: the units that it is trained with, or why none.
    pub fn network_lines(&self) -> Vec<String> {
        network_lines(&self.networks)
    }
}

fn network_lines(networks: &[Probe]) -> Vec<String> {
    if networks.iter().all(|probe| probe.refusal.is_none()) {
        return vec![format!("all that were tried: {} with {}", listed(&SHAPES), UNITS.map(|unit| unit.0).join(", "))];
    }
    let line = |shape: &Shape| {
        let name = shape.to_string();
        let of_shape = || networks.iter().filter(|probe| probe.shape == name);
        let units: Vec<&str> = of_shape().filter(|probe| probe.refusal.is_none()).map(|probe| probe.units).collect();
        let refusal = of_shape().find_map(|probe| Some((probe.units, probe.refusal.as_ref()?)));
        match (units.as_slice(), refusal) {
            ([], Some((_, why))) => format!("{name}: none ({why})"),
            (some, Some((unit, why))) => format!("{name}: {} (not {unit}: {why})", some.join(", ")),
            (some, None) => format!("{name}: {}", some.join(", ")),
        }
    };
    SHAPES.iter().map(line).collect()
}

fn listed(shapes: &[Shape]) -> String {
    shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ")
}

/// What a rule says to a network: nothing, or why not.
fn ask(entry: &RuleEntry, task: Task, loss: Loss, network: &Network) -> Option<String> {
    let setup = Setup { network, loss };
    let made = entry.make(&Settings::new(), setup, &mut stream(&["rulebook"]));
    match made {
        Ok(rule) => rule.supports(task, network).err().map(|reason| reason.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// Networks of three blocks that tell four classes apart, whose units make equal groups, one for each class.
fn classifiers(ask: &mut dyn FnMut(&Network) -> Option<String>) -> Result<Vec<Probe>, String> {
    let mut probes = Vec::new();
    for shape in SHAPES {
        for (units, activation, normalized) in UNITS {
            let readout = LayerSpec::Dense { units: 4, activation: Activation::Identity };
            let network = built([1, 8, 8], hidden(shape, activation, normalized), readout)?;
            probes.push(Probe { shape: shape.to_string(), units, refusal: ask(&network) });
        }
    }
    Ok(probes)
}

/// Networks that turn an image into an image.
fn painters(ask: &mut dyn FnMut(&Network) -> Option<String>) -> Result<Vec<Probe>, String> {
    let mut probes = Vec::new();
    for (units, activation, normalized) in UNITS {
        let layers = blocks([conv(3, activation), conv(4, activation)], None, normalized);
        let network = built([1, 4, 4], layers, conv(1, Activation::Identity))?;
        probes.push(Probe { shape: "conv".into(), units, refusal: ask(&network) });
    }
    Ok(probes)
}

fn conv(channels: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Conv { channels, kernel: 3, stride: 1, padding: 1, activation }
}

fn hidden(shape: Shape, activation: Activation, normalized: bool) -> Vec<LayerSpec> {
    let dense = |units| LayerSpec::Dense { units, activation };
    let convs = [conv(8, activation), conv(4, activation)];
    match shape {
        Shape::Dense => blocks([dense(12), dense(8)], None, normalized),
        Shape::MaxPool => blocks(convs, Some(LayerSpec::MaxPool { size: 2, stride: 2 }), normalized),
        Shape::AvgPool => blocks(convs, Some(LayerSpec::AvgPool { size: 2, stride: 2 }), normalized),
    }
}

fn blocks(heads: [LayerSpec; 2], pool: Option<LayerSpec>, normalized: bool) -> Vec<LayerSpec> {
    let tail: Vec<LayerSpec> = pool.into_iter().chain(normalized.then_some(LayerSpec::RmsNorm)).collect();
    heads.into_iter().flat_map(|head| [vec![head], tail.clone()].concat()).collect()
}

fn built(input: [usize; 3], mut layers: Vec<LayerSpec>, readout: LayerSpec) -> Result<Network, String> {
    layers.push(readout);
    let place = Place::new(DeviceKind::Flex, Precision::F32).map_err(|error| error.to_string())?;
    let initialization = Initialization { scheme: Scheme::ByActivation, output_scale: 0.3 };
    let spec = NetworkSpec { input, layers };
    Network::build(&spec, &place, initialization, &mut stream(&["rulebook"])).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use trompe_models::rules::ALL;

    fn has(network: &Network, wanted: impl Fn(&LayerSpec) -> bool) -> bool {
        network.layers().iter().any(|layer| wanted(layer.spec()))
    }

    #[test]
    fn what_is_refused_is_said_with_its_reason_and_what_is_not_is_listed() {
        // A rule that needs bounded units and no winners of a pool, known by its refusals alone.
        let mut picky = |network: &Network| {
            let max = has(network, |layer| matches!(layer, LayerSpec::MaxPool { .. }));
            let bounded = has(network, |layer| match layer {
                LayerSpec::Dense { activation, .. } | LayerSpec::Conv { activation, .. } => {
                    matches!(activation, Activation::Sigmoid | Activation::HardSigmoid)
                }
                _ => false,
            });
            match (max, bounded) {
                (true, _) => Some("no winners".to_owned()),
                (false, false) => Some("needs bounds".to_owned()),
                (false, true) => None,
            }
        };
        let said = network_lines(&classifiers(&mut picky).expect("networks"));
        let bounded = "sigmoid, hard_sigmoid (not relu: needs bounds)";
        let expected = [
            format!("dense: {bounded}"),
            "conv + max pool: none (no winners)".to_owned(),
            format!("conv + avg pool: {bounded}"),
        ];
        assert_eq!(said, expected);
        // Negative control: where nothing is refused, nothing is said to be.
        let open = network_lines(&classifiers(&mut |_| None).expect("networks"));
        assert!(open.len() == 1 && open[0].starts_with("all that were tried: dense, conv + max pool"), "{open:?}");
    }

    #[test]
    fn questions_are_networks_of_the_kinds_that_they_name() {
        let mut asked = Vec::new();
        let mut note = |network: &Network| {
            let normalized = has(network, |layer| matches!(layer, LayerSpec::RmsNorm));
            let dense = !has(network, |layer| matches!(layer, LayerSpec::Conv { .. }));
            asked.push((network.block_count(), dense, normalized));
            None
        };
        let probes = classifiers(&mut note).expect("networks");
        assert!(asked.len() == probes.len() && probes.len() == 15);
        for (probe, (count, dense, normalized)) in probes.iter().zip(asked) {
            assert_eq!((count, dense), (3, probe.shape == "dense"), "{probe:?}");
            assert_eq!(normalized, probe.units.contains("rms_norm"), "{probe:?}");
        }
    }

    #[test]
    fn every_rule_classifies_with_some_network() {
        for entry in ALL {
            let page = Page::of(entry).expect("networks");
            assert!(page.trains().contains(&"classification"), "{}: {:?}", entry.id, page.tasks);
            assert!(!page.answers().is_empty(), "{}", entry.id);
        }
    }
}
