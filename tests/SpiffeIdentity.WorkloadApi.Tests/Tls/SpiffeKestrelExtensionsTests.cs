using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using SpiffeIdentity.WorkloadApi.Tls;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Tls;

public sealed class SpiffeKestrelExtensionsTests : IAsyncLifetime
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
    public async Task A_connection_ends_with_its_lifetime(string version)
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
        await BothRenewedAsync();
        _clock.Advance(TimeSpan.FromMinutes(2));
        await EndsAsync(http, server, first);
    }

    // Nobody makes its answers, so that nobody can tell the client in time.
    [Fact]
    public async Task A_connection_of_http_1_1_to_a_single_endpoint_lives_on()
    {
        await using var server = await SpiffeServer.StartAsync(
            _mesh["/server"], Members, new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromMinutes(10) }, endpointOnly: true);
        using var http = CreateClient("1.1");
        var first = await ConnectionAsync(http, server);
        _clock.Advance(TimeSpan.FromMinutes(59));
        await BothRenewedAsync();
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _mesh.RenewAsync("/server"); // which has every connection judged
        await _mesh.RenewAsync("/server");
        Assert.Equal(first, await ConnectionAsync(http, server));
        Assert.Empty(LettingGo); // that its SVID expired says nothing against who proved it in time
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    public async Task A_connection_of_a_revoked_client_ends_at_once(string version, bool endpointOnly)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Members, endpointOnly: endpointOnly);
        using var http = CreateClient(version);
        var first = await ConnectionAsync(http, server);
        await _mesh.RenewAsync("/server"); // news that do not concern the client
        Assert.Equal(first, await ConnectionAsync(http, server));

        var serial = _mesh["/client"].GetCredential().Certificate.SerialNumberBytes.ToArray();
        var list = _mesh.Domain.RevocationList(serial);
        await _mesh.RenewAsync("/client"); // so that there is another connection to see
        await _mesh.RenewAsync("/server", response => response.Crl.Add(list));
        await Eventually.HoldsAsync(() => LettingGo.Any());
        await EndsAsync(http, server, first, isCut: true);
    }

    // By HTTP/1.1 it learns of it from an answer, or is cut off: bounded in any case.
    [Theory]
    [InlineData("1.1", false, false)]
    [InlineData("2.0", false, false)]
    [InlineData("1.1", true, true)]
    [InlineData("2.0", true, false)]
    public async Task A_connection_of_a_client_whose_authority_is_withdrawn_ends(string version, bool endpointOnly, bool afterGrace)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Members, endpointOnly: endpointOnly);
        using var http = CreateClient(version);
        var first = await ConnectionAsync(http, server);
        _mesh.Domain.Activate(_mesh.Domain.AddRoot());
        await _mesh.RenewAsync("/server");
        await _mesh.RenewAsync("/client");
        _mesh.Domain.RemoveOldestRoot();
        await _mesh.RenewAsync("/server");
        await Eventually.HoldsAsync(() => LettingGo.Any());
        if (afterGrace)
        {
            Assert.Equal(first, await ConnectionAsync(http, server));
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        await EndsAsync(http, server, first, isCut: endpointOnly);
    }

    [Fact]
    public void A_request_from_elsewhere_has_no_peer()
    {
        Assert.Null(new DefaultHttpContext().GetSpiffePeer());
        Assert.Throws<ArgumentNullException>(() => ((HttpContext)null!).GetSpiffePeer());
    }

    // What a user may do by mistake must not open the server to all.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_endpoint_that_escaped_the_defaults_answers_nobody(bool madeBefore)
    {
        var builder = WebApplication.CreateSlimBuilder();
        using var log = new RecordingLogger();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        if (madeBefore)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            builder.WebHost.UseSpiffeMtls(_mesh["/server"], Members);
        }
        else
        {
            builder.WebHost.UseSpiffeMtls(_mesh["/server"], Members);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(_ => { }));
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        }

        await using var app = builder.Build();
        app.MapGet("/", () => "secret");
        await app.StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(app.Urls.Single()));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
        Assert.Single(log.Entries, entry => entry.EventId == 708);
    }

    [Fact]
    public void There_is_no_server_without_a_matcher() =>
        Assert.Throws<ArgumentNullException>(() => WebApplication.CreateSlimBuilder().WebHost.UseSpiffeMtls(_mesh["/server"], null!));

    // Days beyond what a timer takes would break every connection instead of the start.
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 25)]
    [InlineData(25, 1)]
    public async Task Impossible_times_are_refused_by_their_names_at_the_call(int lifetimeDays, int handshakeDays)
    {
        var options = new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromDays(lifetimeDays), HandshakeTimeout = TimeSpan.FromDays(handshakeDays) };
        var name = lifetimeDays == 1 ? "HandshakeTimeout" : "ConnectionLifetime";
        Assert.Throws<ArgumentOutOfRangeException>(name, () => WebApplication.CreateSlimBuilder().WebHost.UseSpiffeMtls(_mesh["/server"], Members, options));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            name, () => SpiffeServer.StartAsync(_mesh["/server"], Members, options, endpointOnly: true));
    }

    [Fact]
    public async Task Who_connects_and_says_nothing_is_let_go_after_the_time_for_a_handshake()
    {
        await using var server = await SpiffeServer.StartAsync(
            _mesh["/server"], Members, new SpiffeMtlsOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
    }

    // Connections that were made together shall not all end together.
    [Fact]
    public async Task A_lifetime_is_cut_by_up_to_a_tenth_by_chance()
    {
        var times = new ConcurrentQueue<TimeSpan>();
        await _mesh.AddAsync("/watched", new TimerHook(_clock, times.Enqueue));
        await using var server = await SpiffeServer.StartAsync(_mesh["/watched"], Members, new SpiffeMtlsOptions { ConnectionLifetime = TimerHook.Lifetime });
        for (var i = 0; i < 8; i++)
        {
            using var http = CreateClient("1.1");
            await ConnectionAsync(http, server);
        }

        Assert.Equal(8, times.Count);
        Assert.True(times.Distinct().Count() > 1, "each had the same time");
    }

    [Fact]
    public async Task A_server_without_an_svid_refuses_handshakes_and_has_no_error_of_its_own()
    {
        using var log = new RecordingLogger();
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Members, log: log);
        await _mesh["/server"].DisposeAsync();
        using var http = CreateClient("1.1");
        await Assert.ThrowsAsync<HttpRequestException>(() => ConnectionAsync(http, server));
        await server.DisposeAsync();
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task News_between_the_handshake_and_the_first_request_are_not_missed()
    {
        var list = _mesh.Domain.RevocationList(_mesh["/client"].GetCredential().Certificate.SerialNumberBytes.ToArray());
        using var renewed = new ManualResetEventSlim();
        var clock = new TimerHook(_clock, due =>
        {
            _ = Task.Run(async () =>
            {
                try
                {
                    await _mesh.RenewAsync("/late", response => response.Crl.Add(list));
                }
                finally
                {
                    renewed.Set();
                }
            });
            renewed.Wait();
        });
        await _mesh.AddAsync("/late", clock);
        await using var server = await SpiffeServer.StartAsync(_mesh["/late"], Members, new SpiffeMtlsOptions { ConnectionLifetime = TimerHook.Lifetime });
        using var http = CreateClient("2.0");
        try
        {
            await ConnectionAsync(http, server);
        }
        catch (HttpRequestException)
        {
            // cut off already
        }

        Assert.True(renewed.IsSet);
        await Eventually.HoldsAsync(() => _mesh.LogOf("/late").Entries.Any(entry => entry.EventId == 707));
    }

    private IEnumerable<LogEntry> LettingGo => _mesh.LogOf("/server").Entries.Where(entry => entry.EventId == 707);

    private async Task BothRenewedAsync()
    {
        _mesh.Clock = _clock;
        await _mesh.RenewAsync("/client");
        await _mesh.RenewAsync("/server");
    }

    // A connection that is cut, and not asked to end within an answer, may take one request with it.
    private static async Task EndsAsync(HttpClient http, SpiffeServer server, string connection, bool isCut = false)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            try
            {
                if (await ConnectionAsync(http, server) != connection)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (isCut)
            {
                isCut = false;
            }

            await Task.Delay(10);
        }

        Assert.Fail("the connection lives on");
    }

    private static async Task<string> ConnectionAsync(HttpClient http, SpiffeServer server) =>
        (await http.GetStringAsync(server.Address)).Split(' ')[1];

    private HttpClient CreateClient(string version) =>
        new(SpiffeHttp.CreateHandler(_mesh["/client"], Members)) { DefaultRequestVersion = Version.Parse(version) };

    /// <summary>A clock that does something else first when the timer of a connection's lifetime is made.</summary>
    private sealed class TimerHook(TimeProvider clock, Action<TimeSpan> first) : TimeProvider
    {
        /// <summary>Of connections, and of nothing else: no other timer, jitter and all, is of such a length.</summary>
        public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(3);

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime <= Lifetime && dueTime >= Lifetime * 0.9)
            {
                first(dueTime);
            }

            return clock.CreateTimer(callback, state, dueTime, period);
        }
    }
}
