# What a person types; `.ci/run` is the gate and needs none of this.

# List what can be done
default:
    @just --list --unsorted

# Format and lints, the quick half of the gate
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Every test
test:
    cargo test --workspace

# Play the page's example in seconds, or a scenario: just rehearse tests/scenarios/signup-on-the-29th.toml
rehearse *arguments:
    cargo run -- rehearse {{ arguments }}

# Serve everything on this machine, with a stand-in for Meta, to play with
dev *arguments:
    cargo run -- dev {{ arguments }}

# Say when a customer can send again: just plan --on 2026-04-20
plan *arguments:
    cargo run -- plan {{ arguments }}

# Serve the stand-in for Meta alone
simulator port="9100":
    cargo run -- simulator --port {{ port }}

# Measure the cold start of every function, or of those named, beside a bare one (needs zip; builds the release profile)
bench-start *functions:
    cargo run --package e2e --bin bench-start -- {{ functions }}

# Write the generated documents anew, then the documentation of the code
docs:
    UPDATE_DOCS=1 cargo test --package functions --test docs
    cargo doc --workspace --no-deps

# Licences, advisories and sources of the dependencies (needs cargo-deny)
deny:
    cargo deny check

# The whole gate
gate:
    .ci/run
