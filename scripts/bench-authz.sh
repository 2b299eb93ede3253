#!/usr/bin/env bash
# Loads Check of meshca with authzload, alternately with the Go reference `authzload -serve`, and prints the server's CPU
# per call and the ratio. docs/benchmarks.md says what is compared. usage: bench-authz.sh CONFIGURATION
#   RULES ("1 100 1000 10000")  ROUNDS (3)  SECONDS_EACH (6)  WARMUP (20 s for meshca)  REFERENCE_WARMUP (3)
#   STRICT=1  exit with 1 if the reference needs less CPU in the median of some mode
#   MESHCA_BENCH_ENV  env.sh of the load tools, as set up (/opt/peers/env.sh)   MESHCA_ARGS  further options of `meshca serve`
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
configuration="${1,,}"
meshca="artifacts/bin/MeshCA/$configuration/meshca"
environment="${MESHCA_BENCH_ENV:-/opt/peers/env.sh}"
fixtures=
. scripts/bench/servers.sh
. scripts/bench/measures.sh

[[ -x "$meshca" ]] || die "$meshca is missing: build it first"
[[ ! -r "$environment" ]] || . "$environment"
if ! command -v authzload >/dev/null; then
  echo "skipped: the comparison of decisions; authzload is not there, run ${MESHCA_BENCH:-MESHCA_BENCH}/setup-peers.sh go tools"
  exit 0
fi

mkdir -p artifacts/bench
work="$(mktemp -d "$PWD/artifacts/bench/authz.XXXXXX")"
results="$work/results"
touch "$results"
trap 'stop; rm -rf "$work"' EXIT

load() { # SECONDS RULES; in place of the one for certificates
  authzload -addr "$address" -rules "$2" -seconds "$1" -warmup 0
}

start_reference() { # RULES
  take_ports
  log="$work/reference.log"
  authzload -serve "127.0.0.1:$tls_port" -rules "$1" >"$log" 2>&1 &
  server=$!
  address="127.0.0.1:$tls_port"
  await listens "$tls_port"
}

start_decisions() { # RULES
  local port
  rm -rf "$work/store" "$work/policies"
  mkdir "$work/policies"
  authzload -emit istio -rules "$1" -shape rules -out "$work/policies/rules.yaml"
  cat >"$work/inventory.yaml" <<'INVENTORY'
workloads:
- {name: workload0, namespace: apps, serviceAccount: workload0, labels: {app: workload0}}
INVENTORY
  take_ports
  port="$(free_port)"
  log="$work/meshca.log"
  "$meshca" serve --data "$work/store" -s Storage:CreateKeyEncryptionKey=true \
    -s Server:Address=127.0.0.1 -s "Server:Port=$tls_port" -s Server:HttpAddress=127.0.0.1 -s "Server:HttpPort=$http_port" \
    -s "Policies:Directory=$work/policies" -s "Policies:InventoryFile=$work/inventory.yaml" -s "Decisions:PlaintextPort=$port" \
    -s Logging:LogLevel:Default=Error ${MESHCA_ARGS:-} >"$log" 2>&1 &
  server=$!
  address="127.0.0.1:$port"

  # Not the readiness: it is for issuing too, and no token issuer is configured here.
  await decides "$1"
}

decides() { # RULES: whether a call is answered without error
  [[ "$(authzload -addr "$address" -rules "$1" -seconds 1 -max 16 -warmup 0)" == *'"errors":0'* ]]
}

compare() { # RULES
  start_reference "$1"
  measure reference "rules-$1" "${REFERENCE_WARMUP:-3}" "$1"
  stop
  start_decisions "$1"
  measure meshca "rules-$1" "${WARMUP:-20}" "$1"
  stop
}

for ((round = 0; round < ${ROUNDS:-3}; round++)); do
  for rules in ${RULES:-1 100 1000 10000}; do
    compare "$rules"
  done
done

code=0
sort -k2,2 -k1,1 -k3,3n "$results" | awk -f scripts/bench/ratios.awk || code=1
[[ "${STRICT:-}" == 1 ]] || code=0
exit "$code"
