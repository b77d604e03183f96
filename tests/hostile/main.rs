//! Mails that want to command without the right, to break the desk or to wear it out, through the whole clerk:
//! `fixtures/hostile/gen.py` makes them and says in its index what must come of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]
mod index;
#[path = "../kit/mod.rs"]
mod kit;
mod made;
mod orders;
mod page;
mod road;
mod wire;
