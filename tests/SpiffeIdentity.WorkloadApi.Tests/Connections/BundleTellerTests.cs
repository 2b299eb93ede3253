using Google.Protobuf;
using Grpc.Core;
using MeshCA.Wire.Workload;
using Microsoft.Extensions.Logging;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Connections;

/// <summary>The sources against an agent that asks which bundle is in use, and against others.</summary>
public sealed class BundleTellerTests : IAsyncLifetime
{
    private readonly TestDomain _domain = new();
    private readonly RecordingLogger _log = new();
    private FakeWorkloadApi _api = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _api = await FakeWorkloadApi.StartAsync(new FakeAcknowledgements());

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _domain.Dispose();
    }

    [Fact]
    public async Task A_source_says_which_bundle_its_handshakes_verify_by_and_says_the_next_once_it_has_it()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        Await(_domain.Bundle);
        await using var source = await X509Source.CreateAsync(Options());
        Assert.Equal(DigestOf(source.Bundles), (await NextAsync()).X509Digest);

        // The agent may ask before its stream brought the bundle: then the source says what it has.
        var old = DigestOf(source.Bundles);
        _domain.AddRoot();
        Await(_domain.Bundle);
        Assert.Equal(old, (await NextAsync()).X509Digest);
        _api.X509Svids.Set(_domain.Response("/web"));
        var next = await NextAsync();
        Assert.NotEqual(old, next.X509Digest);
        Assert.Equal((DigestOf(source.Bundles), ""), (next.X509Digest, next.Fault));
    }

    [Fact]
    public async Task A_source_of_bundles_says_it_too()
    {
        _api.X509Bundles.Set(new X509BundlesResponse { Bundles = { ["spiffe://example.org"] = _domain.Bundle } });
        _api.JwtBundles.Set(new JWTBundlesResponse());
        Await(_domain.Bundle);
        await using var source = await BundleSource.CreateAsync(Options());

        Assert.Equal(DigestOf(source.Bundles), (await NextAsync()).X509Digest);
    }

    [Fact]
    public async Task A_message_that_was_refused_is_said_with_its_reason()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        Await(_domain.Bundle);
        await using var source = await X509Source.CreateAsync(Options());
        var old = (await NextAsync()).X509Digest;
        var broken = _domain.Response("/web");
        broken.Svids[0].Bundle = ByteString.CopyFrom([1, 2, 3]);
        _api.X509Svids.Set(broken);

        var said = await NextAsync();
        Assert.Equal(old, said.X509Digest);
        Assert.Contains("is not a row of certificates", said.Fault, StringComparison.Ordinal);

        _domain.AddRoot();
        _api.X509Svids.Set(_domain.Response("/web"));
        Assert.Equal("", (await NextAsync()).Fault);
    }

    [Theory]
    [InlineData(StatusCode.Unimplemented)]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.InvalidArgument)]
    public async Task An_agent_that_does_not_ask_costs_the_source_nothing(StatusCode code)
    {
        _api.Acknowledgements!.Refuse = () => new Status(code, "no");
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(Options());
        await UntilAsync(() => _log.Entries.Any(entry => entry.EventId == 709));

        Assert.NotNull(source.GetCredential());
        Assert.Null(source.LastFailure);
        Assert.DoesNotContain(_log.Entries, entry => entry.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task A_server_without_the_service_is_not_asked_again_soon()
    {
        await using var other = await FakeWorkloadApi.StartAsync();
        other.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(X509SourceTests.Options(other, log: _log));
        await UntilAsync(() => _log.Entries.Any(entry => entry.EventId == 709));

        var entry = Assert.Single(_log.Entries, entry => entry.EventId == 709);
        Assert.True(TimeSpan.Parse(entry.Values["Delay"]!, System.Globalization.CultureInfo.InvariantCulture) >= TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(_log.Entries, each => each.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task A_stream_that_ended_is_opened_again_and_tells_again()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        Await(_domain.Bundle);
        await using var source = await X509Source.CreateAsync(Options());
        var first = (await NextAsync()).X509Digest;
        await _api.RestartAsync();

        Assert.Equal(first, (await NextAsync()).X509Digest);
    }

    [Fact]
    public async Task What_an_agent_asks_for_that_is_no_trust_domain_or_not_known_is_not_answered()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        _api.Acknowledgements!.Awaited.Set(new() { TrustDomain = "not a trust domain" });
        await using var source = await X509Source.CreateAsync(Options());
        await UntilAsync(() => _api.Acknowledgements.Streams == 1);
        _api.Acknowledgements.Awaited.Set(new() { TrustDomain = "other.example" });
        Await(_domain.Bundle);

        Assert.Equal(DigestOf(source.Bundles), (await NextAsync()).X509Digest);
    }

    [Fact]
    public async Task It_can_be_turned_off()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        _api.X509Bundles.Set(new X509BundlesResponse());
        _api.JwtBundles.Set(new JWTBundlesResponse());
        await using (await X509Source.CreateAsync(new X509SourceOptions { Address = _api.Address, TellsBundleInUse = false }))
        await using (await BundleSource.CreateAsync(new WorkloadApiOptions { Address = _api.Address, TellsBundleInUse = false }))
        {
            Assert.Equal(0, _api.Acknowledgements!.Streams);
        }
    }

    private X509SourceOptions Options() => X509SourceTests.Options(_api, log: _log);

    private void Await(ByteString bundle) => _api.Acknowledgements!.Awaited.Set(new() { TrustDomain = "example.org", X509Digest = ByteString.CopyFrom(bundle.Span[..32]) });

    private ValueTask<BundleInUse> NextAsync() => _api.Acknowledgements!.NextAsync(Token);

    private static ByteString DigestOf(BundleSet bundles) => bundles.TryGet(TrustDomain.Parse("example.org"), out var bundle)
        ? ByteString.CopyFrom(bundle.X509.Digest.Value.Span)
        : throw new InvalidOperationException("no bundle");

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(10, Token);
        }
    }
}
