//! Vocabulary without behaviour: every other module may use it, it uses none of them.

pub mod distributions;
pub mod error;
pub mod fingerprint;
pub mod format;
pub mod graph;
pub mod ids;
pub mod issue;
pub mod param;
pub mod random;
pub mod row_set;
pub mod search;
pub mod task;

pub use error::{ErrorKind, UserError};
pub use fingerprint::Fingerprint;
pub use issue::{Issue, Severity};
pub use param::{ParamKind, ParamSpec, ParamValue, Params};
pub use random::Random;
pub use row_set::RowSet;
pub use search::SearchSpec;
pub use task::TaskContext;
