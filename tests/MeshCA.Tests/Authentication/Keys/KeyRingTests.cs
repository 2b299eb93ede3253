using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class KeyRingTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly IssuerKeyRing _ring = new(TokenIssuer.From(TokenSetup.Options(), TokenSetup.TrustDomain));

    [Fact]
    public void A_ring_never_filled_has_no_keys()
    {
        Assert.False(_ring.TryGetKeys(_clock.GetUtcNow(), out _, out var error));
        Assert.Equal(AuthenticationError.KeysNotLoaded, error);
    }

    [Fact]
    public void Refreshes_asked_for_are_spaced_from_the_end_of_the_last_read()
    {
        var keys = Read();
        Assert.False(Asks(keys));
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing - TimeSpan.FromTicks(1));
        Assert.False(Asks(keys));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(Asks(keys));
        Assert.False(Asks(keys));
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Assert.False(Asks(keys));
        Read();
        Assert.False(Asks(keys));
    }

    [Fact]
    public void Many_callers_at_once_ask_for_one_refresh()
    {
        var keys = Read();
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Parallel.For(0, 1000, _ => Assert.True(_ring.RequestRefresh(keys, _clock.GetUtcNow())));
        Assert.True(_ring.WaitAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        Assert.False(Asks(keys));
    }

    [Fact]
    public void A_key_may_come_while_a_read_is_under_way_and_not_once_it_ended_without()
    {
        var keys = Read();
        Assert.False(MayCome(keys));
        _ring.BeginRead();
        Assert.True(MayCome(keys));
        Read();
        Assert.False(MayCome(keys));
    }

    [Fact]
    public void A_key_may_come_as_long_as_the_issuer_cannot_be_read()
    {
        var keys = Read();
        _ring.BeginRead();
        _ring.NoteFailure(_clock.GetUtcNow());
        Assert.True(MayCome(keys));
        Assert.False(Asks(keys));
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Assert.True(Asks(keys));
        Read();
        Assert.False(MayCome(keys));
    }

    [Fact]
    public void A_key_sought_in_keys_replaced_meanwhile_may_be_among_the_new_ones()
    {
        var before = Read();
        using var next = new TestTokenSigner("ES256", "k2");
        _ring.Replace(TokenSetup.Keys(next), _clock.GetUtcNow());
        Assert.True(MayCome(before));
        Assert.False(MayCome(_ring.Current!.Keys));
    }

    [Fact]
    public void A_clock_set_far_back_does_not_keep_reads_from_being_asked_for()
    {
        var keys = Read();
        _clock.Set(_clock.GetUtcNow().AddDays(-1));
        Assert.True(Asks(keys));
    }

    public void Dispose() => _signer.Dispose();

    private VerificationKeySet Read()
    {
        _ring.BeginRead();
        _ring.Replace(TokenSetup.Keys(_signer), _clock.GetUtcNow());
        return _ring.Current!.Keys;
    }

    private bool MayCome(VerificationKeySet lacking) => _ring.RequestRefresh(lacking, _clock.GetUtcNow());

    private bool Asks(VerificationKeySet lacking)
    {
        _ring.RequestRefresh(lacking, _clock.GetUtcNow());
        using var stop = new CancellationTokenSource();
        var woken = _ring.WaitAsync(stop.Token).IsCompletedSuccessfully;
        stop.Cancel();
        return woken;
    }
}
