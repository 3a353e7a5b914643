//! `benchtop profile FILE`

use serde_json::json;

use super::args::ProfileArguments;
use super::console::{Context, Report, file_name};
use super::text::{Align, TextTable};
use crate::base::{UserError, format};
use crate::data::{ColumnProfile, Table, profile_column};

/// Characters of a name or value in the table.
const CELL: usize = 24;
/// Frequent values listed per column.
const LISTED: usize = 3;

pub fn run(arguments: &ProfileArguments, context: &Context) -> Result<Report, UserError> {
    let (table, issues) = context.read_table(&arguments.file)?;
    let profiles = profiles_of(&table, context)?;
    Ok(Report {
        json: json!({
            "file": arguments.file,
            "rows": table.rows(),
            "memory_bytes": table.memory_bytes(),
            "columns": profiles,
            "issues": issues,
        }),
        text: format!(
            "{}: {}, {}\n\n{}",
            file_name(&arguments.file),
            format::counted(table.rows() as u64, "row"),
            format::counted(table.width() as u64, "column"),
            figures(&profiles)
        ),
        failure: None,
    })
}

/// Every column, in order.
pub fn profiles_of(table: &Table, context: &Context) -> Result<Vec<ColumnProfile>, UserError> {
    let mut profiles = Vec::with_capacity(table.width());
    for column in 0..table.width() {
        context.task.progress(
            column as u64,
            table.width() as u64,
            "Looking at the columns",
        );
        profiles.push(profile_column(table, column, &context.task.part())?);
    }
    Ok(profiles)
}

fn figures(profiles: &[ColumnProfile]) -> String {
    let mut lines = TextTable::new(&[
        ("Column", Align::Left),
        ("Type", Align::Left),
        ("Blank", Align::Right),
        ("Different", Align::Right),
        ("Smallest", Align::Right),
        ("Lower quarter", Align::Right),
        ("Median", Align::Right),
        ("Mean", Align::Right),
        ("Upper quarter", Align::Right),
        ("Largest", Align::Right),
        ("Most frequent", Align::Left),
    ]);
    for profile in profiles {
        let mut cells = vec![
            format::shorten(&profile.name, CELL),
            profile.kind.word().to_owned(),
            if profile.blanks == 0 {
                "0".to_owned()
            } else {
                blanks(profile)
            },
            format::count(profile.distinct),
        ];
        match (&profile.number, &profile.earliest, &profile.latest) {
            (Some(number), _, _) => {
                let values = [
                    number.min,
                    number.lower_quartile,
                    number.median,
                    number.mean,
                    number.upper_quartile,
                    number.max,
                ];
                cells.extend(values.map(|value| format::number(value, 4)));
            }
            (None, Some(earliest), Some(latest)) => {
                let nothing = String::new;
                cells.extend([
                    earliest.clone(),
                    nothing(),
                    nothing(),
                    nothing(),
                    nothing(),
                    latest.clone(),
                ]);
            }
            _ => cells.extend((0..6).map(|_| String::new())),
        }
        cells.push(frequent(profile));
        lines.row(cells);
    }
    lines.to_text()
}

fn blanks(profile: &ColumnProfile) -> String {
    let share = profile.blanks as f64 / profile.rows.max(1) as f64;
    format!(
        "{} ({})",
        format::count(profile.blanks),
        format::share(share)
    )
}

fn frequent(profile: &ColumnProfile) -> String {
    if let Some(reason) = &profile.name_tag {
        return format!("name tag: {reason}");
    }
    let values: Vec<String> = profile
        .top
        .iter()
        .take(LISTED)
        .map(|top| {
            format!(
                "{} ({})",
                format::shorten(&top.value, CELL),
                format::count(top.count)
            )
        })
        .collect();
    values.join(", ")
}
