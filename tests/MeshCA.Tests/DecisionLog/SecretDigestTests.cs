using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class SecretDigestTests
{
    [Fact]
    public void Equal_secrets_are_equal_within_one_run_only()
    {
        var (run, next) = (SecretDigest.Draw(), SecretDigest.Draw());

        Assert.Equal(run.Of("Bearer a"), run.Of("Bearer a"));
        Assert.NotEqual(run.Of("Bearer a"), run.Of("Bearer b"));
        Assert.NotEqual(run.Of("Bearer a"), next.Of("Bearer a"));
    }

    [Fact]
    public void A_digest_says_what_it_is() => Assert.Matches("^hmac-sha256:[0-9a-f]{16}$", SampleDecisions.Digest.Of("Bearer a"));
}
