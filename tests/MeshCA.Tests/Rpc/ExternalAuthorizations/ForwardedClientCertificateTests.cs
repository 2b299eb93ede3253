using FsCheck;
using FsCheck.Fluent;
using MeshCA.Rpc.ExternalAuthorizations;
using Xunit;

namespace MeshCA.Tests.Rpc.ExternalAuthorizations;

public sealed class ForwardedClientCertificateTests
{
    private const string Hash = "468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688";
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    public static TheoryData<string, string?> Lists() =>
    [
        new($"By={Cart};Hash={Hash};URI={Web}", Web) { Label = "as Envoy writes it" },
        new($"By={Cart};Hash={Hash};Subject=\"/C=US/O=A, Inc.;CN=\\\"x\\\"\";URI={Web};DNS=a.example;DNS=b.example", Web) { Label = "with a quoted subject" },
        new($"By={Cart};Hash={Hash};Cert=\"-----BEGIN%20CERTIFICATE-----%0A\";URI=\"{Web}\"", Web) { Label = "a quoted URI" },
        new($"URI=spiffe://cluster.local/ns/shop/sa/client,By={Cart};URI={Web}", Web) { Label = "the last element is the direct peer's" },
        new($"By={Web};URI={Cart}, By={Cart};URI={Web}", Web) { Label = "lines that were joined with a blank" },
        new($"By={Cart};URI={Web},By={Cart};Hash={Hash}", null) { Label = "no URI in the last element, whatever the first says" },
        new($"By={Cart};Hash={Hash};Subject=\"\";URI=", null) { Label = "an empty URI" },
        new($"By={Cart};URI={Web};URI={Cart}", null) { Label = "several URIs: nobody knows which the policy means" },
        new($"By={Cart};URI={Web};URI={Cart};URI={Web}", null) { Label = "and three" },
        new($"By={Cart};uri={Web}", null) { Label = "a key that Envoy does not write" },
        new($"By=;Subject=\",URI={Cart}\"", null) { Label = "a comma between quotes divides nothing" },
    ];

    [Theory, MemberData(nameof(Lists))]
    public void The_identity_is_the_uri_of_the_last_element(string list, string? expected)
    {
        Assert.True(ForwardedClientCertificate.TryRead(list, out var identity));
        Assert.Equal(expected, identity);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(Web)]
    [InlineData($"URI={Web};")]
    [InlineData($"URI={Web},")]
    [InlineData($",URI={Web}")]
    [InlineData($";URI={Web}")]
    [InlineData($"=x;URI={Web}")]
    [InlineData($"URI ={Web}")]
    [InlineData($"URI= {Web}")]
    [InlineData($"URI={Web} ")]
    [InlineData($"URI={Web}=x")]
    [InlineData($"URI=\"{Web}")]
    [InlineData($"URI=\"{Web}\"x")]
    [InlineData($"URI=\"{Web}\\\"")]
    [InlineData($"X=\"a,By={Cart};Hash={Hash};URI={Web}")]
    [InlineData($"X=\"a,By={Cart};Subject=\"CN=x\";URI={Web}")]
    public void A_list_in_any_other_form_is_refused_as_a_whole(string list)
    {
        Assert.False(ForwardedClientCertificate.TryRead(list, out var identity));
        Assert.Null(identity);
    }

    // Written from a list of lists, so that the expectation owes nothing to any parser.
    [Fact]
    public void What_is_written_in_Envoys_form_is_read_as_it_was_meant()
    {
        var plain = Gen.Elements('a', 'U', 'R', 'I', '/', ':', '.', '%').ArrayOf().Select(letters => new string(letters));
        var quoted = Gen.Elements('a', '"', ',', ';', '=', '\\', ' ', 'U').ArrayOf().Select(letters => new string(letters));
        var pair =
            from key in Gen.Elements("URI", "URI", "By", "Hash", "Subject", "uri")
            from isQuoted in Gen.Elements(true, false)
            from value in isQuoted && key != "URI" ? quoted : plain
            select (Key: key, Value: value, Text: isQuoted ? $"{key}=\"{Escaped(value)}\"" : $"{key}={value}");
        Prop.ForAll(pair.NonEmptyListOf().NonEmptyListOf().ToArbitrary(), elements =>
        {
            var list = string.Join(',', elements.Select(pairs => string.Join(';', pairs.Select(written => written.Text))));
            string[] uris = [.. elements[^1].Where(written => written.Key == "URI").Select(written => written.Value)];
            return ForwardedClientCertificate.TryRead(list, out var identity)
                && identity == (uris is [{ Length: > 0 } only] ? only : null);
        }).QuickCheckThrowOnFailure();
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    // What a client sends stands before what the proxy appends.
    [Fact]
    public void Nothing_that_a_client_sends_changes_what_the_proxy_says() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), sent =>
            !ForwardedClientCertificate.TryRead($"{sent.Get},By={Cart};Hash={Hash};Subject=\"CN=web\";URI={Web}", out var identity) || identity == Web)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Nor_does_anything_made_of_the_characters_that_matter() =>
        Prop.ForAll(Gen.Elements('"', ',', ';', '=', '\\', ' ', 'U', 'R', 'I').ListOf().ToArbitrary(), sent =>
            !ForwardedClientCertificate.TryRead($"{string.Concat(sent)},By={Cart};Hash={Hash};Subject=\"CN=web\";URI={Web}", out var identity) || identity == Web)
            .QuickCheckThrowOnFailure();
}
