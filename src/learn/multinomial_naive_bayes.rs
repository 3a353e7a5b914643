//! Multinomial naive Bayes: every class has its typical mixture of counts.

use serde::{Deserialize, Serialize};

use super::engine::bayes::{self, ClassModel, ClassRows};
use super::engine::present::Present;
use super::engine::{self, dense, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct MultinomialNaiveBayes;

const NAME: &str = "Multinomial naive Bayes";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "smoothing",
        label: "Benefit of the doubt",
        help: "Counts added to every column, so that what was never seen in a class is unlikely rather than impossible (additive smoothing, alpha)",
        kind: ParamKind::Number {
            min: 1e-10,
            max: 1000.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "learn_shares",
        label: "Frequent classes are likelier",
        help: "Off: every class is taken to be equally frequent (fit prior)",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::number("smoothing", 1e-3, 100.0).logarithmic(),
    SearchSpec::yes_or_no("learn_shares"),
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct MultinomialBayesModel {
    present: Present,
    features: usize,
    /// Per feature, at most 0: where its counting starts.
    zeros: Vec<f64>,
    /// Per class that occurs: logarithm of its share.
    log_priors: Vec<f64>,
    /// Row-major classes that occur × features: logarithm of the share of the counts.
    log_shares: Vec<f64>,
}

impl Learner for MultinomialNaiveBayes {
    fn id(&self) -> &'static str {
        "multinomial_naive_bayes"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Learns which columns take the largest share of the counts in each class (multinomial naive Bayes). A column that goes below zero is counted from its lowest practice value."
    }

    fn when_to_use(&self) -> &'static str {
        "When the columns count things: words in a text, purchases, events."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the columns are measures of different kinds: the largest unit would drown the others."
    }

    fn source(&self) -> &'static str {
        "C. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval (2008), section 13.2, p. 258; smoothing as in scikit-learn's MultinomialNB"
    }

    fn readability(&self) -> &'static str {
        "Readable shares"
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
        bayes::fit::<MultinomialBayesModel>(NAME, PARAMS, (x, y), params, context)
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        bayes::load::<MultinomialBayesModel>(NAME, saved)
    }
}

impl ClassModel for MultinomialBayesModel {
    fn learn(rows: ClassRows<'_>, params: &Params, task: &TaskContext) -> Result<Self, UserError> {
        let x = rows.matrix();
        let mut zeros = vec![0.0f64; x.cols];
        for row in x.values.chunks_exact(x.cols.max(1)) {
            for (zero, &value) in zeros.iter_mut().zip(row) {
                *zero = zero.min(value);
            }
        }
        let mut log_shares = rows.sums(task, |_, feature, value| value - zeros[feature])?;
        let smoothing = params.number("smoothing");
        for of_class in log_shares.chunks_exact_mut(x.cols.max(1)) {
            let total = of_class.iter().sum::<f64>() + smoothing * x.cols as f64;
            for count in of_class {
                *count = (*count + smoothing).ln() - total.ln();
            }
        }
        Ok(Self {
            log_priors: rows.log_priors(params.bool("learn_shares")),
            features: x.cols,
            zeros,
            log_shares,
            present: rows.present,
        })
    }

    fn present(&self) -> &Present {
        &self.present
    }

    fn is_valid(&self) -> bool {
        self.log_priors.len() == self.present.len()
            && self.zeros.len() == self.features
            && self.present.len().checked_mul(self.features) == Some(self.log_shares.len())
            && saved::finite(&self.log_priors)
            && saved::finite(&self.zeros)
            && saved::finite(&self.log_shares)
    }
}

impl MultinomialBayesModel {
    fn of_class(&self, class: usize) -> &[f64] {
        self.log_shares
            .get(class * self.features..(class + 1) * self.features)
            .unwrap_or(&[])
    }
}

impl Model for MultinomialBayesModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let mut counts = vec![0.0; self.features];
        self.present.predict(x, task, |row, scores| {
            for ((count, value), zero) in counts.iter_mut().zip(row).zip(&self.zeros) {
                *count = (value - zero).max(0.0);
            }
            for (class, score) in scores.iter_mut().enumerate() {
                *score = self.log_priors[class] + dense::dot(&counts, self.of_class(class));
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
        let weights = (0..self.features)
            .flat_map(|feature| (0..classes).map(move |class| self.of_class(class)[feature]));
        let weights = graph.constant(
            &[self.features, classes],
            Constant::Double(weights.collect()),
        );
        let zeros = graph.constant(&[1, self.features], Constant::Double(self.zeros.clone()));
        let nothing = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
        let priors = graph.constant(&[1, classes], Constant::Double(self.log_priors.clone()));
        let counts = graph.op("Sub", &[x, &zeros], Vec::new());
        let counts = graph.op("Max", &[&counts, &nothing], Vec::new());
        let sum = graph.op("MatMul", &[&counts, &weights], Vec::new());
        let scores = graph.op("Add", &[&sum, &priors], Vec::new());
        Ok(self.present.graph_softmax(graph, &scores))
    }

    /// "feature → class": logarithm of its share in the class against its mean over the classes.
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let mut facts = Vec::new();
        for feature in 0..self.features {
            let each = (0..self.present.len()).map(|class| self.of_class(class)[feature]);
            let mean = engine::mean(each);
            for (place, &class) in self.present.classes.iter().enumerate() {
                facts.push(ModelFact {
                    label: format!(
                        "{} → {}",
                        engine::feature_name(features, feature),
                        engine::class_name(classes, class as usize)
                    ),
                    value: self.of_class(place)[feature] - mean,
                });
            }
        }
        facts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        if let Some(only) = self.present.only(classes) {
            return only;
        }
        let clearest = self.facts(features, classes).into_iter().next();
        format!(
            "Compares the counts of {} with those of {} classes; the clearest sign is {}",
            format::counted(self.features as u64, "column"),
            format::count(self.present.len() as u64),
            clearest.map_or_else(|| "none".to_owned(), |fact| fact.label)
        )
    }
}
