//! Voting: several models of different kinds, and the average of what they say.

use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use super::engine;
use super::engine::effort::Cost;
use super::engine::ensemble::{self, Member};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Graph, Value};
use crate::base::{ParamSpec, Params, TaskContext, UserError};

pub struct Voting;

const NAME: &str = "Voting";
const FEWEST: usize = 2;

struct VotingModel {
    members: Vec<Member>,
    features: usize,
    outputs: usize,
    classes: bool,
}

impl Learner for Voting {
    fn id(&self) -> &'static str {
        "voting"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Asks several models of different kinds and takes the average of their answers."
    }

    fn when_to_use(&self) -> &'static str {
        "When several different models are about equally good: their mistakes partly cancel out."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When one model is clearly better than the others, or when you want to read why."
    }

    fn source(&self) -> &'static str {
        "L. Kuncheva, Combining Pattern Classifiers, 2nd ed. (2014), section 5.2: average of probabilities"
    }

    fn readability(&self) -> &'static str {
        "Hard to read"
    }

    fn params(&self) -> &'static [ParamSpec] {
        static PARAMS: OnceLock<Vec<ParamSpec>> = OnceLock::new();
        PARAMS.get_or_init(ensemble::member_settings)
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
            complexity: 7,
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
        let mut members = Vec::with_capacity(chosen.len());
        for (done, learner) in chosen.iter().enumerate() {
            context
                .task
                .progress(done as u64, chosen.len() as u64, learner.name());
            members.push(Member::fit(*learner, x, y, context)?);
        }
        Ok(Box::new(VotingModel {
            members,
            features: x.cols,
            outputs: y.outputs(),
            classes: matches!(y, Target::Classes { .. }),
        }))
    }

    fn load(&self, saved: &Json) -> Result<Box<dyn Model>, UserError> {
        let (features, outputs, classes) = ensemble::load_shape(saved, NAME)?;
        Ok(Box::new(VotingModel {
            members: ensemble::load_members(saved, features, outputs, FEWEST, NAME)?,
            features,
            outputs,
            classes,
        }))
    }
}

impl VotingModel {
    fn shares(&self) -> Vec<f64> {
        vec![1.0 / self.members.len().max(1) as f64; self.members.len()]
    }
}

impl Model for VotingModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let each = ensemble::predict_each(&self.members, x, task)?;
        let mut average = ensemble::weighted_average(&each, &self.shares());
        if self.classes {
            // Shares that do not divide evenly may add up to a hair more than one.
            average.iter_mut().for_each(|share| *share = share.min(1.0));
        }
        Ok(average)
    }

    fn save(&self) -> Json {
        json!({
            "features": self.features,
            "outputs": self.outputs,
            "classes": self.classes,
            "members": ensemble::save_members(&self.members),
        })
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let each = ensemble::graph_each(&self.members, graph, x)?;
        Ok(ensemble::graph_weighted_average(
            graph,
            &each,
            &self.shares(),
        ))
    }

    /// The members, each with its share of the vote.
    fn facts(&self, _features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        self.members
            .iter()
            .zip(self.shares())
            .map(|(member, value)| ModelFact {
                label: member.name().to_owned(),
                value,
            })
            .collect()
    }

    fn sentence(&self, _features: &[String], _classes: &[String]) -> String {
        format!("Averages the answers of {}", ensemble::names(&self.members))
    }
}
