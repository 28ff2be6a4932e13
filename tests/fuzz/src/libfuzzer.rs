//! The doors for libFuzzer, which looks for input that reaches code no other input has: `docs/fuzzing.md` says how.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
use {fuzz::doors, std::cell::RefCell};

#[cfg(fuzzing)]
thread_local! {
    static OPEN: RefCell<doors::Open> = RefCell::new((doors::named_by_the_environment().open)());
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| OPEN.with_borrow_mut(|open| open(bytes)));

#[cfg(not(fuzzing))]
fn main() {
    println!("Without libFuzzer the doors are tests: cargo test --package fuzz. See docs/fuzzing.md.");
}
