#!/usr/bin/env bash
# Loads meshca and the Go reference CA `refca` with csrload, alternately, and prints server CPU per certificate and ratios.
# usage: bench-load.sh CONFIGURATION
#   MESHCA_BENCH      directory with the load tools' sources; their env.sh is expected where its set-up put it
#   MESHCA_BENCH_ENV  that env.sh (default /opt/peers/env.sh)
#   ROUNDS (3)  SECONDS_EACH (6)  WARMUP (20 s, until the runtime has compiled its hot paths)  KEYS (20000)
#   MODES ("warm cold")  DATA (a store to start from, copied)
set -euo pipefail
cd "$(dirname "$0")/.."
meshca="artifacts/bin/MeshCA/${1,,}/meshca"
environment="${MESHCA_BENCH_ENV:-/opt/peers/env.sh}"
fixtures="${MESHCA_BENCH_FIXTURES:-/tmp/bench-fix}"
if [[ ! -r "$environment" ]]; then
  echo "skipped: the load comparison; $environment is missing, run $MESHCA_BENCH/setup-peers.sh go tools fixtures"
  exit 0
fi
. "$environment"
for tool in csrload refca; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: the load comparison; $tool was not built"
    exit 0
  fi
done
[[ -s "$fixtures/tokens.txt" ]] || refca -dir "$fixtures" -init 100

work="$(mktemp -d)"
server=
stop() {
  if [[ -n "$server" ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}
trap 'stop; rm -rf "$work"' EXIT

ticks="$(getconf CLK_TCK)"
cpu() { awk -v t="$ticks" '{ print ($14 + $15) / t }' "/proc/$1/stat"; }
rss() { awk '/VmHWM/ { print $2 / 1024 }' "/proc/$1/status"; }
wait_for() { # URL or port file: until the server answers
  for _ in $(seq 100); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "the server did not start: $*" >&2
  exit 1
}
ready() { exec 3<>"/dev/tcp/127.0.0.1/$1" && exec 3>&-; }

start_meshca() {
  "$meshca" serve --data "$work/store" \
    -s Storage:CreateKeyEncryptionKey=true -s Server:Address=127.0.0.1 -s Server:Port=25012 \
    -s Server:HttpAddress=127.0.0.1 -s Server:HttpPort=25014 \
    -s Authentication:Issuers:0:Name=bench -s Authentication:Issuers:0:Issuer=https://kubernetes.default.svc.cluster.local \
    -s "Authentication:Issuers:0:JwksFile=$fixtures/jwks.json" \
    -s Limits:IdentityBurst=1000000 -s Limits:IdentityRatePerSecond=1000000 \
    -s Logging:LogLevel:Default=Error ${MESHCA_ARGS:-} >"$work/meshca.log" 2>&1 &
  server=$!
  wait_for curl -sf http://127.0.0.1:25014/healthz/ready
  curl -sf http://127.0.0.1:25014/bundle.pem >"$work/roots.pem"
  address=127.0.0.1:25012 root="$work/roots.pem" tlsroot="$work/roots.pem"
}
start_refca() {
  refca -dir "$fixtures" -ca p256 -addr 127.0.0.1:25013 >"$work/refca.log" 2>&1 &
  server=$!
  wait_for ready 25013
  address=127.0.0.1:25013 root="$fixtures/ca-p256.crt" tlsroot="$fixtures/ca-p256.crt"
}

measure() { # NAME MODE
  local before after out extra=()
  [[ "$2" == cold ]] && extra=(-cold)
  local load=(csrload -addr "$address" -root "$root" -tlsroot "$tlsroot" -tokens "$fixtures/tokens.txt" -keys "${KEYS:-20000}")
  "${load[@]}" -seconds "${WARMUP:-20}" -warmup 0 "${extra[@]}" >/dev/null
  before="$(cpu "$server")"
  out="$("${load[@]}" -seconds "${SECONDS_EACH:-6}" -warmup 0 "${extra[@]}")"
  after="$(cpu "$server")"
  awk -v name="$1" -v mode="$2" -v b="$before" -v a="$after" -v m="$(rss "$server")" -v json="$out" 'BEGIN {
    total = field(json, "total"); printf "%-7s %-5s %8.1f us/cert %8.0f/s p50 %6.2f p99 %7.2f ms peak %5.0f MB errors %d\n",
      name, mode, (a - b) / total * 1e6, field(json, "rps"), field(json, "p50_ms"), field(json, "p99_ms"), m, field(json, "errors") }
    function field(s, k) { return match(s, "\"" k "\":[0-9.]+") ? substr(s, RSTART + length(k) + 3, RLENGTH - length(k) - 3) + 0 : -1 }' |
    tee -a "$work/results"
}

for round in $(seq "${ROUNDS:-3}"); do
  for mode in ${MODES:-warm cold}; do
    for name in refca meshca; do
      rm -rf "$work/store"
      [[ "$name" == meshca && -n "${DATA:-}" ]] && cp -a "$DATA" "$work/store"
      "start_$name"
      measure "$name" "$mode"
      stop
    done
  done
done

awk '{ key = $1 " " $2; n[key]++; cpu[key, n[key]] = $3; p99[key, n[key]] = $9 }
  function median(a, key,   i, j, t, v) {
    for (i = 1; i <= n[key]; i++) v[i] = a[key, i]
    for (i = 1; i < n[key]; i++) for (j = i + 1; j <= n[key]; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
    return v[int((n[key] + 1) / 2)]
  }
  END {
    for (m = 1; m <= split("warm cold", modes, " "); m++) {
      ours = "meshca " modes[m]; theirs = "refca " modes[m]
      if (n[ours]) printf "%s: server CPU per certificate %.1f us, refca %.1f us, ratio %.2f; p99 ratio %.2f (medians of %d)\n",
        modes[m], median(cpu, ours), median(cpu, theirs), median(cpu, ours) / median(cpu, theirs),
        median(p99, ours) / median(p99, theirs), n[ours]
    }
  }' "$work/results"
