using MeshCA.Issuance;
using MeshCA.Storage.Writing;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Writing;

public sealed class StoreWriterTests
{
    [Fact]
    public async Task More_records_than_the_queue_holds_are_refused_at_once_and_all_others_are_durable()
    {
        await using var store = await StoreFixture.OpenAsync(options => (options.QueueBound, options.MaxBatch) = (8, 4));
        using var blocked = new BlockingWrite();
        var writer = store.Writer();
        var blocking = writer.WriteAsync(blocked, default);
        blocked.Started.Wait(TestContext.Current.CancellationToken);

        var appends = Enumerable.Range(0, 20).Select(_ => store.Store.AppendAsync(Leaf(), default)).ToList();
        Assert.Equal(12, appends.Count(append => append.IsFaulted));
        Assert.All(appends.Where(append => append.IsFaulted), append => Assert.IsType<JournalUnavailableException>(append.Exception!.InnerException));

        blocked.Release.Set();
        await blocking;
        await Task.WhenAll(appends.Where(append => !append.IsFaulted));
        Assert.Equal(8, store.Sql("SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task Events_that_nobody_waits_for_leave_room_for_certificates_and_are_summed_up()
    {
        await using var store = await StoreFixture.OpenAsync(options => (options.QueueBound, options.MaxBatch) = (8, 4));
        using var blocked = new BlockingWrite();
        var blocking = store.Writer().WriteAsync(blocked, default);
        blocked.Started.Wait(TestContext.Current.CancellationToken);

        for (var i = 0; i < 10; i++)
        {
            store.Store.Post(Event());
        }

        var append = store.Store.AppendAsync(Leaf(), default);
        Assert.False(append.IsFaulted);
        blocked.Release.Set();
        await blocking;
        await append;
        Assert.Equal(2, store.Sql("SELECT count(*) FROM audit_events WHERE action = 'csr.refused'"));
        Assert.Equal(1, store.Sql("SELECT count(*) FROM audit_events WHERE action = 'audit.dropped' AND detail LIKE '8 %'"));
    }

    [Fact]
    public async Task A_write_that_throws_fails_its_batch_and_the_store_goes_on()
    {
        await using var store = await StoreFixture.OpenAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => store.Writer().WriteAsync(new ThrowingWrite(), default));
        await store.Store.AppendAsync(Leaf(), default);
        Assert.True(store.Store.Health.IsReady);
        Assert.Equal(1, store.Sql("SELECT count(*) FROM journal"));
        Assert.Empty((await store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Acknowledged_records_are_in_the_file_even_when_the_batch_after_them_failed()
    {
        await using var store = await StoreFixture.OpenAsync();
        await store.FillAsync(3);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => store.Writer().WriteAsync(new ThrowingWrite(), default));
        await store.FillAsync(3);
        Assert.Equal(6, store.Sql("SELECT count(*) FROM journal"));
        Assert.Empty((await store.VerifyAsync()).Findings);
    }

    private sealed class BlockingWrite : StoreWrite, IDisposable
    {
        public ManualResetEventSlim Started { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public override bool IsAlone => true;

        public override void Apply(StoreTransaction transaction)
        {
            Started.Set();
            Release.Wait();
        }

        public void Dispose()
        {
            Started.Dispose();
            Release.Dispose();
        }
    }

    private sealed class ThrowingWrite : StoreWrite
    {
        public override void Apply(StoreTransaction transaction)
        {
            transaction.AppendNotice("half.written", "ok", "");
            throw new InvalidOperationException("a bug");
        }
    }
}
