// Shapes of the window, as cheap for every pixel as they can be.

struct Screen {
    // Width and height in points.
    size: vec2<f32>,
    unused: vec2<f32>,
}

struct Corner {
    @builtin(position) place: vec4<f32>,
    @location(0) colour: vec4<f32>,
    @location(1) at: vec2<f32>,
}

@group(0) @binding(0) var<uniform> screen: Screen;
@group(1) @binding(0) var picture: texture_2d<f32>;
@group(1) @binding(1) var reading: sampler;

@vertex
fn corner(
    @location(0) place: vec2<f32>,
    @location(1) at: vec2<f32>,
    @location(2) colour: vec4<f32>,
) -> Corner {
    var corner: Corner;
    let share = place / screen.size;
    corner.place = vec4<f32>(share.x * 2.0 - 1.0, 1.0 - share.y * 2.0, 0.0, 1.0);
    corner.colour = colour;
    corner.at = at;
    return corner;
}

// Colours are premultiplied and in gamma space, as the frame buffer is.

@fragment
fn flat_colour(corner: Corner) -> @location(0) vec4<f32> {
    return corner.colour;
}

@fragment
fn from_picture(corner: Corner) -> @location(0) vec4<f32> {
    return corner.colour * textureSample(picture, reading, corner.at);
}
