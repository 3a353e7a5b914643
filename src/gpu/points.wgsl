// A cloud of points as discs: four vertices per point, drawn once per point.

struct Globals {
    // Middle of the view and its scale to -1..1: x, y.
    middle: vec2<f32>,
    scale: vec2<f32>,
    // Size of the target in pixels.
    size: vec2<f32>,
    // Radius of a disc in pixels.
    radius: f32,
    // 1 while rows are selected.
    has_selection: u32,
    deselected: vec4<f32>,
    // Colour and opacity of every category.
    palette: array<vec4<f32>, 16>,
}

struct Chunk {
    // Number of the first point of this chunk.
    first: u32,
}

@group(0) @binding(0) var<uniform> globals: Globals;
@group(0) @binding(1) var categories: texture_2d<u32>;
@group(0) @binding(2) var selection: texture_2d<u32>;
@group(1) @binding(0) var<uniform> chunk: Chunk;

struct Disc {
    @builtin(position) position: vec4<f32>,
    // Pixels from the middle of the disc.
    @location(0) offset: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
}

fn is_selected(point: u32) -> bool {
    let width = textureDimensions(selection).x;
    let word = point / 32u;
    let bits = textureLoad(selection, vec2<u32>(word % width, word / width), 0).x;
    return ((bits >> (point % 32u)) & 1u) == 1u;
}

fn category_of(point: u32) -> u32 {
    let width = textureDimensions(categories).x;
    let code = textureLoad(categories, vec2<u32>(point % width, point / width), 0).x;
    return min(code, 15u);
}

@vertex
fn vertex(
    @builtin(vertex_index) corner: u32,
    @builtin(instance_index) instance: u32,
    @location(0) place: vec2<f32>,
) -> Disc {
    let point = chunk.first + instance;
    // Corners 0 to 3 draw what is not selected, 4 to 7 what is: the selection lies on top.
    let upper = corner >= 4u;
    let quad = vec2<f32>(f32(corner & 1u), f32((corner >> 1u) & 1u)) * 2.0 - 1.0;
    let reach = globals.radius + 1.0;
    let middle = (place - globals.middle) * globals.scale;
    let margin = 2.0 * reach / globals.size;

    var disc: Disc;
    disc.offset = quad * reach;
    disc.colour = globals.palette[category_of(point)];
    disc.position = vec4<f32>(middle + quad * margin, 0.0, 1.0);
    if (globals.has_selection == 1u) {
        let selected = is_selected(point);
        if (selected != upper) {
            // Behind the near plane: not drawn in this round.
            disc.position = vec4<f32>(0.0, 0.0, -2.0, 1.0);
        }
        if (!selected) {
            disc.colour = globals.deselected;
        }
    }
    let outside = any(abs(middle) > vec2<f32>(1.0) + margin);
    if (outside) {
        disc.position = vec4<f32>(0.0, 0.0, -2.0, 1.0);
    }
    return disc;
}

@fragment
fn fragment(disc: Disc) -> @location(0) vec4<f32> {
    let coverage = clamp(globals.radius + 0.5 - length(disc.offset), 0.0, 1.0);
    let alpha = disc.colour.a * coverage;
    return vec4<f32>(disc.colour.rgb * alpha, alpha);
}
