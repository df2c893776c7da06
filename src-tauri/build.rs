//! Prepares the window's permissions and resources; the capabilities stand beside the shell, not at the root.
#![allow(clippy::print_stdout, reason = "a build script speaks to cargo through standard output")]

fn main() {
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error=the window's resources could not be prepared: {error:#}");
    }
}
