using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Authorities.Plugin;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities.Plugin;

/// <summary>Orders about JWT keys where the X.509 authorities are plugged in.</summary>
public sealed class PluginAuthoritySourceTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(TestAuthority.Now);
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();
    private readonly PluginAuthoritySource _source;

    public PluginAuthoritySourceTests() => _source = new(
        new Files(), _store, PluginSample.TrustDomain, acceptRootChange: false, _clock, new Logger<PluginAuthoritySource>(_log))
    {
        JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _source.Dispose();

    // The order is on record; what follows from it is due again at the worker's next tick.
    [Fact]
    public async Task An_order_that_is_durable_is_done_also_where_the_store_fails_right_after_it()
    {
        await _source.AdvanceAsync(Token);
        var next = _source.Current!.Jwt.Published[1].Id;
        _store.ChangeApplied = () => _store.Fails = true;
        var outcome = await _source.ExecuteAsync(
            new AuthorityCommand.ActivateJwtKey(null, TimeSpan.Zero), new(_clock.GetUtcNow(), "uid:0", "a drill"), Token);
        Assert.IsType<CommandOutcome.Done>(outcome);
        Assert.Contains(_log.Entries, entry => entry.EventId == 5001);
        Assert.NotEqual(next, _source.Current.Jwt.Signer!.Id);

        (_store.ChangeApplied, _store.Fails) = (null, false);
        await _source.AdvanceAsync(Token);
        Assert.Equal(next, _source.Current.Jwt.Signer!.Id);
    }

    private sealed class Files : IPluginFileSource
    {
        private static readonly PluginSample Sample = new();

        public ValueTask<PluginFilesOutcome> ReadAsync(CancellationToken cancellationToken) => new(new PluginFilesOutcome.Found(
            new() { Certificate = Sample.Certificate, Key = Sample.Key, Chain = Sample.Chain, Roots = Sample.Roots }));
    }
}
