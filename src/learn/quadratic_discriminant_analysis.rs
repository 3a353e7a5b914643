//! Quadratic discriminant analysis: every class is a cloud with a centre and a shape of its own.

use serde::{Deserialize, Serialize};

use super::engine::discriminant::{Clouds, Shape};
use super::engine::{self, saved, softmax};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct QuadraticDiscriminantAnalysis;

const NAME: &str = "Quadratic discriminant analysis";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "shrinkage",
    label: "Roundness of the clouds",
    help: "0 takes the shape of every cloud as it is, 1 makes every cloud a ball; more helps with few rows or many columns (shrinkage)",
    kind: ParamKind::Number {
        min: 0.0,
        max: 1.0,
        logarithmic: false,
    },
    default: ParamDefault::Number(0.0),
}];

static SEARCH: &[SearchSpec] = &[SearchSpec::number("shrinkage", 0.0, 1.0)];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CloudsModel {
    /// Classes seen in training, ascending. The others have probability 0.
    present: Vec<u32>,
    /// Classes in all.
    classes: usize,
    features: usize,
    /// One per class present.
    shapes: Vec<Shape>,
    /// Largest share of a shape that was borrowed from the shape of all classes.
    borrowed: f64,
}

impl Learner for QuadraticDiscriminantAnalysis {
    fn id(&self) -> &'static str {
        "quadratic_discriminant_analysis"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Sees every class as a cloud of its own shape and picks the cloud a row most likely belongs to."
    }

    fn when_to_use(&self) -> &'static str {
        "When classes are single clouds of different shape or width, with many rows for each."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When a class has few rows for the number of columns, or lies in several places."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 4.3, page 110"
    }

    fn readability(&self) -> &'static str {
        "Centres you can read"
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
            numbers: false,
            wants_scaling: true,
            weights: true,
            yardstick: false,
            complexity: 2,
            family: Family::Linear,
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
        let (codes, classes) = engine::classes_only(y, NAME)?;
        let present = engine::present_classes(codes, classes, context.weights);
        let places = engine::places_of(codes, &present);
        let clouds = Clouds::of(x, places, present.len(), context.weights, context.task)?;
        let (shapes, borrowed) = clouds.quadratic(params.number("shrinkage"), context.task)?;
        let model = CloudsModel {
            present,
            classes,
            features: x.cols,
            shapes,
            borrowed,
        };
        if !model.holds() {
            return Err(engine::minimise::not_solvable());
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: CloudsModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.classes, NAME)?;
        saved::require(model.holds(), NAME, "its clouds are not possible")?;
        Ok(Box::new(model))
    }
}

impl CloudsModel {
    fn holds(&self) -> bool {
        !self.present.is_empty()
            && self.present.windows(2).all(|pair| pair[0] < pair[1])
            && self
                .present
                .iter()
                .all(|&class| (class as usize) < self.classes)
            && self.shapes.len() == self.present.len()
            && self.borrowed.is_finite()
            && self.shapes.iter().all(|shape| {
                shape.centre.len() == self.features
                    && (shape.own.is_empty() || shape.own.len() == self.features)
                    && shape.directions.len().is_multiple_of(self.features.max(1))
                    && shape.start.is_finite()
                    && saved::finite(&shape.centre)
                    && saved::finite(&shape.own)
                    && saved::finite(&shape.directions)
            })
    }
}

