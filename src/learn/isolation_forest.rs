//! Isolation forest: how unusual a row is, and a curve that says what that means for the answer.

use serde::{Deserialize, Serialize};

use super::engine::effort::Cost;
use super::engine::isolation::{self, IsolationOptions};
use super::engine::present::Present;
use super::engine::sigmoid::Sigmoid;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct IsolationForest;

const NAME: &str = "Isolation forest";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "trees",
        label: "Trees",
        help: "More trees take longer and make the order of the rows steadier",
        kind: ParamKind::Integer { min: 1, max: 5000 },
        default: ParamDefault::Integer(100),
    },
    ParamSpec {
        key: "rows_per_tree",
        label: "Rows per tree",
        help: "A few hundred are enough, and keep unusual rows from hiding one another (subsample size)",
        kind: ParamKind::Integer {
            min: 2,
            max: 100_000,
        },
        default: ParamDefault::Integer(256),
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
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("rows_per_tree", 16, 2048).logarithmic(),
    SearchSpec::number("column_share", 0.2, 1.0),
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct IsolationModel {
    forest: isolation::IsolationForest,
    present: Present,
    /// One per scored class: probability by unusualness.
    curves: Vec<Sigmoid>,
    /// Mean unusualness of the practice rows of each class that occurs.
    typical: Vec<f64>,
}

impl Learner for IsolationForest {
    fn id(&self) -> &'static str {
        "isolation_forest"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Finds the unusual rows without being told, then asks whether the unusual ones are the ones you mean."
    }

    fn when_to_use(&self) -> &'static str {
        "When what you look for is rare and odd, such as fraud or faults, and there are few examples of it to learn from."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When there are examples enough: whoever looks at the answers while growing the trees predicts better. It cannot predict numbers."
    }

    fn source(&self) -> &'static str {
        "F. T. Liu, K. M. Ting, Z.-H. Zhou, Isolation Forest, ICDM (2008), 413–422; probabilities by a logistic curve on the score, J. Platt (1999)"
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

    fn cost(&self) -> Cost {
        Cost::TREES
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            intake: Intake::Native,
            weights: true,
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
        let (codes, count) = engine::classes_only(y, NAME)?;
        let present = Present {
            classes: engine::present_classes(codes, count, context.weights),
            count,
        };
        let options = IsolationOptions {
            trees: u32::try_from(params.integer("trees")).unwrap_or(1),
            rows_per_tree: usize::try_from(params.integer("rows_per_tree")).unwrap_or(1),
            column_share: params.number("column_share"),
        };
        let forest = isolation::IsolationForest::fit(x, &options, context)?;
        // The trees never saw the answers, so the rows they were grown on may teach the curve.
        let scores = forest.unusualness(x, context.task)?;
        let places = engine::places_of(codes, &present.classes);
        let mut curves = Vec::new();
        for place in present.scored() {
            context.task.check()?;
            let is_it: Vec<bool> = places.iter().map(|&of| of as usize == place).collect();
            curves.push(Sigmoid::fit(&scores, &is_it, context.weights)?);
        }
        Ok(Box::new(IsolationModel {
            typical: typical(&scores, &places, present.len(), context.weights),
            forest,
            present,
            curves,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: IsolationModel = saved::read(saved, NAME)?;
        saved::require_shape(model.forest.trees.features, model.present.count, NAME)?;
        if let Some(fault) = model.forest.fault() {
            return Err(saved::damaged(NAME, fault));
        }
        let holds = model.present.is_valid()
            && model.curves.len() == model.present.scored().len()
            && model.curves.iter().all(Sigmoid::is_valid)
            && model.typical.len() == model.present.len()
            && saved::finite(&model.typical);
        saved::require(holds, NAME, "its curves do not fit its classes")?;
        Ok(Box::new(model))
    }
}

/// Weighted mean of the scores of each class.
fn typical(scores: &[f64], places: &[u32], classes: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let largest = weights.map_or(1.0, |weights| weights.iter().copied().fold(0.0, f64::max));
    let mut sums = vec![(0.0, 0.0); classes];
    for (row, (score, &place)) in scores.iter().zip(places).enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[row] / largest);
        if let Some((sum, all)) = sums.get_mut(place as usize) {
            *sum += weight * score;
            *all += weight;
        }
    }
    sums.iter()
        .map(|(sum, all)| if *all > 0.0 { sum / all } else { 0.0 })
        .collect()
}

impl Model for IsolationModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features())?;
        let scores = self.forest.unusualness(x, task)?;
        let mut predicted = vec![0.0; x.rows * self.present.count];
        let mut shares = Vec::with_capacity(self.present.len());
        let rows = predicted.chunks_exact_mut(self.present.count.max(1));
        for (row, score) in rows.zip(&scores) {
            shares.clear();
            shares.extend(self.curves.iter().map(|curve| curve.at(*score)));
            self.present.normalise(&mut shares);
            self.present.spread(&shares, row);
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.forest.trees.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        if self.curves.is_empty() {
            let certain = engine::hist::TreeEnsemble::new(self.features(), vec![1.0], 1);
            let certain = certain.graph(graph, x)?;
            return Ok(self.present.graph_spread(graph, &certain));
        }
        let score = self.forest.graph(graph, x)?;
        let shares: Vec<Value> = self
            .curves
            .iter()
            .map(|curve| curve.graph(graph, &score))
            .collect();
        let inputs: Vec<&Value> = shares.iter().collect();
        let axis = vec![("axis", Attribute::Integer(1))];
        let shares = graph.op("Concat", &inputs, axis);
        let shares = self.present.graph_normalise(graph, &shares);
        Ok(self.present.graph_spread(graph, &shares))
    }

    /// How unusual the rows of each class are on average.
    fn facts(&self, _features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let each = self.present.classes.iter().zip(&self.typical);
        let mut facts: Vec<ModelFact> = each
            .map(|(&class, &value)| ModelFact {
                label: engine::class_name(classes, class as usize),
                value,
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        let facts = self.facts(features, classes);
        let (Some(most), Some(least)) = (facts.first(), facts.last()) else {
            return "No class was seen".to_owned();
        };
        if facts.len() == 1 {
            return format!("Always {}: no other class was seen", most.label);
        }
        format!(
            "Looks for unusual rows in {} of {}; rows of {} are the most unusual (on average {}), rows of {} the least ({})",
            format::counted(self.forest.trees.trees() as u64, "tree"),
            format::counted(u64::from(self.forest.rows_per_tree), "row"),
            most.label,
            format::number(most.value, 2),
            least.label,
            format::number(least.value, 2)
        )
    }
}
