//! Two categories against each other: the table behind shares, grouped bars and heat maps.

use super::cells::RowMap;
use super::fields::{self, BLANK, Bands, Groups};
use super::spec::ChartSpec;
use super::stacked::{Along, Arrange, Colours, Slot, Stacked, count_rows};
use super::words::{self, Missing};
use crate::base::{TaskContext, UserError};
use crate::data::{ColumnKind, Table};

/// Categories of one axis that get a band of their own.
const BANDS: usize = 12;
const HALF_WIDTH: f64 = 0.4;

/// Whether a column can be taken as a category.
pub fn is_category(kind: Option<ColumnKind>) -> bool {
    matches!(
        kind,
        Some(ColumnKind::Category | ColumnKind::YesNo | ColumnKind::Text)
    )
}

/// Names of the two columns: x, y.
pub fn columns(spec: &ChartSpec) -> (&str, &str) {
    (
        spec.x.as_deref().unwrap_or_default(),
        spec.y.as_deref().unwrap_or_default(),
    )
}

/// Bars along x, coloured by y; rows with a blank in x are left out and counted.
pub fn bars(
    table: &Table,
    spec: &ChartSpec,
    arrange: Arrange,
    task: &TaskContext,
) -> Result<Stacked, UserError> {
    let (x_name, y_name) = columns(spec);
    let bands = fields::bands(table, x_name, BANDS, task)?;
    let groups = fields::groups(table, y_name, task)?;
    let slots: Vec<Slot> = bands
        .names
        .iter()
        .enumerate()
        .map(|(index, name)| Slot {
            span: (index as f64 - HALF_WIDTH, index as f64 + HALF_WIDTH),
            name: name.clone(),
            hatched: false,
        })
        .collect();
    let counted = count_rows(
        RowMap::of(table),
        slots.len(),
        Some(&groups),
        |position| match bands.codes.get(position) {
            Some(&code) if code != BLANK => usize::from(code),
            _ => usize::MAX,
        },
        task,
    )?;
    let missing = Missing {
        blank: bands.blanks,
        infinite: 0,
        blanks_drawn: false,
    };
    let (title, kind) = match arrange {
        Arrange::Share => (format!("Share of {y_name} by {x_name}"), "Bars of 100 %"),
        Arrange::Stack => (format!("{y_name} by {x_name}"), "Stacked bars"),
        Arrange::Side => (format!("{y_name} by {x_name}"), "Bars side by side"),
    };
    Ok(Stacked {
        title,
        description: describe(kind, &bands, &groups, x_name, counted.drawn, missing),
        note: None,
        along: Along::Bands(bands.names.clone()),
        along_title: x_name.to_owned(),
        domain: (-0.5, slots.len().max(1) as f64 - 0.5),
        slots,
        colours: Some(Colours::of(&groups)),
        arrange,
        lying: false,
        numbers: true,
        extra_ticks: Vec::new(),
        summary: None,
        missing,
        drawn: counted.drawn,
        codes: counted.codes,
        counts: counted.counts,
        rows: counted.rows,
    })
}

fn describe(
    kind: &str,
    bands: &Bands,
    groups: &Groups,
    x_name: &str,
    drawn: usize,
    missing: Missing,
) -> String {
    format!(
        "{kind}: {} for each of {}, {}",
        words::values_of(groups.distinct, &groups.title),
        words::values_of(bands.distinct, x_name),
        words::row_counts(drawn, missing)
    )
}
