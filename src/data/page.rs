//! Pages of cells as a person reads them.
//!
//! A page costs what its rows cost, however long the table is.

use super::Table;
use super::cells::write_value;
use crate::base::format::shorten;

/// Characters of a cell shown on a page; [`cell_text`] gives all of them.
const SHOWN_CHARACTERS: usize = 200;

/// One cell as shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub blank: bool,
}

impl Cell {
    /// The cell as a page shows it: long texts cut, with an ellipsis.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        // A character is at least a byte: most cells need no counting.
        if self.text.len() > SHOWN_CHARACTERS {
            self.text = shorten(&self.text, SHOWN_CHARACTERS);
        }
        self
    }
}

/// Consecutive rows of a table in reading order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Place of the first row in reading order.
    pub first: usize,
    /// Columns shown, as indices into the schema.
    pub columns: Vec<usize>,
    /// One entry per row, each with one cell per shown column.
    pub rows: Vec<Vec<Cell>>,
    /// Source row of every row of the page.
    pub row_ids: Vec<u32>,
    /// Position in the table of every row of the page.
    pub positions: Vec<usize>,
}

/// Rows `first..first + count` of the reading order (`None`: table order), as many as there are.
pub fn page(
    table: &Table,
    order: Option<&[u32]>,
    first: usize,
    count: usize,
    columns: &[usize],
) -> Page {
    let available = order.map_or(table.rows(), <[u32]>::len);
    let first = first.min(available);
    let last = first.saturating_add(count).min(available);
    let positions: Vec<usize> = match order {
        Some(order) => order
            .get(first..last)
            .unwrap_or_default()
            .iter()
            .map(|&position| position as usize)
            .collect(),
        None => (first..last).collect(),
    };
    let rows = positions
        .iter()
        .map(|&position| {
            columns
                .iter()
                .map(|&column| cell_text(table, column, position).shortened())
                .collect()
        })
        .collect();
    Page {
        first,
        columns: columns.to_vec(),
        rows,
        row_ids: positions
            .iter()
            .map(|&position| table.row_id(position))
            .collect(),
        positions,
    }
}

/// One cell with its whole text.
pub fn cell_text(table: &Table, column: usize, position: usize) -> Cell {
    let mut text = String::new();
    let filled = table
        .frame()
        .columns()
        .get(column)
        .and_then(|values| values.get(position).ok())
        .is_some_and(|value| write_value(&value, &mut text));
    Cell {
        text,
        blank: !filled,
    }
}
