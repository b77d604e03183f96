//! Opening the file, pragmas, migrations.

/// The cabinet. Whoever holds it is its only writer.
pub struct Store {}
