using System.Net.Http;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using SpiffeIdentity.WorkloadApi.Tls;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Tls;

public sealed class SpiffeListenOptionsExtensionsTests : IAsyncLifetime
{
    private static readonly SpiffeIdMatcher Members = SpiffeIdMatcher.MemberOf(TrustDomain.Parse("example.org"));

    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly Mesh _mesh = new();

    public async ValueTask InitializeAsync()
    {
        await _mesh.AddAsync("/server", _clock);
        await _mesh.AddAsync("/client", _clock);
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_connection_ends_with_its_lifetime_and_no_request_does(string version)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Members, new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromMinutes(10) });
        using var http = CreateClient(version);
        var first = await ConnectionAsync(http, server);
        _clock.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(first, await ConnectionAsync(http, server));
        _clock.Advance(TimeSpan.FromMinutes(2));
        await EndsAsync(http, server, first);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_connection_ends_with_the_svid_of_its_client(string version)
    {
        await using var server = await SpiffeServer.StartAsync(
            _mesh["/server"], Members, new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromDays(1) });
        using var http = CreateClient(version);
        var first = await ConnectionAsync(http, server);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(first, await ConnectionAsync(http, server));

        // Both are renewed by then, as they would be.
        _mesh.Clock = _clock;
        await _mesh.RenewAsync("/client");
        await _mesh.RenewAsync("/server");
        _clock.Advance(TimeSpan.FromMinutes(2));
        await EndsAsync(http, server, first);
    }

    [Theory]
    [InlineData("1.1", "revoked")]
    [InlineData("2.0", "revoked")]
    [InlineData("2.0", "authority withdrawn")]
    public async Task A_connection_of_a_client_that_is_no_longer_trusted_ends(string version, string why)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Members);
        using var http = CreateClient(version);
        var first = await ConnectionAsync(http, server);

        // News that do not concern the client change nothing; in time for it, the client has another SVID.
        await _mesh.RenewAsync("/server");
        Assert.Equal(first, await ConnectionAsync(http, server));
        var serial = _mesh["/client"].GetCredential().Certificate.SerialNumberBytes.ToArray();
        var list = _mesh.Domain.RevocationList(serial);
        if (why != "revoked")
        {
            _mesh.Domain.Activate(_mesh.Domain.AddRoot());
        }

        await _mesh.RenewAsync("/client");
        if (why != "revoked")
        {
            _mesh.Domain.RemoveOldestRoot();
        }

        await _mesh.RenewAsync("/server", response => response.Crl.AddRange(why == "revoked" ? [list] : []));
        await EndsAsync(http, server, first);
        Assert.Contains(_mesh.LogOf("/server").Entries, entry => entry.EventId == 707);
    }

    [Fact]
    public void A_request_from_elsewhere_has_no_peer()
    {
        Assert.Null(new DefaultHttpContext().GetSpiffePeer());
        Assert.Throws<ArgumentNullException>(() => ((HttpContext)null!).GetSpiffePeer());
    }

    [Fact]
    public async Task Impossible_times_are_refused() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        () => SpiffeServer.StartAsync(_mesh["/server"], Members, new SpiffeMtlsOptions { HandshakeTimeout = TimeSpan.Zero }));

    private static async Task EndsAsync(HttpClient http, SpiffeServer server, string connection)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            if (await ConnectionAsync(http, server) != connection)
            {
                return;
            }

            await Task.Delay(10);
        }

        Assert.Fail("the connection lives on");
    }

    private static async Task<string> ConnectionAsync(HttpClient http, SpiffeServer server) =>
        (await http.GetStringAsync(server.Address)).Split(' ')[1];

    private HttpClient CreateClient(string version) =>
        new(SpiffeHttp.CreateHandler(_mesh["/client"], Members)) { DefaultRequestVersion = Version.Parse(version) };
}
