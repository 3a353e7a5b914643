//! Gaussian naive Bayes: every class has its typical value in every column.

use serde::{Deserialize, Serialize};

use super::engine::bayes::{self, ClassModel, ClassRows};
use super::engine::present::Present;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct GaussianNaiveBayes;

const NAME: &str = "Gaussian naive Bayes";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "smoothing",
    label: "Least spread",
    help: "A share of the widest column's variance that is added to every variance, so that a column without spread does not decide alone (variance smoothing)",
    kind: ParamKind::Number {
        min: 1e-12,
        max: 1.0,
        logarithmic: true,
    },
    default: ParamDefault::Number(1e-9),
}];

static SEARCH: &[SearchSpec] = &[SearchSpec::number("smoothing", 1e-12, 1.0).logarithmic()];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct GaussianBayesModel {
    present: Present,
    features: usize,
    /// Per class that occurs: logarithm of its share.
    log_priors: Vec<f64>,
    /// Row-major classes that occur × features.
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl Learner for GaussianNaiveBayes {
    fn id(&self) -> &'static str {
        "gaussian_naive_bayes"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Learns the typical value and spread of every column for each class, and asks which class fits a row best."
    }

    fn when_to_use(&self) -> &'static str {
        "With few rows or many classes, and numbers that gather around a value; it is ready in an instant."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When columns say the same thing twice: it counts their evidence twice and is too sure of itself."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 6.6.3, p. 210; found with linfa-bayes; smoothing as in scikit-learn's GaussianNB"
    }

    fn readability(&self) -> &'static str {
        "Readable averages"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            weights: true,
            complexity: 2,
            family: Family::Probability,
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
        bayes::fit::<GaussianBayesModel>(NAME, PARAMS, (x, y), params, context)
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        bayes::load::<GaussianBayesModel>(NAME, saved)
    }
}

impl ClassModel for GaussianBayesModel {
    fn learn(rows: ClassRows<'_>, params: &Params, task: &TaskContext) -> Result<Self, UserError> {
        let (means, variances) = rows.moments(params.number("smoothing"), task)?;
        Ok(Self {
            log_priors: rows.log_priors(true),
            features: rows.features(),
            means,
            variances,
            present: rows.present,
        })
    }

    fn present(&self) -> &Present {
        &self.present
    }

    fn is_valid(&self) -> bool {
        let cells = self.present.len().checked_mul(self.features);
        self.log_priors.len() == self.present.len()
            && cells == Some(self.means.len())
            && cells == Some(self.variances.len())
            && saved::finite(&self.log_priors)
            && saved::finite(&self.means)
            && saved::finite(&self.variances)
            && self.variances.iter().all(|&variance| variance > 0.0)
    }
}

impl GaussianBayesModel {
    /// Per class: what does not depend on the row.
    fn constants(&self) -> Vec<f64> {
        let classes = self.log_priors.iter().enumerate();
        let each = classes.map(|(class, prior)| {
            let logs: f64 = self
                .of_class(&self.variances, class)
                .iter()
                .map(|variance| (std::f64::consts::TAU * variance).ln())
                .sum();
            prior - 0.5 * logs
        });
        each.collect()
    }

    fn of_class<'a>(&self, values: &'a [f64], class: usize) -> &'a [f64] {
        values
            .get(class * self.features..(class + 1) * self.features)
            .unwrap_or(&[])
    }
}

impl Model for GaussianBayesModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let constants = self.constants();
        let precisions: Vec<f64> = self.variances.iter().map(|v| 1.0 / v).collect();
        self.present.predict(x, task, |row, scores| {
            for (class, score) in scores.iter_mut().enumerate() {
                let means = self.of_class(&self.means, class);
                let precisions = self.of_class(&precisions, class);
                let far: f64 = row
                    .iter()
                    .zip(means)
                    .zip(precisions)
                    .map(|((value, mean), precision)| (value - mean) * (value - mean) * precision)
                    .sum();
                *score = constants[class] - 0.5 * far;
            }
        })
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let classes = self.present.len();
        let shape = [1, classes, self.features];
        let precisions = self.variances.iter().map(|v| 1.0 / v).collect();
        let means = graph.constant(&shape, Constant::Double(self.means.clone()));
        let precisions = graph.constant(&shape, Constant::Double(precisions));
        let constants = graph.constant(&[1, classes], Constant::Double(self.constants()));
        let half = graph.constant(&[1, 1], Constant::Double(vec![0.5]));
        let axis = graph.constant(&[1], Constant::Int64(vec![1]));
        // [rows, 1, features] against [1, classes, features]
        let rows = graph.op("Unsqueeze", &[x, &axis], Vec::new());
        let off = graph.op("Sub", &[&rows, &means], Vec::new());
        let square = graph.op("Mul", &[&off, &off], Vec::new());
        let weighed = graph.op("Mul", &[&square, &precisions], Vec::new());
        let last = graph.constant(&[1], Constant::Int64(vec![2]));
        let keep = vec![("keepdims", Attribute::Integer(0))];
        let far = graph.op("ReduceSum", &[&weighed, &last], keep);
        let far = graph.op("Mul", &[&far, &half], Vec::new());
        let scores = graph.op("Sub", &[&constants, &far], Vec::new());
        Ok(self.present.graph_softmax(graph, &scores))
    }

    /// How far apart the averages of the classes lie, in spreads within a class.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let mut facts: Vec<ModelFact> = (0..self.features)
            .map(|feature| {
                let places = (0..self.present.len()).map(|class| class * self.features + feature);
                let (mut low, mut high, mut spread) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
                for place in places {
                    low = low.min(self.means[place]);
                    high = high.max(self.means[place]);
                    spread += self.variances[place] / self.present.len() as f64;
                }
                ModelFact {
                    label: engine::feature_name(features, feature),
                    value: (high - low) / spread.sqrt(),
                }
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        if let Some(only) = self.present.only(classes) {
            return only;
        }
        let clearest = self.facts(features, classes).into_iter().next();
        format!(
            "Compares {} with the typical values of {} classes; {} tells them apart best",
            format::counted(self.features as u64, "column"),
            format::count(self.present.len() as u64),
            clearest.map_or_else(|| "none".to_owned(), |fact| fact.label)
        )
    }
}
