//! Dates, hours and durations: as people write them, and as a letter says them.
