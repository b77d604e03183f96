//! The filing cabinet: one SQLite file, one writer.
mod agenda;
pub mod backup;
pub mod batch;
pub mod db;
pub mod fault;
mod instant;
pub mod labels;
pub mod ledger;
mod lock;
mod migrate;
mod orders;
pub mod queue;
pub mod reconcile;
pub mod reports;
pub mod show;
mod situation;
pub mod status;
mod tickets;
