//! `benchtop convert IN OUT`

use serde_json::json;

use super::args::ConvertArguments;
use super::console::{Context, Report, file_name, not_the_same};
use crate::base::{UserError, format};
use crate::formats;

pub fn run(arguments: &ConvertArguments, context: &Context) -> Result<Report, UserError> {
    let format = formats::by_extension(&arguments.output)?;
    not_the_same(&arguments.input, &arguments.output)?;
    let (table, issues) = context.read_table(&arguments.input)?;
    formats::write(&table, &arguments.output, &context.task)?;
    let bytes = std::fs::metadata(&arguments.output).map_or(0, |data| data.len());
    Ok(Report {
        json: json!({
            "in": arguments.input,
            "out": arguments.output,
            "format": format.id(),
            "rows": table.rows(),
            "columns": table.width(),
            "bytes": bytes,
            "issues": issues,
        }),
        text: format!(
            "Wrote {} with {} and {} as {} ({})",
            file_name(&arguments.output),
            format::counted(table.rows() as u64, "row"),
            format::counted(table.width() as u64, "column"),
            format.name(),
            format::bytes(bytes)
        ),
        failure: None,
    })
}
