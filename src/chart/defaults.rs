//! Which chart comes first for which kinds of columns.
//!
//! Distributions rather than averages: two numbers give points, a number per category gives
//! boxes. Chosen by kind alone, then refined once by what the columns hold.

use super::fields;
use super::marks::{self, Mark};
use super::spec::ChartSpec;
use super::words;
use crate::base::UserError;
use crate::data::{ColumnKind, Schema, Table};

/// Whole numbers with at most this many different values are drawn as bars in numeric order.
pub const FEW_WHOLE_NUMBERS: usize = 12;
/// Two categories with at most this many values each are drawn as bars of 100 %.
pub const SHARE_BAR_LIMIT: usize = 6;

/// Id of the mark for columns of these kinds; None where nothing fits or nothing is chosen.
pub fn default_mark(schema: &Schema, spec: &ChartSpec) -> Option<&'static str> {
    let [x, y, _] = marks::kinds(schema, spec).ok()?;
    default_for(x, y)
}

fn default_for(x: Option<ColumnKind>, y: Option<ColumnKind>) -> Option<&'static str> {
    use ColumnKind::{Category, Number, Text, Time, YesNo};
    Some(match (x, y) {
        (None, None) => return None,
        (Some(kind), None) | (None, Some(kind)) => match kind {
            Number => "histogram",
            Category | YesNo => "bar",
            Time => "time_count",
            Text => "text_length",
        },
        (Some(Time), Some(Number)) => "line",
        (Some(Number | Time), Some(Number | Time)) => "scatter",
        (Some(Number), Some(Category | YesNo | Text))
        | (Some(Category | YesNo | Text), Some(Number)) => "box_plot",
        (Some(Time), Some(Category | YesNo | Text))
        | (Some(Category | YesNo | Text), Some(Time)) => "time_count",
        (Some(Category | YesNo), Some(Category | YesNo)) => "share_bar",
        (Some(Category | YesNo | Text), Some(Category | YesNo | Text)) => "heat_map",
    })
}

/// Every mark that can draw these columns, the default first.
pub fn alternatives(schema: &Schema, spec: &ChartSpec) -> Vec<&'static dyn Mark> {
    let Ok([x, y, color]) = marks::kinds(schema, spec) else {
        return Vec::new();
    };
    let first = default_for(x, y);
    let mut fitting: Vec<&'static dyn Mark> = marks::REGISTRY
        .iter()
        .copied()
        .filter(|mark| mark.fits(x, y, color))
        .collect();
    fitting.sort_by_key(|mark| (Some(mark.id()) != first, mark.id()));
    fitting
}

/// The default, refined by the values: few whole numbers become bars, and two categories with
/// many values become a heat map.
pub fn mark_for_data(table: &Table, spec: &ChartSpec) -> Result<&'static dyn Mark, UserError> {
    let schema = table.schema();
    let mut id = default_mark(schema, spec).ok_or_else(|| words::no_default(schema, spec))?;
    if id == "histogram"
        && let Some(name) = spec.x.as_deref().or(spec.y.as_deref())
        && fields::few_whole_numbers(table, name, FEW_WHOLE_NUMBERS)?.is_some()
    {
        id = "bar";
    }
    if id == "share_bar" {
        for name in [spec.x.as_deref(), spec.y.as_deref()].into_iter().flatten() {
            if fields::has_more_values_than(table, name, SHARE_BAR_LIMIT)? {
                id = "heat_map";
            }
        }
    }
    marks::find(id).ok_or_else(|| words::no_such_mark(id))
}
