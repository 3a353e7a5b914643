//! Honest evaluation: folds, metrics, cross-validation, tuning, comparison with ties.

pub mod board;
pub mod budget;
pub mod compare;
pub mod cross_validation;
pub mod curves;
pub mod evidence;
pub mod exam;
pub mod finding;
pub mod forecast;
pub mod guardrails;
pub mod metrics;
pub mod pictures;
pub mod preflight;
pub mod presets;
pub mod seal;
pub mod split;
pub mod statistics;
pub mod tuning;

pub use compare::{
    Chances, Comparison, Standing, chances, compare, compare_within, practical_region,
};
pub use cross_validation::{
    FinalFit, FoldResult, HoldoutResult, OutOfFold, RunEvent, RunResult, RunSpec, cross_validate,
    cross_validate_prepared, fit_final, validate_holdout,
};
pub use exam::{Exam, examine};
pub use finding::{Action, Finding};
pub use metrics::{Metric, MetricValue, NotDefined};
pub use preflight::{FeatureChoice, Preflight, preflight};
pub use seal::{Seal, SealRule, Sealed};
pub use split::{Folds, SplitPlan, make_folds, make_split};
