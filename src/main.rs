//! Arguments in, exit code out.
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

// Why: Cargo.toml. Its settings: .cargo/config.toml.
#[global_allocator]
static HEAP: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    mesa_tic::cli::main()
}
