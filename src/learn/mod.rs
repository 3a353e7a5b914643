//! Learners, one file per learner, the preparation fitted with them, and the engines they share.
//!
//! A learner sees a dense matrix of numbers without blanks (see [`prepare`]) and a target, and
//! returns a model of our own: plain numbers that predict, save, explain themselves and write
//! themselves as a tensor graph. No third-party model survives `fit`.

mod ada_boost;
mod bernoulli_naive_bayes;
mod calibrated;
mod decision_tree;
mod elastic_net;
mod explainable_boosting;
mod extra_trees;
mod gamma_regression;
mod gaussian_naive_bayes;
mod gaussian_process;
mod gradient_boosting;
mod guessing;
mod huber_regression;
mod isolation_forest;
mod k_nearest_neighbours;
mod lasso;
mod linear_discriminant_analysis;
mod linear_regression;
mod logistic_regression;
mod multinomial_naive_bayes;
mod neural_network;
mod one_simple_rule;
mod partial_least_squares;
mod poisson_regression;
mod quadratic_discriminant_analysis;
mod quantile_regression;
mod random_forest;
mod ridge_regression;
mod stacking;
mod support_vector_machine;
mod tweedie_regression;
mod voting;
// Not learners: tables to numbers, what is fitted before a learner, and what learners share.
pub mod engine;
pub mod matrix;
pub mod prepare;

pub use matrix::{Matrix, RawColumn, RawData, RawFrame};
pub use prepare::Preparation;

use serde::{Deserialize, Serialize};

use crate::base::graph::{Graph, Value};
use crate::base::{ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

/// What is being predicted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Task {
    /// One of several classes, in sorted order. Two classes are "yes or no".
    Classes { names: Vec<String> },
    /// A number.
    Number,
}

impl Task {
    /// Width of a prediction: one probability per class, or one number.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { names } => names.len(),
            Self::Number => 1,
        }
    }

    pub fn is_classes(&self) -> bool {
        matches!(self, Self::Classes { .. })
    }
}

/// The answers to learn from.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Class index per row, `0..count`. A class may be absent from the rows of a fold.
    Classes {
        codes: Vec<u32>,
        count: usize,
    },
    Numbers(Vec<f64>),
}

impl Target {
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { count, .. } => *count,
            Self::Numbers(_) => 1,
        }
    }

    pub fn rows(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { codes, count } => Self::Classes {
                codes: rows
                    .iter()
                    .filter_map(|&row| codes.get(row).copied())
                    .collect(),
                count: *count,
            },
            Self::Numbers(values) => Self::Numbers(
                rows.iter()
                    .filter_map(|&row| values.get(row).copied())
                    .collect(),
            ),
        }
    }
}

/// How a learner takes its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intake {
    /// Finite numbers: blanks are filled, a category becomes columns of 0 and 1.
    #[default]
    Filled,
    /// Blanks stay blank (NaN), and a category stays one column of codes; see [`FeatureKind`].
    Native,
}

/// What one matrix column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// An ordered number, exactly representable as `f32`. NaN is blank where the learner takes
    /// columns natively.
    Number,
    /// A code in `0..levels`, in no meaningful order. NaN is blank, or a value never seen.
    Category { levels: u32 },
}

/// A matrix column and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    pub name: String,
    pub kind: FeatureKind,
}

/// Learners that think alike: how a long list of them is sorted for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Guessing and simple rules: what every model must beat.
    Yardstick,
    /// A weight per column, added up.
    #[default]
    Linear,
    /// Questions with yes or no.
    Tree,
    /// Rows like this one.
    Similarity,
    /// How likely each value is in each class.
    Probability,
    /// Layers of weights.
    Network,
    /// Other models put together.
    Combination,
}

impl Family {
    pub const ALL: [Self; 7] = [
        Self::Yardstick,
        Self::Linear,
        Self::Tree,
        Self::Similarity,
        Self::Probability,
        Self::Network,
        Self::Combination,
    ];

