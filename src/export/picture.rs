//! A drawing as a file: SVG, or PNG by its extension.

use std::path::Path;

use super::draft::Draft;
use crate::base::UserError;
use crate::base::error::io_error;
use crate::chart::marks::SceneSize;
use crate::chart::{self, Scene, SvgTheme, svg};

/// Size of a picture in CSS pixels.
const SIZE: (f32, f32) = (960.0, 640.0);
/// Pixels of a PNG per CSS pixel.
const SCALE: f32 = 2.0;
/// First bytes of every PNG file.
const PNG: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];

/// The drawing as an SVG document in the light theme. `draw` is asked for one size after another:
/// the first tells how much room its words take.
pub fn to_svg(draw: &dyn Fn(SceneSize) -> Result<Scene, UserError>) -> Result<String, UserError> {
    let of = |width: f32, height: f32| {
        draw(SceneSize {
            width: width as u32,
            height: height as u32,
        })
    };
    let frame = svg::frame(&of(SIZE.0, SIZE.1)?, SIZE.0, SIZE.1);
    let scene = of(frame.width, frame.height)?;
    Ok(chart::to_svg(&scene, SIZE.0, SIZE.1, SvgTheme::Light))
}

/// Writes an SVG document as it is, or as PNG where the name ends in "png". The file is read back
/// before it takes the place of its target: an SVG has to be drawn once more, a PNG to be one of the
/// right size. `fonts` are font files for the words of a PNG. Returns the bytes of the file.
pub fn write_picture(svg: &str, path: &Path, fonts: &[&[u8]]) -> Result<u64, UserError> {
    let png = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("png"));
    let bytes = if png {
        chart::to_png(svg, SCALE, fonts)?
    } else {
        svg.as_bytes().to_vec()
    };
    let draft = Draft::of(path);
    draft.write(&bytes)?;
    let read = std::fs::read(draft.path())
        .map_err(|error| io_error("The picture could not be read back", path, &error))?;
    if read != bytes {
        return Err(not_kept("The file holds other bytes than were written"));
    }
    if png {
        let side = |at: usize| {
            let bytes = read.get(at..at + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        let wanted = [SIZE.0, SIZE.1].map(|side| Some((side * SCALE).round() as u32));
        // Width and height stand behind the signature and the head of the first chunk.
        if !read.starts_with(&PNG) || [side(16), side(20)] != wanted {
            return Err(not_kept("It is not a PNG of the size that was drawn"));
        }
    } else {
        let text = String::from_utf8_lossy(&read);
        chart::to_png(&text, 0.1, &[])?;
    }
    draft.keep()?;
    Ok(read.len() as u64)
}

fn not_kept(why: &str) -> UserError {
    UserError::failed(
        "picture_not_written",
        "The picture did not read back as written, so the file was not kept",
        why,
    )
    .with_hint("Try again, or choose another folder")
}
