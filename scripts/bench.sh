#!/usr/bin/env bash
# Micro-benchmarks (BenchmarkDotNet), then the load comparison with the reference CA where its tools are.
# usage: bench.sh CONFIGURATION
#   FULL=1         as many iterations as BenchmarkDotNet finds necessary: half an hour instead of some minutes
#   FILTER ('*')   which suites, as in '*Issue*'
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
