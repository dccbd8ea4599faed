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
    /// Equal for the last layer; elsewhere it is the gradient of another, local loss.
    Local,
    /// Equal for the last layer; the others are not trained.
    Readout,
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
    /// Not at all: no hidden layer is trained.
    Absent,
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
    /// What one synapse uses besides its own pre- and postsynaptic activity.
    pub third_factor: &'static str,
    /// Whether a signed error must be transmitted.
    pub signed_error: bool,
    /// What is held until the update.
    pub stores: &'static str,
    /// Whether layers can be updated at the same time.
    pub parallel: bool,
    /// Whether learning needs targets.
    pub needs_targets: bool,
}

impl Claims {
    /// Whether the hidden layers are trained.
    pub fn trains_hidden(&self) -> bool {
        match self.gradient {
            GradientClaim::Exact | GradientClaim::Aligned | GradientClaim::Limit | GradientClaim::Local => true,
            GradientClaim::Readout => false,
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