    /// Sentence case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yardstick => "Yardsticks",
            Self::Linear => "Weights added up (linear)",
            Self::Tree => "Questions (trees)",
            Self::Similarity => "Rows that are alike",
            Self::Probability => "Chances per class (naive Bayes)",
            Self::Network => "Networks",
            Self::Combination => "Several models together",
        }
    }
}

/// Which numbers a learner can learn to predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    #[default]
    Any,
    NotNegative,
    Positive,
}

impl Answers {
    /// Whether a learner can learn numbers of which this is the lowest.
    pub fn reach(self, lowest: f64) -> bool {
        match self {
            Self::Any => true,
            Self::NotNegative => lowest >= 0.0,
            Self::Positive => lowest > 0.0,
        }
    }
}

/// What a learner can do: decides where it is offered and how its columns are prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    pub classes: bool,
    pub numbers: bool,
    /// Numbers beyond these are refused.
    pub answers: Answers,
    /// Columns are centred and scaled to unit spread before fitting.
    pub wants_scaling: bool,
    pub intake: Intake,
    /// Uses [`FitContext::weights`]. Where it does not, weights are refused, never ignored.
    pub weights: bool,
    /// Made of other learners, and never a part of one that is.
    pub combines: bool,
    /// Reports [`Round`]s while it fits.
    pub live: bool,
    /// The model is one tree that can be drawn: [`Model::diagram`] answers.
    pub one_tree: bool,
    pub family: Family,
    /// Ticked until a person decides: a few learners of different kinds that suit most tables.
    pub suggested: bool,
    /// A yardstick (Guessing, One simple rule): always trained, never recommended.
    pub yardstick: bool,
    /// 0 is the simplest; decides which model of a tie is recommended.
    pub complexity: u8,
}

/// Where a fit stands after one round (a tree, an epoch, a step of an optimiser).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Rounds done, from 1.
    pub round: u32,
    /// Rounds at most; fewer when it stops early.
    pub rounds: u32,
    /// Mean loss on the rows learned from; smaller is better.
    pub training: f64,
    /// Mean loss on rows the learner itself set aside, where it does.
    pub checking: Option<f64>,
}

/// Everything a fit may use besides its data.
#[derive(Clone, Copy)]
pub struct FitContext<'a> {
    pub task: &'a TaskContext,
    pub seed: u64,
    /// One per matrix column; empty means that all are numbers without names.
    pub features: &'a [Feature],
    /// One per row, finite, not negative, not all zero. None: every row counts once.
    pub weights: Option<&'a [f64]>,
    /// Told of every round, from the thread that fits.
    pub on_round: Option<&'a dyn Fn(Round)>,
    /// Bins of these rows, shared with the other learners that fit on them.
    pub bins: Option<&'a engine::hist::BinCache>,
    /// How many threads a fit may use. The result never depends on it.
    pub threads: usize,
}

impl<'a> FitContext<'a> {
    /// Only what is needed: no names, no weights, nobody watching, one thread.
    pub fn new(task: &'a TaskContext, seed: u64) -> Self {
        Self {
            task,
            seed,
            features: &[],
            weights: None,
            on_round: None,
            bins: None,
            threads: 1,
        }
    }

    pub fn feature_kind(&self, column: usize) -> FeatureKind {
        self.features
            .get(column)
            .map_or(FeatureKind::Number, |feature| feature.kind)
    }

    pub fn report(&self, round: Round) {
        if let Some(on_round) = self.on_round {
            on_round(round);
        }
    }
}

/// One line of what theory says about a coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Matrix column, or None for the intercept.
    pub feature: Option<usize>,
    /// Class the coefficient speaks for, where there are several.
    pub class: Option<usize>,
    pub estimate: f64,
    pub standard_error: f64,
    /// Estimate divided by its standard error: t or z.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// 95 % confidence interval.
    pub lower: f64,
    pub upper: f64,
}

