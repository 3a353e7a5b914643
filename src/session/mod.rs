//! One open project: document, history, derived results, jobs. The window and the command line
//! both drive this and nothing below it.

mod chart_export;
mod comparison;
mod contrast;
pub mod derived;
mod journaling;
mod memory;
mod models;
mod results;
// The module is called what it holds.
#[allow(clippy::module_inception)]
mod session;
pub mod training;
mod trees;

pub use comparison::{PredictionSpread, confused_sentence};
pub use derived::Slot;
pub use memory::resident_bytes;
pub use models::{ModelExport, ScoredFile};
pub use results::{ChartRequest, Combine, StepPreview};
pub use session::{Filter, Notice, Selection, Session};
pub use training::{LearnerState, TrainingBoard, TrainingRow};
pub use trees::TreePicture;
