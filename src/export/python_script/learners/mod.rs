//! Every learner in scikit-learn's terms, or why it has none.

mod combined;
mod linear;
mod nets;
mod trees;

use crate::base::{Params, UserError};
use crate::clean::python::{number, text};
use crate::learn::Task;

use super::preparation::Shape;

/// How close a score of the translation is to be to ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same mathematics, solved to the end: equal but for rounding.
    Equal,
    /// The same kind of model: lots are drawn, or steps are taken, in other ways.
    Alike,
}

/// A learner as an expression that makes an estimator.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    pub code: String,
    /// (module, name)
    pub imports: Vec<(&'static str, &'static str)>,
    pub helpers: Vec<&'static str>,
    /// What is done in another way, a sentence each.
    pub remarks: Vec<String>,
    pub likeness: Likeness,
    /// NaN may be in the matrix.
    pub takes_blanks: bool,
    /// Rows may count differently.
    pub weights: bool,
}

/// What a translation may need to know.
pub struct Setting<'a> {
    pub task: &'a Task,
    pub seed: u64,
    pub shape: &'a Shape,
}

impl Setting<'_> {
    fn classes(&self) -> bool {
        self.task.is_classes()
    }

    /// What scikit-learn takes as a seed.
    fn seed(&self) -> u64 {
        self.seed % (1 << 32)
    }

    fn which(&self, classes: &'static str, numbers: &'static str) -> &'static str {
        if self.classes() { classes } else { numbers }
    }
}

impl Translation {
    /// `class` of `module`, with arguments.
    fn of(module: &'static str, class: &'static str, arguments: &Arguments) -> Self {
        Self {
            code: format!("{class}({})", arguments.0.join(", ")),
            imports: vec![(module, class)],
            helpers: Vec::new(),
            remarks: Vec::new(),
            likeness: Likeness::Alike,
            takes_blanks: false,
            weights: true,
        }
    }

    fn equal(mut self) -> Self {
        self.likeness = Likeness::Equal;
        self
    }

    fn takes_blanks(mut self) -> Self {
        self.takes_blanks = true;
        self
    }

    fn without_weights(mut self) -> Self {
        self.weights = false;
        self
    }

    fn remark(mut self, sentence: impl Into<String>) -> Self {
        self.remarks.push(sentence.into());
        self
    }

    fn import(mut self, module: &'static str, name: &'static str) -> Self {
        self.imports.push((module, name));
        self
    }

    fn helper(mut self, name: &'static str) -> Self {
        self.helpers.push(name);
        self
    }

    /// Another expression around this one, in which `{}` stands for it.
    fn inside(mut self, around: &str) -> Self {
        self.code = around.replace("{}", &self.code);
        self
    }

    /// Answers of mean 0 and standard deviation 1 while learning.
    fn scaled_answers(self) -> Self {
        self.import("sklearn.compose", "TransformedTargetRegressor")
            .import("sklearn.preprocessing", "StandardScaler")
            .inside("TransformedTargetRegressor({}, transformer=StandardScaler())")
            .without_weights()
    }
}

/// Arguments as they are written.
#[derive(Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn new() -> Self {
        Self::default()
    }

    fn plain(mut self, code: impl Into<String>) -> Self {
        self.0.push(code.into());
        self
    }

    fn code(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.0.push(format!("{name}={value}"));
        self
    }

    fn number(self, name: &str, value: f64) -> Self {
        // A fraction stays one: 1.0 and 1 mean different things to some settings.
        let written = match number(value) {
            whole
                if whole
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-') =>
            {
                format!("{whole}.0")
            }
            other => other,
        };
        self.code(name, written)
    }

    fn text(self, name: &str, value: &str) -> Self {
        let written = text(value);
        self.code(name, written)
    }
}

type Said = Result<Translation, UserError>;
type Sayer = fn(&Params, &Setting<'_>) -> Said;

/// The registry: learner → translation. A test holds it against the learners' own registry.
static SAID: &[(&str, Sayer)] = &[
    ("ada_boost", trees::ada_boost),
    ("bernoulli_naive_bayes", nets::bernoulli),
    ("calibrated", combined::calibrated),
    ("decision_tree", trees::decision_tree),
    ("elastic_net", linear::elastic_net),
    ("explainable_boosting", trees::explainable_boosting),
    ("extra_trees", trees::extra_trees),
    ("gamma_regression", linear::gamma),
    ("gaussian_naive_bayes", nets::gaussian),
    ("gaussian_process", nets::process),
    ("gradient_boosting", trees::gradient_boosting),
    ("guessing", trees::guessing),
    ("huber_regression", linear::huber),
    ("isolation_forest", trees::isolation_forest),
    ("k_nearest_neighbours", nets::neighbours),
    ("lasso", linear::lasso),
    ("linear_discriminant_analysis", linear::discriminant),
    ("linear_regression", linear::linear_regression),
    ("logistic_regression", linear::logistic),
    ("multinomial_naive_bayes", nets::multinomial),
    ("neural_network", nets::network),
    ("one_simple_rule", trees::one_simple_rule),
    ("partial_least_squares", linear::partial_least_squares),
    ("poisson_regression", linear::poisson),
    ("quadratic_discriminant_analysis", linear::quadratic),
    ("quantile_regression", linear::quantile),
    ("random_forest", trees::random_forest),
    ("ridge_regression", linear::ridge),
    ("stacking", combined::stacking),
    ("support_vector_machine", nets::vectors),
    ("tweedie_regression", linear::tweedie),
    ("voting", combined::voting),
];

/// A learner with its settings, complete and checked. The error says why it cannot be said.
pub fn translate(learner: &str, params: &Params, setting: &Setting<'_>) -> Said {
    let (_, said) = SAID
        .iter()
        .find(|(known, _)| *known == learner)
        .ok_or_else(|| {
            UserError::input(
                "learner_not_in_scikit_learn",
                "This model cannot be rebuilt in scikit-learn",
                format!("Nobody wrote down what {learner} is there"),
            )
            .with_hint("Export the model as ONNX: that runs in Python too")
        })?;
    said(params, setting)
}

/// Why one setting cannot be said.
fn refused(what: &str, why: &str) -> UserError {
    UserError::input(
        "setting_not_in_scikit_learn",
        what.to_owned(),
        why.to_owned(),
    )
    .with_hint(
        "Change the setting and train again, or export the model as ONNX: that runs in Python too",
    )
}
