using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class VerificationKeySetTests : IDisposable
{
    private readonly TestTokenSigner _one = new("ES256", "one");
    private readonly TestTokenSigner _two = new("ES256", "two");
    private readonly TestTokenSigner _rsa = new("RS256", "rsa");

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public void A_token_without_key_id_needs_exactly_one_fitting_key()
    {
        Assert.Equal(AuthenticationError.None, Find(TokenSetup.Keys(_one, _rsa), null, "ES256"));
        Assert.Equal(AuthenticationError.UnknownKey, Find(TokenSetup.Keys(_one, _two), null, "ES256"));
        Assert.Equal(AuthenticationError.UnknownKey, Find(TokenSetup.Keys(_rsa), null, "ES256"));
    }

    [Fact]
    public void A_key_serves_its_own_kind_and_its_own_algorithm_only()
    {
        var keys = TokenSetup.Keys(_one, _rsa);
        Assert.Equal(AuthenticationError.KeyNotForAlgorithm, Find(keys, "rsa", "ES256"));
        Assert.Equal(AuthenticationError.KeyNotForAlgorithm, Find(keys, "rsa", "RS512"));
        Assert.Equal(AuthenticationError.KeyNotForAlgorithm, Find(keys, "one", "ES384"));
        Assert.Equal(AuthenticationError.UnknownKey, Find(keys, "ONE", "ES256"));
        Assert.Equal(AuthenticationError.None, Find(keys, "rsa", "RS256"));
    }

    [Fact]
    public void Sets_are_the_same_where_their_keys_are()
    {
        Assert.True(TokenSetup.Keys(_one, _two).SameAs(TokenSetup.Keys(_two, _one)));
        Assert.False(TokenSetup.Keys(_one).SameAs(TokenSetup.Keys(_one, _two)));
        using var impostor = new TestTokenSigner("ES256", "one");
        Assert.False(TokenSetup.Keys(_one).SameAs(TokenSetup.Keys(impostor)));
    }

    private static AuthenticationError Find(VerificationKeySet keys, string? id, string algorithm)
    {
        _ = keys.TryFind(id, TokenAlgorithm.All.Single(known => known.Name == algorithm), out _, out var error);
        return error;
    }
}
