#!/bin/sh
# Installs what the interoperability tests of the gRPC layer run: Debian's grpcio and npm's grpc-js.
# Does nothing where it is installed already.
set -eu
interop="$(cd "$(dirname "$0")/../tests/Grpc.Tests/Interop" && pwd)"
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"

missing=""
/usr/bin/python3 -c 'import grpc' 2>/dev/null || missing="$missing python3-grpcio"
/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || missing="$missing python3-protobuf"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi

# npm writes this file last, so it stands for a complete installation.
if [ ! -f "$interop/node_modules/.package-lock.json" ] ||
    [ "$interop/package-lock.json" -nt "$interop/node_modules/.package-lock.json" ]; then
    (cd "$interop" && npm ci --no-audit --no-fund --silent)
fi
