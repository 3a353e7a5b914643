//! Learners made of other learners: members chosen by id, fitted, predicted, saved and exported.
//!
//! An ensemble takes filled columns as they are. A member that wants columns of one scale has its
//! own scaling in front, and one that takes columns natively sees numbers as `f32` holds them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::folds::Parts;
use super::saved;
use crate::base::graph::{ElementType, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, TaskContext, UserError, format};
use crate::learn::prepare::shared::scaling::{self, Method, Scaling};
use crate::learn::{self, FitContext, Intake, Learner, Matrix, Model, ModelFact, Target};

/// Members of one ensemble, as a file may claim them.
const MOST_MEMBERS: usize = 100;

/// Learners that may be members: all but yardsticks and those made of others.
pub fn candidates() -> impl Iterator<Item = &'static dyn Learner> {
    learn::REGISTRY.iter().copied().filter(|learner| {
        let able = learner.capabilities();
        !able.yardstick && !able.combines
    })
}

/// Members unless somebody says otherwise: different in kind, and none of them slow.
const TICKED: &[&str] = &[
    "decision_tree",
    "gradient_boosting",
    "linear_regression",
    "logistic_regression",
    "random_forest",
];

/// The first of these that exists has its probabilities corrected unless somebody says otherwise.
pub const USUALLY_CORRECTED: &[&str] = &["random_forest", "decision_tree"];

/// Learns from what members say about classes.
pub const ON_TOP: &str = "logistic_regression";

/// One yes-or-no setting per learner that may be a member.
pub fn member_settings() -> Vec<ParamSpec> {
    candidates()
        .map(|learner| ParamSpec {
            key: learner.id(),
            label: learner.name(),
            help: learner.summary(),
            kind: ParamKind::Bool,
            default: ParamDefault::Bool(TICKED.contains(&learner.id())),
        })
        .collect()
}

/// Whether every one of the usual members can weigh rows.
pub fn members_weigh() -> bool {
    all_weigh(TICKED)
}

/// Whether every one of these learners can weigh rows.
pub fn all_weigh(ids: &[&str]) -> bool {
    learn::REGISTRY
        .iter()
        .filter(|learner| ids.contains(&learner.id()))
        .all(|learner| learner.capabilities().weights)
}

/// The members that are ticked and can do the task. At least `fewest`, or why not.
pub fn members(
    params: &Params,
    y: &Target,
    fewest: usize,
) -> Result<Vec<&'static dyn Learner>, UserError> {
    let lowest = match y {
        Target::Classes { .. } => None,
        Target::Numbers(values) => Some(values.iter().copied().fold(f64::INFINITY, f64::min)),
    };
    let able = |learner: &&'static dyn Learner| {
        let able = learner.capabilities();
        match lowest {
            None => able.classes,
            Some(lowest) => able.numbers && able.answers.reach(lowest),
        }
    };
    let chosen: Vec<_> = candidates()
        .filter(|learner| params.bool(learner.id()))
        .filter(able)
        .collect();
    if chosen.len() >= fewest {
        return Ok(chosen);
    }
    let possible: Vec<&str> = candidates()
        .filter(able)
        .map(|learner| learner.name())
        .collect();
    Err(UserError::usage(
        "too_few_members",
        format!(
            "At least {} are needed",
            format::counted(fewest as u64, "model")
        ),
        format!(
            "{} of the chosen ones can predict {}",
            chosen.len(),
            if lowest.is_some() {
                "these numbers"
            } else {
                "classes"
            }
        ),
    )
    .with_hint(format!("Choose among {}", format::list(&possible))))
}

/// What stands before a member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Front {
    /// One per feature; empty where the member takes columns of any scale.
    scaling: Vec<Scaling>,
    /// Values as `f32` holds them.
    narrow: bool,
}

impl Front {
    fn of(learner: &dyn Learner, x: &Matrix) -> Self {
        let able = learner.capabilities();
        let scaling = (0..if able.wants_scaling { x.cols } else { 0 })
            .map(|col| {
                let values = || (0..x.rows).filter_map(|row| x.get(row, col));
                // Columns of 0 and 1 stay what they are, as in the preparation.
                if values().all(|value| value == 0.0 || value == 1.0) {
                    return Scaling {
                        centre: 0.0,
                        spread: 1.0,
                    };
                }
                Scaling::fit(Method::Standard, values())
            })
            .collect();
        Self {
            scaling,
            narrow: able.intake == Intake::Native,
        }
    }

