//! PNG files: a chart's SVG drawn into pixels, and the images that stand inside an SVG.

use std::sync::Arc;

use resvg::tiny_skia::{FilterQuality, IntSize, Pixmap, PixmapPaint, Transform};
use resvg::usvg::{self, ImageKind, fontdb};

use crate::base::UserError;

/// Longest side of a picture, in pixels.
const LONGEST: f32 = 16_384.0;

/// Draws an SVG document as a PNG file.
///
/// `scale` is pixels per CSS pixel: 1 for the screen, 2 to 4 for print. `fonts` are the contents
/// of font files; without any, words are missing. Fonts of the system are not looked at, so that
/// the same chart gives the same picture everywhere.
pub fn to_png(svg: &str, scale: f32, fonts: &[&[u8]]) -> Result<Vec<u8>, UserError> {
    let mut database = fontdb::Database::new();
    for font in fonts {
        database.load_font_data(font.to_vec());
    }
    let family = database
        .faces()
        .next()
        .and_then(|face| face.families.first())
        .map(|(name, _)| name.clone());
    if let Some(family) = &family {
        database.set_sans_serif_family(family.clone());
    }
    let mut options = usvg::Options {
        fontdb: Arc::new(database),
        ..usvg::Options::default()
    };
    if let Some(family) = family {
        options.font_family = family;
    }
    // A chart never refers to other files; what claims to is not followed.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    let tree = usvg::Tree::from_str(svg, &options)
        .map_err(|error| not_drawn(format!("The SVG cannot be read: {error}")))?;
    let size = tree.size();
    let scale = if scale.is_finite() && scale > 0.0 {
        scale
    } else {
        1.0
    };
    let (width, height) = (
        (size.width() * scale).round(),
        (size.height() * scale).round(),
    );
    if width.max(height) > LONGEST {
        return Err(UserError::usage(
            "picture_too_large",
            "The picture would be too large",
            format!(
                "It would have {width} × {height} pixels, at most {LONGEST} a side can be written"
            ),
        )
        .with_hint("Choose a smaller size or scale"));
    }
    let mut pixels = Pixmap::new((width as u32).max(1), (height as u32).max(1))
        .ok_or_else(|| not_drawn(format!("{width} × {height} pixels do not fit into memory")))?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    draw_images(tree.root(), transform, &mut pixels);
    pixels
        .encode_png()
        .map_err(|error| not_drawn(format!("The picture cannot be written: {error}")))
}

fn not_drawn(why: String) -> UserError {
    UserError::failed("picture_failed", "The picture could not be drawn", why)
}

/// Draws the embedded PNG images, which the vector renderer leaves out. They end up above
/// everything else: in a chart only the frame's own lines touch them.
fn draw_images(group: &usvg::Group, transform: Transform, pixels: &mut Pixmap) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => draw_images(group, transform, pixels),
            usvg::Node::Image(image) => {
                if let ImageKind::PNG(data) = image.kind()
                    && let Ok(picture) = Pixmap::decode_png(data)
                {
                    let paint = PixmapPaint {
                        quality: FilterQuality::Nearest,
                        ..PixmapPaint::default()
                    };
                    let place = transform.pre_concat(image.abs_transform());
                    pixels.draw_pixmap(0, 0, picture.as_ref(), &paint, place, None);
                }
            }
            usvg::Node::Path(_) | usvg::Node::Text(_) => {}
        }
    }
}

/// Pixels (RGBA, row-major from the top, either opaque or clear) as a PNG file; empty where the
/// sizes do not match.
pub fn encode_rgba(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    let size = u32::try_from(width)
        .ok()
        .zip(u32::try_from(height).ok())
        .and_then(|(width, height)| IntSize::from_wh(width, height));
    size.and_then(|size| Pixmap::from_vec(pixels.to_vec(), size))
        .and_then(|pixmap| pixmap.encode_png().ok())
        .unwrap_or_default()
}

/// Base64 as of RFC 4648, with padding.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            if place > chunk.len() {
                text.push('=');
            } else {
                text.push(char::from(LETTERS[(bits >> shift & 63) as usize]));
            }
        }
    }
    text
}
