//! What a rule claims about itself, as data: the ledger of biological plausibility, whose rows tests check by intervention.

/// How a rule's proposal is related to the gradient of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradientClaim {
    /// Equal to it for every layer.
    Exact,
    /// Equal for the last layer; elsewhere it comes to point into the same half-space.
    Aligned,
    /// Tends to it in a stated limit of the settings.
    Limit,
    /// Tends, in a stated limit of the settings, to the gradient of the loss of *settled* answers; that of the forward
    /// pass's answer is another.
    SettledLimit,
    /// Equal for the last layer; elsewhere it is the gradient of another, local loss.
    Local,
    /// Equal for the last layer; elsewhere it is the gradient of the loss and of the losses of classifiers on the way to
    /// the output, together.
    Supervised,
    /// Equal for the last layer; the others are not trained.
    Readout,
    /// Equal for the last layer; the others follow activity alone, down no loss.
    Unsupervised,
    /// Its mean over the noise that the rule draws is the gradient, for every layer, up to a stated bias.
    Estimate,
    /// Comes to point into its half-space in every layer, the last one included; equal in none.
    Approximate,
    /// The gradient of what the layer leaves unpredicted below it, in every layer, the last one included: of the loss of
    /// the answer it is none.
    Generative,
}

/// What the path of the error knows of the forward weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nothing.
    None,
    /// Their signs.
    Sign,
    /// Their values.
    Full,
}

/// How the error of the output reaches a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPath {
    /// Through every layer between, in a separate pass.
    Chained,
    /// In one hop from the output.
    Direct,
    /// Through every layer between, while states settle.
    Settled,
    /// Not at all: the layer has a loss of its own.
    Own,
    /// As one number for all synapses: how much better or worse the output got.
    Broadcast,
    /// Through the input: a second forward pass carries it up.
    Input,
    /// Not at all: hidden layers are not trained, or by activity alone.
    Absent,
}

/// What happens to forward activity between a layer's first answer and its update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Nothing: the layer updates from its first answer, and the next input may follow.
    None,
    /// It is held while a backward pass comes down.
    Sweep,
    /// It is held while states settle.
    Settling,
    /// A second forward pass of the same input follows.
    SecondPass,
}

/// What a synapse uses of the other units of its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateral {
    /// Nothing.
    None,
    /// Something of all units alike: a rank, a sum, a similarity.
    Symmetric,
    /// Something that depends on their order or on groups fixed beforehand.
    Ordered,
}

/// How long a layer's update waits for other layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// It waits for none above it.
    None,
    /// Until the output is there.
    UntilOutput,
    /// Until all layers above have answered.
    Full,
}

/// A rule's row in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Relation to the gradient of the loss.
    pub gradient: GradientClaim,
    /// Whether synapses must know other synapses' weights.
    pub transport: Transport,
    /// The way of the error.
    pub error_path: ErrorPath,
    /// What a layer's update waits for.
    pub locking: Locking,
    /// What happens to forward activity before the update.
    pub pause: Pause,
    /// What a synapse uses of its layer's other units.
    pub lateral: Lateral,
    /// Whether an update mixes samples: it is then no mean over samples.
    pub mixes_samples: bool,
    /// Whether fresh random numbers are drawn in every learning step.
    pub draws_noise: bool,
    /// What one synapse uses besides its own pre- and postsynaptic activity.
    pub third_factor: &'static str,
    /// Whether a signed error must be transmitted.
    pub signed_error: bool,
    /// What is held until the update.
    pub stores: &'static str,
    /// Whether layers can be updated at the same time.
    pub parallel: bool,
    /// Whether what hidden layers learn depends on the targets.
    pub needs_targets: bool,
}

impl Claims {
    /// Whether the hidden layers are trained.
    pub fn trains_hidden(&self) -> bool {
        match self.gradient {
            GradientClaim::Exact
            | GradientClaim::Aligned
            | GradientClaim::Limit
            | GradientClaim::SettledLimit
            | GradientClaim::Local
            | GradientClaim::Supervised
            | GradientClaim::Unsupervised
            | GradientClaim::Estimate
            | GradientClaim::Approximate
            | GradientClaim::Generative => true,
            GradientClaim::Readout => false,
        }
    }

    /// Whether the last layer follows its exact gradient.
    pub fn trains_last_exactly(&self) -> bool {
        match self.gradient {
            GradientClaim::Exact
            | GradientClaim::Aligned
            | GradientClaim::Local
            | GradientClaim::Supervised
            | GradientClaim::Readout
            | GradientClaim::Unsupervised => true,
            GradientClaim::Limit
            | GradientClaim::SettledLimit
            | GradientClaim::Estimate
            | GradientClaim::Approximate
            | GradientClaim::Generative => false,
        }
    }
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Key in `references.bib`.
    pub key: &'static str,
    /// Place in the publication.
    pub place: &'static str,
}
