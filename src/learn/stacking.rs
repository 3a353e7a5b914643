//! Stacking: several models, and one more that learns how far to trust each.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::engine::effort::Cost;
use super::engine::ensemble::{self, Member};
use super::engine::{self, blend, folds, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, TaskContext, UserError};

pub struct Stacking;

const NAME: &str = "Stacking";
const FEWEST: usize = 2;
/// With more classes the models are mixed instead: the learner on top would have a weight for every
/// pair of classes.
const MOST_CLASSES: usize = 10;
/// With fewer rows nothing can be learned about who is right: all models count the same.
const FEWEST_ROWS: usize = 8;

static PARTS: ParamSpec = ParamSpec {
    key: "parts",
    label: "Parts",
    help: "The rows are divided into so many parts; what the models say about a part is learned from the other parts (inner folds)",
    kind: ParamKind::Integer { min: 2, max: 20 },
    default: ParamDefault::Integer(5),
};

/// What is made of the members' answers.
enum Top {
    /// Every member has a share.
    Shares(Vec<f64>),
    /// A weighted sum of numbers.
    Sum { weights: Vec<f64>, intercept: f64 },
    /// A model of the members' probabilities.
    Model(Member),
}

struct StackingModel {
    members: Vec<Member>,
    top: Top,
    features: usize,
    outputs: usize,
    classes: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum SavedTop {
    Shares { shares: Vec<f64> },
    Sum { weights: Vec<f64>, intercept: f64 },
    Model { model: Json },
}

impl Learner for Stacking {
    fn id(&self) -> &'static str {
        "stacking"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Asks several models and learns, from rows each had not seen, how far to trust which."
    }

    fn when_to_use(&self) -> &'static str {
        "When every bit of accuracy counts and the models are good at different things."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With few rows, when training must be quick, or when you want to read why."
    }

    fn source(&self) -> &'static str {
        "D. Wolpert, \"Stacked generalization\", Neural Networks 5 (1992); L. Breiman, \"Stacked regressions\", Machine Learning 24 (1996)"
    }

    fn readability(&self) -> &'static str {
        "Hard to read"
    }

    fn params(&self) -> &'static [ParamSpec] {
        static PARAMS: OnceLock<Vec<ParamSpec>> = OnceLock::new();
        PARAMS.get_or_init(|| {
            let mut all = ensemble::member_settings();
            all.push(PARTS.clone());
            all
        })
    }

    fn cost(&self) -> Cost {
        Cost::TREES
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            weights: ensemble::members_weigh(),
            combines: true,
            complexity: 8,
            family: Family::Combination,
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
        let params = params.checked(self.params())?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let chosen = ensemble::members(&params, y, FEWEST)?;
        let wanted = usize::try_from(params.integer(PARTS.key)).unwrap_or(5);
        let parts = folds::parts(y, wanted, context.seed);
        let mut members = Vec::with_capacity(chosen.len());
        let mut unseen = Vec::with_capacity(chosen.len());
        for (done, learner) in chosen.iter().enumerate() {
            context
                .task
                .progress(done as u64, chosen.len() as u64, learner.name());
            if x.rows >= FEWEST_ROWS {
                unseen.push(ensemble::out_of_part(*learner, x, y, &parts, context)?);
            }
            members.push(Member::fit(*learner, x, y, context)?);
        }
        let top = if unseen.is_empty() {
            Top::Shares(vec![1.0 / members.len() as f64; members.len()])
        } else {
            top(&unseen, y, context)?
        };
        Ok(Box::new(StackingModel {
            members,
            top,
            features: x.cols,
            outputs: y.outputs(),
            classes: matches!(y, Target::Classes { .. }),
        }))
    }

    fn load(&self, saved: &Json) -> Result<Box<dyn Model>, UserError> {
        let (features, outputs, classes) = ensemble::load_shape(saved, NAME)?;
        let members = ensemble::load_members(saved, features, outputs, FEWEST, NAME)?;
        let top: SavedTop = saved::read(saved.get("top").unwrap_or(&Json::Null), NAME)?;
        let top = match top {
            SavedTop::Shares { shares } => {
                let sound =
                    shares.len() == members.len() && saved::probabilities(&shares, shares.len());
                saved::require(sound, NAME, "its shares are not possible")?;
                Top::Shares(shares)
            }
            SavedTop::Sum { weights, intercept } => {
                let sound = !classes
                    && weights.len() == members.len()
                    && saved::finite(&weights)
                    && intercept.is_finite();
                saved::require(sound, NAME, "its weights are not possible")?;
                Top::Sum { weights, intercept }
            }
            SavedTop::Model { model } => {
                saved::require(classes, NAME, "its top model is not possible")?;
                let width = members.len() * told(outputs).len();
                Top::Model(Member::load(&model, width, outputs, NAME)?)
            }
        };
        Ok(Box::new(StackingModel {
            members,
            top,
            features,
            outputs,
            classes,
        }))
    }
}

/// Probabilities that say something: of two, the second says it all.
fn told(outputs: usize) -> std::ops::Range<usize> {
    usize::from(outputs == 2)..outputs
}

