#!/usr/bin/env bash
# Loads meshca with csrload, alternately with the Go reference CA `refca`, and holds the figures against the goals.
# docs/benchmarks.md says what each mode measures. usage: bench-load.sh CONFIGURATION
#   MODES ("warm cold tokens")  also: memory, rows
#   ROUNDS (3)  SECONDS_EACH (6)  WARMUP (20 s for meshca, until its hot paths are compiled)  REFCA_WARMUP (3)  KEYS (20000)
#   DURATION (600 s)  of `memory`        ROWS (10000000)  of `rows`; their store is kept in artifacts/bench
#   STRICT=1  exit with 1 if a goal is missed
#   PORTS ("TLS HTTP", else free ones)   MESHCA_ARGS  further options of `meshca serve`   DATA  a store to start from, copied
#   MESHCA_BENCH          directory with the load tools' sources
#   MESHCA_BENCH_ENV      its env.sh, as set up (/opt/peers/env.sh)
#   MESHCA_BENCH_FIXTURES tokens and keys (/tmp/bench-fix)
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
configuration="${1,,}"
meshca="artifacts/bin/MeshCA/$configuration/meshca"
environment="${MESHCA_BENCH_ENV:-/opt/peers/env.sh}"
fixtures="${MESHCA_BENCH_FIXTURES:-/tmp/bench-fix}"
. scripts/bench/servers.sh
. scripts/bench/measures.sh

[[ -x "$meshca" ]] || die "$meshca is missing: build it first"
if [[ ! -r "$environment" ]]; then
  echo "skipped: the load comparison; $environment is missing, run ${MESHCA_BENCH:-MESHCA_BENCH}/setup-peers.sh go tools fixtures"
  exit 0
fi
. "$environment"
for tool in csrload refca; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: the load comparison; $tool was not built"
    exit 0
  fi
done
# The tokens live for a day.
[[ -n "$(find "$fixtures/tokens.txt" -size +0 -mmin -1200 2>/dev/null)" ]] || refca -dir "$fixtures" -init 100

# Not in /tmp: where that is memory, a commit costs nothing.
mkdir -p artifacts/bench
work="$(mktemp -d "$PWD/artifacts/bench/load.XXXXXX")"
results="$work/results"
samples="$work/samples"
touch "$results" "$samples"
trap 'stop; rm -rf "$work"' EXIT

new_store() {
  rm -rf "$work/store"
  [[ -z "${DATA:-}" ]] || cp -a "$DATA" "$work/store"
}

# Kept for later runs. Made before the rounds, and on the disk, or its pages would still be written while others are measured.
seed_store() { # DIRECTORY ROWS
  [[ ! -d "$1" ]] || return 0
  echo "seeding a store with $2 records"
  rm -rf "$1.part"
  "artifacts/bin/MeshCA.Benchmarks/$configuration/MeshCA.Benchmarks" seed-store "$1.part" "$2"
  mv "$1.part" "$1"
  sync
}

against_refca() { # MODE [CSRLOAD-OPTION...]
  local mode="$1"
  shift
  start_refca
  measure refca "$mode" "${REFCA_WARMUP:-3}" "$@"
  stop
  new_store
  start_meshca "$work/store"
  measure meshca "$mode" "${WARMUP:-20}" "$@"
  stop
}

alone() { # MODE STORE [SERVE-OPTION...]
  local mode="$1" store="$2"
  shift 2
  start_meshca "$store" "$@"
  measure meshca "$mode" "${WARMUP:-20}"
  stop
}

run() { # MODE
  case "$1" in
    warm) against_refca warm ;;
    cold) against_refca cold -cold ;;
    tokens)
      new_store
      alone tokens-warm "$work/store"
      new_store
      alone tokens-cold "$work/store" -s Authentication:TokenCache:MaxEntries=0
      ;;
    rows)
      new_store
      alone rows-empty "$work/store"
      alone rows-full "$full_store"
      ;;
    *) die "no mode \`$1\`: warm, cold, tokens, memory, rows" ;;
  esac
}

modes="${MODES:-warm cold tokens}"
full_store="$PWD/artifacts/bench/store-${ROWS:-10000000}"
[[ " $modes " != *" rows "* ]] || seed_store "$full_store" "${ROWS:-10000000}"
for ((round = 0; round < ${ROUNDS:-3}; round++)); do
  for mode in $modes; do
    [[ "$mode" == memory ]] || run "$mode"
  done
done
if [[ " $modes " == *" memory "* ]]; then
  new_store
  start_meshca "$work/store"
  measure_memory "${DURATION:-600}"
  stop
fi

code=0
awk -v results="$results" -v duration="${DURATION:-600}" -f scripts/bench/verdict.awk "$results" "$samples" || code=1
[[ "${STRICT:-}" == 1 ]] || code=0
exit "$code"