/// What one more of a column does, its coefficient being b.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Adds b to the answer.
    #[default]
    Adds,
    /// Multiplies the answer by e to the power of b.
    Multiplies,
    /// Multiplies the odds of a class by e to the power of b.
    MultipliesOdds,
}

/// Coefficients with what the theory says of them, and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CoefficientTable {
    pub rows: Vec<Coefficient>,
    /// None where the normal distribution is used instead of Student's t.
    pub degrees_of_freedom: Option<f64>,
    pub effect: Effect,
    /// Class that the odds are against.
    pub reference: Option<usize>,
    /// Per matrix column, root mean square distance from its mean in training: a typical
    /// difference. Empty where it is not known.
    pub spreads: Vec<f64>,
}

/// How the weights change as the penalty on them grows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PenaltyPath {
    /// Largest first.
    pub penalties: Vec<f64>,
    /// Matrix columns shown: those that move the answer most somewhere on the path.
    pub columns: Vec<usize>,
    /// Row-major penalties × columns, in the units of the columns.
    pub coefficients: Vec<f64>,
    /// How many columns are used at each penalty.
    pub used: Vec<u32>,
    /// Mean squared error on rows left out, at each penalty; empty when the penalty was given.
    pub errors: Vec<f64>,
    /// Standard deviation of that error over the parts left out.
    pub error_spreads: Vec<f64>,
    /// The penalty used.
    pub chosen: f64,
}

impl PenaltyPath {
    /// Whether it holds together and fits a model of this many features.
    pub fn belongs_to(&self, features: usize) -> bool {
        let steps = self.penalties.len();
        let checked = [&self.errors, &self.error_spreads]
            .iter()
            .all(|values| values.is_empty() || values.len() == steps);
        checked
            && self.used.len() == steps
            && steps.checked_mul(self.columns.len()) == Some(self.coefficients.len())
            && self.columns.iter().all(|&column| column < features)
            && self.chosen.is_finite()
            && [
                &self.penalties,
                &self.coefficients,
                &self.errors,
                &self.error_spreads,
            ]
            .iter()
            .all(|values| engine::saved::finite(values))
    }
}

/// How well a model predicts practice rows, asking of each row only those of its parts that did not
/// learn from it: an estimate for new rows that needs no rows set aside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutOfBag {
    /// Classes: share of the rows whose most probable class is right. Numbers: share of the variance
    /// explained (R²), below 0 where the mean would predict better.
    pub score: f64,
    /// Practice rows that at least one part did not learn from.
    pub rows: u64,
    pub classes: bool,
}

impl OutOfBag {
    /// What the score says, as one sentence.
    pub fn sentence(&self) -> String {
        let rows = format::counted(self.rows, "practice row");
        let asked = "each judged only by trees that had not seen it";
        match (self.classes, self.score < 0.0) {
            (true, _) => format!(
                "Of {rows}, {asked}, {} are right (out-of-bag accuracy)",
                format::share(self.score)
            ),
            (false, false) => format!(
                "Over {rows}, {asked}, the trees explain {} of the variance (out-of-bag R²)",
                format::share(self.score)
            ),
            (false, true) => format!(
                "Over {rows}, {asked}, the trees do worse than the mean of all answers (out-of-bag R² {})",
                format::number(self.score, 3)
            ),
        }
    }
}

/// One fact of a model in words and numbers: a coefficient, a rule, a count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFact {
    pub label: String,
    pub value: f64,
}

/// A tree as a person looks at it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeDiagram {
    /// Node 0 is the root; children come after their parent.
    pub nodes: Vec<DiagramNode>,
}

/// A question, or an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiagramNode {
    /// None at an answer. Otherwise a sentence that is true or not: "tenure is at most 3.5".
    pub question: Option<String>,
    /// The nodes for yes and for no; the node itself at an answer.
    pub yes: usize,
    pub no: usize,
    /// Rows learned from that reached it.
    pub rows: u64,
    /// Class probabilities, or one number.
    pub values: Vec<f64>,
}

