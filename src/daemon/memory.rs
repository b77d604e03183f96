//! At rest, the daemon lets go of the memory in which its own code lies: it counts no longer as resident, and what is needed again
//! comes from the program's file. The one place of code for which the compiler does not vouch.
#![allow(unsafe_code)]
use rustix::mm::{Advice, madvise};
use std::sync::OnceLock;
use std::{fs, io, ptr};

/// Addresses in a row: the first, and how many.
type Stretch = (usize, usize);

/// Lets go of it. Where the system does not say what lies where, it stays.
pub(crate) fn give_back() {
    if let Err(error) = let_go() {
        tracing::debug!(%error, "the code stays in memory");
    }
}

fn let_go() -> io::Result<()> {
    // Code lies where it lies as long as the program lives.
    static CODE: OnceLock<Vec<Stretch>> = OnceLock::new();
    for &(start, octets) in CODE.get_or_init(own_code) {
        // SAFETY: nobody may write to what lies there, and the loader has not (a program that may lie anywhere needs no changes in
        // its code): it is the file's, word for word, and who looks again finds the same.
        unsafe { madvise(ptr::without_provenance_mut(start), octets, Advice::LinuxDontNeed) }?;
    }
    Ok(())
}

fn own_code() -> Vec<Stretch> {
    let program = fs::read_link("/proc/self/exe").unwrap_or_default();
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    code_of(&program.to_string_lossy(), &maps).collect()
}

/// Where the code of `program` lies by `maps` (proc_pid_maps(5)): what may be read and run, and never written.
fn code_of(program: &str, maps: &str) -> impl Iterator<Item = Stretch> {
    maps.lines().filter_map(move |line| {
        let (addresses, rest) = line.split_once(' ')?;
        let path = rest.split_once('/').map(|(_, path)| path);
        let is_code = rest.starts_with("r-xp ") && path.is_some() && path == program.strip_prefix('/');
        let (start, end) = addresses.split_once('-').filter(|_| is_code)?;
        let start = usize::from_str_radix(start, 16).ok()?;
        Some((start, usize::from_str_radix(end, 16).ok()?.checked_sub(start)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55c0a0000000-55c0a0300000 r--p 00000000 fe:00 100 /usr/bin/mesa-tic
55c0a0300000-55c0a0d00000 r-xp 00300000 fe:00 100 /usr/bin/mesa-tic
55c0a0d00000-55c0a0d60000 rw-p 00d00000 fe:00 100 /usr/bin/mesa-tic
55c0a1000000-55c0a1100000 rw-p 00000000 00:00 0   [heap]
7f0000000000-7f0000100000 r-xp 00020000 fe:00 200 /usr/lib/x86_64-linux-gnu/libc.so.6
7ffe00000000-7ffe00001000 r-xp 00000000 00:00 0   [vdso]
";

    #[test]
    fn only_what_nobody_can_write_to_is_given_back() {
        assert_eq!(code_of("/usr/bin/mesa-tic", MAPS).collect::<Vec<_>>(), [(0x55c0_a030_0000, 0xa0_0000)]);
        assert_eq!(code_of("", MAPS).count() + code_of("/usr/bin/mesa", MAPS).count(), 0);
    }

    /// KiB of the files that are mapped (proc_pid_status(5)).
    fn resident() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let files = status.lines().find_map(|line| line.strip_prefix("RssFile:"))?;
        files.trim().trim_end_matches(" kB").parse().ok()
    }

    #[test]
    fn the_program_goes_on_with_less_memory() {
        let code: usize = own_code().iter().map(|(_, octets)| octets).sum();
        assert!(code > 1 << 20, "the code of the tests is large");
        // Other tests run beside this one and take theirs back.
        let mut freed = 0;
        for _ in 0..20 {
            let before = resident();
            assert!(let_go().is_ok());
            freed = freed.max(before.zip(resident()).map_or(0, |(before, after)| before.saturating_sub(after)));
        }
        assert!(freed > 256, "{freed} KiB");
    }
}
