using FsCheck;
using FsCheck.Fluent;
using MeshCA.Admin.Inspection;
using Xunit;

namespace MeshCA.Tests.Admin.Inspection;

public sealed class SubjectAlternativeNamesTests
{
    [Fact]
    public void Names_keep_their_order_and_say_their_kind()
    {
        var der = SampleChain.SubjectAltName((1, "a@b"), (6, "spiffe://td/x"), (2, "h.example"));

        Assert.True(SubjectAlternativeNames.TryRead(der, out var names));
        Assert.Equal(["email:a@b", "URI:spiffe://td/x", "DNS:h.example"], names.All);
        Assert.Equal(["spiffe://td/x"], names.Uris);
    }

    [Theory]
    [InlineData("30068704" + "0A000001", "IP:10.0.0.1")]
    [InlineData("30128710" + "00000000000000000000000000000001", "IP:::1")]
    [InlineData("30058703" + "0A0000", "IP:0a0000")]
    [InlineData("30048802" + "2A03", "other:88022a03")]
    public void Addresses_and_unknown_kinds_are_shown(string der, string name)
    {
        Assert.True(SubjectAlternativeNames.TryRead(Convert.FromHexString(der), out var names));
        Assert.Equal([name], names.All);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3005")]
    [InlineData("300386016100")]
    [InlineData("3003860180")]
    public void Malformed_names_are_refused(string der) =>
        Assert.False(SubjectAlternativeNames.TryRead(Convert.FromHexString(der), out _));

    [Fact]
    public void No_bytes_make_it_throw() =>
        Prop.ForAll<byte[]>(bytes => SubjectAlternativeNames.TryRead(bytes ?? [], out var names) == (names is not null))
            .QuickCheckThrowOnFailure();
}
