//! Calibrated: one model, and a curve that turns what it says into probabilities that hold.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::engine::effort::Cost;
use super::engine::ensemble::{self, Member};
use super::engine::isotonic::Isotonic;
use super::engine::sigmoid::Sigmoid;
use super::engine::{self, folds, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError};

pub struct Calibrated;

const NAME: &str = "Calibrated model";

/// One curve per class that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Curve {
    Sigmoid(Sigmoid),
    Isotonic(Isotonic),
}

struct CalibratedModel {
    member: Member,
    /// Classes seen in training, ascending.
    present: Vec<u32>,
    /// One per class present; of two classes only the second has one. Empty: too few rows to learn
    /// a curve, so the model's own probabilities stay.
    curves: Vec<Curve>,
    features: usize,
    outputs: usize,
}

#[derive(Deserialize)]
struct SavedCurves {
    present: Vec<u32>,
    curves: Vec<Curve>,
}

static SEARCH: &[SearchSpec] = &[SearchSpec::choice("curve", &["sigmoid", "isotonic"])];

fn settings() -> Vec<ParamSpec> {
    let able = || ensemble::candidates().filter(|learner| learner.capabilities().classes);
    let choices: Vec<(&'static str, &'static str)> = able()
        .map(|learner| (learner.id(), learner.name()))
        .collect();
    let usual = ensemble::USUALLY_CORRECTED
        .iter()
        .find(|id| choices.iter().any(|(known, _)| known == *id));
    vec![
        ParamSpec {
            key: "model",
            label: "Model",
            help: "The model whose probabilities are corrected",
            // Made once and needed until the end.
            kind: ParamKind::Choice(Vec::leak(choices)),
            default: ParamDefault::Text(usual.copied().unwrap_or_default()),
        },
        ParamSpec {
            key: "curve",
            label: "Curve",
            help: "An S-shaped curve needs few rows; a rising staircase follows any shape but needs about a thousand",
            kind: ParamKind::Choice(&[
                ("sigmoid", "S-shaped (sigmoid, Platt)"),
                ("isotonic", "Rising staircase (isotonic)"),
            ]),
            default: ParamDefault::Text("sigmoid"),
        },
        ParamSpec {
            key: "parts",
            label: "Parts",
            help: "The rows are divided into so many parts; the curve is learned from what models of the other parts say about a part (inner folds)",
            kind: ParamKind::Integer { min: 2, max: 20 },
            default: ParamDefault::Integer(5),
        },
    ]
}

