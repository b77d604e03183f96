//! Killed at every step, at any moment, and again while it recovers: between a real Dovecot and a mail server that remembers
//! every letter, each mail has one effect and each letter arrives.
//!
//! `tests/soak 8h` runs the same for as long as asked; `MESA_SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]
mod desk;
#[path = "../kit/mod.rs"]
mod kit;
mod line;
mod mailbox;
mod oracle;
use crate::desk::{Death, Desk};
use mesa_tic::crash::Point;
use std::env;
use std::time::{Duration, Instant};

/// Random kills in a run of all tests, at each of the two desks.
const RANDOM: usize = 100;
/// How often each point is died at.
const TIMES: usize = 3;
/// Rounds of a soak are so long, each with servers and books of its own.
const ROUND: usize = 200;

/// A server that can MOVE, and one that must copy and delete.
const WITHOUT_MOVE: &str = "imap_capability = IMAP4rev1 LITERAL+ UIDPLUS IDLE";

fn seed() -> u64 {
    env::var("MESA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_126)
}

/// The points of a cabinet that is up to date, on a server of that kind.
fn points(moves: bool) -> Vec<Point> {
    let is_there = |point: &Point| match point {
        Point::Migrating | Point::Migrated | Point::Apart | Point::Restored => false,
        Point::Copied | Point::Flagged => !moves,
        _ => true,
    };
    Point::ALL.into_iter().filter(is_there).collect()
}

/// Each of the points so many times, and random kills, in one shuffled row: each death is followed by another one while the
/// desk recovers from the first.
fn deaths(points: &[Point], times: usize, random: usize, rng: &mut fastrand::Rng) -> Vec<Death> {
    let at = |point: &Point| (0..times).map(|_| Death::At(*point)).collect::<Vec<_>>();
    let mut deaths: Vec<Death> = points.iter().flat_map(at).collect();
    deaths.extend((0..random).map(|_| Death::Whenever));
    rng.shuffle(&mut deaths);
    deaths
}

fn live_through(deaths: Vec<Death>, extra: &str, seed: u64) {
    let mut desk = Desk::open(extra, seed);
    for death in deaths {
        desk.cycle(death);
    }
    desk.come_to_rest();
    assert!(desk.servers.mails("mesa", "INBOX").is_empty(), "{}", desk.log());
    desk.judge();
    desk.sum_up();
}

#[test]
fn killed_at_every_point_and_at_any_moment_nothing_is_lost_and_nothing_done_twice() {
    let seed = seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let without_move: Vec<Point> = points(false).into_iter().skip(points(true).len() / 2).collect();
    // Between them the two desks die everywhere `TIMES` times; each does what its server makes possible.
    let with_move: Vec<Point> = points(true).into_iter().filter(|point| !without_move.contains(point)).collect();
    let first = deaths(&with_move, TIMES, RANDOM, &mut rng);
    let second = deaths(&without_move, TIMES, RANDOM, &mut rng);
    std::thread::scope(|scope| {
        scope.spawn(|| live_through(first, "", seed));
        scope.spawn(|| live_through(second, WITHOUT_MOVE, seed + 1));
    });
    soak(seed + 2);
}

/// Goes on for as long as `MESA_SOAK` says, in seconds: pairs of points as they are shuffled, and as many random kills.
fn soak(first: u64) {
    let length = env::var("MESA_SOAK").map_or(Duration::ZERO, |seconds| Duration::from_secs(seconds.parse().unwrap()));
    let begun = Instant::now();
    let mut cycles = 0;
    for seed in (first..).step_by(2) {
        if begun.elapsed() >= length {
            return;
        }
        let mut rng = fastrand::Rng::with_seed(seed);
        let rounds = ["", WITHOUT_MOVE].map(|extra| {
            let points = points(extra.is_empty());
            (deaths(&points, ROUND / 2 / points.len() + 1, ROUND / 2, &mut rng), extra)
        });
        cycles += rounds.iter().map(|(deaths, _)| deaths.len()).sum::<usize>();
        std::thread::scope(|scope| {
            for ((deaths, extra), seed) in rounds.into_iter().zip(seed..) {
                scope.spawn(move || live_through(deaths, extra, seed));
            }
        });
        eprintln!("{cycles} deaths in {} s, last seed {seed}: all well", begun.elapsed().as_secs());
    }
}
