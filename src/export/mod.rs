//! What leaves the app, one file per target. Every export is read back and compared with our own
//! result before it is called done.

pub mod draft;
mod lightgbm_reader;
pub mod lightgbm_text;
pub mod model_file;
pub mod numbers;
pub mod onnx;
pub mod parity;
pub mod picture;
pub mod predictions;
pub mod python_script;

pub use lightgbm_text::{check_lightgbm, export_lightgbm};
pub use model_file::{MODEL_EXTENSION, load_model, save_model};
pub use numbers::write_numbers;
pub use onnx::export_onnx;
pub use parity::Parity;
pub use picture::write_picture;
pub use predictions::{write_predictions, write_with_numbers};
pub use python_script::write_python_script;
