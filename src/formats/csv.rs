//! Comma-separated values, and their relatives with semicolons, tabs or bars.

use std::path::Path;

use super::{Confidence, FileFormat, FileRead, Preview, delimited};
use crate::base::{ParamSpec, Params, TaskContext, UserError};
use crate::data::Table;

pub struct Csv;

impl FileFormat for Csv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn name(&self) -> &'static str {
        "CSV"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "txt"]
    }

    fn params(&self) -> &'static [ParamSpec] {
        delimited::ANY_DELIMITER_PARAMS
    }

    fn sniff(&self, first_bytes: &[u8]) -> Confidence {
        delimited::sniff(first_bytes, false)
    }

    fn preview(&self, path: &Path, params: &Params, rows: usize) -> Result<Preview, UserError> {
        delimited::preview(self.id(), self.params(), path, params, rows)
    }

    fn read(
        &self,
        path: &Path,
        params: &Params,
        task: &TaskContext,
    ) -> Result<FileRead, UserError> {
        delimited::read(self.params(), path, params, task)
    }

    fn write(&self, table: &Table, path: &Path, task: &TaskContext) -> Result<(), UserError> {
        delimited::write(table, path, b',', task)
    }
}
