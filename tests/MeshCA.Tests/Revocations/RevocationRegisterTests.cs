using MeshCA.Issuance;
using MeshCA.Revocations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class RevocationRegisterTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly MemoryStore _store = new();
    private readonly RevocationRegister _register;

    public RevocationRegisterTests() => _register = new(_store);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_stored_and_then_in_force()
    {
        await AddAsync("spiffe://td/a");
        Assert.Equal((1, 1), (_register.Current.Revision, _store.Revocations.Revision));
        Assert.NotNull(_register.Current.FindBan("spiffe://td/a", Now));
        Assert.Equal("ban.added", Assert.Single(_store.Audit).Action);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_not_in_force_and_the_next_change_goes_on_from_what_is_stored()
    {
        await AddAsync("spiffe://td/a");
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => AddAsync("spiffe://td/b"));
        Assert.Equal(1, _register.Current.Revision);
        Assert.Null(_register.Current.FindBan("spiffe://td/b", Now));

        _store.Fails = false;
        await AddAsync("spiffe://td/b");
        Assert.Equal(2, _register.Current.Entries.Count);
    }

    [Fact]
    public async Task What_is_refused_changes_nothing()
    {
        await AddAsync("spiffe://td/a");
        Assert.IsType<RevocationPlan.Refused>(await AddAsync("spiffe://td/a"));
        Assert.Equal(1, _register.Current.Revision);
    }

    [Fact]
    public async Task A_restart_finds_what_was_stored()
    {
        await AddAsync("spiffe://td/a");
        using var next = new RevocationRegister(_store);
        await next.LoadAsync(Cancellation);
        Assert.NotNull(next.Current.FindBan("spiffe://td/a", Now));
    }

    [Fact]
    public async Task Who_waits_for_a_revision_is_told_of_it()
    {
        var waiting = _register.WaitForAsync(2, Cancellation).AsTask();
        await AddAsync("spiffe://td/a");
        Assert.False(waiting.IsCompleted);
        await AddAsync("spiffe://td/b");
        Assert.Equal(2, (await waiting).Revision);
        Assert.Equal(2, (await _register.WaitForAsync(1, Cancellation)).Revision);
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_there()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => AddAsync($"spiffe://td/w{i}"), Cancellation)));
        Assert.Equal((20, 20), (_register.Current.Entries.Count, _register.Current.Entries.Select(entry => entry.Number).Distinct().Count()));
    }

    public void Dispose() => _register.Dispose();

    private Task<RevocationPlan> AddAsync(string id) => _register.ChangeAsync(
        stored => RevocationPlanner.Add(stored, [new(RevocationKind.Identity, id, "", "uid:0")], Now), Cancellation);
}
