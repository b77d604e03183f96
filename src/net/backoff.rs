//! How long to wait before the next try: longer each time, never in step with others, and slow with a wrong password.
use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::net::fault::Kind;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// A wrong password is tried at most `LOGINS` times in `WINDOW`: servers lock accounts for less.
const LOGINS: usize = 4;
const WINDOW: Duration = Duration::from_secs(15 * 60);
const FIRST_LOGIN: Duration = Duration::from_secs(20);

/// The waits of one server. Its clock is the caller's.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    failures: u32,
    refusals: VecDeque<Instant>,
    rng: fastrand::Rng,
}

impl Backoff {
    /// A try failed at `now`: how long to wait before the next.
    pub fn next(&mut self, now: Instant, kind: Kind) -> Duration {
        self.failures = self.failures.saturating_add(1);
        match kind {
            Kind::Refused => self.refused(now),
            Kind::Unreachable | Kind::Untrusted | Kind::Protocol | Kind::Local => self.grown(FIRST),
        }
    }

    /// A try succeeded: the next failure is the first one again. Past refusals still count.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    fn refused(&mut self, now: Instant) -> Duration {
        self.refusals.push_back(now);
        while self.refusals.len() > LOGINS {
            self.refusals.pop_front();
        }
        let wait = self.grown(FIRST_LOGIN);
        match self.refusals.front() {
            // The oldest of four must be out of the window before a fifth is made.
            Some(oldest) if self.refusals.len() == LOGINS => {
                wait.max((*oldest + WINDOW).saturating_duration_since(now))
            }
            Some(_) | None => wait,
        }
    }

    /// `first`, doubled with each failure, up to `LONGEST`; then up to a quarter more, so that many do not come at once.
    fn grown(&mut self, first: Duration) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        let wait = first.saturating_mul(1 << doublings).min(LONGEST);
        wait + wait.mul_f64(self.rng.f64() / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let wait = backoff.next(now, Kind::Unreachable).as_secs_f64();
            assert!((f64::from(expected)..=f64::from(expected) * 1.25).contains(&wait), "{expected}: {wait}");
        }
        backoff.reset();
        assert!(backoff.next(now, Kind::Protocol) < Duration::from_secs(2));
    }

    #[test]
    fn a_wrong_password_is_tried_four_times_a_quarter_hour_even_when_it_works_in_between() {
        let (mut backoff, mut now, mut tries) = (Backoff::default(), Instant::now(), Vec::new());
        for turn in 0..40 {
            tries.push(now);
            now += backoff.next(now, Kind::Refused);
            if turn % 3 == 0 {
                backoff.reset();
            }
        }
        for five in tries.windows(5) {
            assert!(five[4] - five[0] >= WINDOW);
        }
    }

    #[test]
    fn two_of_us_do_not_come_in_step() {
        let (mut one, mut other) = (Backoff::default(), Backoff::default());
        let now = Instant::now();
        assert!((0..5).any(|_| one.next(now, Kind::Unreachable) != other.next(now, Kind::Unreachable)));
    }
}
