//! Bernoulli naive Bayes: every class has its typical set of signs, there or not.

use serde::{Deserialize, Serialize};

use super::engine::bayes::{self, ClassModel, ClassRows};
use super::engine::present::Present;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Constant, ElementType, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct BernoulliNaiveBayes;

const NAME: &str = "Bernoulli naive Bayes";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "threshold",
        label: "A sign is there above",
        help: "Values above this count as yes, the others as no (binarisation threshold)",
        kind: ParamKind::Number {
            min: -1e9,
            max: 1e9,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "smoothing",
        label: "Benefit of the doubt",
        help: "Rows with and without every sign that are added to each class, so that what was never seen is unlikely rather than impossible (additive smoothing, alpha)",
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
struct BernoulliBayesModel {
    present: Present,
    features: usize,
    threshold: f64,
    /// Per class that occurs: logarithm of its share.
    log_priors: Vec<f64>,
    /// Row-major classes that occur × features: logarithm of the share of rows with the sign.
    log_with: Vec<f64>,
    /// The same for rows without it.
    log_without: Vec<f64>,
}

impl Learner for BernoulliNaiveBayes {
    fn id(&self) -> &'static str {
        "bernoulli_naive_bayes"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Learns how often every sign is there in each class, and asks which class fits a row best."
    }

    fn when_to_use(&self) -> &'static str {
        "When the columns are yes or no, or categories: symptoms, words that occur, options chosen."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When it matters how large a number is: only above or below is looked at."
    }

    fn source(&self) -> &'static str {
        "C. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval (2008), section 13.3, p. 263; found with linfa-bayes; smoothing as in scikit-learn's BernoulliNB"
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
        bayes::fit::<BernoulliBayesModel>(NAME, PARAMS, (x, y), params, context)
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        bayes::load::<BernoulliBayesModel>(NAME, saved)
    }
}

impl ClassModel for BernoulliBayesModel {
    fn learn(rows: ClassRows<'_>, params: &Params, task: &TaskContext) -> Result<Self, UserError> {
        let (threshold, smoothing) = (params.number("threshold"), params.number("smoothing"));
        let (log_with, log_without) = rows.log_shares(threshold, smoothing, task)?;
        Ok(Self {
            log_priors: rows.log_priors(params.bool("learn_shares")),
            features: rows.features(),
            threshold,
            log_with,
            log_without,
            present: rows.present,
        })
    }

    fn present(&self) -> &Present {
        &self.present
    }

    fn is_valid(&self) -> bool {
        let cells = self.present.len().checked_mul(self.features);
        self.threshold.is_finite()
            && self.log_priors.len() == self.present.len()
            && cells == Some(self.log_with.len())
            && cells == Some(self.log_without.len())
            && saved::finite(&self.log_priors)
            && saved::finite(&self.log_with)
            && saved::finite(&self.log_without)
    }
}

impl BernoulliBayesModel {
    fn of_class<'a>(&self, values: &'a [f64], class: usize) -> &'a [f64] {
        values
            .get(class * self.features..(class + 1) * self.features)
            .unwrap_or(&[])
    }

    /// Per class: the score of a row without any sign.
    fn constants(&self) -> Vec<f64> {
        let classes = self.log_priors.iter().enumerate();
        let each = classes.map(|(class, prior)| {
            prior + self.of_class(&self.log_without, class).iter().sum::<f64>()
        });
        each.collect()
    }
}

impl Model for BernoulliBayesModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        self.present.predict(x, task, |row, scores| {
            for (class, score) in scores.iter_mut().enumerate() {
                let with = self.of_class(&self.log_with, class);
                let without = self.of_class(&self.log_without, class);
                let signs = row.iter().zip(with).zip(without);
                let sum: f64 = signs
                    .map(|((&value, with), without)| {
                        if value > self.threshold {
                            with
                        } else {
                            without
                        }
                    })
                    .sum();
                *score = self.log_priors[class] + sum;
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
        let weights = (0..self.features).flat_map(|feature| {
            (0..classes).map(move |class| {
                let place = class * self.features + feature;
                self.log_with[place] - self.log_without[place]
            })
        });
        let weights = graph.constant(
            &[self.features, classes],
            Constant::Double(weights.collect()),
        );
        let threshold = graph.constant(&[1, 1], Constant::Double(vec![self.threshold]));
        let constants = graph.constant(&[1, classes], Constant::Double(self.constants()));
        let signs = graph.op("Greater", &[x, &threshold], Vec::new());
        let signs = graph.cast(&signs, ElementType::Double);
        let sum = graph.op("MatMul", &[&signs, &weights], Vec::new());
        let scores = graph.op("Add", &[&sum, &constants], Vec::new());
        Ok(self.present.graph_softmax(graph, &scores))
    }

    /// "feature → class": share of the rows of the class that have the sign, against the mean of
    /// the classes.
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let mut facts = Vec::new();
        for feature in 0..self.features {
            let share = |class: usize| self.of_class(&self.log_with, class)[feature].exp();
            let mean = engine::mean((0..self.present.len()).map(share));
            for (place, &class) in self.present.classes.iter().enumerate() {
                facts.push(ModelFact {
                    label: format!(
                        "{} → {}",
                        engine::feature_name(features, feature),
                        engine::class_name(classes, class as usize)
                    ),
                    value: share(place) - mean,
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
            "Looks for {} in {} classes; the clearest sign is {}",
            format::counted(self.features as u64, "sign"),
            format::count(self.present.len() as u64),
            clearest.map_or_else(|| "none".to_owned(), |fact| fact.label)
        )
    }
}
