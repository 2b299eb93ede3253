#!/usr/bin/env bash
# Makes a real kube-apiserver and kubectl, and installs etcd, for the long tests; quick when all is there.
# The programs are built from Debian's source with Debian's Go, kept in a cache, and linked to as artifacts/kubernetes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.20.2
archive="kubernetes_1.20.5+really$version.orig.tar.gz"
# What Debian 11's signed index of sources says of the archive: the mirror need not be trusted.
digest=b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc
# Raise it with whatever below changes the programs: they are then built anew.
recipe=3

if [[ -z "${MESHCA_CACHE:-}" ]]; then
  MESHCA_CACHE=/var/cache/meshca
  if [[ "$(id -u)" != 0 ]]; then
    MESHCA_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/meshca"
  fi
fi
home="$MESHCA_CACHE/kubernetes"
built="$home/$version-$recipe"

scripts/install-deps.sh kubernetes
mkdir -p "$home" artifacts

# Two runs at once would build in one directory.
exec 9>"$home/lock"
flock 9

if ! (cd "$built" 2>/dev/null && sha256sum --quiet -c SHA256SUMS 2>/dev/null); then
  work="$home/work-$version-$recipe"
  # The tree stands where Go looks for the package k8s.io/kubernetes: it predates modules that this Go would accept.
  tree="$work/go/src/k8s.io/kubernetes"
  mkdir -p "$work/out"
  echo "building kube-apiserver and kubectl $version; a machine does this once"

  # A name that the file gets when it is whole and right; what was built before an interruption is kept by Go's cache.
  if [[ ! -e "$work/$archive" ]]; then
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)"
    if [[ -z "$mirror" ]]; then
      mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)"
    fi
    curl -fsS --retry 3 -C - -o "$work/$archive.part" "${mirror%/}/pool/main/k/kubernetes/$archive"
    if ! echo "$digest  $work/$archive.part" | sha256sum --quiet -c - >&2; then
      rm -f "$work/$archive.part"
      echo "meshca: the source archive of Kubernetes is not the one that was expected" >&2
      exit 1
    fi
    mv "$work/$archive.part" "$work/$archive"
  fi

  if [[ ! -e "$work/unpacked" ]]; then
    rm -rf "$tree"
    mkdir -p "$tree"
    tar -xzf "$work/$archive" -C "$tree" --strip-components=1

    # Since Go 1.18 the runtime fills an iterator that its caller owns. The vendored reflect2 predates that: it asks for one back,
    # and the server crashes as soon as it encodes a map, as it does with every object of a CustomResourceDefinition.
    reflect2="$tree/vendor/github.com/modern-go/reflect2"
    sed -i 's/^\(func mapiterinit([^)]*\)) .*$/\1, it *hiter)/' "$reflect2/unsafe_link.go"
    # It declares the first two fields of an iterator; one that the caller owns must have room for all, as Go 1.19 has them.
    sed -i 's/^\t\/\/ rest fields are ignored$/\tpointers [6]unsafe.Pointer\n\twords [4]uintptr/' "$reflect2/unsafe_link.go"
    sed -i 's/ mapiterinit(type2.rtype, \*(\*unsafe.Pointer)(obj))/ iterate(type2.rtype, *(*unsafe.Pointer)(obj))/' "$reflect2/unsafe_map.go"
    printf '%s\n' '' 'func iterate(rtype unsafe.Pointer, m unsafe.Pointer) *hiter {' \
      '	it := new(hiter)' '	mapiterinit(rtype, m, it)' '	return it' '}' >>"$reflect2/unsafe_map.go"
    grep -q '^func mapiterinit(.*, it \*hiter)$' "$reflect2/unsafe_link.go"
    grep -q 'pointers \[6\]' "$reflect2/unsafe_link.go"
    grep -q ' iterate(type2.rtype' "$reflect2/unsafe_map.go"
    touch "$work/unpacked"
  fi

  vendored=k8s.io/kubernetes/vendor
  flags="-s -w"
  for package in component-base/version client-go/pkg/version; do
    flags+=" -X $vendored/k8s.io/$package.gitVersion=v$version -X $vendored/k8s.io/$package.gitMajor=1 -X $vendored/k8s.io/$package.gitMinor=20"
  done

  export GO111MODULE=off GOFLAGS=-trimpath GOPATH="$work/go" GOCACHE="$work/cache" CGO_ENABLED=0
  jobs="${MESHCA_BUILD_JOBS:-$(nproc)}"
  cd "$tree"

  # The one generated file that the archive lacks: schemas of all kinds, which server-side apply and kubectl go by.
  if [[ ! -e "$work/generated" ]]; then
    kinds="$(cd staging/src && grep -rlE --include='*.go' '^// \+k8s:openapi-gen=' \
      k8s.io/{api,apimachinery,apiextensions-apiserver,kube-aggregator,apiserver/pkg/apis/audit,client-go/pkg/version} |
      xargs -n1 dirname | LC_ALL=C sort -u | sed "s,^,$vendored/," | paste -sd,)"
    go build -p "$jobs" -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    "$work/openapi-gen" -i "$kinds" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
      -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/violations"
    touch "$work/generated"
  fi

  nice go build -p "$jobs" -o "$work/out/" -ldflags "$flags" ./cmd/kube-apiserver ./cmd/kubectl
  cd "$OLDPWD"

  (cd "$work/out" && sha256sum kube-apiserver kubectl >SHA256SUMS)
  rm -rf "$built"
  mv "$work/out" "$built"
  rm -rf "$work"
fi

ln -sfn "$built" artifacts/kubernetes
