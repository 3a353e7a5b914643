//! What steps and the engine share: finding columns by name, reading values out of text, and
//! changing the kind of a column.

mod conversion;
mod engine;
mod expressions;
mod names;
pub mod python;
mod tables;
mod written;

pub(super) use conversion::{Conversion, Reading, convert};
pub(super) use engine::{collect, column, engine_error, storage_type};
pub(super) use expressions::{
    days_expr, exact_division, finite_expr, finite_fraction_expr, finite_or_blank,
};
pub(super) use names::{known_columns, name_span, name_spans, require_all, require_free, sentence};
pub use names::{nearest_name, require};
pub(super) use tables::blank_frame;
pub use tables::{blank_rows, conformed, narrowed, renamed, selected};
pub(super) use written::{Decimal, read_date, read_number, read_yes_no};
