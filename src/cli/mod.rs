//! The command line: one file per group of commands.
mod args;
mod speech;
mod table;
