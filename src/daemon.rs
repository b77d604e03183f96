//! Three loops around one clerk: mail in, letters out, time.