    /// Borrowed where nothing changes.
    fn apply<'a>(&self, x: &'a Matrix) -> Cow<'a, Matrix> {
        if !self.scaling.is_empty() {
            let mut scaled = x.clone();
            scaling::apply_columns(&self.scaling, &mut scaled, 0);
            return Cow::Owned(scaled);
        }
        if self.narrow && x.values.iter().any(|&value| narrow(value) != value) {
            let values = x.values.iter().map(|&value| narrow(value)).collect();
            return Cow::Owned(Matrix { values, ..*x });
        }
        Cow::Borrowed(x)
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Value {
        let scaled = scaling::graph_columns(&self.scaling, graph, x.clone());
        if !self.narrow {
            return scaled;
        }
        let lowest = graph.scalar(f64::from(f32::MIN));
        let highest = graph.scalar(f64::from(f32::MAX));
        let held = graph.op("Max", &[&scaled, &lowest], Vec::new());
        let held = graph.op("Min", &[&held, &highest], Vec::new());
        let narrow = graph.cast(&held, ElementType::Float);
        graph.cast(&narrow, ElementType::Double)
    }

    fn is_sound(&self, features: usize) -> bool {
        (self.scaling.is_empty() || self.scaling.len() == features)
            && self.scaling.iter().all(|scaling| scaling.is_sound())
    }
}

fn narrow(value: f64) -> f64 {
    f64::from(value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32)
}

/// A fitted member.
pub struct Member {
    learner: &'static dyn Learner,
    front: Front,
    model: Box<dyn Model>,
}

impl Member {
    /// Fits a learner at its default settings. Refuses weights it would ignore.
    pub fn fit(
        learner: &'static dyn Learner,
        x: &Matrix,
        y: &Target,
        context: &FitContext<'_>,
    ) -> Result<Self, UserError> {
        if context.weights.is_some() && !learner.capabilities().weights {
            return Err(UserError::usage(
                "weights_not_supported",
                format!("{} cannot let rows count differently", learner.name()),
                "It is one of the models that were chosen to work together".to_owned(),
            )
            .with_hint("Choose other models, or let all rows count the same"));
        }
        Self::fit_behind(Front::of(learner, x), learner, x, y, context)
    }

    /// As [`Member::fit`], on columns that are of one scale already.
    pub fn fit_as_it_is(
        learner: &'static dyn Learner,
        x: &Matrix,
        y: &Target,
        context: &FitContext<'_>,
    ) -> Result<Self, UserError> {
        Self::fit_behind(Front::default(), learner, x, y, context)
    }

    fn fit_behind(
        front: Front,
        learner: &'static dyn Learner,
        x: &Matrix,
        y: &Target,
        context: &FitContext<'_>,
    ) -> Result<Self, UserError> {
        let own = front.apply(x);
        let task = context.task.part();
        let inner = FitContext {
            task: &task,
            on_round: None,
            features: &[],
            // Bins belong to the numbers they were made of.
            bins: context.bins.filter(|_| matches!(own, Cow::Borrowed(_))),
            ..*context
        };
        Ok(Self {
            model: learner.fit(&own, y, &Params::new(), &inner)?,
            learner,
            front,
        })
    }

    pub fn name(&self) -> &'static str {
        self.learner.name()
    }

    pub fn sentence(&self, features: &[String], classes: &[String]) -> String {
        self.model.sentence(features, classes)
    }

    pub fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        self.model.facts(features, classes)
    }

    pub fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        self.model.predict(&self.front.apply(x), task)
    }

    pub fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let own = self.front.graph(graph, x);
        self.model.graph(graph, &own)
    }

    pub fn save(&self) -> Json {
        json!({
            "learner": self.learner.id(),
            "front": self.front,
            "model": self.model.save(),
        })
    }

    /// The inverse of [`Member::save`]. `outputs`: values per row.
    pub fn load(
        value: &Json,
        features: usize,
        outputs: usize,
        name: &str,
    ) -> Result<Self, UserError> {
        let part = |key: &str| value.get(key).unwrap_or(&Json::Null);
        let id = part("learner").as_str().unwrap_or_default();
        let learner = candidates()
            .find(|learner| learner.id() == id)
            .ok_or_else(|| saved::damaged(name, format!("{id} cannot be one of its models")))?;
        let front: Front = saved::read(part("front"), name)?;
        let model = learner.load(part("model"))?;
        saved::require(
            model.features() == features && front.is_sound(features),
            name,
            "its models do not fit together",
        )?;
        // Models do not say how many values they give; one row tells.
        let one = Matrix::zeros(1, features);
        let given = model.predict(&front.apply(&one), &TaskContext::new())?;
        saved::require(
            given.len() == outputs,
            name,
            "its models predict different things",
        )?;
        Ok(Self {
            learner,
            front,
            model,
        })
    }
}

