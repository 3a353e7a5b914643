//! Bernoulli naive Bayes: every class has its typical set of signs, there or not.

use serde::{Deserialize, Serialize};

use super::engine::bayes::ClassRows;
use super::engine::present::{self, Present};
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
        "C. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval (2008), section 13.3, p. 263; smoothing as in scikit-learn's BernoulliNB"
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
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let mut kept = None;
        let (x, y, weights) = present::counted(x, y, context.weights, &mut kept);
        let (codes, count) = engine::classes_only(y, NAME)?;
        let rows = ClassRows::new(x, codes, count, weights);
        let (threshold, smoothing) = (params.number("threshold"), params.number("smoothing"));
        let with = rows.sums(context.task, |_, _, value| {
            f64::from(u8::from(value > threshold))
        })?;
        let mut model = BernoulliBayesModel {
            log_priors: rows.log_priors(params.bool("learn_shares")),
            features: x.cols,
            threshold,
            log_with: Vec::with_capacity(with.len()),
            log_without: Vec::with_capacity(with.len()),
            present: rows.present,
        };
        for (of_class, total) in with.chunks_exact(x.cols.max(1)).zip(&rows.totals) {
            for count in of_class {
                let all = total + 2.0 * smoothing;
                // Weights may add up to a hair more than their total.
                let without = (total - count).max(0.0);
                model.log_with.push((count + smoothing).ln() - all.ln());
                model
                    .log_without
                    .push((without + smoothing).ln() - all.ln());
            }
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: BernoulliBayesModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.present.count, NAME)?;
        let cells = model.present.len().checked_mul(model.features);
        let holds = model.present.is_valid()
            && model.threshold.is_finite()
            && model.log_priors.len() == model.present.len()
            && cells == Some(model.log_with.len())
            && cells == Some(model.log_without.len())
            && saved::finite(&model.log_priors)
            && saved::finite(&model.log_with)
            && saved::finite(&model.log_without);
        saved::require(holds, NAME, "its shares are not possible")?;
        Ok(Box::new(model))
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
        if let [only] = self.present.classes.as_slice() {
            return format!(
                "Always {}: no other class was seen",
                engine::class_name(classes, *only as usize)
            );
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
