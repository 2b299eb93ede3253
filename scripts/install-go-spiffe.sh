#!/usr/bin/env bash
# Makes the workload of the long tests that knows SPIFFE through go-spiffe alone; quick when it is there already.
# Go and the libraries are Debian's, newer than this Debian's: they are unpacked in a cache, not installed, and the program is
# linked to as artifacts/gospiffe.
set -euo pipefail
cd "$(dirname "$0")/.."

source="$PWD/tests/MeshCA.IntegrationTests/Agents/Peers/gospiffe.go"
# The development suite has the newest go-spiffe; what a later Debian released stays as it is.
suites=(sid trixie)
libraries=(golang-github-spiffe-go-spiffe-dev golang-google-grpc-dev golang-google-protobuf-dev golang-google-genproto-dev
  golang-github-golang-protobuf-1-5-dev golang-github-go-jose-go-jose-dev golang-github-zeebo-errs-dev
  golang-golang-x-net-dev golang-golang-x-sys-dev golang-golang-x-text-dev golang-golang-x-crypto-dev)
# Raise it with whatever below changes the program: it is then built anew.
recipe=1

if [[ -z "${MESHCA_CACHE:-}" ]]; then
  MESHCA_CACHE=/var/cache/meshca
  if [[ "$(id -u)" != 0 ]]; then
    MESHCA_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/meshca"
  fi
fi
home="$MESHCA_CACHE/go-spiffe"
built="$home/$recipe-$(sha256sum "$source" | cut -c1-16)/gospiffe"
mkdir -p "$home" artifacts

# Two runs at once would build in one directory.
exec 9>"$home/lock"
flock 9

# An apt of its own: its lists, its cache, no installed packages. It checks signatures and digests as the system's does.
private_apt() {
  local program="$1" root="$2"
  shift 2
  "$program" -o Dir::Etc::SourceList="$root/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$root/lists" \
    -o Dir::Cache="$root/cache" -o Dir::State::status="$root/status" -o APT::Sandbox::User= -o Acquire::Retries=3 \
    -o Debug::NoLocking=1 -qq "$@"
}

build_from() {
  local suite="$1" root="$home/work-$1" mirror go
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)"
  mirror="${mirror:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)}"
  rm -rf "$root"
  mkdir -p "$root"/{lists/partial,cache/archives/partial,packages,tree}
  : >"$root/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$root/sources.list"
  private_apt apt-get "$root" update || return 1
  # golang-go only names the version that the suite builds with.
  go="$(private_apt apt-cache "$root" depends golang-go | grep -oE 'golang-[0-9.]+-go' | head -n 1)"
  [[ -n "$go" ]] || return 1
  (cd "$root/packages" && private_apt apt-get "$root" download "$go" "${go%-go}-src" "${libraries[@]}") || return 1
  local package
  for package in "$root"/packages/*.deb; do
    dpkg-deb -x "$package" "$root/tree" || return 1
  done
  (
    goroot="$root/tree/usr/lib/${go/golang/go}"
    export GOROOT="${goroot%-go}" GOPATH="$root/tree/usr/share/gocode" GOCACHE="$root/cache/go" GO111MODULE=off
    export GOFLAGS=-trimpath GOTOOLCHAIN=local GOPROXY=off CGO_ENABLED=0
    "$GOROOT/bin/go" build -o "$built.part" "$source"
  ) || return 1
  echo "gospiffe: $(basename "$root"/packages/golang-github-spiffe-go-spiffe-dev_*) of $suite with $go"
}

if [[ ! -x "$built" ]]; then
  mkdir -p "$(dirname "$built")"
  for suite in "${suites[@]}"; do
    # Room and downloads are not worth keeping: a machine does this once.
    if build_from "$suite"; then
      mv "$built.part" "$built"
    fi
    rm -rf "$home/work-$suite"
    [[ ! -x "$built" ]] || break
  done
fi

if [[ ! -x "$built" ]]; then
  echo "meshca: go-spiffe could not be built from Debian's packages" >&2
  exit 1
fi
ln -sfn "$built" artifacts/gospiffe
