//! One open project: document, history, derived results, jobs. The window and the command line
//! both drive this and nothing below it.

mod asked;
mod chart_export;
mod comparison;
mod contrast;
mod curves;
pub mod derived;
mod division;
mod doubts;
pub mod figures;
mod forecast;
pub mod growth;
mod inspection;
mod journaling;
mod leaving;
mod memory;
mod models;
mod near;
mod opening;
mod recovery;
mod results;
mod saving;
mod sealing;
mod selection;
// The module is called what it holds.
#[allow(clippy::module_inception)]
mod session;
mod settings;
mod source;
mod spellings;
pub mod training;
mod trees;
pub mod tuning;
mod unusual;
mod work;

pub use comparison::{PredictionSpread, confused_sentence};
pub use derived::Slot;
pub use division::Division;
pub use figures::Figure;
pub use growth::{GrowthBoard, GrowthEnd};
pub use memory::{free_bytes, resident_bytes};
pub use models::{ModelExport, ScoredFile};
pub use near::{MOST_NEAR_ROWS, RowsLike, Subject};
pub use results::{ChartRequest, StepPreview};
pub use sealing::Hidden;
pub use selection::{Combine, Filter, Selection};
pub use session::{Notice, Session};
pub use spellings::OtherSpellings;
pub use training::{LearnerState, Searching, TrainingBoard, TrainingRow};
pub use trees::TreePicture;
pub use tuning::{TuningBoard, TuningEnd, TuningWish};
pub use unusual::UnusualFound;
