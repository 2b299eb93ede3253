# Sourced by bench-load.sh: loads $server at $address and appends what was seen to $results.

ticks="$(getconf CLK_TCK)"
cpu() { awk -v ticks="$ticks" '{ print ($14 + $15) / ticks }' "/proc/$1/stat"; }
status_mb() { awk -v key="$2:" '$1 == key { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"; }

load() { # SECONDS [OPTION...]
  local seconds="$1"
  shift
  csrload -addr "$address" -root "$root" -tlsroot "$root" -tokens "$fixtures/tokens.txt" -keys "${KEYS:-20000}" \
    -seconds "$seconds" -warmup 0 "$@"
}

# Adds a line to $results: NAME MODE us-per-certificate rate p50 p99 peak-MB errors.
record() { # NAME MODE CPU-BEFORE REPORT
  awk -v name="$1" -v mode="$2" -v before="$3" -v after="$(cpu "$server")" -v peak="$(status_mb "$server" VmHWM)" \
    -v report="$4" -f scripts/bench/report.awk </dev/null >>"$results" || die "csrload reported no answers: $4"
  tail -n 1 "$results" | awk '{ printf "%-7s %-11s %8.1f us/call %7.0f/s p50 %6.2f p99 %7.2f ms peak %5.0f MB errors %d\n",
    $1, $2, $3, $4, $5, $6, $7, $8 }'
}

measure() { # NAME MODE WARMUP [OPTION...]
  local name="$1" mode="$2" warmup="$3" before report
  shift 3
  load "$warmup" "$@" >/dev/null
  before="$(cpu "$server")"
  report="$(load "${SECONDS_EACH:-6}" "$@")"
  record "$name" "$mode" "$before" "$report"
}

# Samples memory under load, without a warm-up; adds lines to $samples: seconds VmRSS-in-MB.
measure_memory() { # DURATION
  local duration="$1" every=$(($1 / 60)) started before loader
  ((every >= 1)) || every=1
  ((every <= 10)) || every=10
  before="$(cpu "$server")"
  started=$SECONDS
  load "$duration" >"$work/memory.json" &
  loader=$!
  while kill -0 "$loader" 2>/dev/null; do
    sleep "$every"
    echo "$((SECONDS - started)) $(status_mb "$server" VmRSS)" >>"$samples"
  done
  wait "$loader" || die "the load ended with an error"
  record meshca memory "$before" "$(<"$work/memory.json")"
}
