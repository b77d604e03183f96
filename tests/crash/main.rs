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
use std::collections::BTreeSet;
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

/// A tour in which each point is followed by each point once, itself included: the words of two letters in their order, one
/// after another (a de Bruijn sequence), over the points as they were shuffled.
fn every_pair(points: &[Point]) -> Vec<Point> {
    let mut tour = Vec::new();
    for (n, point) in points.iter().enumerate() {
        tour.push(*point);
        tour.extend(points.iter().skip(n + 1).flat_map(|other| [*point, *other]));
    }
    tour.extend(points.first());
    tour
}

#[test]
fn a_tour_has_every_pair_of_points_once() {
    let tour = every_pair(&Point::ALL);
    let pairs: BTreeSet<String> = tour.windows(2).map(|pair| format!("{pair:?}")).collect();
    assert_eq!(pairs.len(), Point::ALL.len() * Point::ALL.len());
    assert_eq!(tour.len(), pairs.len() + 1);
}

/// Goes on for as long as `MESA_SOAK` says, in seconds: every pair of points, a stretch of the tour in each round, and after
/// it as many random kills.
fn soak(first: u64) {
    let length = env::var("MESA_SOAK").map_or(Duration::ZERO, |seconds| Duration::from_secs(seconds.parse().unwrap()));
    let begun = Instant::now();
    let (mut cycles, mut tours) = (0, 0);
    let mut ways = ["", WITHOUT_MOVE].map(|extra| (extra, Vec::new()));
    for seed in (first..).step_by(2) {
        if begun.elapsed() >= length {
            return;
        }
        let mut rng = fastrand::Rng::with_seed(seed);
        let rounds = ways.each_mut().map(|(extra, left)| {
            if left.len() < 2 {
                let mut points = points(extra.is_empty());
                rng.shuffle(&mut points);
                *left = every_pair(&points);
                tours += 1;
            }
            // The last of a stretch is the first of the next one.
            let stretch = left.iter().take(ROUND / 2 + 1).map(|point| Death::At(*point)).collect::<Vec<_>>();
            left.drain(..stretch.len() - 1);
            (stretch.into_iter().chain([Death::Whenever; ROUND / 2]).collect::<Vec<_>>(), *extra)
        });
        cycles += rounds.iter().map(|(deaths, _)| deaths.len()).sum::<usize>();
        std::thread::scope(|scope| {
            for ((deaths, extra), seed) in rounds.into_iter().zip(seed..) {
                scope.spawn(move || live_through(deaths, extra, seed));
            }
        });
        let seconds = begun.elapsed().as_secs();
        eprintln!("{cycles} deaths in {seconds} s, tour {tours} of all pairs, last seed {seed}: all well");
    }
}
