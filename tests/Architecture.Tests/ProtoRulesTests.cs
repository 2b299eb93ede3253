using System.IO;
using System.Reflection;
using Architecture.Tests.Rules;
using Google.Protobuf.Reflection;
using Xunit;

namespace Architecture.Tests;

public sealed class ProtoRulesTests
{
    // Written from the protocol's description, not from our proto file: message, number, name, type.
    private static readonly string[] Table =
    [
        "istio.v1.auth.IstioCertificateRequest 1 csr string",
        "istio.v1.auth.IstioCertificateRequest 3 validity_duration int64",
        "istio.v1.auth.IstioCertificateRequest 4 metadata google.protobuf.Struct",
        "istio.v1.auth.IstioCertificateResponse 1 cert_chain repeated string",
        "istio.v1.auth.IstioCertificateService.CreateCertificate(istio.v1.auth.IstioCertificateRequest) istio.v1.auth.IstioCertificateResponse",
    ];

    private static FileDescriptor Istio => MeshCA.Wire.Istio.CaReflection.Descriptor;

    [Fact]
    public void Istios_messages_have_the_numbers_and_types_that_its_proxies_use() =>
        Verdict.None(ProtoRules.Differences(Table, ProtoRules.Describe(Istio)));

    [Theory]
    [InlineData("istio.v1.auth.IstioCertificateRequest 2 csr string", "lacks: istio.v1.auth.IstioCertificateRequest 2")]
    [InlineData("istio.v1.auth.IstioCertificateResponse 1 cert_chain string", "lacks: istio.v1.auth.IstioCertificateResponse 1")]
    public void Another_number_or_type_is_found(string row, string finding) =>
        Assert.Contains(
            ProtoRules.Differences([row, .. Table], ProtoRules.Describe(Istio)),
            found => found.Contains(finding, StringComparison.Ordinal));

    [Fact]
    public void A_field_that_the_table_lacks_is_found() =>
        Verdict.One("the table lacks", ProtoRules.Differences(Table[1..], ProtoRules.Describe(Istio)));

    // The table names what we send or read of Envoy's messages: what it leaves out, no proto of ours may have either.
    [Fact]
    public void Envoys_messages_have_the_numbers_and_types_that_its_filters_use() =>
        Verdict.None(ProtoRules.Differences(EnvoyTable(), Envoy().SelectMany(ProtoRules.Describe)));

    [Theory]
    [InlineData("envoy.config.rbac.v3.Policy 3 permissions repeated envoy.config.rbac.v3.Permission", "a number")]
    [InlineData("envoy.config.rbac.v3.RBAC 2 policies map<string,envoy.config.rbac.v3.Principal>", "a value of a map")]
    [InlineData("envoy.config.rbac.v3.Permission 3 any bool", "a field in no oneof")]
    [InlineData("envoy.config.rbac.v3.RBAC.Action 1 LOG value", "a value of a nested enum")]
    [InlineData("envoy.type.v3.StatusCode 418 Teapot value", "a value of an enum")]
    public void Another_form_of_a_field_is_found(string row, string what) => Assert.True(
        ProtoRules.Differences([row, .. EnvoyTable()], Envoy().SelectMany(ProtoRules.Describe)).Any(), what);

    [Fact]
    public void Every_file_of_envoys_protos_is_compared() =>
        Assert.Equal(
            Repository.Files.Count(file => file.Name.EndsWith(".proto", StringComparison.Ordinal) && file.Parts[1] is "envoy" or "google"),
            Envoy().Count());

    private static string[] EnvoyTable() => File.ReadAllLines(
        Path.Combine(Repository.Root, "tests", "Architecture.Tests", "testdata", "envoy-messages.txt"));

    private static IEnumerable<FileDescriptor> Envoy() =>
        from assembly in new[] { typeof(MeshCA.Wire.Envoy.Rbac.V3.RBAC).Assembly, typeof(MeshCA.Wire.Istio.CaReflection).Assembly }
        from type in assembly.GetTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal)
            && (type.Namespace ?? "").Split('.') is ["MeshCA", "Wire", "Envoy" or "Rpc", ..]
        select (FileDescriptor)type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}
