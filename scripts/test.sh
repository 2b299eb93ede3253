#!/usr/bin/env bash
# Runs every test project that is built, and ends with one line: N passed, N failed, N skipped.
# usage: test.sh test|test-long CONFIGURATION
set -uo pipefail
cd "$(dirname "$0")/.."

suite="$1"
configuration="${2,,}"
results="artifacts/test-results/$suite"
rm -rf "$results"
mkdir -p "$results"

case "$suite" in
  test) filter=(--filter-not-trait Category=Long) ;;
  test-long) filter=(--filter-trait Category=Long) ;;
  *) echo "usage: test.sh test|test-long CONFIGURATION" >&2; exit 2 ;;
esac

passed=0 failed=0 skipped=0

# The runner's own counts; an attribute that is missing makes the run a failure, not a zero.
attribute() {
  grep -o '<assembly [^>]*>' "$1" | head -n 1 | sed -n "s/.* $2=\"\([0-9]*\)\".*/\1/p"
}

add_report() {
  local project="$1" report="$2" exit_code="$3" good bad skips errors
  if [[ ! -s "$report" ]]; then
    echo "$project: ended with code $exit_code and no report"
    failed=$((failed + 1))
    return
  fi

  good="$(attribute "$report" passed)" bad="$(attribute "$report" failed)"
  skips="$(attribute "$report" skipped)" errors="$(attribute "$report" errors)"
  bad=$((${bad:-1} + ${errors:-1}))
  if ((exit_code != 0 && bad == 0)); then
    echo "$project: ended with code $exit_code though no test failed"
    bad=1
  fi

  printf '%-28s %5d passed, %d failed, %d skipped\n' "$project" "${good:-0}" "$bad" "${skips:-0}"
  passed=$((passed + ${good:-0})) failed=$((failed + bad)) skipped=$((skipped + ${skips:-0}))
}

for directory in tests/*Tests; do
  project="$(basename "$directory")"
  executable="artifacts/bin/$project/$configuration/$project"
  log="$results/$project.log"
  if [[ ! -x "$executable" ]]; then
    echo "$project: not built, $executable is missing"
    failed=$((failed + 1))
    continue
  fi

  # Exit code 8 is `no test ran`: for one project no fault, for all of them it is (below).
  "$executable" "${filter[@]}" --ignore-exit-code 8 --no-progress --no-ansi \
    --results-directory "$results" --report-xunit --report-xunit-filename "$project.xml" \
    >"$log" 2>&1 </dev/null
  exit_code=$?
  if ((exit_code != 0)); then
    cat "$log"
  fi
  add_report "$project" "$results/$project.xml" "$exit_code"
done

if ((passed + failed == 0)); then
  echo "no test ran"
fi

# Last, since who reads a log reads its end.
grep -h '^failed ' "$results"/*.log

echo "$passed $failed $skipped" >"$results/summary"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
