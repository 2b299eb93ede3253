#!/usr/bin/env bash
# The dotnet command without what makes it talk, linger or depend on the machine's locale data.
set -euo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# A build server left behind keeps a CI job's standard output open, and the job waiting for it.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

if ! command -v dotnet >/dev/null; then
  echo "meshca: the .NET SDK 10 is needed, and no \`dotnet\` is on the PATH" >&2
  exit 1
fi

# The SDK looks for ICU, which a bare Debian has not; nothing here needs a culture.
if ! ldconfig -p 2>/dev/null | grep -q 'libicuuc\.so'; then
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

case "${1:-}" in
  build) set -- "$@" -nologo -p:UseSharedCompilation=false -nodeReuse:false ;;
esac
exec dotnet "$@"
