//! Curves of a checked model, as pure functions of its out-of-fold predictions.
//!
//! Every mark on a curve stands for rows: those above a threshold, those of a bin. A curve therefore
//! keeps its rows in order, and a mark is a stretch of them, so that a click can select.

mod calibration;
pub mod drawing;
mod gain;
mod growth;
mod precision_recall;
mod quantile;
mod ranked;
mod residuals;
mod roc;
mod thresholds;

pub use calibration::{Calibration, CalibrationBin, calibration};
pub use drawing::{CurveDrawing, CurveKind, CurveWish, Models, draw};
pub use gain::{Gain, GainPoint, gain};
pub use growth::{
    Along, GrowthPoint, GrowthSpec, Place, SHARES, grow, rows_learned, settings_of, values_of,
};
pub use precision_recall::{PrecisionRecall, PrecisionRecallPoint, precision_recall};
pub use quantile::quantile;
pub use ranked::{Cut, Ranked};
pub use residuals::{LEVELS, ResidualBin, Residuals, residuals};
pub use roc::{Roc, RocPoint, roc};
pub use thresholds::{Costs, Outcome, ThresholdLine, ThresholdScores, Thresholds, thresholds};
