//! Gradient boosting: many small trees, each mending what the ones before left over.

use serde::{Deserialize, Serialize};

use super::engine::directions::directions_of;
use super::engine::effort::{Change, HoldBack};
use super::engine::hist::TreeEnsemble;
use super::engine::hist::bins::{MOST_BINS, bins_of};
use super::engine::hist::boost::{Answers, BoostOptions, Boosted, EarlyStop, boost};
use super::engine::hist::grow::{GrowOptions, Order};
use super::engine::hist::loss::{Loss, expected, sigmoid};
use super::engine::hist::split::SplitRule;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct GradientBoosting;

const NAME: &str = "Gradient boosting";
/// Rows set aside, and rounds waited for, where the fit stops by itself.
const STOP: EarlyStop = EarlyStop {
    share: 0.1,
    patience: 10,
};

static LOSSES: &[(&str, &str)] = &[
    ("squared", "Squared error: predict the mean"),
    ("absolute", "Absolute error: predict the median"),
    ("quantile", "A quantile: most answers lie below"),
    ("poisson", "Counts (Poisson)"),
    ("gamma", "Amounts above 0 (gamma)"),
];

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "rounds",
        label: "Trees",
        help: "How many trees are added up; for several classes, how many per class (boosting rounds)",
        kind: ParamKind::Integer {
            min: 1,
            max: 10_000,
        },
        default: ParamDefault::Integer(100),
    },
    ParamSpec {
        key: "learning_rate",
        label: "Step of each tree",
        help: "Smaller steps need more trees and often predict better (learning rate)",
        kind: ParamKind::Number {
            min: 0.001,
            max: 1.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(0.1),
    },
    ParamSpec {
        key: "leaves",
        label: "Most groups per tree",
        help: "A tree divides the rows into at most this many groups (leaves)",
        kind: ParamKind::Integer { min: 2, max: 4096 },
        default: ParamDefault::Integer(31),
    },
    ParamSpec {
        key: "max_depth",
        label: "Most questions in a row",
        help: "0 sets no limit of its own (maximum depth)",
        kind: ParamKind::Integer { min: 0, max: 64 },
        default: ParamDefault::Integer(0),
    },
    ParamSpec {
        key: "min_rows_leaf",
        label: "Fewest rows per group",
        help: "A group must hold at least this many practice rows (minimum leaf size)",
        kind: ParamKind::Integer {
            min: 1,
            max: 100_000,
        },
        default: ParamDefault::Integer(20),
    },
    ParamSpec {
        key: "weigh_rows",
        label: "Certain rows count for less",
        help: "A group must also weigh nearly as much as its fewest rows do on average; rows that earlier trees are sure of weigh little, so that trees do not chase the last of them (by hessians)",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
    ParamSpec {
        key: "l2",
        label: "Caution of the groups",
        help: "Larger pulls the answers of small groups towards zero (L2 penalty)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1000.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "row_share",
        label: "Share of rows per tree",
        help: "Below 1 each tree sees another draw of the rows (subsampling)",
        kind: ParamKind::Number {
            min: 0.05,
            max: 1.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "column_share",
        label: "Share of columns per tree",
        help: "Below 1 each tree sees another draw of the columns",
        kind: ParamKind::Number {
            min: 0.05,
            max: 1.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "combine",
        label: "Trees may combine columns",
        help: "If not, every tree asks about one column only, and the effects of the columns add up (no interactions)",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
    ParamSpec {
        key: "rising",
        label: "Columns that can only raise the prediction",
        help: "Number columns whose larger values must never lower the prediction (monotone constraint)",
        kind: ParamKind::Columns,
        default: ParamDefault::None,
    },
    ParamSpec {
        key: "falling",
        label: "Columns that can only lower the prediction",
        help: "Number columns whose larger values must never raise the prediction (monotone constraint)",
        kind: ParamKind::Columns,
        default: ParamDefault::None,
    },
    ParamSpec {
        key: "stop_early",
        label: "Stop when more trees do not help",
        help: "Sets a tenth of the practice rows aside and stops after ten trees that do not help on them (early stopping)",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(false),
    },
    ParamSpec {
        key: "loss",
        label: "What a number should be",
        help: "For numbers: which error is made small (loss)",
        kind: ParamKind::Choice(LOSSES),
        default: ParamDefault::Text("squared"),
    },
    ParamSpec {
        key: "quantile",
        label: "Share of answers below",
        help: "For a quantile: 0.9 predicts what nine of ten answers stay below",
        kind: ParamKind::Number {
            min: 0.01,
            max: 0.99,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.5),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("rounds", 20, 500).logarithmic(),
    SearchSpec::number("learning_rate", 0.01, 0.5).logarithmic(),
    SearchSpec::integer("leaves", 3, 128).logarithmic(),
    SearchSpec::integer("min_rows_leaf", 2, 100).logarithmic(),
    SearchSpec::number("l2", 0.0, 100.0).from_zero(0.01),
    SearchSpec::number("row_share", 0.4, 1.0),
    SearchSpec::number("column_share", 0.3, 1.0),
];

/// How scores become predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Link {
    Same,
    /// e to the score.
    Exponential,
    /// One score per class present; with two classes, one score for the second.
    Classes,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BoostedModel {
    trees: TreeEnsemble,
    link: Link,
    /// Classes seen in training, ascending; the others have probability 0. Empty for numbers.
    present: Vec<u32>,
    /// Classes in all; 0 for numbers.
    classes: usize,
    rounds: u32,
}

impl Learner for GradientBoosting {
    fn id(&self) -> &'static str {
        "gradient_boosting"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Adds up many small trees, each mending what the ones before got wrong."
    }

    fn when_to_use(&self) -> &'static str {
        "When the best prediction counts: on tables it is hard to beat, with blanks and categories as they are."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With a few hundred rows, or when every prediction must be explained by a rule you can read."
    }

    fn source(&self) -> &'static str {
        "J. Friedman, Greedy Function Approximation: A Gradient Boosting Machine, Annals of Statistics 29 (2001), 1189–1232; histograms and leaf-wise growth as in G. Ke et al., LightGBM (2017)"
    }

    fn readability(&self) -> &'static str {
        "Hard to read"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const {
            &[
                HoldBack::simpler("leaves", Change::Times(0.5)),
                HoldBack::earlier("stop_early", Change::Switch(true)),
            ]
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            intake: Intake::Native,
            weights: true,
            live: true,
            complexity: 4,
            family: Family::Tree,
            suggested: true,
            ..Capabilities::default()
        }
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<Box<dyn Model>, UserError> {
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_native_training_data(x, y)?;
        let options = options_of(&params, x.cols, context)?;
        let fit = |answers: Answers<'_>| {
            let binned = bins_of(x, context, MOST_BINS)?;
            boost(&binned, answers, &options, context)
        };
        let model = match y {
            Target::Numbers(values) => {
                let loss = loss_of(&params);
                loss.check(values)?;
                if loss.leaf_quantile().is_some() && !options.grow.directions.is_empty() {
                    return Err(UserError::usage(
                        "settings_do_not_go_together",
                        "A median or quantile cannot be kept rising or falling",
                        "Columns in one direction need the squared error, counts or amounts"
                            .to_owned(),
                    )
                    .with_hint("Choose another error, or no columns in one direction"));
                }
                let link = match loss {
                    Loss::Poisson | Loss::Gamma => Link::Exponential,
                    _ => Link::Same,
                };
                BoostedModel::new(fit(Answers::Numbers(values, loss))?, link, Vec::new(), 0)
            }
            Target::Classes { codes, count } => {
                let present = engine::present_classes(codes, *count, context.weights);
                let places = engine::places_of(codes, &present);
                let boosted = match present.len() {
                    0 | 1 => certain(x.cols),
                    2 => {
                        let answers: Vec<f64> =
                            places.iter().map(|&place| f64::from(place)).collect();
                        fit(Answers::Numbers(&answers, Loss::Logistic))?
                    }
                    many => fit(Answers::Classes(&places, many))?,
                };
                BoostedModel::new(boosted, Link::Classes, present, *count)
            }
        };
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: BoostedModel = saved::read(saved, NAME)?;
        let classes = model.link == Link::Classes;
        saved::require_shape(model.trees.features, model.classes.max(1), NAME)?;
        let scores = match model.present.len() {
            0..=2 => 1,
            many => many,
        };
        let known = model.present.windows(2).all(|pair| pair[0] < pair[1])
            && model
                .present
                .iter()
                .all(|&class| (class as usize) < model.classes);
        let holds = known
            && classes == (model.classes > 0)
            && classes != model.present.is_empty()
            && model.trees.outputs == scores
            && model.trees.width == 1;
        saved::require(holds, NAME, "its trees do not fit its classes")?;
        Ok(Box::new(model))
    }
}

/// One class only: there is nothing to learn.
fn certain(features: usize) -> Boosted {
    Boosted {
        trees: TreeEnsemble::new(features, vec![0.0], 1),
        rounds: 0,
    }
}

fn loss_of(params: &Params) -> Loss {
    match params.text("loss") {
        "absolute" => Loss::Absolute,
        "quantile" => Loss::Quantile(params.number("quantile")),
        "poisson" => Loss::Poisson,
        "gamma" => Loss::Gamma,
        _ => Loss::Squared,
    }
}

fn options_of(
    params: &Params,
    columns: usize,
    context: &FitContext<'_>,
) -> Result<BoostOptions, UserError> {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1);
    Ok(BoostOptions {
        rounds: whole("rounds") as u32,
        learning_rate: params.number("learning_rate"),
        grow: GrowOptions {
            most_leaves: whole("leaves"),
            most_depth: match whole("max_depth") {
                0 => usize::MAX,
                depth => depth,
            },
            order: Order::BestFirst,
            rule: SplitRule {
                l2: params.number("l2"),
                min_rows: whole("min_rows_leaf") as u64,
                min_hessian: 1e-3,
                // A single row is no limit, so one less.
                min_average_rows: if params.bool("weigh_rows") {
                    whole("min_rows_leaf") as f64 - 1.0
                } else {
                    0.0
                },
                min_gain: 0.0,
                category_smoothing: 10.0,
                category_l2: 10.0,
                category_most: 32,
                // 10 and 95 rows unless small leaves are asked for.
                category_rows: whole("min_rows_leaf") as u64 / 2,
                category_group: 5 * (whole("min_rows_leaf") as u64).saturating_sub(1),
                one_against_rest: 4,
            },
            directions: directions_of(params, columns, context)?,
            together: if params.bool("combine") {
                Vec::new()
            } else {
                (0..columns).map(|column| vec![column]).collect()
            },
        },
        row_share: params.number("row_share"),
        column_share: params.number("column_share"),
        stop: params.bool("stop_early").then_some(STOP),
    })
}

