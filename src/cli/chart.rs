//! `benchtop chart FILE --x A [--y B] [--color C] [--mark M] --out OUT`

use std::path::Path;

use serde_json::json;

use super::args::ChartArguments;
use super::console::{Context, Report, file_name, not_the_same};
use crate::base::{TaskContext, UserError, format};
use crate::chart::{self, ChartSpec, SceneSize, SvgTheme};
use crate::data::Table;
use crate::export::draft::Draft;

/// Size of the document in CSS pixels.
const WIDTH: f32 = 960.0;
const HEIGHT: f32 = 600.0;
/// Pixels of a PNG per CSS pixel.
const SCALE: f32 = 2.0;
/// The first is the one words are set in.
const FONTS: [&[u8]; 2] = [
    include_bytes!("../../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../../assets/fonts/Inter-SemiBold.ttf"),
];

pub fn run(arguments: &ChartArguments, context: &Context) -> Result<Report, UserError> {
    let picture = Picture::of(&arguments.out)?;
    not_the_same(&arguments.file, &arguments.out)?;
    let (table, _) = context.read_table(&arguments.file)?;
    let spec = ChartSpec {
        x: Some(arguments.x.clone()),
        y: arguments.y.clone(),
        color: arguments.color.clone(),
        mark: arguments.mark.clone(),
    };
    context.task.progress(0, 0, "Drawing");
    let drawn = draw(&table, &spec, picture, &context.task.part())?;
    let draft = Draft::of(&arguments.out);
    draft.write(&drawn.bytes)?;
    draft.keep()?;
    Ok(Report {
        json: json!({
            "file": arguments.file,
            "out": arguments.out,
            "spec": spec,
            "mark": drawn.mark,
            "rows": table.rows(),
            "bytes": drawn.bytes.len(),
            "title": drawn.title,
        }),
        text: format!(
            "Wrote {}: {} ({}, {})",
            file_name(&arguments.out),
            drawn.title,
            drawn.mark,
            format::bytes(drawn.bytes.len() as u64)
        ),
        failure: None,
    })
}

/// What kind of file a chart becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Svg,
    Png,
}

impl Picture {
    fn of(path: &Path) -> Result<Self, UserError> {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(UserError::usage(
                "unknown_extension",
                format!(
                    "Cannot tell what kind of picture {} is to be",
                    path.display()
                ),
                "The name should end in .svg or .png",
            )),
        }
    }
}

pub struct Drawn {
    pub bytes: Vec<u8>,
    pub mark: &'static str,
    pub title: String,
}

/// A chart as the content of a file.
pub fn draw(
    table: &Table,
    spec: &ChartSpec,
    picture: Picture,
    task: &TaskContext,
) -> Result<Drawn, UserError> {
    let prepared = chart::prepare(table, spec, task)?;
    let whole = SceneSize {
        width: WIDTH as u32,
        height: HEIGHT as u32,
    };
    // Once for the room that words need, once for the room that is left.
    let first = chart::build_scene(&prepared, whole, None, None, task)?;
    let frame = chart::svg::frame(&first, WIDTH, HEIGHT);
    let size = SceneSize {
        width: frame.width as u32,
        height: frame.height as u32,
    };
    let scene = chart::build_scene(&prepared, size, None, None, task)?;
    let svg = chart::to_svg(&scene, WIDTH, HEIGHT, SvgTheme::Light);
    let bytes = match picture {
        Picture::Svg => svg.into_bytes(),
        Picture::Png => chart::to_png(&svg, SCALE, &FONTS)?,
    };
    Ok(Drawn {
        bytes,
        mark: prepared.mark,
        title: scene.title,
    })
}
