//! Index advice: a workload and a catalog gathered, the planner asked, the choice kept and written out.

mod again;
mod catalog_file;
mod database;
mod kept;
mod lacks;
mod limits;
mod planner;
mod replicas;
mod run;
mod schedule;
mod script_files;
mod start;
mod watch;
mod workload;

pub use again::{AdviceAgain, Advised};
pub use catalog_file::{load_catalog, save_catalog};
pub use database::{AdviceDatabase, AskedServer};
pub use run::{AdviceReady, AdviceTask, advise};
pub use script_files::write_script;
pub use watch::AdviceControl;
pub use workload::{AdviceWorkload, SqlText};

pub(crate) use kept::Advices;
