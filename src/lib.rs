//! # mesa-tic: a help desk that lives in a mailbox
//!
//! **Mail comes in as bytes and is filed; it is read into a note, decided into facts and letters, and filed again in one
//! transaction; small loops carry things in and out.**
//!
//! ```text
//! inbox ─raw bytes→ store (durable: only now may the mailbox be touched)
//! raw ─mail::parse→ Mail ─reading::read→ Reading ─desk::decide→ Decision ─letter::render→ Parcel(s)
//!                                            ↑ Situation (from the store)          └─ store::commit: all of it, once
//! store ─due parcels→ outbox (SMTP)          clock ─tick→ Decision → the same commit
//! ```
//!
//! Five verbs, five types. All five are plain synchronous functions over values; the first four know no disk, no network
//! and no clock. Reading is pure, so a batch is parsed and read on every core; deciding and filing are serial, in the
//! order of arrival, in one thread.
//!
//! # Laws
//!
//! `tests/architecture.rs` holds them; a lint holds the rest.
//!
//! 1. Imports go down the floors of the list below. A child never imports its own `mod.rs`.
//! 2. `async` stands only in `net`, `inbox`, `outbox` and `daemon`.
//! 3. No clock below `daemon` and `cli`: `now` is an argument.
//! 4. `mail`, `reading`, `desk` and `letter` have no `Result` for the state of the world: a bad mail is a poorer
//!    [`mail::message::Mail`], a bad order is a [`reading::command::Complaint`].
//! 5. Only `store` speaks SQL, only `inbox/imap` IMAP, only `outbox/smtp` and `letter/mime` know lettre, only `mail/mod`
//!    knows mail-parser, only `ical` icalendar.
//! 6. One owner: the [`store::db::Store`] lives in the [`clerk::Clerk`], the `Clerk` in one thread.
//! 7. Own enums are matched whole. Files are short and open with the sentence that says why they exist.
//!
//! The floors, ground up, are the order of the modules here.

use tikv_jemallocator::Jemalloc;

// One heap for the program, its tests and SQLite, which is compiled to ask it by name. Why: Cargo.toml; how: .cargo/config.toml.
#[global_allocator]
static HEAP: Jemalloc = Jemalloc;

// Below the ground: where the tests make it die.
pub mod crash;
// The ground: what is true of calendars, of Spanish and of the network, whoever the office is.
pub mod ical;
pub mod spanish;
pub mod net;
// The house, floor by floor.
pub mod inbox;
pub mod office;
pub mod mail;
pub mod ticket;
pub mod seal;
pub mod reading;
pub mod desk;
pub mod letter;
pub mod outbox;
pub mod store;
pub mod handbook;
pub mod exam;
pub mod config;
pub mod clerk;
pub mod daemon;
pub mod cli;