impl TreeDiagram {
    pub fn is_answer(&self, node: usize) -> bool {
        self.nodes
            .get(node)
            .is_none_or(|found| found.question.is_none())
    }

    /// Number of questions on the longest way.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0usize; self.nodes.len()];
        for (index, found) in self.nodes.iter().enumerate() {
            if found.question.is_none() {
                continue;
            }
            let below = depths.get(index).copied().unwrap_or(0) + 1;
            for child in [found.yes, found.no] {
                if let Some(depth) = depths.get_mut(child) {
                    *depth = below;
                }
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Node by node, whether it is `node` or below it.
    pub fn below(&self, node: usize) -> Vec<bool> {
        let mut inside = vec![false; self.nodes.len()];
        for (index, found) in self.nodes.iter().enumerate() {
            if index == node
                && let Some(place) = inside.get_mut(index)
            {
                *place = true;
            }
            if inside.get(index) == Some(&true) && found.question.is_some() {
                for child in [found.yes, found.no] {
                    if let Some(place) = inside.get_mut(child) {
                        *place = true;
                    }
                }
            }
        }
        inside
    }
}

/// One learner.
pub trait Learner: Sync {
    fn id(&self) -> &'static str;
    /// Sentence case.
    fn name(&self) -> &'static str;
    /// What it does, one plain sentence.
    fn summary(&self) -> &'static str;
    fn when_to_use(&self) -> &'static str;
    fn when_not_to_use(&self) -> &'static str;
    /// Where the method is described: author, work, page.
    fn source(&self) -> &'static str;
    /// Two or three words under the name: "Readable weights", "Hard to read".
    fn readability(&self) -> &'static str;
    fn params(&self) -> &'static [ParamSpec];
    /// Which settings are worth tuning, and where. A setting that decides what is predicted (a
    /// quantile, a loss) or how the work is done (rounds to wait, digits) is not one of them.
    fn search(&self) -> &'static [SearchSpec] {
        &[]
    }
    fn capabilities(&self) -> Capabilities;
    /// How its work grows with the rows.
    fn cost(&self) -> engine::effort::Cost {
        engine::effort::Cost::LINEAR
    }
    /// Settings that hold it back where it learns by heart, the plainest first.
    fn hold_back(&self) -> &'static [engine::effort::HoldBack] {
        &[]
    }
    /// `x`: rows × features, finite. Errors name what is wrong with the data; never panics.
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<Box<dyn Model>, UserError>;
    /// The inverse of [`Model::save`]. Checks every length and index: the file may be damaged.
    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError>;
}

/// A fitted model: plain numbers of our own.
pub trait Model: Send + Sync {
    /// Row-major rows × outputs: class probabilities summing to one, or one number per row.
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError>;
    fn save(&self) -> serde_json::Value;
    /// Number of features it expects.
    fn features(&self) -> usize;
    /// Adds itself to a graph. `x` is double, [rows, features]; the result is double,
    /// [rows, outputs], equal to [`Model::predict`].
    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError>;
    /// What the model learned, most important first. `features` names the matrix columns.
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact>;
    /// One sentence a person can read: the rule, the depth, the number of neighbours.
    fn sentence(&self, features: &[String], classes: &[String]) -> String;
    /// Standard errors, tests and intervals, where the theory gives them.
    fn coefficients(&self) -> Option<CoefficientTable> {
        None
    }
    /// Why [`Model::coefficients`] has nothing to say.
    fn why_no_coefficients(&self) -> &'static str {
        "It does not add up weighted columns, so there are no coefficients to be sure or unsure of."
    }
    /// The one tree the model is, where it is one. `features` names the matrix columns.
    fn diagram(&self, _features: &[String]) -> Option<TreeDiagram> {
        None
    }
    /// The answer of [`Model::diagram`] that each row ends in; None where there is no such tree.
    fn answers(&self, _x: &Matrix, _task: &TaskContext) -> Result<Option<Vec<u32>>, UserError> {
        Ok(None)
    }
    /// How well it predicts rows that its parts did not learn from, where it kept count.
    fn out_of_bag(&self) -> Option<OutOfBag> {
        None
    }
    /// How near each row of `x` is to each row of `of`: the share of trees in which both end in the
    /// same leaf, between 0 and 1, row-major `x.rows` × `of.rows` (L. Breiman, Random Forests,
    /// documentation of 2003, "Proximities"). None where the model is not made of trees that were
    /// grown side by side. Rows of another width than the model expects are refused.
    fn proximity(
        &self,
        _of: &Matrix,
        _x: &Matrix,
        _task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        Ok(None)
    }
    /// How the weights change with the penalty, where the learner has one and follows it.
    fn path(&self) -> Option<&PenaltyPath> {
        None
    }
    /// The curves of every column, where the model adds them up. `features` names the matrix columns.
    fn shapes(&self, _features: &[String]) -> Option<engine::additive::AdditiveShapes> {
        None
    }
    /// The trees, where the model is made of trees that can be looked at and exported as such.
    fn trees(&self) -> Option<&engine::hist::TreeEnsemble> {
        None
    }
}