impl Model for CloudsModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let sizes = self.shapes.iter().map(|shape| shape.directions.len());
        let between = engine::rows::rows_between_checks(sizes.sum::<usize>() as f64);
        let mut predicted = vec![0.0; x.rows * self.classes];
        let mut scores = vec![0.0; self.present.len()];
        let mut difference = vec![0.0; self.features];
        for (row, shares) in predicted.chunks_exact_mut(self.classes).enumerate() {
            if row % between == 0 {
                task.check()?;
            }
            for (score, shape) in scores.iter_mut().zip(&self.shapes) {
                *score = shape.score(x.row(row), &mut difference);
            }
            softmax::softmax(&mut scores);
            for (&class, &score) in self.present.iter().zip(&scores) {
                shares[class as usize] = score;
            }
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let half = graph.constant(&[1, 1], Constant::Double(vec![-0.5]));
        let mut scores = Vec::new();
        for shape in &self.shapes {
            scores.push(shape_graph(graph, x, shape, self.features, &half));
        }
        let inputs: Vec<&Value> = scores.iter().collect();
        let scores = graph.op("Concat", &inputs, vec![("axis", Attribute::Integer(1))]);
        let shares = graph.op(
            "Softmax",
            &[&scores],
            vec![("axis", Attribute::Integer(-1))],
        );
        let present = self.present.len();
        if present == self.classes {
            return Ok(shares);
        }
        // Classes that were not seen get a column of zeros.
        let mut places = vec![0.0; present * self.classes];
        for (place, &class) in self.present.iter().enumerate() {
            places[place * self.classes + class as usize] = 1.0;
        }
        let places = graph.constant(&[present, self.classes], Constant::Double(places));
        Ok(graph.op("MatMul", &[&shares, &places], Vec::new()))
    }

    /// The centres of the classes, those far apart (in the widths of the clouds) first.
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let mut order: Vec<(f64, usize)> = (0..self.features)
            .map(|feature| {
                let centres = || self.shapes.iter().map(|shape| shape.centre[feature]);
                let low = centres().fold(f64::INFINITY, f64::min);
                let high = centres().fold(f64::NEG_INFINITY, f64::max);
                (high - low, feature)
            })
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut facts = Vec::new();
        for (_, feature) in order {
            for (&class, shape) in self.present.iter().zip(&self.shapes) {
                facts.push(ModelFact {
                    label: format!(
                        "Centre of {}: {}",
                        engine::class_name(classes, class as usize),
                        engine::feature_name(features, feature)
                    ),
                    value: shape.centre[feature],
                });
            }
        }
        facts
    }

    fn sentence(&self, _features: &[String], classes: &[String]) -> String {
        if let [only] = self.present.as_slice() {
            return format!(
                "Always {}: no other class was seen",
                engine::class_name(classes, *only as usize)
            );
        }
        let mut text = format!(
            "Compares a row with {} clouds in {}",
            self.present.len(),
            format::counted(self.features as u64, "column")
        );
        if self.borrowed > 0.0 {
            text.push_str(
                "; a class has too few rows for a shape of its own and borrows from the others",
            );
        }
        text
    }
}

/// The score of one cloud: [rows, 1].
fn shape_graph(
    graph: &mut Graph,
    x: &Value,
    shape: &Shape,
    features: usize,
    half: &Value,
) -> Value {
    let start = graph.constant(&[1, 1], Constant::Double(vec![shape.start]));
    let centre = graph.constant(&[1, features], Constant::Double(shape.centre.clone()));
    let difference = graph.op("Sub", &[x, &centre], Vec::new());
    let count = shape.directions.len() / features.max(1);
    let columns = (0..features)
        .flat_map(|feature| (0..count).map(move |k| shape.directions[k * features + feature]));
    // Without a direction a zero one does no harm.
    let (width, values) = match count {
        0 => (1, vec![0.0; features]),
        count => (count, columns.collect()),
    };
    let directions = graph.constant(&[features, width], Constant::Double(values));
    let along = graph.op("MatMul", &[&difference, &directions], Vec::new());
    let squares = graph.op("Mul", &[&along, &along], Vec::new());
    let ones = graph.constant(&[width, 1], Constant::Double(vec![1.0; width]));
    let mut distance = graph.op("MatMul", &[&squares, &ones], Vec::new());
    if !shape.own.is_empty() {
        let own = graph.constant(&[features, 1], Constant::Double(shape.own.clone()));
        let squares = graph.op("Mul", &[&difference, &difference], Vec::new());
        let whole = graph.op("MatMul", &[&squares, &own], Vec::new());
        let less = graph.op("Sub", &[&whole, &distance], Vec::new());
        let zero = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
        distance = graph.op("Max", &[&less, &zero], Vec::new());
    }
    let halved = graph.op("Mul", &[&distance, half], Vec::new());
    graph.op("Add", &[&halved, &start], Vec::new())
}
