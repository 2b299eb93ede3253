#!/usr/bin/env bash
# The program with its own runtime, as a container image has it; and a look at it under a container's conditions.
# usage: container.sh publish            publishes into artifacts/container/app
#        container.sh check              runs it as a container would: uid 65532, read-only root, no capability; needs root
#        container.sh image BASE ARCHIVE packs it onto the base image BASE, which needs glibc and OpenSSL 3, into an archive
set -euo pipefail
cd "$(dirname "$0")/.."

output="$PWD/artifacts/container"
options=(-c Release -r linux-x64 --self-contained true "-p:ArtifactsPath=$output/build" -p:DebugType=none -p:GenerateDocumentationFile=false -p:RunAnalyzers=false -v q -nologo)

case "${1:-}" in
  publish)
    scripts/dotnet.sh publish src/MeshCA/MeshCA.csproj "${options[@]}" -o "$output/app"
    ;;
  image)
    scripts/dotnet.sh publish src/MeshCA/MeshCA.csproj "${options[@]}" /t:PublishContainer \
      "-p:ContainerBaseImage=${2:?a base image}" "-p:ContainerArchiveOutputPath=${3:?an archive}"
    ;;
  check)
    [[ -x "$output/app/meshca" ]] || { echo "meshca: run \`$0 publish\` first" >&2; exit 1; }
    exec unshare --mount --net --pid --fork --propagation private scripts/container-root.sh "$output/app"
    ;;
  *)
    sed -n '3,5s/^# //p' "$0" >&2
    exit 2
    ;;
esac
