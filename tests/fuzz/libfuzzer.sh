#!/usr/bin/env bash
# libFuzzer at one door, or at each of them in turn: tests/fuzz/libfuzzer.sh 600 webhook
#
# It looks for input that reaches code no other input has. The compiler counts what is reached by a pass of LLVM's, which needs no
# nightly; libFuzzer itself is C++. New inputs go into target/fuzz-found/DOOR. One that breaks a promise ends the run; it lies beside
# that folder as DOOR-crash-…, and becomes a file of the corpus, and so a test.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1:?so many seconds at each door}
doors=("${@:2}")
if [[ ${#doors[@]} == 0 ]]; then
    doors=(tests/fuzz/corpus/*/)
    doors=("${doors[@]#tests/fuzz/corpus/}")
    doors=("${doors[@]%/}")
fi
for door in "${doors[@]}"; do
    if [[ ! -d tests/fuzz/corpus/$door ]]; then
        printf '%s is no door; there are: %s\n' "$door" "$(ls tests/fuzz/corpus | tr '\n' ' ')" >&2
        exit 1
    fi
done

counted=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code)
host=$(rustc -vV | sed -n 's/^host: //p')
# With a target named, the flags are not those of build scripts and macros.
RUSTFLAGS="--cfg fuzzing ${counted[*]}" cargo build --profile fuzz --target "$host" --target-dir target/libfuzzer \
    --package fuzz --bin door

for door in "${doors[@]}"; do
    found=target/fuzz-found/$door
    mkdir -p "$found"
    printf '\n==> %s\n' "$door"
    DOOR=$door "target/libfuzzer/$host/fuzz/door" "$found" "tests/fuzz/corpus/$door" -max_total_time="$seconds" \
        -artifact_prefix="$found-" -print_final_stats=1 -verbosity=0
done