impl Learner for Calibrated {
    fn id(&self) -> &'static str {
        "calibrated"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Trains one model and corrects its probabilities, so that of all rows it gives 80 % about 80 in 100 come true."
    }

    fn when_to_use(&self) -> &'static str {
        "When decisions hang on the probability itself and the model's own are too bold or too timid."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When only the order of the rows matters, or when the model's probabilities hold already, as those of logistic regression often do."
    }

    fn source(&self) -> &'static str {
        "J. Platt, \"Probabilistic outputs for support vector machines\" (1999); B. Zadrozny, C. Elkan, \"Transforming classifier scores into accurate multiclass probability estimates\", KDD 2002; as scikit-learn's CalibratedClassifierCV with ensemble=False"
    }

    fn readability(&self) -> &'static str {
        "As its model"
    }

    fn params(&self) -> &'static [ParamSpec] {
        static PARAMS: OnceLock<Vec<ParamSpec>> = OnceLock::new();
        PARAMS.get_or_init(settings)
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
            numbers: false,
            weights: ensemble::all_weigh(ensemble::USUALLY_CORRECTED),
            combines: true,
            complexity: 6,
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
        let (codes, outputs) = engine::classes_only(y, NAME)?;
        let learner = super::by_id(params.text("model"))?;
        let mut sizes = vec![0usize; outputs];
        codes.iter().for_each(|&code| sizes[code as usize] += 1);
        let present: Vec<u32> = (0..outputs as u32)
            .filter(|&class| sizes[class as usize] > 0)
            .collect();
        // Every class must be in the other parts when one is left out.
        let enough = present.len() > 1 && sizes.iter().all(|&size| size != 1);
        let curves = if enough {
            let wanted = usize::try_from(params.integer("parts")).unwrap_or(5);
            let parts = folds::parts(y, wanted, context.seed);
            let scores = ensemble::out_of_part(learner, x, y, &parts, context)?;
            let curve = Fitting {
                scores: &scores,
                codes,
                outputs,
                isotonic: params.text("curve") == "isotonic",
                context,
            };
            curve.all(&present)?
        } else {
            Vec::new()
        };
        Ok(Box::new(CalibratedModel {
            member: Member::fit(learner, x, y, context)?,
            present,
            curves,
            features: x.cols,
            outputs,
        }))
    }

    fn load(&self, saved: &Json) -> Result<Box<dyn Model>, UserError> {
        let (features, outputs, classes) = ensemble::load_shape(saved, NAME)?;
        let member = saved.get("member").unwrap_or(&Json::Null);
        let member = Member::load(member, features, outputs, NAME)?;
        let SavedCurves { present, curves } = saved::read(saved, NAME)?;
        let sound = classes
            && !present.is_empty()
            && present.windows(2).all(|pair| pair[0] < pair[1])
            && present.iter().all(|&class| (class as usize) < outputs)
            && (curves.is_empty() || curves.len() == with_curves(&present).len())
            && curves.iter().all(Curve::is_valid);
        saved::require(sound, NAME, "its curves are not possible")?;
        Ok(Box::new(CalibratedModel {
            member,
            present,
            curves,
            features,
            outputs,
        }))
    }
}

/// Classes that have a curve: of two, the second.
fn with_curves(present: &[u32]) -> &[u32] {
    present
        .get(usize::from(present.len() == 2)..)
        .unwrap_or(&[])
}

struct Fitting<'a> {
    /// Probabilities of rows the model had not seen, rows × outputs.
    scores: &'a [f64],
    codes: &'a [u32],
    outputs: usize,
    isotonic: bool,
    context: &'a FitContext<'a>,
}

impl Fitting<'_> {
    fn all(&self, present: &[u32]) -> Result<Vec<Curve>, UserError> {
        with_curves(present)
            .iter()
            .map(|&class| {
                self.context.task.check()?;
                self.one(class)
            })
            .collect()
    }

    fn one(&self, class: u32) -> Result<Curve, UserError> {
        let scores: Vec<f64> = self
            .scores
            .iter()
            .skip(class as usize)
            .step_by(self.outputs)
            .copied()
            .collect();
        let yes = self.codes.iter().map(|&code| code == class);
        Ok(if self.isotonic {
            let answers: Vec<f64> = yes.map(|yes| f64::from(u8::from(yes))).collect();
            Curve::Isotonic(Isotonic::fit(&scores, &answers, self.context.weights)?)
        } else {
            let answers: Vec<bool> = yes.collect();
            Curve::Sigmoid(Sigmoid::fit(&scores, &answers, self.context.weights)?)
        })
    }
}

impl Curve {
    fn is_valid(&self) -> bool {
        match self {
            Self::Sigmoid(curve) => curve.is_valid(),
            Self::Isotonic(curve) => {
                curve.is_valid() && curve.values.iter().all(|value| (0.0..=1.0).contains(value))
            }
        }
    }

    fn at(&self, score: f64) -> f64 {
        match self {
            Self::Sigmoid(curve) => curve.at(score),
            Self::Isotonic(curve) => curve.at(score),
        }
    }

    fn graph(&self, graph: &mut Graph, score: &Value) -> Value {
        match self {
            Self::Sigmoid(curve) => curve.graph(graph, score),
            Self::Isotonic(curve) => curve.graph(graph, score),
        }
    }
}

