//! The filing cabinet: one SQLite file, one writer.
mod agenda;
pub mod batch;
pub mod db;
pub mod fault;
mod instant;
pub mod ledger;
mod migrate;
pub mod queue;
mod situation;
mod tickets;
