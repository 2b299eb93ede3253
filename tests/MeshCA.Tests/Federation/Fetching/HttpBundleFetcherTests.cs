using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Federation;
using MeshCA.Federation.Fetching;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation.Fetching;

/// <summary>Federation §5.2 against endpoints that do everything wrong.</summary>
public sealed class HttpBundleFetcherTests : IDisposable
{
    private const string Endpoint = "spiffe://other.org/bundles";

    private readonly ManualTimeProvider _clock = new(TestAuthority.Now);
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _stranger = TestAuthority.CreateRoot(name: "stranger");
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpBundleFetcher _fetcher;

    public HttpBundleFetcherTests() => _fetcher = new(Peers.Settings, _clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _stranger.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task S5_2_2_a_document_is_fetched_from_whoever_proves_the_spiffe_id_whatever_its_host_is_called()
    {
        await using var server = await ServeAsync();
        server.Answer = context =>
        {
            context.Response.Headers.ETag = "W/\"7\"";
            return context.Response.WriteAsync("document", context.RequestAborted);
        };
        var fetched = Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server));
        Assert.Equal(("document", "W/\"7\""), (System.Text.Encoding.UTF8.GetString(fetched.Document.Span), fetched.Tag));
        Assert.Equal(["GET /"], server.Asked);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task A_tag_that_is_longer_than_any_is_not_kept(int length, bool isKept)
    {
        var sent = $"\"{new string('x', length - 2)}\"";
        await using var server = await ServeAsync();
        server.Answer = context =>
        {
            context.Response.Headers.ETag = sent;
            return context.Response.WriteAsync("document", context.RequestAborted);
        };
        Assert.Equal(isKept ? sent : null, Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server)).Tag);
    }

    [Fact]
    public async Task A_chain_with_an_intermediate_verifies()
    {
        using var intermediate = _root.CreateIntermediate();
        await using var server = await HostileEndpoint.StartAsync(intermediate, CertificateShape.Leaf(Endpoint), intermediate.Certificate);
        Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server));
        await using var without = await HostileEndpoint.StartAsync(intermediate, CertificateShape.Leaf(Endpoint));
        AssertFailed(FetchFault.EndpointNotVerified, await FetchAsync(without));
    }

    [Fact]
    public async Task A_tag_is_shown_and_what_has_not_changed_is_not_sent()
    {
        await using var server = await ServeAsync();
        server.Answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        };
        Assert.IsType<BundleAnswer.NotModified>(await FetchAsync(server, tag: "\"4-a\""));
        Assert.Equal(["GET / \"4-a\""], server.Asked);
        AssertFailed(FetchFault.BadStatus, await FetchAsync(server)); // to nobody's tag
    }

    public static TheoryData<string, Func<CertificateShape, CertificateShape>> WrongLeaves() => new()
    {
        { "another ID", shape => shape with { Uris = ["spiffe://other.org/bundle"] } },
        { "an ID below it", shape => shape with { Uris = ["spiffe://other.org/bundles/x"] } },
        { "another trust domain", shape => shape with { Uris = ["spiffe://third.org/bundles"] } },
        { "two IDs", shape => shape with { Uris = [Endpoint, Endpoint] } },
        { "no ID but the host", shape => shape with { Uris = [], DnsNames = ["127.0.0.1", "localhost"] } },
        { "it is over", shape => shape with { NotBefore = TestAuthority.Now.AddHours(-2), NotAfter = TestAuthority.Now.AddSeconds(-2) } },
        { "it has not begun", shape => shape with { NotBefore = TestAuthority.Now.AddMinutes(2) } },
        { "for clients alone", shape => shape with { Extra = [new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false)] } },
    };

    [Theory, MemberData(nameof(WrongLeaves))]
    public async Task S5_2_2_an_endpoint_that_does_not_prove_the_id_is_not_even_asked(string fault, Func<CertificateShape, CertificateShape> change)
    {
        await using var server = await HostileEndpoint.StartAsync(_root, change(CertificateShape.Leaf(Endpoint)));
        AssertFailed(FetchFault.EndpointNotVerified, await FetchAsync(server));
        Assert.True(server.Asked.IsEmpty, fault);
    }

    [Fact]
    public async Task S5_2_2_2_only_the_bundle_given_verifies_it()
    {
        await using var server = await HostileEndpoint.StartAsync(_stranger, CertificateShape.Leaf(Endpoint));
        AssertFailed(FetchFault.EndpointNotVerified, await FetchAsync(server));
        Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server, verifier: _stranger));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_document_without_end_is_cut_off_whether_it_says_how_long_it_is_or_not(bool says)
    {
        await using var server = await ServeAsync();
        server.Answer = async context =>
        {
            if (says)
            {
                context.Response.ContentLength = FederationPlanner.MaxDocument + 1;
            }

            var junk = new byte[64 * 1024];
            for (var i = 0; i < (says ? 1 : 1_000); i++)
            {
                await context.Response.Body.WriteAsync(junk, context.RequestAborted);
            }
        };
        AssertFailed(FetchFault.TooLarge, await FetchAsync(server));
    }

    [Fact]
    public async Task A_document_of_just_the_longest_length_is_taken()
    {
        await using var server = await ServeAsync();
        server.Answer = context => context.Response.Body.WriteAsync(new byte[FederationPlanner.MaxDocument], context.RequestAborted).AsTask();
        Assert.Equal(FederationPlanner.MaxDocument, Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server)).Document.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_drips_or_never_begins_is_given_up_after_one_time_for_all(bool begins)
    {
        await using var server = await ServeAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Answer = async context =>
        {
            if (begins)
            {
                await context.Response.WriteAsync("{", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            reached.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var fetching = FetchAsync(server);
        await reached.Task.WaitAsync(Cancellation);
        _clock.Advance(Peers.Settings.FetchTimeout);
        AssertFailed(FetchFault.Unreachable, await fetching);
    }

    [Fact]
    public async Task Whoever_gives_the_fetch_up_hears_of_it()
    {
        await using var server = await ServeAsync();
        using var giving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        server.Answer = async context =>
        {
            await giving.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _fetcher.FetchAsync(Question(server.Url, Endpoint, _root, null), giving.Token));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Another_status_is_no_document(int status)
    {
        await using var server = await ServeAsync();
        server.Answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        AssertFailed(FetchFault.BadStatus, await FetchAsync(server));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_followed_for_this_fetch(int status)
    {
        await using var server = await ServeAsync();
        server.Answer = context => context.Request.Path == "/" ? Redirect(context, status, "/moved") : context.Response.WriteAsync("moved", Cancellation);
        Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server));
        Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server));
        Assert.Equal(["GET /", "GET /moved", "GET /", "GET /moved"], server.Asked); // never remembered, permanent ones neither
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("https://u:p@127.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task A_redirect_to_what_is_no_https_url_is_not_followed(string location)
    {
        await using var server = await ServeAsync();
        server.Answer = context => Redirect(context, 302, location);
        AssertFailed(FetchFault.BadRedirect, await FetchAsync(server));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Redirects_end()
    {
        await using var server = await ServeAsync();
        server.Answer = context => Redirect(context, 302, "/");
        AssertFailed(FetchFault.BadRedirect, await FetchAsync(server));
        Assert.Equal(HttpBundleFetcher.MaxRedirects + 1, server.Asked.Count);
    }

    [Fact]
    public async Task S5_2_2_the_target_of_a_redirect_must_prove_the_same_id()
    {
        await using var twin = await ServeAsync();
        await using var stranger = await HostileEndpoint.StartAsync(_root, CertificateShape.Leaf("spiffe://other.org/web"));
        await using var server = await ServeAsync();
        server.Answer = context => Redirect(context, 302, twin.Url.ToString());
        Assert.IsType<BundleAnswer.Fetched>(await FetchAsync(server));
        server.Answer = context => Redirect(context, 302, stranger.Url.ToString());
        AssertFailed(FetchFault.EndpointNotVerified, await FetchAsync(server));
        Assert.Empty(stranger.Asked);
    }

    [Fact]
    public async Task A_redirect_to_another_host_does_not_lead_to_this_machine_or_a_metadata_server()
    {
        await using var server = await ServeAsync();
        foreach (var target in (string[])[$"https://localhost:{server.Url.Port}/", "https://[::1]/", "https://169.254.169.254/"])
        {
            server.Answer = context => Redirect(context, 302, target);
            AssertFailed(FetchFault.Unreachable, await FetchAsync(server));
        }

        Assert.All(server.Asked, asked => Assert.Equal("GET /", asked));
        Assert.Equal(3, server.Asked.Count);
    }

    [Fact]
    public async Task Nobody_there_is_a_failure()
    {
        Uri url;
        await using (var server = await ServeAsync())
        {
            url = server.Url;
        }

        AssertFailed(FetchFault.Unreachable, await _fetcher.FetchAsync(Question(url, Endpoint, _root, null), Cancellation));
    }

    [Fact]
    public async Task S5_2_1_a_web_endpoint_is_verified_by_its_hosts_name_and_the_roots()
    {
        // The platform judges by its own clock.
        var now = TimeProvider.System.GetUtcNow();
        using var root = TestAuthority.CreateRoot(shape => shape with { NotBefore = now.AddDays(-1), NotAfter = now.AddDays(1) });
        var leaf = CertificateShape.Leaf("spiffe://other.org/x") with { NotBefore = now.AddHours(-1), NotAfter = now.AddHours(1), DnsNames = ["localhost"] };
        await using var server = await HostileEndpoint.StartAsync(root, leaf);
        await System.IO.File.WriteAllTextAsync(_directory.File("roots.pem"), new X509Certificate2Collection(X509CertificateLoader.LoadCertificate(root.Certificate)).ExportCertificatePems(), Cancellation);
        await System.IO.File.WriteAllTextAsync(_directory.File("others.pem"), new X509Certificate2Collection(X509CertificateLoader.LoadCertificate(_stranger.Certificate)).ExportCertificatePems(), Cancellation);
        var byName = new UriBuilder(server.Url) { Host = "localhost" }.Uri;

        Assert.IsType<BundleAnswer.Fetched>(await FetchWebAsync(byName, "roots.pem"));
        AssertFailed(FetchFault.EndpointNotVerified, await FetchWebAsync(server.Url, "roots.pem")); // by its address, for which it is not
        AssertFailed(FetchFault.EndpointNotVerified, await FetchWebAsync(byName, "others.pem"));
        AssertFailed(FetchFault.EndpointNotVerified, await FetchWebAsync(byName, null)); // by the system's roots
        AssertFailed(FetchFault.BadRootsFile, await FetchWebAsync(byName, "missing.pem"));
        Assert.Single(server.Asked);
    }

    private Task<HostileEndpoint> ServeAsync() => HostileEndpoint.StartAsync(_root, CertificateShape.Leaf(Endpoint));

    private Task<BundleAnswer> FetchAsync(HostileEndpoint server, string? tag = null, TestAuthority? verifier = null) =>
        _fetcher.FetchAsync(Question(server.Url, Endpoint, verifier ?? _root, tag), Cancellation);

    private Task<BundleAnswer> FetchWebAsync(Uri url, string? rootsFile)
    {
        var fetcher = new HttpBundleFetcher(Peers.Settings with { WebRootsFile = rootsFile is null ? null : _directory.File(rootsFile) }, TimeProvider.System);
        return fetcher.FetchAsync(new BundleQuestion(Peers.Web(url: url.ToString()), null, null), Cancellation);
    }

    private static BundleQuestion Question(Uri url, string endpoint, TestAuthority verifier, string? tag)
    {
        var id = SpiffeId.Parse(endpoint);
        Assert.True(FederationRelationship.TryCreate(Peers.Other, url.ToString(), EndpointProfile.HttpsSpiffe, id, out var relationship, out _));
        Assert.True(X509Bundle.TryCreate(id.TrustDomain, [verifier.Certificate], out var bundle, out _));
        return new(relationship, bundle, tag);
    }

    private static Task Redirect(HttpContext context, int status, string location)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    private static void AssertFailed(FetchFault expected, BundleAnswer answer)
    {
        var failed = Assert.IsType<BundleAnswer.Failed>(answer);
        Assert.True(expected == failed.Fault, $"{failed.Fault}: {failed.Detail}");
    }
}
