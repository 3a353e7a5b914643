//! The path of penalties as data.

use super::Data;
use crate::learn::PenaltyPath;

/// Columns shown on a path.
const MOST_SHOWN: usize = 50;

pub(super) struct PathBuilder<'a> {
    data: &'a Data,
    penalties: Vec<f64>,
    steps: Vec<Vec<f64>>,
    pub(super) errors: Vec<f64>,
    pub(super) error_spreads: Vec<f64>,
}

impl<'a> PathBuilder<'a> {
    pub(super) fn new(data: &'a Data) -> Self {
        Self {
            data,
            penalties: Vec::new(),
            steps: Vec::new(),
            errors: Vec::new(),
            error_spreads: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, penalty: f64, u: &[f64]) {
        self.penalties.push(penalty);
        self.steps.push(u.to_vec());
    }

    pub(super) fn done(self, chosen: f64) -> PenaltyPath {
        let mut largest: Vec<(f64, usize)> = (0..self.data.columns())
            .map(|place| {
                let sizes = self.steps.iter().map(|step| step[place].abs());
                (sizes.fold(0.0, f64::max), place)
            })
            .filter(|(size, _)| *size > 0.0)
            .collect();
        largest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        largest.truncate(MOST_SHOWN);
        let places: Vec<usize> = largest.into_iter().map(|(_, place)| place).collect();
        let raw = |u: &[f64], place: usize| {
            let value = u[place] * self.data.answer.spread / self.data.spread(place);
            value.clamp(-f64::MAX, f64::MAX)
        };
        PenaltyPath {
            columns: places
                .iter()
                .map(|&place| self.data.standard.varying[place])
                .collect(),
            coefficients: self
                .steps
                .iter()
                .flat_map(|u| {
                    places
                        .iter()
                        .map(|&place| raw(u, place))
                        .collect::<Vec<_>>()
                })
                .collect(),
            used: self
                .steps
                .iter()
                .map(|u| u.iter().filter(|value| **value != 0.0).count() as u32)
                .collect(),
            penalties: self.penalties,
            errors: self.errors,
            error_spreads: self.error_spreads,
            chosen,
        }
    }
}
