//! `config.toml`: this machine, as a value.
