using System.Text;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Tokens;

public sealed class TokenCacheTests : IDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k");
    private readonly TokenSetup _setup;
    private readonly IssuerSet _issuers;
    private readonly VerifiedToken _token;

    public TokenCacheTests()
    {
        _setup = TokenSetup.With(_signer);
        Assert.True(_setup.Issuers.TryFind("", out var issuers));
        _issuers = issuers;
        var ring = _setup.Issuers.Rings[0];
        Assert.True(ring.Current!.Keys.TryFind("k", TokenAlgorithm.All.Single(known => known.Name == "ES256"), out var key, out _));
        Assert.True(TokenClaims.TryParse(Encoding.UTF8.GetBytes(_setup.Claims().ToJsonString()), out var claims, out _));
        Assert.Equal(default, ClaimRules.FindIdentity(claims, TokenSetup.TrustDomain, out var id));
        _token = new VerifiedToken(ring, key, claims, id!, ClaimRules.Evidence(claims, ring.Issuer, "id", _setup.Now));
    }

    public void Dispose() => _signer.Dispose();

    [Fact]
    public void An_entry_lives_for_its_time()
    {
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now);
        Assert.True(Holds(1, TimeSpan.FromSeconds(59)));
        Assert.False(Holds(1, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_clock_set_back_does_not_lengthen_an_entry_s_life()
    {
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now);
        Assert.False(Holds(1, TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void The_oldest_entries_make_room()
    {
        for (var number = 1; number <= TokenSetup.MaxEntries + 2; number++)
        {
            _setup.Cache.Add(Hash(number), _issuers, _token, _setup.Now);
        }

        Assert.Equal(TokenSetup.MaxEntries, _setup.Cache.Count);
        Assert.False(Holds(2, TimeSpan.Zero));
        Assert.True(Holds(3, TimeSpan.Zero));
    }

    [Fact]
    public void Expired_entries_are_let_go()
    {
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now);
        _setup.Cache.Add(Hash(2), _issuers, _token, _setup.Now.AddMinutes(2));
        Assert.Equal(1, _setup.Cache.Count);
    }

    [Fact]
    public void A_token_verified_anew_outlives_its_first_entry()
    {
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now);
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now.AddSeconds(60));
        Assert.True(Holds(1, TimeSpan.FromSeconds(90)));
    }

    [Fact]
    public void An_entry_counts_for_the_issuers_it_was_made_with()
    {
        _setup.Cache.Add(Hash(1), _issuers, _token, _setup.Now);
        Assert.False(_setup.Cache.TryFind(Hash(1), new IssuerSet(_setup.Issuers.Rings), _setup.Now, out _));
    }

    [Fact]
    public void A_cache_of_no_entries_keeps_none()
    {
        var cache = new TokenCache(0, TimeSpan.FromMinutes(1));
        cache.Add(Hash(1), _issuers, _token, _setup.Now);
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Many_threads_never_exceed_the_bound()
    {
        Parallel.For(0, 10_000, number =>
        {
            _setup.Cache.Add(Hash(number), _issuers, _token, _setup.Now);
            _setup.Cache.TryFind(Hash(number - 1), _issuers, _setup.Now, out _);
        });
        Assert.InRange(_setup.Cache.Count, 1, TokenSetup.MaxEntries);
    }

    private bool Holds(int number, TimeSpan after) => _setup.Cache.TryFind(Hash(number), _issuers, _setup.Now + after, out _);

    private static TokenHash Hash(int number) => new(unchecked((ulong)number), 0, 0, 0);
}
