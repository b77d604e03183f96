//! Arguments in, exit code out.
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

// Faster than glibc's where letters and mails are many small strings, and it gives back what a burst took.
#[global_allocator]
static HEAP: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    mesa_tic::cli::main()
}
