using System.Globalization;
using System.Net;
using System.Net.Http;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Bundles;

/// <summary>The trust bundle on the TLS port, and who counts as having it.</summary>
public sealed class BundleEndpointTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    private long Published => (long)_mesh.Part<IAuthoritySnapshots>().Current!.BundleSequence;

    public static TheoryData<string, string> Ways() =>
    [
        ("/bundle.pem", "1.1"), ("/bundle.pem", "2.0"), ("/bundle.json", "1.1"), ("/bundle.json", "2.0"),
    ];

    [Theory, MemberData(nameof(Ways))]
    public async Task The_tls_port_serves_what_the_plain_port_serves_over_either_version_of_http(string path, string version)
    {
        using var poller = BundlePoller.Anonymous(_mesh);
        using var overTls = await poller.PollAsync(path: path, version: Version.Parse(version));
        using var plain = await _mesh.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, overTls.StatusCode);
        Assert.Equal(Version.Parse(version), overTls.Version);
        Assert.Equal(
            await plain.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            await overTls.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(plain.Headers.ETag, overTls.Headers.ETag);
        Assert.Equal(plain.Content.Headers.ContentType, overTls.Content.Headers.ContentType);
        Assert.True(overTls.Headers.CacheControl!.NoCache);
    }

    [Fact]
    public async Task A_known_bundle_is_not_sent_again_and_the_forms_have_tags_of_their_own()
    {
        using var poller = BundlePoller.Anonymous(_mesh);
        using var pem = await poller.PollAsync(path: "/bundle.pem");
        using var json = await poller.PollAsync(path: "/bundle.json");
        Assert.NotEqual(pem.Headers.ETag, json.Headers.ETag);

        using var known = await poller.PollAsync(json.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Empty(await known.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(known.Headers.CacheControl!.NoCache);

        using var other = await poller.PollAsync(pem.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Only_the_head_is_sent_to_whoever_asks_for_that()
    {
        using var poller = BundlePoller.Anonymous(_mesh);
        using var response = await poller.PollAsync(method: HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotNull(response.Headers.ETag);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Nothing_can_be_done_to_the_bundle_but_to_read_it(string method)
    {
        using var poller = BundlePoller.Anonymous(_mesh);
        using var response = await poller.PollAsync(method: new HttpMethod(method));

        // Not 405: what answers every unknown path of the decisions' port takes such a request first, and is not on this one.
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Grpc_stays_with_http_2()
    {
        using var http = _mesh.ConnectRaw();
        using var content = RawRequest.Content(new byte[5]);
        using var request = RawRequest.To(_mesh, "/grpc.health.v1.Health/Check", content);
        request.Version = HttpVersion.Version11;
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Theory]
    [InlineData("/bundle.json")]
    [InlineData("/bundle.pem")]
    public async Task A_poller_with_a_certificate_has_the_bundle_whose_tag_it_comes_back_with(string path)
    {
        var account = $"polls-{path[8..]}";
        using var poller = await BundlePoller.EnrolAsync(_mesh, account, pod: account);
        using var first = await poller.PollAsync(path: path);
        Assert.Empty(Consumers(account)); // it was sent the bundle, which says nothing of its use

        using var second = await poller.PollAsync(first.Headers.ETag!.ToString(), path);
        var consumer = Assert.Single(Consumers(account));
        Assert.Equal(
            (ConsumerKind.Poller, account, account, "ipv4:127.0.0.1", Published),
            (consumer.Kind, consumer.Instance, consumer.PodUid, consumer.Peer, consumer.Sequence));
    }

    [Fact]
    public async Task A_poller_is_no_longer_counted_by_its_leaves()
    {
        using var poller = await BundlePoller.EnrolAsync(_mesh, "polls-once", pod: "polls-once");
        Assert.Contains((await MeasureAsync()).Laggards, laggard => laggard is { Pod: "polls-once", Kind: LaggardKind.Holder });
        await poller.PutToUseAsync();

        Assert.Equal(
            [LaggardKind.Consumer], (await MeasureAsync()).Laggards.Where(laggard => laggard.Pod == "polls-once").Select(laggard => laggard.Kind));
    }

    [Fact]
    public async Task Pods_of_one_identity_are_consumers_of_their_own()
    {
        using var one = await BundlePoller.EnrolAsync(_mesh, "polls-twice", pod: "pod-1");
        using var two = await BundlePoller.EnrolAsync(_mesh, "polls-twice", pod: "pod-2");
        await one.PutToUseAsync();
        await two.PutToUseAsync();

        Assert.Equal(["pod-1", "pod-2"], Consumers("polls-twice").Select(consumer => consumer.Instance).Order());
    }

    [Theory]
    [InlineData("elsewhere")]
    [InlineData("*")]
    [InlineData("\"\"")]
    [InlineData("\"-0123456789abcdef\"")]
    [InlineData("\"-1-0123456789abcdef\"")]
    [InlineData("\"99999-0123456789abcdef\"")]
    [InlineData("\"99999999999999999999999-0123456789abcdef\"")]
    [InlineData("\"1\"")]
    public async Task A_tag_that_was_never_given_out_claims_nothing(string tag)
    {
        using var poller = await BundlePoller.EnrolAsync(_mesh, "claims", pod: "claims");
        using var response = await poller.PollAsync(tag);

        Assert.Empty(Consumers("claims"));
    }

    [Fact]
    public async Task An_older_tag_is_an_older_bundle_and_the_newest_of_several_counts()
    {
        using var poller = await BundlePoller.EnrolAsync(_mesh, "older", pod: "older");
        using var old = await poller.PollAsync("\"0-0123456789abcdef\"");
        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
        Assert.Equal(0, Assert.Single(Consumers("older")).Sequence);

        var tags = string.Create(CultureInfo.InvariantCulture, $"\"0-0123456789abcdef\", W/\"{Published}-0123456789abcdef\"");
        using var both = await poller.PollAsync(tags);
        Assert.Equal(Published, Assert.Single(Consumers("older")).Sequence);
    }

    [Fact]
    public async Task Whoever_shows_no_certificate_is_nobody()
    {
        var before = _mesh.Part<ConsumerRegistry>().Live().Count;
        using var poller = BundlePoller.Anonymous(_mesh);
        await poller.PutToUseAsync();

        Assert.Equal(before, _mesh.Part<ConsumerRegistry>().Live().Count);
    }

    private IEnumerable<Consumer> Consumers(string account) => _mesh.Part<ConsumerRegistry>().Live()
        .Where(consumer => consumer.Identity == $"spiffe://cluster.local/ns/shop/sa/{account}");

    private async Task<FleetReport> MeasureAsync() => await _mesh.Part<IFleetSource>().MeasureAsync(long.MaxValue, default);
}
