//! Opening the window: adapter, size, icon, and a second attempt when the first fails.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{self, ViewportBuilder};
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};

use super::app::App;
use super::theme::size;
use crate::session::Session;

/// How the window is to be opened.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// A table or a project to open at once.
    pub path: Option<PathBuf>,
    /// Draw some frames, print what they cost as JSON, and leave.
    pub smoke_test: bool,
    /// "vulkan", "dx12", "metal" or "gl"; None tries what is there.
    pub renderer: Option<String>,
}

/// Opens the window and stays until it is closed.
pub fn run(launch: Launch) -> ExitCode {
    let started = Instant::now();
    let wanted = launch.renderer.as_deref().map(backends_called);
    let first = wanted.unwrap_or(wgpu::Backends::PRIMARY | wgpu::Backends::GL);
    match open(&launch, first, started) {
        Ok(code) => code,
        // Vulkan may be broken where OpenGL works, and the other way round.
        Err(_) if wanted.is_none() => match open(&launch, wgpu::Backends::GL, started) {
            Ok(code) => code,
            Err(error) => no_window(&error),
        },
        Err(error) => no_window(&error),
    }
}

fn no_window(error: &eframe::Error) -> ExitCode {
    eprintln!(
        "Could not open a window\n  {error}\n  What you can do: install a graphics driver (on Debian or Ubuntu: mesa-vulkan-drivers), \
         try --renderer gl, or use the command line: benchtop --help"
    );
    ExitCode::FAILURE
}

fn backends_called(name: &str) -> wgpu::Backends {
    match name {
        "vulkan" => wgpu::Backends::VULKAN,
        "dx12" => wgpu::Backends::DX12,
        "metal" => wgpu::Backends::METAL,
        "gl" => wgpu::Backends::GL,
        _ => wgpu::Backends::PRIMARY | wgpu::Backends::GL,
    }
}

fn open(
    launch: &Launch,
    backends: wgpu::Backends,
    started: Instant,
) -> Result<ExitCode, eframe::Error> {
    let launch = launch.clone();
    // It reads the settings while the window is being made.
    let session = Session::threaded();
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id("org.benchtop.Benchtop")
            .with_title("Benchtop")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size(size::MINIMUM_WINDOW)
            .with_icon(Arc::new(icon())),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: wgpu_configuration(backends),
        centered: true,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Benchtop",
        options,
        Box::new(move |context| Ok(Box::new(App::new(context, session, launch, started)))),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The wgpu set-up of the window: discrete before integrated before software adapters.
pub fn wgpu_configuration(backends: wgpu::Backends) -> WgpuConfiguration {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.instance_descriptor.backends = backends.with_env();
    setup.native_adapter_selector = Some(Arc::new(|adapters, surface| {
        adapters
            .iter()
            .filter(|adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface)))
            .min_by_key(|adapter| rank(&adapter.get_info()))
            .cloned()
            .ok_or_else(|| "No graphics adapter can draw in a window here".to_owned())
    }));
    WgpuConfiguration {
        wgpu_setup: WgpuSetup::CreateNew(setup),
        ..WgpuConfiguration::default()
    }
}

fn rank(info: &wgpu::AdapterInfo) -> u8 {
    let device = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 2,
        wgpu::DeviceType::VirtualGpu => 4,
        wgpu::DeviceType::Other => 6,
        wgpu::DeviceType::Cpu => 8,
    };
    // Software OpenGL is known to crash where software Vulkan does not.
    device + u8::from(info.backend == wgpu::Backend::Gl)
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/app-icon.png"))
        .unwrap_or_default()
}
