//! Saving the chart of the active table as a file.

use std::path::Path;
use std::sync::Arc;

use super::derived::Slot;
use super::session::{Notice, Session};
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::marks::{self, SceneSize};
use crate::chart::{self, ChartSpec, SvgTheme, svg};
use crate::data::Table;
use crate::jobs::Lane;
use crate::project::file::write_atomically;

/// Size of a saved chart in logical pixels.
const SIZE: (f32, f32) = (960.0, 640.0);
/// Pixels of a PNG per logical pixel.
const SCALE: f32 = 2.0;

impl Session {
    /// Saves the chart of the active table with the selection in it: as PNG where the name ends
    /// in "png", otherwise as SVG. `fonts` are font files for the words of a PNG.
    ///
    /// What became of it is a notice.
    pub fn save_chart(&mut self, path: &Path, fonts: &[&'static [u8]]) {
        let Some(spec) = self.active().map(|table| table.chart.clone()) else {
            return;
        };
        let table = match self.table() {
            Slot::Ready(table) | Slot::Stale(table, _) => table,
            Slot::Failed(error) => {
                self.notice(Notice::Problem((*error).clone()));
                return;
            }
            Slot::Pending(_) | Slot::Empty => {
                self.notice(Notice::Problem(UserError::failed(
                    "table_not_ready",
                    "The chart could not be saved yet",
                    "The table is still being read",
                )));
                return;
            }
        };
        // A picture that leaves shows no more than the one on the screen.
        let hidden = self.hidden_in(&spec).ready();
        let selection = self.selection().map(|selection| selection.rows.clone());
        let path = path.to_path_buf();
        let (target, fonts) = (path.clone(), fonts.to_vec());
        self.act(
            "save chart",
            format!("Saving {}", path.display()),
            Lane::Files,
            move |context| {
                let table = match &hidden {
                    Some(hidden) => hidden.without(&table)?,
                    None => (*table).clone(),
                };
                let svg = picture(&table, &spec, selection, &context.task)?;
                let png = path
                    .extension()
                    .is_some_and(|end| end.eq_ignore_ascii_case("png"));
                let bytes = if png {
                    chart::to_png(&svg, SCALE, &fonts)?
                } else {
                    svg.into_bytes()
                };
                write_atomically(&path, &bytes)
            },
            move |session, _| {
                session.notice(Notice::Done(format!("Saved {}", target.display())));
            },
        );
    }
}

/// The chart as an SVG document in the light theme.
fn picture(
    table: &Table,
    spec: &ChartSpec,
    selection: Option<Arc<RowSet>>,
    task: &TaskContext,
) -> Result<String, UserError> {
    let prepared = marks::prepare(table, spec, task)?;
    let draw = |width: f32, height: f32| {
        let size = SceneSize {
            width: width as u32,
            height: height as u32,
        };
        marks::build_scene(&prepared, size, None, selection.as_deref(), task)
    };
    // The first drawing tells how much room its words take.
    let frame = svg::frame(&draw(SIZE.0, SIZE.1)?, SIZE.0, SIZE.1);
    let scene = draw(frame.width, frame.height)?;
    Ok(chart::to_svg(&scene, SIZE.0, SIZE.1, SvgTheme::Light))
}
