#!/usr/bin/env bash
# Same bytes, whatever happens: runs one experiment with one job, with two, as two shards merged, and killed with
# SIGKILL at random moments and resumed; compares the SHA-256 of trials.csv.
#
# usage: scripts/same-bytes.sh path/to/trompe experiments/x.toml [kills, 10 by default]
set -euo pipefail
trompe=$1
experiment=$2
kills=${3:-10}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

hash_of() {
    local found
    found=$(find "$1" -name trials.csv)
    [ -n "$found" ] || { echo "no trials.csv under $1" >&2; exit 1; }
    sha256sum <"$found" | cut -d' ' -f1
}

run() { "$trompe" run "$experiment" --quiet --results "$@"; }

begun=$(date +%s%N)
run "$folder/one" --jobs 1
took=$((($(date +%s%N) - begun) / 1000000))
expected=$(hash_of "$folder/one")
echo "jobs 1           $expected  (${took} ms)"

run "$folder/two" --jobs 2
run "$folder/shards" --shard 1/2
run "$folder/shards" --shard 2/2

# A program in the background, not the function `run`: of a function, $! is a shell around the program, and killing that
# shell leaves the program running.
killed=0
for ((kill = 1; kill <= kills; kill++)); do
    "$trompe" run "$experiment" --quiet --results "$folder/killed" --jobs 2 >/dev/null 2>&1 &
    pid=$!
    # Within what two jobs need for a whole run; later kills find more cells finished.
    sleep "$(awk -v seed="$RANDOM" -v ms="$took" 'BEGIN { printf "%.3f", seed / 32768 * ms / 3000 }')"
    kill -9 "$pid" 2>/dev/null || true
    ended=0
    wait "$pid" 2>/dev/null || ended=$?
    if [ "$ended" -eq 137 ]; then
        killed=$((killed + 1))
    else
        # Whole before its kill: it must be right already, and the next one starts afresh.
        [ "$(hash_of "$folder/killed")" = "$expected" ] || { echo "resumed: different from --jobs 1" >&2; exit 1; }
        rm -rf "$folder/killed"
    fi
done
echo "killed           $killed of $kills runs"
[ "$killed" -gt 0 ] || { echo "every run ended before it was killed" >&2; exit 1; }
run "$folder/killed"

status=0
for way in two shards killed; do
    found=$(hash_of "$folder/$way")
    echo "$(printf '%-16s' "$way") $found"
    [ "$found" = "$expected" ] || { echo "different from --jobs 1" >&2; status=1; }
done
exit $status
