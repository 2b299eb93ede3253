using MeshCA.Configuration;
using MeshCA.Cryptography;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class CsrOptionsTests
{
    [Fact]
    public void The_defaults_are_valid_and_give_the_default_policy()
    {
        var options = new CsrOptions();
        Assert.True(new CsrOptionsValidator().Validate(null, options).Succeeded);
        var policy = options.ToPolicy();
        Assert.Equal((64 * 1024, 2048, 4096), (policy.MaxLength, policy.Keys.MinRsaBits, policy.Keys.MaxRsaBits));
        Assert.All(Enum.GetValues<KeyAlgorithm>(), algorithm => Assert.True(policy.Keys.Allows(algorithm)));
    }

    [Fact]
    public void An_algorithm_switched_off_is_not_allowed()
    {
        var policy = new CsrOptions { AllowRsa = false }.ToPolicy();
        Assert.False(policy.Keys.Allows(KeyAlgorithm.Rsa));
        Assert.True(policy.Keys.Allows(KeyAlgorithm.EcdsaP256));
    }

    [Fact]
    public void Limits_out_of_range_or_at_odds_are_refused_all_at_once()
    {
        var result = new CsrOptionsValidator().Validate(null, new CsrOptions { MinRsaBits = 4096, MaxRsaBits = 3072 });
        Assert.Contains("MinRsaBits exceeds MaxRsaBits", result.FailureMessage, StringComparison.Ordinal);

        result = new CsrOptionsValidator().Validate(null, new CsrOptions { MinRsaBits = 1024, MaxLength = 1 });
        Assert.Equal(2, result.Failures?.Count());

        result = new CsrOptionsValidator().Validate(
            null, new CsrOptions { AllowEcdsaP256 = false, AllowEcdsaP384 = false, AllowRsa = false });
        Assert.True(result.Failed);
    }
}
