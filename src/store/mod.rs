//! The filing cabinet: one SQLite file, one writer.
pub mod db;
