//! Arguments in, exit code out.
use std::process::ExitCode;

fn main() -> ExitCode {
    mesa_tic::cli::main()
}
