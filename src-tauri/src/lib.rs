//! The desktop shell: builds the app, and holds the only list of commands.

mod arguments;
mod commands;
mod dialogs;
mod error;
mod events;
mod state;

use std::process::ExitCode;

use clap::Parser;
use tauri::Manager;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;
use crate::state::AppState;

/// Runs the window until it is closed.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("MCONSOLE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match build(arguments) {
        Ok(app) => {
            app.run(|handle, event| {
                if let tauri::RunEvent::Exit = event {
                    handle.state::<AppState>().shut_down();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: Arguments) -> tauri::Result<tauri::App> {
    let mut builder = tauri::Builder::default();
    if arguments.data_dir.is_none() {
        // A console on a directory of its own, such as the demo's, may stand beside the ordinary one.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| {
            if let Some(window) = app.get_webview_window("main") {
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
        }));
    }
    builder
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![
            commands::app::app_info,
            commands::app::painted,
            commands::sources::sources_list,
            commands::sources::source_test,
            commands::sources::source_save,
            commands::sources::source_remove,
            commands::sources::source_retry,
            commands::sources::source_set_enabled,
            commands::overview::overview,
            commands::overview::console_status,
            commands::pools::pools_page,
            commands::activity::activity_page,
            commands::activity::activity_moment,
            commands::activity::send_signal,
            commands::findings::findings_list,
            commands::findings::finding_mute,
            commands::health::health_page,
            commands::health::check_health_now,
            commands::health::own_cost_page,
            commands::cache::cache_page,
            commands::cache::cache_advice,
            commands::cache::coalescing_page,
            commands::cache::walk_keyspace,
            commands::cache::cancel_keyspace,
            commands::cache::preview_tag,
            commands::cache::invalidate_tag,
            commands::cache::team_cache_page,
            commands::cache::warm_shared_read,
            commands::compression::probe_compression,
            commands::compression::compression_probe,
            commands::explain::explain_statement,
            commands::replay::logs_choose,
            commands::replay::logs_preview,
            commands::replay::replay_start,
            commands::replay::replay_cancel,
            commands::replay::replays_list,
            commands::replay::replay_report,
            commands::replay::replay_remove,
            commands::replay::replays_compare,
            commands::replay::replay_export,
            commands::replay::pattern_ignore,
            commands::replay::pattern_heed,
            commands::index_advice::workload_choose,
            commands::index_advice::index_advice_start,
            commands::index_advice::index_advice_cancel,
            commands::index_advice::index_advice_list,
            commands::index_advice::index_advice_report,
            commands::index_advice::index_advice_limit,
            commands::index_advice::index_advice_remove,
            commands::index_advice::index_advice_script,
            commands::index_advice::index_advice_save_script,
            commands::index_advice::index_advice_export,
            commands::index_build::index_build_start,
            commands::index_build::index_build_cancel,
            commands::index_build::index_build_list,
            commands::index_build::index_build_judge,
            commands::index_build::index_build_roll_back,
            commands::statements::statements_page,
            commands::statements::statement_detail,
            commands::statements::compare_statements,
            commands::settings::settings_get,
            commands::settings::settings_save,
        ])
        .setup(move |app| {
            app.manage(AppState::start(&arguments));
            events::forward(app.handle().clone());
            Ok(())
        })
        .build(tauri::generate_context!())
}
