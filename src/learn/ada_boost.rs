//! AdaBoost: small trees in turn, each on the rows the ones before got wrong, and a weighted vote.

use serde::{Deserialize, Serialize};

use super::engine::effort::{Change, Cost, HoldBack};
use super::engine::hist::TreeEnsemble;
use super::engine::hist::ada_boost::{self, AdaBoostOptions, ErrorCurve, Voters};
use super::engine::present::Present;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::search::SearchTask;
use crate::base::{
    ParamKind, ParamSpec, Params, Random, SearchSpec, TaskContext, UserError, format,
};

pub struct AdaBoost;

const NAME: &str = "AdaBoost";

static ERRORS: &[(&str, &str)] = &[
    ("linear", "As large as they are"),
    ("square", "Large ones more (squared)"),
    ("exponential", "Large ones less (exponential)"),
];

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "rounds",
        label: "Trees",
        help: "How many trees vote at most; it stops earlier when a tree is perfect or no better than chance",
        kind: ParamKind::Integer { min: 1, max: 1000 },
        default: ParamDefault::Integer(50),
    },
    ParamSpec {
        key: "max_depth",
        label: "Most questions in a row",
        help: "0 takes one question for classes and three for numbers, as is usual (maximum depth)",
        kind: ParamKind::Integer { min: 0, max: 10 },
        default: ParamDefault::Integer(0),
    },
    ParamSpec {
        key: "learning_rate",
        label: "Step per tree",
        help: "Smaller steps need more trees and follow odd rows less (learning rate)",
        kind: ParamKind::Number {
            min: 0.001,
            max: 2.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "errors",
        label: "How errors count",
        help: "For numbers: how much a row that is off weighs in the next tree (loss)",
        kind: ParamKind::Choice(ERRORS),
        default: ParamDefault::Text("linear"),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("rounds", 20, 300).logarithmic(),
    SearchSpec::number("learning_rate", 0.01, 2.0).logarithmic(),
    SearchSpec::integer("max_depth", 0, 6),
    SearchSpec::choice("errors", &["linear", "square", "exponential"])
        .only_for(SearchTask::Numbers),
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct AdaBoostModel {
    trees: TreeEnsemble,
    /// How much the word of each tree counts.
    weights: Vec<f64>,
    /// None for numbers.
    present: Option<Present>,
}

impl Learner for AdaBoost {
    fn id(&self) -> &'static str {
        "ada_boost"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Grows small trees one after the other, each on the rows that the ones before got wrong, and lets them vote."
    }

    fn when_to_use(&self) -> &'static str {
        "When many weak hints add up and the answers can be trusted; with one question per tree each column speaks for itself."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When some answers are wrong: it chases them. Its probabilities stay near the middle; put it into a calibrated model where they matter."
    }

    fn source(&self) -> &'static str {
        "Classes: J. Zhu, H. Zou, S. Rosset, T. Hastie, Multi-class AdaBoost, Statistics and Its Interface 2 (2009), 349–360, algorithm 2 (SAMME); numbers: H. Drucker, Improving Regressors using Boosting Techniques, ICML (1997), 107–115 (AdaBoost.R2)"
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
                HoldBack::simpler("max_depth", Change::HalfOrAtMost(3)),
                HoldBack::earlier("rounds", Change::Times(0.5)),
            ]
        }
    }

    fn cost(&self) -> Cost {
        Cost::TREES
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
        let options = options_of(&params, y);
        let (voters, present) = match y {
            Target::Numbers(values) => {
                let mut draw = |round: u32, weights: &[f64]| {
                    let mut random = Random::stream(context.seed, u64::from(round) + 1);
                    ada_boost::drawn(weights, &mut random)
                };
                let voters = ada_boost::numbers(x, values, &options, context, &mut draw)?;
                (voters, None)
            }
            Target::Classes { codes, count } => {
                let present = Present {
                    classes: engine::present_classes(codes, *count, context.weights),
                    count: *count,
                };
                let voters = if present.len() > 1 {
                    let places = engine::places_of(codes, &present.classes);
                    ada_boost::classes(x, &places, present.len(), &options, context)?
                } else {
                    Voters {
                        trees: TreeEnsemble::new(x.cols, vec![1.0], 1),
                        weights: Vec::new(),
                    }
                };
                (voters, Some(present))
            }
        };
        Ok(Box::new(AdaBoostModel {
            trees: voters.trees,
            weights: voters.weights,
            present,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: AdaBoostModel = saved::read(saved, NAME)?;
        let classes = model.present.as_ref().map_or(1, |present| present.count);
        saved::require_shape(model.trees.features, classes, NAME)?;
        let width = match &model.present {
            Some(present) if present.len() > 2 => present.len(),
            _ => 1,
        };
        let holds = model.present.as_ref().is_none_or(Present::is_valid)
            && model.trees.width == width
            && model.trees.outputs == width
            && (model.present.is_some() || model.trees.trees() > 0);
        saved::require(holds, NAME, "its trees do not fit its classes")?;
        let possible = |weight: &f64| *weight > 0.0 && weight.is_finite();
        let weighed =
            model.weights.len() == model.trees.trees() && model.weights.iter().all(possible);
        saved::require(weighed, NAME, "the weights of its trees are not possible")?;
        Ok(Box::new(model))
    }
}

fn options_of(params: &Params, y: &Target) -> AdaBoostOptions {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1);
    AdaBoostOptions {
        rounds: whole("rounds") as u32,
        learning_rate: params.number("learning_rate"),
        most_depth: match (whole("max_depth"), y) {
            (0, Target::Classes { .. }) => 1,
            (0, Target::Numbers(_)) => 3,
            (depth, _) => depth,
        },
        errors: match params.text("errors") {
            "square" => ErrorCurve::Square,
            "exponential" => ErrorCurve::Exponential,
            _ => ErrorCurve::Linear,
        },
    }
}

/// How strongly shares of the votes become probabilities. With v the share of votes of a class and K
/// classes, SAMME's score is f = (K·v − 1)/(K − 1), and the probabilities are those of f/(K − 1)
/// (Zhu et al. 2009, equation 15; scores divided by the sum of the weights as in scikit-learn).
fn strength(classes: usize) -> f64 {
    let classes = classes as f64;
    classes / ((classes - 1.0) * (classes - 1.0))
}

impl AdaBoostModel {
    /// Shares of the votes to probabilities of the classes present.
    fn probabilities(&self, present: &Present, x: &Matrix, votes: &[f64]) -> Vec<f64> {
        let mut predicted = vec![0.0; x.rows * present.count];
        let mut shares = vec![0.0; present.len()];
        let strength = strength(present.len().max(2));
        let rows = predicted.chunks_exact_mut(present.count.max(1));
        for (votes, row) in votes.chunks_exact(self.trees.outputs).zip(rows) {
            match (shares.as_mut_slice(), votes) {
                ([only], _) => *only = 1.0,
                ([first, second], [vote]) => {
                    (*first, *second) = (strength * (1.0 - vote), strength * vote);
                    engine::softmax::softmax(&mut shares);
                }
                (shares, votes) => {
                    for (share, vote) in shares.iter_mut().zip(votes) {
                        *share = strength * vote;
                    }
                    engine::softmax::softmax(shares);
                }
            }
            present.spread(&shares, row);
        }
        predicted
    }

    /// Sorts what the trees say, adds up their weights in that order, and takes the first value with
    /// half of the weight. The weights are multiples of one power of two, so that every sum is exact
    /// and equal values may come in any order.
    fn graph_of_median(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let said = self.trees.graph_of_each(graph, x)?;
        let trees = self.weights.len();
        if trees == 1 {
            return Ok(said);
        }
        let count = graph.constant(&[1], Constant::Int64(vec![trees as i64]));
        let sorted = graph.op_many(
            "TopK",
            &[&said, &count],
            2,
            vec![
                ("axis", Attribute::Integer(1)),
                ("largest", Attribute::Integer(0)),
                ("sorted", Attribute::Integer(1)),
            ],
        );
        let [values, order] = sorted.as_slice() else {
            return Ok(said);
        };
        let weights = graph.constant(&[trees], Constant::Double(self.weights.clone()));
        let axis = |axis: i64| vec![("axis", Attribute::Integer(axis))];
        let weights = graph.op("Gather", &[&weights, order], axis(0));
        let one = graph.constant(&[], Constant::Int64(vec![1]));
        let below = graph.op("CumSum", &[&weights, &one], Vec::new());
        let half = graph.scalar(self.weights.iter().sum::<f64>() / 2.0);
        let before = graph.op("Less", &[&below, &half], Vec::new());
        let before = graph.cast(&before, ElementType::Double);
        // How many come before the median: its place.
        let ones = graph.constant(&[trees, 1], Constant::Double(vec![1.0; trees]));
        let place = graph.op("MatMul", &[&before, &ones], Vec::new());
        let place = graph.cast(&place, ElementType::Int64);
        Ok(graph.op("GatherElements", &[values, &place], axis(1)))
    }
}

impl Model for AdaBoostModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.trees.features)?;
        match &self.present {
            Some(present) => {
                let votes = self.trees.predict(x, task)?;
                Ok(self.probabilities(present, x, &votes))
            }
            None => ada_boost::medians(&self.trees, &self.weights, x, task),
        }
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.trees.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let Some(present) = &self.present else {
            return self.graph_of_median(graph, x);
        };
        let votes = self.trees.graph(graph, x)?;
        if present.len() == 1 {
            return Ok(present.graph_spread(graph, &votes));
        }
        let strength = strength(present.len());
        let scores = if present.len() == 2 {
            // The share of the second class speaks for both; a constant may be left out.
            let both = Constant::Double(vec![-strength, strength]);
            let both = graph.constant(&[1, 2], both);
            let middle = graph.scalar(0.5);
            let votes = graph.op("Sub", &[&votes, &middle], Vec::new());
            graph.op("MatMul", &[&votes, &both], Vec::new())
        } else {
            let strength = graph.scalar(strength);
            graph.op("Mul", &[&votes, &strength], Vec::new())
        };
        Ok(present.graph_softmax(graph, &scores))
    }

    /// Columns by their share of the improvement, the trees counting as in the vote; unused columns
    /// are left out.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        self.trees.facts(features)
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        if let Some(present) = &self.present
            && let [only] = present.classes.as_slice()
        {
            return format!(
                "Always {}: no other class was seen",
                engine::class_name(classes, *only as usize)
            );
        }
        let Some(first) = self.trees.facts(features).into_iter().next() else {
            return "Found no question that helps: it gives every row the same answer".to_owned();
        };
        let how = if self.present.is_some() {
            "Lets"
        } else {
            "Takes the middle (weighted median) of"
        };
        let vote = if self.present.is_some() { " vote" } else { "" };
        format!(
            "{how} {} of at most {} in a row{vote}; {} of the improvement comes from {}",
            format::counted(self.trees.trees() as u64, "tree"),
            format::counted(self.trees.depth() as u64, "question"),
            format::share(first.value),
            first.label
        )
    }
}
