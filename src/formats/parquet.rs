//! Apache Parquet.

use std::fs::File;
use std::path::Path;

use polars::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader};

use super::support::typed;
use super::{Confidence, FileFormat, FileRead, Preview};
use crate::base::error::io_error;
use crate::base::{ParamSpec, Params, TaskContext, UserError};
use crate::data::Table;

pub struct Parquet;

const MAGIC: &[u8] = b"PAR1";

impl FileFormat for Parquet {
    fn id(&self) -> &'static str {
        "parquet"
    }

    fn name(&self) -> &'static str {
        "Parquet"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet", "pq"]
    }

    fn params(&self) -> &'static [ParamSpec] {
        typed::PARAMS
    }

    fn sniff(&self, first_bytes: &[u8]) -> Confidence {
        if first_bytes.starts_with(MAGIC) {
            Confidence::Certain
        } else {
            Confidence::No
        }
    }

    fn preview(&self, path: &Path, params: &Params, rows: usize) -> Result<Preview, UserError> {
        let params = params.checked(self.params())?;
        let mut reader = open(path)?;
        let rows_total = reader
            .num_rows()
            .map_err(|error| typed::damaged(path, &error))? as u64;
        let frame = reader
            .with_slice(Some((0, rows)))
            .finish()
            .map_err(|error| typed::damaged(path, &error))?;
        typed::preview(frame, path, self.id(), &params, Some(rows_total))
    }

    fn read(
        &self,
        path: &Path,
        params: &Params,
        task: &TaskContext,
    ) -> Result<FileRead, UserError> {
        let params = params.checked(self.params())?;
        task.progress(0, 0, &format!("Reading {}", typed::file_name(path)));
        let frame = open(path)?
            .finish()
            .map_err(|error| typed::damaged(path, &error))?;
        task.check()?;
        typed::table(frame, path, self.id(), &params)
    }

    fn write(&self, table: &Table, path: &Path, task: &TaskContext) -> Result<(), UserError> {
        task.check()?;
        task.progress(0, 0, &format!("Writing {}", typed::file_name(path)));
        let file = File::create(path)
            .map_err(|error| io_error("The table could not be written", path, &error))?;
        let mut frame = table.frame().clone();
        ParquetWriter::new(file)
            .with_compression(ParquetCompression::Zstd(None))
            .finish(&mut frame)
            .map_err(|error| typed::not_written(path, &error))?;
        task.check()
    }
}

fn open(path: &Path) -> Result<ParquetReader<File>, UserError> {
    let file = File::open(path).map_err(|error| {
        io_error(
            &format!("{} could not be read", typed::file_name(path)),
            path,
            &error,
        )
    })?;
    Ok(ParquetReader::new(file))
}
