using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class IssuerKeysStatusTests
{
    [Fact]
    public void Each_issuer_reports_its_keys_and_their_age()
    {
        using var signer = new TestTokenSigner("ES256", "k");
        var setup = new TokenSetup(TokenSetup.Options("one", "c1"), TokenSetup.Options("two", "c2"));
        setup.Publish(0, signer);
        setup.Clock.Advance(TimeSpan.FromMinutes(1));
        var status = new IssuerKeysStatus(setup.Issuers, setup.Clock);
        Assert.Equal(
            [
                new IssuerKeysReport("one", AuthenticationError.None, 1, TimeSpan.FromMinutes(1)),
                new IssuerKeysReport("two", AuthenticationError.KeysNotLoaded, 0, null),
            ],
            status.Report());
        setup.Clock.Advance(TimeSpan.FromDays(1));
        Assert.All(status.Report(), report => Assert.False(report.Usable));
    }
}
