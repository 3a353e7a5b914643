//! Arrow IPC files, also called Feather version 2.

use std::fs::File;
use std::path::Path;

use polars::prelude::{CompatLevel, IpcCompression, IpcReader, IpcWriter, SerReader, SerWriter};

use super::support::typed;
use super::{Confidence, FileFormat, FileRead, Preview};
use crate::base::error::io_error;
use crate::base::{ParamSpec, Params, TaskContext, UserError};
use crate::data::Table;

pub struct ArrowIpc;

const MAGIC: &[u8] = b"ARROW1";

impl FileFormat for ArrowIpc {
    fn id(&self) -> &'static str {
        "arrow_ipc"
    }

    fn name(&self) -> &'static str {
        "Arrow"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["arrow", "feather", "ipc"]
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
        let frame = open(path)?
            .with_n_rows(Some(rows))
            .finish()
            .map_err(|error| typed::damaged(path, &error))?;
        let rows_total = (frame.height() < rows).then(|| frame.height() as u64);
        typed::preview(frame, path, self.id(), &params, rows_total)
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
        IpcWriter::new(file)
            .with_compression(Some(IpcCompression::LZ4))
            // Types that readers of other programs have known for years.
            .with_compat_level(CompatLevel::oldest())
            .finish(&mut frame)
            .map_err(|error| typed::not_written(path, &error))?;
        task.check()
    }
}

fn open(path: &Path) -> Result<IpcReader<File>, UserError> {
    let file = File::open(path).map_err(|error| {
        io_error(
            &format!("{} could not be read", typed::file_name(path)),
            path,
            &error,
        )
    })?;
    Ok(IpcReader::new(file))
}
