//! The bridge between egui's painter and the point clouds of [`crate::gpu`]: each cloud is drawn
//! into a texture of its own, and only when something about it changed; a frame is one quad.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use eframe::egui::{Color32, Context, Id, Rect, TextureId, Ui, pos2};
use eframe::egui_wgpu::RenderState;
use eframe::wgpu;

use super::theme::Tokens;
use crate::base::RowSet;
use crate::chart::marks::View;
use crate::chart::scene::Points;
use crate::gpu::{Camera, CloudBuffers, CloudStyle, GpuContext, PointRenderer, Target, Tier};

/// Frames after which a cloud that nobody draws any more is let go.
const FRAMES_KEPT: u64 = 120;

/// What the window's adapter is asked to hold.
struct Bridge {
    state: RenderState,
    context: GpuContext,
    renderer: PointRenderer,
    clouds: HashMap<Id, Held>,
}

struct Held {
    buffers: CloudBuffers,
    target: Target,
    texture: TextureId,
    /// The selection that the buffers know.
    selection: Option<Arc<RowSet>>,
    seen: u64,
}

type Shared = Arc<Mutex<Bridge>>;

fn place() -> Id {
    Id::unique("gpu bridge")
}

/// Called once, when the window is made.
pub fn install(ctx: &Context, state: &RenderState) {
    let context = GpuContext::new(
        state.device.clone(),
        state.queue.clone(),
        &state.adapter.get_info(),
    );
    // A program on the processor is quicker at counting than at drawing.
    if context.tier(crate::gpu::context::MOST_SHAPES + 1) != Tier::Points {
        return;
    }
    let bridge = Bridge {
        renderer: PointRenderer::new(&context),
        context,
        state: state.clone(),
        clouds: HashMap::new(),
    };
    let shared: Shared = Arc::new(Mutex::new(bridge));
    ctx.data_mut(|data| data.insert_temp(place(), shared));
}

/// Whether the adapter can draw clouds of points.
pub fn is_able(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp::<Shared>(place())).is_some()
}

/// Draws a whole cloud where the adapter can; false where it cannot, or not yet.
pub fn paint_cloud(
    ui: &Ui,
    id: Id,
    frame: Rect,
    view: View,
    cloud: &Points,
    tokens: &Tokens,
) -> bool {
    let Some(shared) = ui.data(|data| data.get_temp::<Shared>(place())) else {
        return false;
    };
    let Ok(mut bridge) = shared.lock() else {
        return false;
    };
    if bridge.context.tier(cloud.len()) != Tier::Points {
        return false;
    }
    let scale = ui.pixels_per_point();
    let pixels = [
        (frame.right() * scale).round() - (frame.left() * scale).round(),
        (frame.bottom() * scale).round() - (frame.top() * scale).round(),
    ];
    let style = CloudStyle::for_count(cloud.len(), scale, tokens.dark);
    let camera = Camera {
        x: view.x,
        y: view.y,
    };
    let now = ui.ctx().cumulative_frame_nr();
    let ready = bridge.prepare(
        id,
        cloud,
        [pixels[0] as u32, pixels[1] as u32],
        &camera,
        &style,
        now,
    );
    bridge.forget_unseen(now);
    match ready {
        Some(texture) => {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture, frame, whole, Color32::WHITE);
            true
        }
        None => {
            // The rest of the points goes up with the next frames.
            ui.ctx().request_repaint();
            false
        }
    }
}

impl Bridge {
    /// The texture with the cloud in it, once all of its points are on the device.
    fn prepare(
        &mut self,
        id: Id,
        cloud: &Points,
        [width, height]: [u32; 2],
        camera: &Camera,
        style: &CloudStyle,
        now: u64,
    ) -> Option<TextureId> {
        let stale = self
            .clouds
            .get(&id)
            .is_some_and(|held| !held.buffers.holds(cloud));
        if stale {
            self.let_go(id);
        }
        if !self.clouds.contains_key(&id) {
            let buffers = self.renderer.cloud(&self.context, cloud).ok()?;
            let target = Target::new(&self.context, width, height);
            let texture = self.register(&target);
            let held = Held {
                buffers,
                target,
                texture,
                selection: None,
                seen: now,
            };
            self.clouds.insert(id, held);
        }
        let held = self.clouds.get_mut(&id)?;
        held.seen = now;
        if held.buffers.uploaded() < cloud.len()
            && !held.buffers.upload_some(&self.context, &self.renderer)
        {
            return None;
        }
        let same = match (&held.selection, &cloud.selected) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        if !same {
            held.buffers
                .set_selection(&self.context, cloud.selected.as_deref());
            held.selection.clone_from(&cloud.selected);
        }
        if (held.target.width, held.target.height) != (width.max(1), height.max(1)) {
            held.target = Target::new(&self.context, width, height);
            self.state
                .renderer
                .write()
                .update_egui_texture_from_wgpu_texture(
                    &self.context.device,
                    &held.target.view,
                    wgpu::FilterMode::Nearest,
                    held.texture,
                );
        }
        self.renderer.render(
            &self.context,
            &held.buffers,
            camera,
            style,
            &mut held.target,
        );
        Some(held.texture)
    }

    fn register(&self, target: &Target) -> TextureId {
        self.state.renderer.write().register_native_texture(
            &self.context.device,
            &target.view,
            wgpu::FilterMode::Nearest,
        )
    }

    fn let_go(&mut self, id: Id) {
        if let Some(held) = self.clouds.remove(&id) {
            self.state.renderer.write().free_texture(&held.texture);
        }
    }

    fn forget_unseen(&mut self, now: u64) {
        let gone: Vec<Id> = self
            .clouds
            .iter()
            .filter(|(_, held)| held.seen + FRAMES_KEPT < now)
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.let_go(id);
        }
    }
}
