#!/usr/bin/env bash
# Packs the libraries and checks the packages: what is in them, and that a program that knows nothing but them builds and runs.
# usage: pack.sh CONFIGURATION - packs what was built
set -euo pipefail
cd "$(dirname "$0")/.."
configuration="$1"
output="$PWD/artifacts/packages"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
rm -rf "$output"

failed=0
fail() {
  echo "pack: $1" >&2
  failed=1
}

# A package is a ZIP archive; its directory stands at the end with every name in clear.
holds() { # FILE NAME
  LC_ALL=C grep -qaF "$2" "$1" || fail "$(basename "$1") lacks $2"
}

lacks() { # FILE NAME
  ! LC_ALL=C grep -qaF "$2" "$1" || fail "$(basename "$1") holds $2"
}

for project in SpiffeIdentity SpiffeIdentity.WorkloadApi; do
  source="src/$project/$project.csproj"
  [[ -e "$source" ]] || continue
  scripts/dotnet.sh pack "$source" -c "$configuration" --no-build --no-restore -o "$output" -v q -nologo
  for package in "$output/$project".[0-9]*.nupkg; do
    holds "$package" "lib/net10.0/$project.dll"
    holds "$package" "lib/net10.0/$project.xml"
    holds "$package" README.md
    holds "$package" "$project.nuspec"
    lacks "$package" MeshCA.dll
    [[ -s "${package%.nupkg}.snupkg" ]] || fail "$project has no symbols"
  done
done

# Outside of the tree, whose build rules it would inherit; from the directory of packages alone.
mkdir "$scratch/consumer"
cat >"$scratch/consumer/consumer.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <InvariantGlobalization>true</InvariantGlobalization>
    <RestorePackagesPath>$(MSBuildThisFileDirectory)packages</RestorePackagesPath>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="SpiffeIdentity" Version="*" />
  </ItemGroup>
</Project>
XML
cat >"$scratch/consumer/Program.cs" <<'CS'
using System;
using System.Security.Cryptography;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

var now = DateTimeOffset.UtcNow;
var id = SpiffeId.Parse("spiffe://example.org/ns/default/sa/sleep");
using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
JwtBundle.TryCreate(id.TrustDomain, [new JwtAuthority("k1", key.ExportSubjectPublicKeyInfo())], out var keys, out _);
var bundles = BundleSet.Of(TrustBundle.Empty(id.TrustDomain) with { Jwt = keys! });
JwtSvidPlan.TryCreate(id, ["reports"], now, now.AddMinutes(5), out var plan, out _);
var token = new JwtSvidMinter("k1", key).Mint(plan!);
return JwtSvidValidator.Validate(token, "reports", bundles, now) is JwtSvidValidation.Accepted { Svid.Id: var whose } && whose.Equals(id) ? 0 : 1;
CS
scripts/dotnet.sh restore "$scratch/consumer/consumer.csproj" --source "$output" -v q
scripts/dotnet.sh build "$scratch/consumer/consumer.csproj" --no-restore -v q -o "$scratch/program" >"$scratch/log" || {
  cat "$scratch/log" >&2
  fail "a program that uses SpiffeIdentity does not build"
}
"$scratch/program/consumer" || fail "a program that uses SpiffeIdentity does not run"

# Beside types of its own under the names of the real gRPC packages, as an application with those packages has them.
if [[ -e src/SpiffeIdentity.WorkloadApi ]]; then
  sed -i 's|<PackageReference .*|<PackageReference Include="SpiffeIdentity.WorkloadApi" Version="*" />\n    <FrameworkReference Include="Microsoft.AspNetCore.App" />|' \
    "$scratch/consumer/consumer.csproj"
  cat >"$scratch/consumer/Program.cs" <<'CS'
using Grpc.Core;
using Grpc.Net.Client;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

var (metadata, channel) = (new Metadata(), new GrpcChannel());
try
{
    using var client = new WorkloadApiClient(new WorkloadApiOptions { Address = "unix:///nowhere/api.sock" });
    await client.FetchX509Async(default);
    await using var source = await X509Source.CreateAsync();
    using var handler = SpiffeHttp.CreateHandler(source, SpiffeIdMatcher.Any);
    return 1;
}
catch (WorkloadApiException e) when (e.Failure.Reason == WorkloadApiFailureReason.Unavailable)
{
    return metadata.Count + channel.Calls;
}

namespace Grpc.Core
{
    public sealed class Metadata
    {
        public int Count => 0;
    }
}

namespace Grpc.Net.Client
{
    public sealed class GrpcChannel
    {
        public int Calls => 0;
    }
}
CS
  packages="$(scripts/dotnet.sh nuget locals global-packages --list | sed 's/^[^:]*: //')"
  scripts/dotnet.sh restore "$scratch/consumer/consumer.csproj" --source "$output" --source "$packages" -v q
  scripts/dotnet.sh build "$scratch/consumer/consumer.csproj" --no-restore -v q -o "$scratch/beside" >"$scratch/log" || {
    cat "$scratch/log" >&2
    fail "a program with gRPC types of its own does not build beside SpiffeIdentity.WorkloadApi"
  }
  "$scratch/beside/consumer" || fail "a program that uses SpiffeIdentity.WorkloadApi does not run"
fi

((failed == 0)) && echo "packed into artifacts/packages: $(cd "$output" && echo *.nupkg)"
exit "$failed"
