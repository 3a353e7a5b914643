//! Least squares with penalties on the weights: ridge, lasso and what lies between.
//!
//! Inside, columns are centred and scaled and every column has penalties of its own, so that the
//! solution is that of scikit-learn's objective on the columns as they came, whatever their units.

mod elastic_net;
mod path;
mod quadratic;
mod ridge;

pub use elastic_net::{Ask, elastic_net, parts_of};
pub use ridge::{ridge, ridge_path};

use super::line::LineModel;
use super::standard::{RowWeights, Scale, Standard};
use crate::base::{UserError, format};
use crate::learn::{FitContext, Matrix, PenaltyPath};

/// Points on a path of penalties.
const STEPS: usize = 60;
/// Up to so many columns all products of columns are kept.
const MOST_PRODUCTS: usize = 2000;

/// The data of a fit, centred and scaled.
pub struct Data {
    pub standard: Standard,
    pub answer: Scale,
    weights: RowWeights,
    z: Matrix,
    t: Vec<f64>,
}

/// What a fit gives, in the units of the columns.
pub struct Fitted {
    pub intercept: f64,
    pub coefficients: Vec<f64>,
    pub settled: bool,
}

impl Data {
    /// None when there is nothing to weigh: the answer or every column is constant.
    pub fn of(x: &Matrix, y: &[f64], context: &FitContext<'_>) -> Result<Option<Self>, UserError> {
        let weights = RowWeights::of(context.weights);
        let standard = Standard::of(x, &weights, context.task)?;
        let answer = Scale::of(y, weights.values());
        if answer.spread == 0.0 || standard.varying.is_empty() {
            return Ok(None);
        }
        let z = standard.matrix(x, context.task)?;
        let t = y
            .iter()
            .map(|value| (value - answer.centre) / answer.spread)
            .collect();
        Ok(Some(Self {
            standard,
            answer,
            weights,
            z,
            t,
        }))
    }

    fn columns(&self) -> usize {
        self.z.cols
    }

    fn spread(&self, place: usize) -> f64 {
        self.standard.scales[self.standard.varying[place]].spread
    }

    fn fitted(&self, u: &[f64], settled: bool) -> Fitted {
        let (intercept, coefficients) =
            self.standard
                .back(self.answer.centre, u, self.answer.spread);
        Fitted {
            intercept,
            coefficients,
            settled,
        }
    }

    /// Scaled penalties of every column at this penalty: on size, on squares.
    fn penalties(&self, penalty: f64, mix: f64) -> (Vec<f64>, Vec<f64>) {
        let columns = 0..self.columns();
        let on_size = columns
            .clone()
            .map(|place| penalty * mix / self.spread(place) / self.answer.spread);
        let on_squares = columns.map(|place| {
            let spread = self.spread(place);
            penalty * (1.0 - mix) / spread / spread
        });
        let limited = |value: f64| value.min(f64::MAX);
        (
            on_size.map(limited).collect(),
            on_squares.map(limited).collect(),
        )
    }
}

/// The model of ridge regression. `given`: the penalty, or None to let the data choose.
pub fn fit_ridge(
    x: &Matrix,
    y: &[f64],
    given: Option<f64>,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let Some(data) = Data::of(x, y, context)? else {
        return constant(x, y, context);
    };
    let path = ridge_path(&data, given, context)?;
    let penalty = match (&path, given) {
        (_, Some(penalty)) => penalty,
        (Some(path), None) => path.chosen,
        // Too many columns and rows to compare penalties: scikit-learn's default.
        (None, None) => 1.0,
    };
    let fitted = ridge(&data, penalty, context.task)?;
    let chosen = given.is_none() && path.is_some();
    data.model(fitted, path, penalty, chosen).checked()
}

/// The model of a lasso (mix 1) or an elastic net.
pub fn fit_elastic_net(
    x: &Matrix,
    y: &[f64],
    mix: f64,
    given: Option<f64>,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let Some(data) = Data::of(x, y, context)? else {
        return constant(x, y, context);
    };
    let ask = Ask {
        mix,
        penalty: given,
        parts: &parts_of(x.rows, context.seed),
    };
    let (fitted, path) = elastic_net(&data, ask, context)?;
    let penalty = path.chosen;
    data.model(fitted, Some(path), penalty, given.is_none())
        .checked()
}

/// Nothing to weigh: the mean answer.
fn constant(x: &Matrix, y: &[f64], context: &FitContext<'_>) -> Result<LineModel, UserError> {
    let weights = RowWeights::of(context.weights);
    LineModel {
        intercept: Scale::of(y, weights.values()).centre,
        coefficients: vec![0.0; x.cols],
        spreads: Standard::of(x, &weights, context.task)?.spreads(),
        ..LineModel::default()
    }
    .checked()
}

impl Data {
    fn model(
        &self,
        fitted: Fitted,
        path: Option<PenaltyPath>,
        penalty: f64,
        chosen: bool,
    ) -> LineModel {
        let number = format::number(penalty, 3);
        LineModel {
            intercept: fitted.intercept,
            coefficients: fitted.coefficients,
            spreads: self.standard.spreads(),
            unsettled: !fitted.settled,
            remark: match chosen {
                true => format!("penalty {number}, chosen on rows left out"),
                false => format!("penalty {number}"),
            },
            path: path.filter(|path| path.belongs_to(self.standard.scales.len())),
            ..LineModel::default()
        }
    }
}
