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
}
