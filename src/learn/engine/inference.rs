//! What theory says about fitted coefficients, kept with a model as plain numbers.

use serde::{Deserialize, Serialize};

use crate::base::distributions::{
    NORMAL_95, normal_two_sided, student_quantile, student_two_sided,
};
use crate::learn::{Coefficient, CoefficientTable};

/// A coefficient and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Matrix column, or None for the intercept.
    pub feature: Option<usize>,
    /// Class the coefficient speaks for, where there are several.
    pub class: Option<usize>,
    pub estimate: f64,
    pub standard_error: f64,
}

/// The terms of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    pub terms: Vec<Term>,
    /// None: the normal distribution speaks, else Student's t.
    pub degrees_of_freedom: Option<f64>,
}

impl Inference {
    /// None when a number is not one: better no table than a wrong one.
    pub fn checked(self) -> Option<Self> {
        let usable = |term: &Term| {
            term.estimate.is_finite()
                && term.standard_error.is_finite()
                && term.standard_error >= 0.0
        };
        let degrees = self
            .degrees_of_freedom
            .is_none_or(|d| d.is_finite() && d > 0.0);
        (degrees && !self.terms.is_empty() && self.terms.iter().all(usable)).then_some(self)
    }

    /// Whether it fits a model of this many features and classes.
    pub fn belongs_to(&self, features: usize, classes: usize) -> bool {
        let places = self.terms.iter().all(|term| {
            term.feature.is_none_or(|feature| feature < features)
                && term.class.is_none_or(|class| class < classes)
        });
        places && self.clone().checked().is_some()
    }

    pub fn table(&self) -> CoefficientTable {
        let margin = self
            .degrees_of_freedom
            .map_or(NORMAL_95, |degrees| student_quantile(0.975, degrees));
        CoefficientTable {
            rows: self
                .terms
                .iter()
                .map(|term| self.row(term, margin))
                .collect(),
            degrees_of_freedom: self.degrees_of_freedom,
            ..CoefficientTable::default()
        }
    }

    fn row(&self, term: &Term, margin: f64) -> Coefficient {
        let statistic = match term.standard_error {
            0.0 if term.estimate == 0.0 => 0.0,
            // A perfect fit leaves no doubt; the largest number stands for infinity.
            0.0 => f64::MAX.copysign(term.estimate),
            error => (term.estimate / error).clamp(-f64::MAX, f64::MAX),
        };
        let p_value = match self.degrees_of_freedom {
            Some(degrees) => student_two_sided(statistic, degrees),
            None => normal_two_sided(statistic),
        };
        Coefficient {
            feature: term.feature,
            class: term.class,
            estimate: term.estimate,
            standard_error: term.standard_error,
            statistic,
            p_value,
            lower: term.estimate - margin * term.standard_error,
            upper: term.estimate + margin * term.standard_error,
        }
    }
}

/// Terms of one set of scaled coefficients, in the units of the columns.
pub struct Unscaled<'a> {
    /// Matrix column of each scaled coefficient.
    pub columns: &'a [usize],
    /// Centre and what one step of the scaled coefficient is worth, per scaled coefficient.
    pub centres: &'a [f64],
    pub units: &'a [f64],
    pub class: Option<usize>,
}

impl Unscaled<'_> {
    /// `covariance(i, j)`: of the scaled coefficients, the intercept after the last of them.
    pub fn terms(
        &self,
        intercept: f64,
        coefficients: &[f64],
        covariance: impl Fn(usize, usize) -> f64,
    ) -> Vec<Term> {
        let count = self.columns.len();
        // The intercept is the scaled one less every coefficient times its centre.
        let share = |place: usize| match place < count {
            true => -self.centres[place] * self.units[place],
            false => 1.0,
        };
        let mut variance = 0.0;
        for i in 0..=count {
            for j in 0..=count {
                variance += share(i) * share(j) * covariance(i, j);
            }
        }
        let mut terms = vec![Term {
            feature: None,
            class: self.class,
            estimate: intercept,
            standard_error: variance.max(0.0).sqrt(),
        }];
        for (place, &column) in self.columns.iter().enumerate() {
            terms.push(Term {
                feature: Some(column),
                class: self.class,
                estimate: coefficients[column],
                standard_error: covariance(place, place).max(0.0).sqrt() * self.units[place],
            });
        }
        terms
    }
}
