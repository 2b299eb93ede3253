using System.Text;
using SpiffeIdentity.Svids;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Svids;

public sealed class JwtSvidTests
{
    [Fact]
    public void A_holder_reads_what_its_token_says_without_a_bundle()
    {
        var claims = Claims(aud: "[\"a\",\"b\"]", exp: Seconds(300), more: $",\"iat\":{Seconds(0)},\"nbf\":{Seconds(1)}");
        var token = Sign(Header, claims, _ => [1]);
        Assert.True(JwtSvid.TryParse(token, out var svid, out var error));
        Assert.Equal(JwtSvidError.None, error);
        Assert.Equal(Subject, svid.Id.ToString());
        Assert.Equal(["a", "b"], svid.Audience);
        Assert.Equal(Now.AddSeconds(300), svid.ExpiresAt);
        Assert.Equal(Now, svid.IssuedAt);
        Assert.Equal(Now.AddSeconds(1), svid.NotBefore);
        Assert.Equal((KeyId, JwtAlgorithm.ES256), (svid.KeyId, svid.Algorithm));
        Assert.Equal(claims, Encoding.UTF8.GetString(svid.Payload.Span));
        Assert.Equal(token, svid.Token);
    }

    [Fact]
    public void Printing_a_token_does_not_show_it()
    {
        Assert.True(JwtSvid.TryParse(Good, out var svid, out _));
        Assert.Equal(Subject, svid.ToString());
        Assert.DoesNotContain(svid.Token, new JwtSvidValidation.Accepted(svid).ToString(), StringComparison.Ordinal);
    }
}