impl CalibratedModel {
    /// One row: probabilities of the classes present, which sum to one; all equal where every curve
    /// says 0.
    fn correct(&self, row: &mut [f64]) {
        let classes = with_curves(&self.present);
        let corrected: Vec<f64> = classes
            .iter()
            .zip(&self.curves)
            .map(|(&class, curve)| curve.at(row[class as usize]))
            .collect();
        row.fill(0.0);
        if let ([first, second], [yes]) = (self.present.as_slice(), corrected.as_slice()) {
            row[*second as usize] = *yes;
            row[*first as usize] = 1.0 - yes;
            return;
        }
        let sum: f64 = corrected.iter().sum();
        for (&class, value) in classes.iter().zip(&corrected) {
            row[class as usize] = if sum > 0.0 {
                value / sum
            } else {
                1.0 / classes.len() as f64
            };
        }
    }
}

impl Model for CalibratedModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let mut predicted = self.member.predict(x, task)?;
        if !self.curves.is_empty() {
            for (place, row) in predicted.chunks_exact_mut(self.outputs.max(1)).enumerate() {
                if place % 16_384 == 0 {
                    task.check()?;
                }
                self.correct(row);
            }
        }
        Ok(predicted)
    }

    fn save(&self) -> Json {
        json!({
            "features": self.features,
            "outputs": self.outputs,
            "classes": true,
            "member": self.member.save(),
            "present": self.present,
            "curves": saved::write(&self.curves),
        })
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let all = self.member.graph(graph, x)?;
        if self.curves.is_empty() {
            return Ok(all);
        }
        let axis = || vec![("axis", Attribute::Integer(1))];
        let classes = with_curves(&self.present);
        let mut columns = Vec::with_capacity(classes.len() + 1);
        for (&class, curve) in classes.iter().zip(&self.curves) {
            let place = graph.constant(&[1], Constant::Int64(vec![i64::from(class)]));
            let score = graph.op("Gather", &[&all, &place], axis());
            columns.push(curve.graph(graph, &score));
        }
        let one = graph.scalar(1.0);
        if let ([_, _], [yes]) = (self.present.as_slice(), columns.as_slice()) {
            let no = graph.op("Sub", &[&one, yes], Vec::new());
            columns.insert(0, no);
        }
        let inputs: Vec<&Value> = columns.iter().collect();
        let mut shares = graph.op("Concat", &inputs, axis());
        if self.present.len() > 2 {
            shares = normalised(graph, &shares, self.present.len());
        }
        if self.present.len() == self.outputs {
            return Ok(shares);
        }
        // Classes that were not seen get a column of zeros.
        let mut places = vec![0.0; self.present.len() * self.outputs];
        for (place, &class) in self.present.iter().enumerate() {
            places[place * self.outputs + class as usize] = 1.0;
        }
        let shape = [self.present.len(), self.outputs];
        let places = graph.constant(&shape, Constant::Double(places));
        Ok(graph.op("MatMul", &[&shares, &places], Vec::new()))
    }

    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        self.member.facts(features, classes)
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        let how = match self.curves.first() {
            Some(Curve::Sigmoid(_)) => "its probabilities are corrected by an S-shaped curve",
            Some(Curve::Isotonic(_)) => "its probabilities are corrected by a rising staircase",
            None => "there were too few rows to correct its probabilities",
        };
        format!("{}; {how}", self.member.sentence(features, classes))
    }
}

/// Every row divided by its sum; all equal where the sum is 0.
fn normalised(graph: &mut Graph, values: &Value, width: usize) -> Value {
    let ones = graph.constant(&[width, 1], Constant::Double(vec![1.0; width]));
    let sum = graph.op("MatMul", &[values, &ones], Vec::new());
    let zero = graph.scalar(0.0);
    let one = graph.scalar(1.0);
    let equal = graph.scalar(1.0 / width as f64);
    let nothing = graph.op("LessOrEqual", &[&sum, &zero], Vec::new());
    let divisor = graph.op("Where", &[&nothing, &one, &sum], Vec::new());
    let shares = graph.op("Div", &[values, &divisor], Vec::new());
    graph.op("Where", &[&nothing, &equal, &shares], Vec::new())
}
