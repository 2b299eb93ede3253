using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Federation.Fetching;
using MeshCA.IntegrationTests.Running;
using MeshCA.Storage;
using MeshCA.Storage.Queries;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Identity;
using Microsoft.Net.Http.Headers;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Xunit;

namespace MeshCA.IntegrationTests.Federating;

/// <summary>Two services, each the authority of a trust domain of its own, which trust each other (Federation §5).</summary>
public sealed class FederationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_trust_domains_follow_each_other_through_a_rotation_which_waits_until_the_other_fetched_the_new_root()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        await using var two = await FederatedHome.StartAsync("two.org");
        await one.AcceptInvitationAsync(two);
        await two.AcceptInvitationAsync(one);
        Assert.Equal(("ok", 1), ((await two.PeerAsync("one.org")).Status, (await two.PeerAsync("one.org")).X509Authorities));

        // A workload of the other domain follows, as an agent does.
        using var agent = two.Mesh.Connect();
        using var call = agent.Bundles.Watch(new Metadata { { "authorization", $"Bearer {two.Home.Token()}" } }, cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new() { Open = new() { Federated = true } }, Cancellation);
        var before = Assert.Single((await FederatedAsync(call)).Bundles);
        Assert.Equal(("one.org", 1), (before.TrustDomain, before.X509Authorities.Count));

        // Once it has polled by its own path it counts, and is seen to have our bundle.
        await Eventually.TrueAsync(() => one.ConsumerOf("two.org") is { } seen && seen.Sequence == one.Published, "two.org as a consumer");
        Assert.Equal(one.Published, (await one.PeerAsync("two.org")).OurSequence);

        var old = one.Mesh.Part<IAuthoritySnapshots>().Current!.Roots[0].ToArray();
        await one.Authorities.BeginRotationAsync(new BeginRotationRequest { Reason = "yearly" });
        await Eventually.TrueAsync(async () => await one.PhaseAsync() == "completed", "the rotation");

        // Both roots in between, the new one alone in the end; the old one is nowhere any more.
        var seen = new List<int>();
        MeshCA.Wire.Identity.TrustBundle last;
        do
        {
            last = Assert.Single((await FederatedAsync(call)).Bundles);
            seen.Add(last.X509Authorities.Count);
        }
        while (last.X509Authorities.Any(root => root.Span.SequenceEqual(old)));
        Assert.Equal([2, 1], seen);
        await Eventually.TrueAsync(async () => (await two.PeerAsync("one.org")).Sequence == (ulong)one.Published, "the last bundle");
        Assert.Equal((1, "ok"), ((await two.PeerAsync("one.org")).X509Authorities, (await two.PeerAsync("one.org")).Status));
    }

    [Fact]
    public async Task A_root_does_not_sign_before_a_peer_that_stopped_fetching_has_it_and_a_removed_peer_is_waited_for_no_more()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        var path = await one.InviteAsync("two.org");
        using var peer = new Peer();
        using var first = await peer.GetAsync(path);
        Assert.Null(one.ConsumerOf("two.org")); // it was sent the bundle, which says nothing of its use
        using var second = await peer.GetAsync(path, first.Headers.ETag!.ToString());
        Assert.Equal((HttpStatusCode.NotModified, one.Published), (second.StatusCode, one.ConsumerOf("two.org")!.Sequence));

        await one.Authorities.BeginRotationAsync(new BeginRotationRequest { Reason = "yearly" });
        var refusal = await one.Authorities.ActivateAsync(new StepRequest());
        Assert.Contains(refusal.Refusal.Unmet, condition => condition is { Kind: "consumers", Done: 0, Total: 1 });
        Assert.Equal("distributing", await one.PhaseAsync());

        // Without a tag too, since SPIRE shows none: what it was sent counts once it comes back.
        using var third = await peer.GetAsync(path);
        Assert.NotEqual(one.Published, one.ConsumerOf("two.org")!.Sequence);
        using var fourth = await peer.GetAsync(path);
        Assert.Equal(one.Published, one.ConsumerOf("two.org")!.Sequence);
        await Eventually.TrueAsync(async () => await one.PhaseAsync() == "completed", "the rotation");

        Assert.Equal("two.org", (await one.Federation.RemoveAsync(new RemoveFederationRequest { TrustDomain = "two.org", Reason = "over" })).Peer.TrustDomain);
        Assert.Null(one.ConsumerOf("two.org"));
        using var void_ = await peer.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, void_.StatusCode);
    }

    [Fact]
    public async Task What_was_fetched_outlives_a_restart_and_what_is_removed_is_gone_at_once()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        await using var two = await FederatedHome.StartAsync("two.org");
        await two.AcceptInvitationAsync(one);
        await two.StopAsync();
        await one.StopAsync(); // nobody answers any more
        await two.StartAsync();
        var known = two.Mesh.Part<IFederationFeed>().Current.Find(SpiffeIdentity.TrustDomain.Parse("one.org"));
        Assert.Single(known!.Bundle!.X509.Authorities);
        await Eventually.TrueAsync(async () => (await two.PeerAsync("one.org")).Fault == nameof(FetchFault.Unreachable), "a fetch that fails");
        Assert.Equal(1, (await two.PeerAsync("one.org")).X509Authorities); // failure takes nothing away

        using var agent = two.Mesh.Connect();
        using var call = agent.Bundles.Watch(new Metadata { { "authorization", $"Bearer {two.Home.Token()}" } }, cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new() { Open = new() { Federated = true } }, Cancellation);
        Assert.Single((await FederatedAsync(call)).Bundles);
        Assert.Contains("removed one.org", await two.OrderAsync("federation", "remove", "one.org", "--reason", "over"), StringComparison.Ordinal);
        Assert.Empty((await FederatedAsync(call)).Bundles);
        Assert.Empty(two.Mesh.Part<IFederationFeed>().Current.Peers);
        Assert.Equal(ExitCode.Refused, (await two.RunAsync("federation", "remove", "one.org")).Code);
    }

    [Fact]
    public async Task An_identity_gets_the_bundles_that_are_meant_for_it()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        await using var two = await FederatedHome.StartAsync("two.org");
        await System.IO.File.WriteAllTextAsync(
            two.Home.File("invitation.json"), await one.OrderAsync("federation", "invite", "two.org", "--url", one.Endpoint.ToString()), Cancellation);
        await two.OrderAsync("federation", "add", "--invitation", two.Home.File("invitation.json"), "--for", "spiffe://two.org/ns/shop/sa/cart");
        foreach (var (account, count) in ((string, int)[])[("cart", 1), ("carts", 0)])
        {
            using var agent = two.Mesh.Connect();
            using var call = agent.Bundles.Watch(new Metadata { { "authorization", $"Bearer {two.Home.Token(account)}" } }, cancellationToken: Cancellation);
            await call.RequestStream.WriteAsync(new() { Open = new() { Federated = true } }, Cancellation);
            Assert.Equal(count, (await FederatedAsync(call)).Bundles.Count);
        }
    }

    [Theory]
    [InlineData("https_web", "", "UrlHasUserInformation", "admin@")]
    [InlineData("https_web", "bundles", "without path", "")]
    [InlineData("https_web", "?a=b", "without path", "")]
    [InlineData("https_spiffe", "", "set BundleEndpoint:SpiffePort", "")]
    public async Task An_invitation_that_no_peer_could_take_is_refused_and_the_key_that_the_peer_had_stays_good(
        string profile, string suffix, string reason, string prefix)
    {
        // Its https_spiffe endpoint is closed.
        await using var one = await FederatedHome.StartAsync("one.org", ("BundleEndpoint:SpiffePort", ""));
        using var first = JsonDocument.Parse(await one.OrderAsync("federation", "invite", "two.org", "--url", "https://one.org:8443", "--profile", "https_web"));
        var key = new Uri(first.RootElement.GetProperty("url").GetString()!).Segments[^1];
        var feed = one.Mesh.Part<IFederationFeed>();
        var revision = feed.Current.Revision;

        var (code, output) = await one.RunAsync("federation", "invite", "two.org", "--url", $"https://{prefix}one.org:8443/{suffix}", "--profile", profile);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.Equal(revision, feed.Current.Revision);
        Assert.Equal("two.org", feed.Current.FindByPollKey(key)?.Peer.TrustDomain.Name);

        await one.OrderAsync("federation", "invite", "two.org", "--url", "https://one.org:8443/", "--profile", "https_web");
        Assert.Null(feed.Current.FindByPollKey(key));
    }

    [Fact]
    public async Task S5_2_the_endpoint_answers_get_alone_with_the_document_and_its_tag()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        using var peer = new Peer();
        using var response = await peer.GetAsync(one.Endpoint);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.True(SpiffeBundleReader.TryRead(
            SpiffeIdentity.TrustDomain.Parse("one.org"), await response.Content.ReadAsByteArrayAsync(Cancellation), out var bundle, out _));
        Assert.Equal(((ulong)one.Published, TimeSpan.FromSeconds(1)), (bundle.Sequence!.Value, bundle.RefreshHint!.Value)); // a fifth of the overlap, at least a second
        using var known = await peer.GetAsync(one.Endpoint, response.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);

        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Head, HttpMethod.Options])
        {
            using var refused = await peer.SendAsync(method, one.Endpoint);
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET"), (refused.StatusCode, string.Join(' ', refused.Content.Headers.Allow)));
        }

        foreach (var other in (string[])["/metrics", "/healthz/live", "/bundle.json", "/peers/x", "/meshca.admin.v1.Federation/List"])
        {
            using var absent = await peer.GetAsync(new Uri(one.Endpoint, other));
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        }

        // X509-SVID §2 and Federation §5.2.2: one URI, no DNS names; it verifies by the bundle that it serves.
        Assert.Null(EndpointVerifier.Verify(peer.Shown, peer.Chain, SpiffeId.Parse(one.EndpointId), bundle.X509, one.Home.Clock.GetUtcNow()));
        Assert.True(X509Svid.TryParse([peer.Shown!.RawDataMemory], out var svid, out _));
        Assert.Equal(one.EndpointId, svid.Id.ToString());
    }

    [Fact]
    public async Task S5_2_1_under_https_web_the_certificate_is_the_operators_and_is_read_again()
    {
        using var first = Certificate("first");
        await using var one = new FederatedHome("one.org", ("BundleEndpoint:WebPort", "0"), ("BundleEndpoint:CertificateFile", ""), ("BundleEndpoint:KeyFile", ""));
        var (certificate, key) = (one.Home.File("web.pem"), one.Home.File("web.key"));
        Write(first);
        one.Home.Set(("BundleEndpoint:CertificateFile", certificate), ("BundleEndpoint:KeyFile", key));
        await one.StartAsync();
        var url = MeshClient.ByName(one.Mesh.WebBundleAddress!);
        await using var two = await FederatedHome.StartAsync("two.org", ("Federation:WebRootsFile", certificate));
        var output = await two.OrderAsync("federation", "add", "one.org", "--url", url.ToString(), "--profile", "https_web");
        Assert.Contains("updated", output, StringComparison.Ordinal);
        Assert.Equal("ok", (await two.PeerAsync("one.org")).Status);

        using var second = Certificate("second");
        Write(second);
        using var peer = new Peer();
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await peer.GetAsync(url);
                return peer.Shown!.Thumbprint == second.Thumbprint;
            },
            "the second certificate");
        Assert.Equal(ExitCode.Ok, (await two.RunAsync("federation", "refresh", "one.org")).Code); // its roots file is the same file

        // Not by another name than the URL's host.
        var (code, refused) = await two.RunAsync("federation", "add", "other.org", "--url", one.Mesh.WebBundleAddress!.ToString(), "--profile", "https_web");
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains(nameof(FetchFault.EndpointNotVerified), refused, StringComparison.Ordinal);

        void Write(X509Certificate2 made)
        {
            System.IO.File.WriteAllText(certificate, made.ExportCertificatePem());
            System.IO.File.WriteAllText(key, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }
    }

    [Fact]
    public async Task The_command_line_adds_shows_refreshes_and_refuses_what_makes_no_sense()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        await using var two = await FederatedHome.StartAsync("two.org");
        var bundle = two.Home.File("one.json");
        await System.IO.File.WriteAllTextAsync(bundle, await one.Mesh.GetAsync("/bundle.json"), Cancellation);
        string[] add = ["federation", "add", "one.org", "--url", one.Endpoint.ToString(), "--profile", "https_spiffe", "--endpoint-id", one.EndpointId];

        Assert.Equal(ExitCode.Refused, (await two.RunAsync(add)).Code); // no first bundle
        Assert.Equal(ExitCode.Refused, (await two.RunAsync(["federation", "add", "two.org", .. add[3..], "--bundle-file", bundle])).Code); // our own
        Assert.Equal(ExitCode.Usage, (await two.RunAsync("federation", "add", "one.org")).Code);
        Assert.Equal(ExitCode.Invalid, (await two.RunAsync([.. add, "--bundle-file", two.Home.File("none")])).Code);
        Assert.Contains("unchanged", await two.OrderAsync([.. add, "--bundle-file", bundle]), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await two.RunAsync([.. add, "--bundle-file", bundle])).Code); // there is one
        await two.OrderAsync([.. add, "--replace"]); // the bundle stays

        Assert.Contains("\"status\": \"ok\"", await two.OrderAsync("federation", "list", "--output", "json"), StringComparison.Ordinal);
        Assert.Contains("one.org", await two.OrderAsync("federation", "list"), StringComparison.Ordinal);
        Assert.Contains("all identities", await two.OrderAsync("federation", "show", "one.org"), StringComparison.Ordinal);
        Assert.Equal(await one.Mesh.ReadBundleAsync(), await two.OrderAsync("federation", "show", "one.org", "--bundle-form", "pem"));
        Assert.Contains("\"spiffe_sequence\"", await two.OrderAsync("federation", "show", "one.org", "--bundle-form", "spiffe"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await two.RunAsync("federation", "show", "third.org")).Code);

        Assert.Contains("unchanged", await two.OrderAsync("federation", "refresh", "one.org"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await two.RunAsync("federation", "refresh", "one.org", "--accept-rollback")).Code); // without a reason
        Assert.Equal(ExitCode.Refused, (await two.RunAsync("federation", "refresh", "third.org")).Code);

        // An operator's word against the sequence: PEM has none.
        await System.IO.File.WriteAllTextAsync(bundle, await one.Mesh.ReadBundleAsync(), Cancellation);
        Assert.Contains("updated", await two.OrderAsync("federation", "refresh", "one.org", "--bundle-file", bundle, "--reason", "restored"), StringComparison.Ordinal);
        var events = await two.Mesh.Part<IStoreQueries>().FindEventsAsync(new AuditQuery(), Cancellation);
        Assert.Contains(events.Entries, entry => entry.Event is { Action: "federation.bundle-forced", Target: "spiffe://one.org" });
    }

    private static async Task<FederatedBundles> FederatedAsync(AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call)
    {
        while (await call.ResponseStream.MoveNext(Cancellation))
        {
            if (call.ResponseStream.Current.Federated is { } state)
            {
                return state;
            }
        }

        throw new InvalidOperationException("the stream ended");
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }

    /// <summary>A client of the endpoint that judges nothing and remembers what it was shown.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly HttpClient _http;

        public Peer() => _http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, DisableCertificateDownloads = true },
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    // Copies: what the handshake hands out does not outlive it.
                    Shown = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
                    Chain = new X509Chain();
                    Chain.ChainPolicy.ExtraStore.AddRange(
                        chain!.ChainPolicy.ExtraStore.Select(other => X509CertificateLoader.LoadCertificate(other.RawData)).ToArray());
                    return true;
                },
            },
        });

        public X509Certificate2? Shown { get; private set; }

        public X509Chain? Chain { get; private set; }

        public Task<HttpResponseMessage> GetAsync(Uri url, string? tag = null) => SendAsync(HttpMethod.Get, url, tag);

        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri url, string? tag = null)
        {
            using var request = new HttpRequestMessage(method, url);
            if (tag is not null)
            {
                request.Headers.TryAddWithoutValidation(HeaderNames.IfNoneMatch, tag);
            }

            return await _http.SendAsync(request, Cancellation);
        }

        public void Dispose() => _http.Dispose();
    }
}
