using MeshCA.Authentication.Keys;
using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class TokenAlgorithmTests
{
    [Fact]
    public void The_options_allow_exactly_what_can_be_verified() =>
        Assert.Equal(TokenIssuerOptions.SupportedAlgorithms.Order(), TokenAlgorithm.All.Select(algorithm => algorithm.Name).Order());

    [Theory]
    [InlineData("none"), InlineData("HS256"), InlineData("HS384"), InlineData("HS512"), InlineData("rs256"), InlineData("")]
    [InlineData("dir"), InlineData("RSA-OAEP"), InlineData("EdDSA"), InlineData("ES256K")]
    public void Nothing_symmetric_unsigned_or_unknown_is_an_algorithm(string name) =>
        Assert.False(TokenAlgorithm.TryParse(name, out _));
}