impl BoostedModel {
    fn new(boosted: Boosted, link: Link, present: Vec<u32>, classes: usize) -> Self {
        Self {
            trees: boosted.trees,
            link,
            present,
            classes,
            rounds: boosted.rounds,
        }
    }

    /// Scores of one row to probabilities of all classes.
    fn shares(&self, scores: &[f64], shares: &mut [f64]) {
        match (self.present.as_slice(), scores) {
            ([only], _) => shares[*only as usize] = 1.0,
            ([first, second], [score]) => {
                shares[*second as usize] = sigmoid(*score);
                shares[*first as usize] = 1.0 - sigmoid(*score);
            }
            (present, scores) => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
                for (&class, score) in present.iter().zip(scores) {
                    shares[class as usize] = (score - largest).exp() / sum;
                }
            }
        }
    }
}

impl Model for BoostedModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.trees.features)?;
        let mut scores = self.trees.predict(x, task)?;
        match self.link {
            Link::Same => Ok(scores),
            Link::Exponential => {
                scores
                    .iter_mut()
                    .for_each(|score| *score = expected(*score));
                Ok(scores)
            }
            Link::Classes => {
                let mut shares = vec![0.0; x.rows * self.classes];
                let rows = shares.chunks_exact_mut(self.classes);
                for (scores, shares) in scores.chunks_exact(self.trees.outputs).zip(rows) {
                    self.shares(scores, shares);
                }
                Ok(shares)
            }
        }
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.trees.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        if self.present.len() == 1 {
            let only = self.present.first().map_or(0, |&class| class as usize);
            let mut shares = TreeEnsemble::new(self.trees.features, vec![0.0; self.classes], 1);
            shares.base[only] = 1.0;
            return shares.graph(graph, x);
        }
        let scores = self.trees.graph(graph, x)?;
        match self.link {
            Link::Same => Ok(scores),
            Link::Exponential => {
                let low = graph.scalar(-300.0);
                let high = graph.scalar(300.0);
                let scores = graph.op("Max", &[&scores, &low], Vec::new());
                let scores = graph.op("Min", &[&scores, &high], Vec::new());
                Ok(graph.op("Exp", &[&scores], Vec::new()))
            }
            Link::Classes => {
                let scores = if self.present.len() == 2 {
                    // One score for the second class: the first one has the score 0.
                    let both = graph.constant(&[1, 2], Constant::Double(vec![0.0, 1.0]));
                    graph.op("MatMul", &[&scores, &both], Vec::new())
                } else {
                    scores
                };
                let axis = vec![("axis", Attribute::Integer(-1))];
                let shares = graph.op("Softmax", &[&scores], axis);
                Ok(engine::spread_classes(
                    graph,
                    &shares,
                    &self.present,
                    self.classes,
                ))
            }
        }
    }

    /// Columns by their share of the improvement; unused ones are left out.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        self.trees.facts(features)
    }

    fn sentence(&self, features: &[String], _classes: &[String]) -> String {
        let Some(first) = self.trees.facts(features).into_iter().next() else {
            return "Found no question that helps: it gives every row the same answer".to_owned();
        };
        format!(
            "Adds up {} with {}; {} of the improvement comes from {}",
            format::counted(self.trees.trees() as u64, "tree"),
            format::counted(self.trees.leaves() as u64, "group"),
            format::share(first.value),
            first.label
        )
    }

    fn trees(&self) -> Option<&TreeEnsemble> {
        Some(&self.trees)
    }
}
