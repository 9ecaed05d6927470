//! What a case ends with, and what it checks with.

use std::error::Error;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const DEADLINE: Duration = Duration::from_secs(60);
pub type Outcome<T> = Result<T, Box<dyn Error>>;

static NAMES: AtomicU32 = AtomicU32::new(0);

pub fn new_name(what: &str) -> String {
    let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    format!("{what}-{:x}-{second:x}-{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed))
}

pub fn fail<T>(why: impl Into<String>) -> Outcome<T> {
    Err(why.into().into())
}

pub fn check(condition: bool, why: &str) -> Outcome<()> {
    if condition {
        Ok(())
    } else {
        fail(why)
    }
}

pub fn equal<T: PartialEq + Debug>(found: &T, expected: &T, what: &str) -> Outcome<()> {
    check(found == expected, &format!("{what} is {found:?}, not {expected:?}"))
}

pub fn check_now(time: SystemTime, what: &str) -> Outcome<()> {
    let now = SystemTime::now();
    let apart = now.duration_since(time).or(time.duration_since(now))?;
    check(apart < Duration::from_secs(60), &format!("{what} is {apart:?} from now"))
}

/// Tells how a case ended; returns whether it passed.
pub fn told(name: &str, outcome: Outcome<()>) -> bool {
    match outcome {
        Ok(()) => println!("case {name} ok"),
        Err(ref why) => println!("case {name} failed: {}", format!("{why:?}").split_whitespace().collect::<Vec<_>>().join(" ")),
    }
    outcome.is_ok()
}
