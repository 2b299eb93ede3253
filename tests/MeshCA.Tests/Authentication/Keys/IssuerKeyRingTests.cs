using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class IssuerKeyRingTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly IssuerKeyRing _ring = new(TokenIssuer.From(TokenSetup.Options(), TokenSetup.TrustDomain));

    [Fact]
    public void A_ring_never_filled_has_no_keys()
    {
        Assert.False(_ring.TryGetKeys(_clock.GetUtcNow(), out _, out var error));
        Assert.Equal(AuthenticationError.KeysNotLoaded, error);
    }

    [Fact]
    public void Refreshes_asked_for_are_spaced()
    {
        _ring.NoteAttempt(_clock.GetUtcNow());
        Assert.False(Asks());
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing - TimeSpan.FromTicks(1));
        Assert.False(Asks());
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(Asks());
        Assert.False(Asks());
    }

    [Fact]
    public void Many_callers_at_once_ask_for_one_refresh()
    {
        _ring.NoteAttempt(_clock.GetUtcNow());
        _clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Parallel.For(0, 1000, _ => _ring.RequestRefresh(_clock.GetUtcNow()));
        Assert.True(_ring.WaitAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        Assert.False(Asks());
    }

    private bool Asks()
    {
        _ring.RequestRefresh(_clock.GetUtcNow());
        using var stop = new CancellationTokenSource();
        var woken = _ring.WaitAsync(stop.Token).IsCompletedSuccessfully;
        stop.Cancel();
        return woken;
    }
}