/// Every learner, sorted by id. To add one: write its file, add its two lines here. Tests do the rest.
pub static REGISTRY: &[&dyn Learner] = &[
    &ada_boost::AdaBoost,
    &bernoulli_naive_bayes::BernoulliNaiveBayes,
    &calibrated::Calibrated,
    &decision_tree::DecisionTree,
    &elastic_net::LEARNER,
    &explainable_boosting::ExplainableBoosting,
    &extra_trees::ExtraTrees,
    &gamma_regression::LEARNER,
    &gaussian_naive_bayes::GaussianNaiveBayes,
    &gaussian_process::GaussianProcess,
    &gradient_boosting::GradientBoosting,
    &guessing::Guessing,
    &huber_regression::HuberRegression,
    &isolation_forest::IsolationForest,
    &k_nearest_neighbours::KNearestNeighbours,
    &lasso::LEARNER,
    &linear_discriminant_analysis::LinearDiscriminantAnalysis,
    &linear_regression::LinearRegression,
    &logistic_regression::LogisticRegression,
    &multinomial_naive_bayes::MultinomialNaiveBayes,
    &neural_network::NeuralNetwork,
    &one_simple_rule::OneSimpleRule,
    &partial_least_squares::PartialLeastSquares,
    &poisson_regression::LEARNER,
    &quadratic_discriminant_analysis::QuadraticDiscriminantAnalysis,
    &quantile_regression::QuantileRegression,
    &random_forest::RandomForest,
    &ridge_regression::RidgeRegression,
    &stacking::Stacking,
    &support_vector_machine::SupportVectorMachine,
    &tweedie_regression::LEARNER,
    &voting::Voting,
];

/// Learners that can do a task. `lowest`: the smallest answer, where numbers are predicted and it is
/// known; learners of counts and amounts cannot learn what lies below.
pub fn suited(task: &Task, lowest: Option<f64>) -> impl Iterator<Item = &'static dyn Learner> {
    let classes = task.is_classes();
    REGISTRY.iter().copied().filter(move |learner| {
        let can = learner.capabilities();
        let answers = lowest.is_none_or(|lowest| can.answers.reach(lowest));
        if classes {
            can.classes
        } else {
            can.numbers && answers
        }
    })
}

pub fn by_id(id: &str) -> Result<&'static dyn Learner, UserError> {
    REGISTRY
        .iter()
        .copied()
        .find(|learner| learner.id() == id)
        .ok_or_else(|| {
            let known: Vec<&str> = REGISTRY.iter().map(|learner| learner.id()).collect();
            UserError::usage(
                "unknown_learner",
                format!("There is no learner called {id}"),
                format!("The learners are {}", known.join(", ")),
            )
        })
}
