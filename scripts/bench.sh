#!/usr/bin/env bash
# Micro-benchmarks (BenchmarkDotNet), then the load comparison with the reference CA where its tools are.
# usage: bench.sh CONFIGURATION
#   FULL=1         as many iterations as BenchmarkDotNet finds necessary: half an hour instead of some minutes
#   FILTER ('*')   which suites, as in '*Issue*'
#   ROWS (10000000)  records of the store in which certificates are listed; it is kept in artifacts/bench. 0: not measured
#   UPKEEP_ROWS (400000)  records of the store under retention and backup. 0: not measured
#   ROTATIONS (30)  changes of identity that 1,000 streams of an agent follow. 0: not measured
#   STRICT=1       a missed goal of these ends the script with 1
set -euo pipefail
cd "$(dirname "$0")/.."
configuration="${1,,}"
ran=0
iterations=(--quick)
[[ -z "${FULL:-}" ]] || iterations=()

for directory in tests/bench/*.Benchmarks; do
  [[ -d "$directory" ]] || continue
  name="$(basename "$directory")"
  "artifacts/bin/$name/$configuration/$name" --filter "${FILTER:-*}" "${iterations[@]}" \
    --artifacts "artifacts/bench/$name" </dev/null
  ran=1
done

store_measures() { # PROGRAM
  local rows="${ROWS:-10000000}" upkeep="${UPKEEP_ROWS:-400000}" failed=0
  local store="$PWD/artifacts/bench/store-$rows"
  if ((rows > 0)); then
    # The mark comes last: a store that is half filled is made anew.
    if [[ ! -e "$store.filled" ]]; then
      rm -rf "$store"
      "$1" seed-store "$store" "$rows"
      touch "$store.filled"
    fi
    "$1" measure-listing "$store" || failed=1
  fi
  if ((upkeep > 0)); then
    "$1" measure-upkeep "$PWD/artifacts/bench/store-upkeep" "$upkeep" || failed=1
  fi
  ((failed == 0)) || [[ -z "${STRICT:-}" ]]
}

agent_measures() { # PROGRAM
  local rotations="${ROTATIONS:-30}"
  ((rotations == 0)) || "$1" measure-agent "$PWD/artifacts/bench/agent" "$rotations" || [[ -z "${STRICT:-}" ]]
}

if [[ "${FILTER:-*}" == "*" || "${FILTER:-}" == agent ]]; then
  agent_measures "artifacts/bin/MeshCA.Benchmarks/$configuration/MeshCA.Benchmarks" </dev/null
fi

if [[ "${FILTER:-*}" == "*" || "${FILTER:-}" == store ]]; then
  store_measures "artifacts/bin/MeshCA.Benchmarks/$configuration/MeshCA.Benchmarks" </dev/null
fi

if [[ -z "${MESHCA_BENCH:-}" ]]; then
  echo "skipped: the load comparison; MESHCA_BENCH does not name a directory with csrload and refca"
elif [[ ! -x scripts/bench-load.sh ]]; then
  echo "skipped: the load comparison; this version has no scripts/bench-load.sh"
else
  scripts/bench-load.sh "$configuration"
  ran=1
fi

if ((ran == 0)); then
  echo "no benchmark ran" >&2
  exit 1
fi
