//! Finding text in the cells as they are shown.

use super::Table;
use super::cells::Cells;
use crate::base::format::MINUS;
use crate::base::{RowSet, TaskContext, UserError};

/// Rows searched between two looks at whether the work was stopped.
const BLOCK: usize = 16_384;

/// A cell that holds the text looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Match {
    pub position: u32,
    pub column: usize,
}

/// Cells that contain `needle`, upper and lower case alike, in reading order: row by row, the
/// columns of a row in the order given, at most `limit`. An empty needle finds nothing.
pub fn find(
    table: &Table,
    columns: &[usize],
    needle: &str,
    order: Option<&[u32]>,
    limit: usize,
    task: &TaskContext,
) -> Result<Vec<Match>, UserError> {
    let needle = Needle::new(needle);
    if needle.text.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    match order {
        None => find_in_table_order(table, columns, &needle, limit, task),
        Some(order) => find_in_order(table, columns, &needle, order, limit, task),
    }
}

fn find_in_table_order(
    table: &Table,
    columns: &[usize],
    needle: &Needle,
    limit: usize,
    task: &TaskContext,
) -> Result<Vec<Match>, UserError> {
    let mut matches = Vec::new();
    let mut start = 0;
    // Small blocks first: the first matches appear at once.
    let mut size = 1024;
    while start < table.rows() && matches.len() < limit {
        let mut block = Vec::new();
        for (place, &column) in columns.iter().enumerate() {
            search_block(table, column, needle, start, size, task, |position| {
                block.push((position, place, column))
            })?;
        }
        block.sort_unstable();
        matches.extend(block.into_iter().map(|(position, _, column)| Match {
            position: position as u32,
            column,
        }));
        start += size;
        size = BLOCK;
    }
    matches.truncate(limit);
    Ok(matches)
}

/// Every column is searched in table order, where it is quick, and the marks are then read in
/// the order asked for.
fn find_in_order(
    table: &Table,
    columns: &[usize],
    needle: &Needle,
    order: &[u32],
    limit: usize,
    task: &TaskContext,
) -> Result<Vec<Match>, UserError> {
    let mut marks = Vec::with_capacity(columns.len());
    for &column in columns {
        let mut mark = RowSet::empty(table.rows());
        for start in (0..table.rows()).step_by(BLOCK) {
            search_block(table, column, needle, start, BLOCK, task, |position| {
                mark.insert(position)
            })?;
        }
        if !mark.is_empty() {
            marks.push((column, mark));
        }
    }
    let mut matches = Vec::new();
    for &position in order {
        for (column, mark) in &marks {
            if mark.contains(position as usize) {
                matches.push(Match {
                    position,
                    column: *column,
                });
                if matches.len() == limit {
                    return Ok(matches);
                }
            }
        }
    }
    Ok(matches)
}

fn search_block(
    table: &Table,
    column: usize,
    needle: &Needle,
    start: usize,
    size: usize,
    task: &TaskContext,
    mut found: impl FnMut(usize),
) -> Result<(), UserError> {
    task.check()?;
    task.progress(start as u64, table.rows() as u64, "Searching");
    let Some(values) = table.frame().columns().get(column) else {
        return Ok(());
    };
    let cells = Cells::of(&values.as_materialized_series().slice(start as i64, size));
    if !needle.possible_in(&cells) {
        return Ok(());
    }
    let mut shown = String::new();
    for index in 0..cells.len() {
        shown.clear();
        if cells.write(index, &mut shown) && needle.is_in(&mut shown) {
            found(start + index);
        }
    }
    Ok(())
}

/// The text looked for, in lower case, with plain hyphens for minus signs.
struct Needle {
    text: String,
}

impl Needle {
    fn new(text: &str) -> Self {
        Self {
            text: text.to_lowercase().replace(MINUS, "-"),
        }
    }

    /// Columns whose cells never hold such characters need no search.
    fn possible_in(&self, cells: &Cells) -> bool {
        let allowed = match cells {
            Cells::Whole(_) | Cells::Unsigned(_) => "0123456789-",
            Cells::Number(_) | Cells::Single(_) => "0123456789-.e∞",
            Cells::Date(_) => "0123456789-",
            Cells::Moment(_) => "0123456789-.: ",
            Cells::YesNo(_) => "yesno",
            Cells::Text(_) | Cells::Other(_) => return true,
        };
        self.text
            .chars()
            .all(|character| allowed.contains(character))
    }

    fn is_in(&self, shown: &mut str) -> bool {
        if shown.is_ascii() {
            shown.make_ascii_lowercase();
            shown.contains(&self.text)
        } else {
            shown
                .to_lowercase()
                .replace(MINUS, "-")
                .contains(&self.text)
        }
    }
}
