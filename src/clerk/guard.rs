//! A panic in one mail stays with that mail.
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic costs one mail its place in the quarantine, not the daemon its life.
pub(crate) fn guarded<T>(when: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| format!("falla interna {when}; el correo está guardado tal como llegó"))
}
