# Sourced by bench-load.sh: ports, and the servers that are loaded. Uses $meshca $fixtures $work; sets $server (its process
# id), $address, $root.

server=
log=

die() {
  echo "bench-load: $*" >&2
  exit 1
}

is_taken() { # PORT: whether anything listens on it
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Below the ports that the kernel gives to clients, or a connection of the load could take one between look and use.
free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 10000))
    if ! is_taken "$port"; then
      echo "$port"
      return
    fi
  done
  die "no free port between 20000 and 29999"
}

take_ports() { # sets $tls_port $http_port, from PORTS or from what is free
  if [[ -n "${PORTS:-}" ]]; then
    read -r tls_port http_port <<<"$PORTS"
    [[ -n "${http_port:-}" && "$tls_port" != "$http_port" ]] || die "PORTS names two ports: \"TLS HTTP\""
  else
    tls_port="$(free_port)"
    http_port="$tls_port"
    while [[ "$http_port" == "$tls_port" ]]; do http_port="$(free_port)"; done
  fi
  for port in "$tls_port" "$http_port"; do
    ! is_taken "$port" || die "port $port is taken"
  done
}

await() { # COMMAND...: until it succeeds, while the server lives
  local deadline=$((SECONDS + ${START_TIMEOUT:-60}))
  while ! "$@" >/dev/null 2>&1; do
    if ! kill -0 "$server" 2>/dev/null || ((SECONDS >= deadline)); then
      echo "bench-load: the server did not start; its log:" >&2
      cat "$log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

listens() { is_taken "$1"; }

start_meshca() { # STORE [OPTION...]
  local store="$1"
  shift
  take_ports
  log="$work/meshca.log"
  "$meshca" serve --data "$store" \
    -s Storage:CreateKeyEncryptionKey=true \
    -s Server:Address=127.0.0.1 -s "Server:Port=$tls_port" -s Server:HttpAddress=127.0.0.1 -s "Server:HttpPort=$http_port" \
    -s Authentication:Issuers:0:Name=bench -s Authentication:Issuers:0:Issuer=https://kubernetes.default.svc.cluster.local \
    -s "Authentication:Issuers:0:JwksFile=$fixtures/jwks.json" \
    -s Limits:IdentityBurst=1000000 -s Limits:IdentityRatePerSecond=1000000 \
    -s Logging:LogLevel:Default=Error ${MESHCA_ARGS:-} "$@" >"$log" 2>&1 &
  server=$!
  await curl -sf "http://127.0.0.1:$http_port/healthz/ready"
  root="$work/roots.pem"
  curl -sf "http://127.0.0.1:$http_port/bundle.pem" >"$root"
  address="127.0.0.1:$tls_port"
}

start_refca() {
  take_ports
  log="$work/refca.log"
  refca -dir "$fixtures" -ca p256 -addr "127.0.0.1:$tls_port" >"$log" 2>&1 &
  server=$!
  await listens "$tls_port"
  address="127.0.0.1:$tls_port"
  root="$fixtures/ca-p256.crt"
}

stop() {
  if [[ -n "$server" ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}