/// Predictions of every training row by a fit on the other parts, row-major rows × outputs.
pub fn out_of_part(
    learner: &'static dyn Learner,
    x: &Matrix,
    y: &Target,
    parts: &Parts,
    context: &FitContext<'_>,
) -> Result<Vec<f64>, UserError> {
    let outputs = y.outputs();
    let mut predicted = vec![0.0; x.rows * outputs];
    for part in 0..parts.count {
        context.task.check()?;
        let (inside, outside) = parts.split(part);
        let weights: Option<Vec<f64>> = context.weights.map(|weights| {
            outside
                .iter()
                .map(|&row| weights.get(row).copied().unwrap_or(0.0))
                .collect()
        });
        let inner = FitContext {
            // Rows that do not count may be all there are in a part.
            weights: weights
                .as_deref()
                .filter(|w| w.iter().any(|&weight| weight > 0.0)),
            bins: None,
            ..*context
        };
        let member = Member::fit(learner, &x.take_rows(&outside), &y.rows(&outside), &inner)?;
        let values = member.predict(&x.take_rows(&inside), &context.task.part())?;
        for (&row, values) in inside.iter().zip(values.chunks_exact(outputs.max(1))) {
            if let Some(place) = predicted.get_mut(row * outputs..(row + 1) * outputs) {
                place.copy_from_slice(values);
            }
        }
    }
    Ok(predicted)
}

/// Average of several rows × outputs, each with its share.
pub fn weighted_average(values: &[Vec<f64>], shares: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; values.first().map_or(0, Vec::len)];
    for (values, share) in values.iter().zip(shares) {
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum += share * value;
        }
    }
    sum
}

/// The same on a graph.
pub fn graph_weighted_average(graph: &mut Graph, values: &[Value], shares: &[f64]) -> Value {
    let mut sum: Option<Value> = None;
    for (value, &share) in values.iter().zip(shares) {
        let share = graph.scalar(share);
        let part = graph.op("Mul", &[value, &share], Vec::new());
        sum = Some(match sum {
            None => part,
            Some(sum) => graph.op("Add", &[&sum, &part], Vec::new()),
        });
    }
    sum.unwrap_or_default()
}

/// "Decision tree, Linear regression and Ridge regression".
pub fn names(members: &[Member]) -> String {
    let names: Vec<&str> = members.iter().map(Member::name).collect();
    format::list(&names)
}

/// What every member says, row-major rows × outputs each.
pub fn predict_each(
    members: &[Member],
    x: &Matrix,
    task: &TaskContext,
) -> Result<Vec<Vec<f64>>, UserError> {
    members
        .iter()
        .map(|member| member.predict(x, task))
        .collect()
}

/// The same on a graph.
pub fn graph_each(
    members: &[Member],
    graph: &mut Graph,
    x: &Value,
) -> Result<Vec<Value>, UserError> {
    members
        .iter()
        .map(|member| member.graph(graph, x))
        .collect()
}

pub fn save_members(members: &[Member]) -> Vec<Json> {
    members.iter().map(Member::save).collect()
}

/// Features, outputs and whether they are classes, of a saved ensemble.
pub fn load_shape(value: &Json, name: &str) -> Result<(usize, usize, bool), UserError> {
    #[derive(Deserialize)]
    struct Shape {
        features: usize,
        outputs: usize,
        classes: bool,
    }
    let shape: Shape = saved::read(value, name)?;
    saved::require_shape(shape.features, shape.outputs, name)?;
    saved::require(
        shape.classes || shape.outputs == 1,
        name,
        "its values are not possible",
    )?;
    Ok((shape.features, shape.outputs, shape.classes))
}

pub fn load_members(
    value: &Json,
    features: usize,
    outputs: usize,
    fewest: usize,
    name: &str,
) -> Result<Vec<Member>, UserError> {
    let members = value
        .get("members")
        .and_then(Json::as_array)
        .map_or(&[] as &[Json], Vec::as_slice);
    saved::require(
        (fewest..=MOST_MEMBERS).contains(&members.len()),
        name,
        "its models are missing",
    )?;
    members
        .iter()
        .map(|member| Member::load(member, features, outputs, name))
        .collect()
}
