using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Authorities;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using Xunit;

namespace MeshCA.IntegrationTests.Bundles;

/// <summary>Administrators see who has which bundle, over restarts too.</summary>
public sealed class ConsumerListTests : IAsyncLifetime
{
    private readonly MeshHome _home = new();
    private TestMesh _mesh = null!;

    public async ValueTask InitializeAsync()
    {
        _home.Set(("Server:AdminSocket", _home.File("run/admin.sock")));
        _mesh = await _home.StartAsync();
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Consumers_are_listed_page_by_page_each_once()
    {
        await PollAsync("web", "a", "b", "c", "d", "e");
        var (listed, request, pages) = (new List<string>(), new ListConsumersRequest { PageSize = 2 }, 0);
        do
        {
            var page = await ListAsync(request);
            Assert.Equal(5, page.Total);
            Assert.True(page.PublishedSequence > 0);
            Assert.All(page.Consumers, consumer => Assert.Equal(page.PublishedSequence, consumer.Sequence));
            listed.AddRange(page.Consumers.Select(consumer => consumer.Instance));
            request.PageToken = page.NextPageToken;
            pages++;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(["a", "b", "c", "d", "e"], listed);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task Filters_choose_by_kind_and_by_what_is_not_in_use_yet()
    {
        await PollAsync("web", "a");
        var published = (await ListAsync(new())).PublishedSequence;

        Assert.Single((await ListAsync(new() { Kind = ConsumerKind.Poller })).Consumers);
        Assert.Empty((await ListAsync(new() { Kind = ConsumerKind.Stream })).Consumers);
        Assert.Empty((await ListAsync(new() { BehindSequence = published })).Consumers);
        Assert.Single((await ListAsync(new() { BehindSequence = published + 1 })).Consumers);
    }

    [Theory]
    [InlineData(-1, "", 0)]
    [InlineData(1_001, "", 0)]
    [InlineData(0, "!", 0)]
    [InlineData(0, "QUJD", 0)]
    [InlineData(0, "OQphCmI", 0)]
    [InlineData(0, "", 9)]
    public async Task What_cannot_be_asked_is_refused(int size, string token, int kind)
    {
        var request = new ListConsumersRequest { PageSize = size, PageToken = token, Kind = (ConsumerKind)kind };
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => ListAsync(request))).StatusCode);
    }

    [Fact]
    public async Task Consumers_are_known_after_a_restart()
    {
        await PollAsync("web", "a");
        await _mesh.CloseAsync();
        _mesh = await _home.StartAsync();

        var consumer = Assert.Single((await ListAsync(new())).Consumers);
        Assert.Equal(("a", false), (consumer.Instance, consumer.Connected));
        Assert.True(consumer.Sequence > 0);
    }

    [Fact]
    public async Task They_are_counted_by_kind_in_the_metrics()
    {
        await PollAsync("web", "a", "b");
        var metrics = await _mesh.GetAsync("/metrics");

        Assert.Contains("meshca_bundle_consumers{kind=\"Poller\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("meshca_bundle_consumers{kind=\"Stream\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("meshca_bundle_consumers_behind{kind=\"Poller\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains(
            $"meshca_bundle_sequence {_mesh.Part<IAuthoritySnapshots>().Current!.BundleSequence}", metrics, StringComparison.Ordinal);
    }

    private async Task PollAsync(string account, params string[] pods)
    {
        foreach (var pod in pods)
        {
            using var poller = await BundlePoller.EnrolAsync(_mesh, account, pod);
            await poller.PutToUseAsync();
        }
    }

    private async Task<ListConsumersResponse> ListAsync(ListConsumersRequest request)
    {
        using var channel = AdminChannel.Open(_home.File("run/admin.sock"));
        return await new MeshCA.Wire.Admin.Consumers.ConsumersClient(channel).ListAsync(
            request, cancellationToken: TestContext.Current.CancellationToken);
    }
}