/// The members' probabilities side by side.
fn side_by_side(each: &[Vec<f64>], outputs: usize) -> Matrix {
    let rows = each
        .first()
        .map_or(0, |values| values.len() / outputs.max(1));
    let width = each.len() * told(outputs).len();
    let mut values = Vec::with_capacity(rows * width);
    for row in 0..rows {
        for member in each {
            for output in told(outputs) {
                values.push(member.get(row * outputs + output).copied().unwrap_or(0.0));
            }
        }
    }
    Matrix {
        rows,
        cols: width,
        values,
    }
}

/// Learns from what the members said about rows they had not seen.
fn top(unseen: &[Vec<f64>], y: &Target, context: &FitContext<'_>) -> Result<Top, UserError> {
    let equal = Top::Shares(vec![1.0 / unseen.len() as f64; unseen.len()]);
    match y {
        Target::Numbers(answers) => {
            let sum = blend::ridge(unseen, answers, context.weights, context.task)?;
            Ok(sum.map_or(equal, |sum| Top::Sum {
                weights: sum.weights,
                intercept: sum.intercept,
            }))
        }
        Target::Classes { count, .. } if *count <= MOST_CLASSES => {
            let learner = super::by_id(ensemble::ON_TOP)?;
            // Without weights where the learner on top has no use for them.
            let inner = FitContext {
                weights: context.weights.filter(|_| learner.capabilities().weights),
                bins: None,
                ..*context
            };
            let x = side_by_side(unseen, *count);
            Ok(Top::Model(Member::fit_as_it_is(learner, &x, y, &inner)?))
        }
        Target::Classes { codes, count } => {
            let of_truth = |values: &Vec<f64>| -> Vec<f64> {
                codes
                    .iter()
                    .zip(values.chunks_exact(*count))
                    .map(|(&code, row)| row.get(code as usize).copied().unwrap_or(0.0))
                    .collect()
            };
            let of_truth: Vec<Vec<f64>> = unseen.iter().map(of_truth).collect();
            let shares = blend::mixture(&of_truth, context.weights, context.task)?;
            Ok(Top::Shares(shares))
        }
    }
}

impl Model for StackingModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let each = ensemble::predict_each(&self.members, x, task)?;
        match &self.top {
            Top::Shares(shares) => {
                let mut average = ensemble::weighted_average(&each, shares);
                if self.classes {
                    average.iter_mut().for_each(|share| *share = share.min(1.0));
                }
                Ok(average)
            }
            Top::Sum { weights, intercept } => {
                let mut sum = ensemble::weighted_average(&each, weights);
                sum.iter_mut().for_each(|value| *value += intercept);
                Ok(sum)
            }
            Top::Model(model) => model.predict(&side_by_side(&each, self.outputs), task),
        }
    }

    fn save(&self) -> Json {
        let top = match &self.top {
            Top::Shares(shares) => SavedTop::Shares {
                shares: shares.clone(),
            },
            Top::Sum { weights, intercept } => SavedTop::Sum {
                weights: weights.clone(),
                intercept: *intercept,
            },
            Top::Model(model) => SavedTop::Model {
                model: model.save(),
            },
        };
        json!({
            "features": self.features,
            "outputs": self.outputs,
            "classes": self.classes,
            "members": ensemble::save_members(&self.members),
            "top": saved::write(&top),
        })
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let each = ensemble::graph_each(&self.members, graph, x)?;
        match &self.top {
            Top::Shares(shares) => Ok(ensemble::graph_weighted_average(graph, &each, shares)),
            Top::Sum { weights, intercept } => {
                let sum = ensemble::graph_weighted_average(graph, &each, weights);
                let intercept = graph.scalar(*intercept);
                Ok(graph.op("Add", &[&sum, &intercept], Vec::new()))
            }
            Top::Model(model) => {
                let columns: Vec<i64> = told(self.outputs).map(|column| column as i64).collect();
                let columns = graph.constant(&[columns.len()], Constant::Int64(columns));
                let axis = || vec![("axis", Attribute::Integer(1))];
                let told: Vec<Value> = each
                    .iter()
                    .map(|values| graph.op("Gather", &[values, &columns], axis()))
                    .collect();
                let told: Vec<&Value> = told.iter().collect();
                let x = graph.op("Concat", &told, axis());
                model.graph(graph, &x)
            }
        }
    }

    /// How far each member is trusted; a model on top has weights per class instead.
    fn facts(&self, _features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let mut facts: Vec<ModelFact> = match &self.top {
            Top::Shares(weights) | Top::Sum { weights, .. } => self
                .members
                .iter()
                .zip(weights)
                .map(|(member, &value)| ModelFact {
                    label: member.name().to_owned(),
                    value,
                })
                .collect(),
            Top::Model(model) => {
                let names: Vec<String> = self
                    .members
                    .iter()
                    .flat_map(|member| {
                        told(self.outputs).map(move |class| match self.outputs {
                            2 => member.name().to_owned(),
                            _ => format!(
                                "{} on {}",
                                member.name(),
                                engine::class_name(classes, class)
                            ),
                        })
                    })
                    .collect();
                model.facts(&names, classes)
            }
        };
        facts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        let trusted = self
            .facts(features, classes)
            .into_iter()
            .next()
            .map_or_else(String::new, |fact| format!("; trusts {} most", fact.label));
        format!(
            "Weighs the answers of {}{trusted}",
            ensemble::names(&self.members)
        )
    }
}
