//! What a smoke test measures: the way to the first frame, and where the time of the others goes.

use std::time::Instant;

use eframe::wgpu;
use serde_json::{Value, json};

use super::rehearsal::summary;

/// Frames of a smoke test.
pub const FRAMES: usize = 60;

/// A smoke test that runs.
pub struct Smoke {
    started: Instant,
    adapter: Value,
    milliseconds_to_first: f64,
    /// The same moment by the clock on the wall, for whoever gave the command.
    first_at: f64,
    /// When the frame before was finished by us.
    last: Option<Instant>,
    /// Whole frames, from one to the next.
    frames: Vec<f64>,
    /// Our own part of each: taking in what was done, and laying out the window.
    own: Vec<f64>,
}

impl Smoke {
    /// `started`: when the process was.
    pub fn new(started: Instant, adapter: Option<&wgpu::AdapterInfo>) -> Self {
        let adapter = adapter.map_or(Value::Null, |info| {
            json!({
                "name": info.name,
                "backend": info.backend.to_string(),
                "software": info.device_type == wgpu::DeviceType::Cpu,
            })
        });
        Self {
            started,
            adapter,
            milliseconds_to_first: 0.0,
            first_at: 0.0,
            last: None,
            frames: Vec::new(),
            own: Vec::new(),
        }
    }

    /// A frame was laid out, which was begun at `begun`. True when it was the last one.
    ///
    /// The first frame counts as shown when the second begins: it has been painted by then.
    pub fn frame(&mut self, begun: Instant) -> bool {
        let now = Instant::now();
        if let Some(last) = self.last {
            if self.frames.is_empty() {
                self.milliseconds_to_first = milliseconds(self.started, begun);
                self.first_at = seconds_since_1970() - milliseconds(begun, now) / 1000.0;
            }
            self.frames.push(milliseconds(last, now));
            self.own.push(milliseconds(begun, now));
        }
        self.last = Some(now);
        self.frames.len() + 1 >= FRAMES
    }

    /// The figures as JSON. `frame_ms` is a whole frame; `ui_ms` is our part of it, and `paint_ms`
    /// the rest: cutting shapes into triangles, filling pixels, and waiting for the screen.
    /// `pixels` is the window's width and height, since filling them is what a software adapter
    /// spends its time on.
    pub fn report(&self, pixels: [u32; 2]) -> Value {
        let rest: Vec<f64> = self
            .frames
            .iter()
            .zip(&self.own)
            .map(|(frame, own)| frame - own)
            .collect();
        json!({
            "frames": self.frames.len() + 1,
            "ms_to_first_frame": self.milliseconds_to_first,
            "first_frame_at": self.first_at,
            "frame_ms": summary(&self.frames),
            "ui_ms": summary(&self.own),
            "paint_ms": summary(&rest),
            "pixels": pixels,
            "adapter": self.adapter,
            "resident_mb": crate::session::resident_bytes() as f64 / 1e6,
        })
    }
}

fn seconds_since_1970() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
}
