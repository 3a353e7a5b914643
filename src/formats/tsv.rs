//! Tab-separated values.

use std::path::Path;

use super::{Confidence, FileFormat, FileRead, Preview, delimited};
use crate::base::{ParamSpec, Params, TaskContext, UserError};
use crate::data::Table;

pub struct Tsv;

impl FileFormat for Tsv {
    fn id(&self) -> &'static str {
        "tsv"
    }

    fn name(&self) -> &'static str {
        "Tab-separated values"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tsv", "tab"]
    }

    fn params(&self) -> &'static [ParamSpec] {
        delimited::TAB_PARAMS
    }

    fn sniff(&self, first_bytes: &[u8]) -> Confidence {
        delimited::sniff(first_bytes, true)
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
        delimited::write(table, path, b'\t', task)
    }
}
