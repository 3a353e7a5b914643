//! The command line and the window in one program.

use std::process::ExitCode;

use benchtop::{cli, jobs, ui};

fn main() -> ExitCode {
    jobs::install_panic_hook();
    cli::main(cli::Window {
        open: |launch| {
            ui::run(ui::Launch {
                path: launch.path,
                smoke_test: launch.smoke_test,
                renderer: launch.renderer,
            })
        },
        rehearse: ui::rehearse,
    })
}
