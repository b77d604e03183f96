use crate::cli::args::Common;
use anyhow::Result;
use std::path::*;
use std::process::ExitCode;
pub(crate) fn run(_c: &Common, _f: &[PathBuf], _j: bool) -> Result<ExitCode> {
    todo!()
}
