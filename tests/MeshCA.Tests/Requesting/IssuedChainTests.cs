using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Requesting;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Requesting;

public sealed class IssuedChainTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _intermediate;

    public IssuedChainTests() => _intermediate = _root.CreateIntermediate();

    private string Leaf => Pem(_intermediate.Sign(new PublicKey(_key), CertificateShape.Leaf("spiffe://td/ns/a/sa/b")));

    private string Middle => Pem(_intermediate.Certificate);

    private string Bundle => Pem(_root.Certificate);

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_good_answer_is_taken_apart()
    {
        var leaf = Leaf;

        Assert.True(TryCreate([leaf, Middle, Bundle], out var chain, out var fault), fault);

        Assert.Equal("spiffe://td/ns/a/sa/b", chain!.Svid.Id.ToString());
        Assert.Equal(leaf + Middle, chain.ChainPem);
        Assert.Equal(Bundle, chain.BundlePem);
    }

    [Fact]
    public void A_certificate_for_another_key_is_refused()
    {
        var other = Pem(_intermediate.IssueLeaf("spiffe://td/ns/a/sa/b"));

        Refused("another key", other, Middle, Bundle);
    }

    [Fact]
    public void A_leaf_that_does_not_lead_to_the_bundle_is_refused()
    {
        using var stranger = TestAuthority.CreateRoot(name: "stranger");

        Refused("does not verify", Leaf, Middle, Pem(stranger.Certificate));
    }

    [Fact]
    public void A_missing_intermediate_is_refused() => Refused("does not verify", Leaf, Bundle);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(17)]
    public void A_wrong_number_of_elements_is_refused(int count) =>
        Refused($"{count} elements", [.. Enumerable.Repeat(Bundle, count)]);

    [Fact]
    public void A_last_element_without_a_certificate_is_refused() => Refused("no trust bundle", Leaf, Middle, "roots\n");

    [Fact]
    public void A_first_element_that_is_no_leaf_is_refused() => Refused("no X509-SVID", Middle, Bundle);

    [Fact]
    public void A_leaf_that_has_ended_is_refused()
    {
        Assert.False(IssuedChain.TryCreate(
            [Leaf, Middle, Bundle], _key.ExportSubjectPublicKeyInfo(), TestAuthority.Now.AddHours(2), out _, out var fault));
        Assert.Contains("Expired", fault, StringComparison.Ordinal);
    }

    private void Refused(string part, params string[] elements)
    {
        Assert.False(TryCreate(elements, out var chain, out var fault));
        Assert.Null(chain);
        Assert.Contains(part, fault, StringComparison.Ordinal);
    }

    private bool TryCreate(IReadOnlyList<string> elements, out IssuedChain? chain, out string? fault) =>
        IssuedChain.TryCreate(elements, _key.ExportSubjectPublicKeyInfo(), TestAuthority.Now, out chain, out fault);

    private static string Pem(byte[] certificate) => PemEncoding.WriteString("CERTIFICATE", certificate) + "\n";
}
