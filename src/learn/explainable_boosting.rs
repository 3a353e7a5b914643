//! Explainable boosting: one curve per column and a few tables for pairs of columns, added up.

use super::engine::additive::boost::{AdditiveOptions, learn};
use super::engine::additive::lesson::Lesson;
use super::engine::additive::{AdditiveModel, AdditiveShapes};
use super::engine::directions::directions_of;
use super::engine::effort::{Change, HoldBack};
use super::engine::hist::bins::{MOST_BINS, bins_of};
use super::engine::present::Present;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError};

pub struct ExplainableBoosting;

const NAME: &str = "Explainable boosting";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "pairs",
        label: "Pairs of columns",
        help: "How many pairs of columns get a table of their own, beside the curve of each column; the strongest are taken, 0 keeps to curves (interactions)",
        kind: ParamKind::Integer { min: 0, max: 200 },
        default: ParamDefault::Integer(10),
    },
    ParamSpec {
        key: "bags",
        label: "Models averaged",
        help: "Each learns from another 85 % of the rows and stops by the others; their spread is the band around a curve (outer bags)",
        kind: ParamKind::Integer { min: 1, max: 100 },
        default: ParamDefault::Integer(8),
    },
    ParamSpec {
        key: "rounds",
        label: "Most rounds",
        help: "A round has as many steps as there are curves; training ends earlier when the rows set aside say so (boosting rounds)",
        kind: ParamKind::Integer {
            min: 1,
            max: 50_000,
        },
        default: ParamDefault::Integer(5_000),
    },
    ParamSpec {
        key: "learning_rate",
        label: "Size of each step",
        help: "Smaller steps take longer and make calmer curves (learning rate)",
        kind: ParamKind::Number {
            min: 0.001,
            max: 1.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(0.02),
    },
    ParamSpec {
        key: "larger_steps",
        label: "Larger steps with many rows",
        help: "Above 1,000 rows steps grow with the square root of the rows, to five times the size at 25,000; training is quicker and goes further",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
    ParamSpec {
        key: "leaves",
        label: "Parts per step",
        help: "A step divides the values of a column into at most this many parts (leaves)",
        kind: ParamKind::Integer { min: 2, max: 8 },
        default: ParamDefault::Integer(2),
    },
    ParamSpec {
        key: "drawn_rounds",
        label: "Rounds of drawn steps",
        help: "In the first rounds the values are divided anywhere instead of where it helps most; more make smoother curves (smoothing rounds)",
        kind: ParamKind::Integer {
            min: 0,
            max: 50_000,
        },
        default: ParamDefault::Integer(300),
    },
    ParamSpec {
        key: "min_rows_leaf",
        label: "Fewest rows per part",
        help: "A part must hold at least this many practice rows (minimum leaf size)",
        kind: ParamKind::Integer {
            min: 1,
            max: 100_000,
        },
        default: ParamDefault::Integer(4),
    },
    ParamSpec {
        key: "rising",
        label: "Columns that can only raise the prediction",
        help: "Number columns whose larger values must never lower the prediction; they are in no pair (monotone constraint)",
        kind: ParamKind::Columns,
        default: ParamDefault::None,
    },
    ParamSpec {
        key: "falling",
        label: "Columns that can only lower the prediction",
        help: "Number columns whose larger values must never raise the prediction; they are in no pair (monotone constraint)",
        kind: ParamKind::Columns,
        default: ParamDefault::None,
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("pairs", 0, 30),
    SearchSpec::number("learning_rate", 0.005, 0.3).logarithmic(),
    SearchSpec::integer("leaves", 2, 5),
    SearchSpec::integer("min_rows_leaf", 2, 100).logarithmic(),
];

impl Learner for ExplainableBoosting {
    fn id(&self) -> &'static str {
        "explainable_boosting"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Draws one curve per column, and tables for a few pairs of columns, and adds them up."
    }

    fn when_to_use(&self) -> &'static str {
        "When people must be able to see and check how every column acts, with nearly the accuracy of many trees."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When three or more columns act only together, with thousands of columns, or when training must be quick."
    }

    fn source(&self) -> &'static str {
        "Y. Lou, R. Caruana, J. Gehrke, G. Hooker, Accurate Intelligible Models with Pairwise Interactions, KDD (2013), 623–631; H. Nori et al., InterpretML (2019)"
    }

    fn readability(&self) -> &'static str {
        "Readable curves"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const { &[HoldBack::simpler("pairs", Change::Times(0.0))] }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            intake: Intake::Native,
            weights: true,
            live: true,
            complexity: 3,
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
        let options = options_of(&params, x, context)?;
        let (lesson, present) = match y {
            Target::Numbers(values) => (Lesson::numbers(values, context.weights), None),
            Target::Classes { codes, count } => {
                let present = Present {
                    classes: engine::present_classes(codes, *count, context.weights),
                    count: *count,
                };
                if present.len() < 2 {
                    return Ok(Box::new(certain(x.cols, present)));
                }
                if present.len() > 2 && !options.directions.is_empty() {
                    return Err(UserError::usage(
                        "settings_do_not_go_together",
                        "With several classes no column can act in one direction",
                        "What makes one class likelier makes others less likely".to_owned(),
                    )
                    .with_hint("Choose no columns in one direction, or a target of two classes"));
                }
                let places = engine::places_of(codes, &present.classes);
                let lesson = Lesson::classes(places, present.len(), context.weights);
                (lesson, Some(present))
            }
        };
        let binned = bins_of(x, context, MOST_BINS)?;
        let learned = learn(x, &binned, &lesson, &options, context)?;
        Ok(Box::new(AdditiveModel {
            features: x.cols,
            present,
            intercept: learned.intercept,
            terms: learned.terms,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: AdditiveModel = saved::read(saved, NAME)?;
        model.check(NAME)?;
        Ok(Box::new(model))
    }
}

fn options_of(
    params: &Params,
    x: &Matrix,
    context: &FitContext<'_>,
) -> Result<AdditiveOptions, UserError> {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1);
    Ok(AdditiveOptions {
        rounds: whole("rounds") as u32,
        learning_rate: if params.bool("larger_steps") {
            (params.number("learning_rate") * growth(x.rows)).min(1.0)
        } else {
            params.number("learning_rate")
        },
        leaves: whole("leaves"),
        min_rows: whole("min_rows_leaf") as u32,
        bags: whole("bags"),
        drawn_rounds: whole("drawn_rounds") as u32,
        pairs: whole("pairs"),
        directions: directions_of(params, x.cols, context)?,
    })
}

/// With many rows a step says less of chance, and small steps would not arrive within the rounds.
fn growth(rows: usize) -> f64 {
    (rows as f64 / 1_000.0).clamp(1.0, 25.0).sqrt()
}

/// One class only: there is nothing to learn.
fn certain(features: usize, present: Present) -> AdditiveModel {
    AdditiveModel {
        features,
        present: Some(present),
        intercept: vec![0.0],
        terms: Vec::new(),
    }
}

impl Model for AdditiveModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        Self::predict(self, x, task)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        Self::graph(self, graph, x)
    }

    /// Columns and pairs by how far they move the score of a row on average.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        Self::facts(self, features)
    }

    fn sentence(&self, features: &[String], _classes: &[String]) -> String {
        Self::sentence(self, features)
    }

    fn shapes(&self, features: &[String]) -> Option<AdditiveShapes> {
        Some(Self::shapes(self, features))
    }
}
