//! Mesa.
fn main() {}
