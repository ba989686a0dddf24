use std::collections::VecDeque;

/// How much of a rate is used, in hundredths: clocks differ, and requests arrive closer together than they went.
const USED: u64 = 99;

/// The time ahead, cut into slots that hold one request each: a hundredth fewer than `rate` in a second.
///
/// Any second of the clock touches at most `rate + 1` slots, so it holds at most that many requests; over
/// any longer time there are fewer than the rate allows. Times are nanoseconds since the limits were made; the clock
/// is the caller's.
#[derive(Debug)]
pub(super) struct Slots {
    /// Nanoseconds.
    length: u64,
    /// The number of the slot that `taken` begins with.
    first: u64,
    taken: VecDeque<bool>,
}

impl Slots {
    /// Makes slots just under a rate in requests a second, at least 1.
    pub(super) fn under(rate: u32) -> Self {
        Slots {
            // Rounded up, so that the rate is never exceeded.
            length: 100_000_000_000_u64.div_ceil(u64::from(rate.max(1)) * USED),
            first: 0,
            taken: VecDeque::new(),
        }
    }

    /// Gives the earliest moment from `at` on that lies in a free slot.
    pub(super) fn free_from(&self, at: u64) -> u64 {
        let slot = at / self.length;
        let known = slot.saturating_sub(self.first) as usize;
        let occupied = self.taken.iter().skip(known).take_while(|taken| **taken).count() as u64;
        match occupied {
            0 => at,
            _ => (slot + occupied) * self.length,
        }
    }

    /// Takes the slot in which `at` lies, and forgets those before `now`.
    pub(super) fn take(&mut self, at: u64, now: u64) {
        let current = now / self.length;
        while self.first < current && self.taken.pop_front().is_some() {
            self.first += 1;
        }
        self.first = self.first.max(current);
        let index = (at / self.length).saturating_sub(self.first) as usize;
        if self.taken.len() <= index {
            self.taken.resize(index + 1, false);
        }
        if let Some(slot) = self.taken.get_mut(index) {
            *slot = true;
        }
    }

    /// Tells whether nothing is taken from `now` on.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.first + self.taken.len() as u64 <= now / self.length
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, proptest};

    use super::Slots;

    const SECOND: u64 = 1_000_000_000;

    fn reserve(slots: &mut Slots, now: u64) -> u64 {
        let at = slots.free_from(now);
        slots.take(at, now);
        at
    }

    #[test]
    fn a_free_slot_is_taken_at_once_and_the_next_ones_wait() {
        let mut slots = Slots::under(4);
        let now = SECOND / 10;
        let moments: Vec<u64> = (0..3).map(|_| reserve(&mut slots, now)).collect();
        assert_eq!(moments, [now, slots.length, 2 * slots.length]);
        assert!(slots.length > SECOND / 4);
    }

    #[test]
    fn time_that_was_not_used_is_not_saved_up() {
        let mut slots = Slots::under(10);
        reserve(&mut slots, 0);
        let now = 600 * slots.length;
        let moments: Vec<u64> = (0..3).map(|_| reserve(&mut slots, now)).collect();
        assert_eq!(moments, [now, now + slots.length, now + 2 * slots.length]);
    }

    #[test]
    fn what_is_past_is_forgotten() {
        let mut slots = Slots::under(1000);
        for now in 0..10_000 {
            reserve(&mut slots, now * SECOND);
        }
        assert!(slots.taken.len() <= 2, "{} slots are kept", slots.taken.len());
        assert!(slots.is_idle(20_000 * SECOND));
    }

    proptest! {
        #[test]
        fn no_second_holds_more_than_the_rate_and_one(
            rate in 1_u32..60,
            gaps in prop::collection::vec(0_u64..SECOND / 5, 1..300)
        ) {
            let mut slots = Slots::under(rate);
            let mut now = 0;
            let mut moments = Vec::new();
            for gap in gaps {
                now += gap;
                let at = reserve(&mut slots, now);
                assert!(at >= now);
                moments.push(at);
            }
            assert!(moments.is_sorted(), "first come, first served");
            for (index, start) in moments.iter().enumerate() {
                let within = moments.iter().skip(index).take_while(|at| **at < start + SECOND).count();
                assert!(within as u64 <= u64::from(rate) + 1, "{within} in a second");
            }
        }
    }
}
