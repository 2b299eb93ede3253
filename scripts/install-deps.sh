#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs and that are missing; quick when none is.
# usage: install-deps.sh sdk|test|demo|kubernetes|bench...
set -euo pipefail
cd "$(dirname "$0")/.."

# command:package - the command may also come from elsewhere (node from another source, say).
sdk=(@ca-certificates:ca-certificates)
ci=(make:make)
demo=(openssl:openssl)
test=(openssl:openssl strace:strace make:make node:nodejs npm:npm unshare:util-linux mount:mount
  @nginx:nginx @haproxy:haproxy @python3-grpcio:python3-grpcio @python3-protobuf:python3-protobuf
  zsh:zsh fish:fish)
kubernetes=(go:golang-go @etcd-server:etcd-server curl:curl tar:tar gzip:gzip)
bench=(curl:curl)

present() {
  case "$1" in
    @*) [[ "$(dpkg-query -W -f '${db:Status-Status}' "${1#@}" 2>/dev/null)" == installed ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for purpose in "$@"; do
  declare -n wanted="$purpose"
  for entry in "${wanted[@]}"; do
    present "${entry%%:*}" || missing+=("${entry#*:}")
  done
  unset -n wanted
done

if ((${#missing[@]})); then
  as_root=()
  if [[ "$(id -u)" != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "meshca: please install as root: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi

  echo "installing ${missing[*]}"
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  log="$(mktemp)"
  trap 'rm -f "$log"' EXIT

  # Debian starts the daemons that it installs, on all addresses; the tests start their own, on loopback.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e "$policy" ]]; then
    trap 'rm -f "$log"; "${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 0755 "$policy"
  fi
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
  fi
fi

# The JavaScript peers of the interoperability tests come from npm, not from apt.
if [[ " $* " == *" test "* && -x scripts/install-interop.sh ]]; then
  scripts/install-interop.sh
fi
