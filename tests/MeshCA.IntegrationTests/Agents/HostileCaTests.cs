using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Trust;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Istio;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The agent against a CA that breaks rules: nothing of it is served, nothing ends the agent, and a good answer is taken after it.</summary>
public sealed class HostileCaTests
{
    public static TheoryData<string> BrokenAnswers() =>
        ["nothing", "one element", "seventeen elements", "no certificate", "other key", "other trust domain", "no identity", "other root", "expired", "clients only", "no bundle", "a megabyte"];

    [Theory, MemberData(nameof(BrokenAnswers))]
    public async Task An_answer_that_breaks_a_rule_is_not_served(string fault)
    {
        await using var ca = await FakeCa.StartAsync();
        using var other = FakeCa.NewRoot("another");
        ca.Answer = request => Broken(fault, request, ca, other);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();

        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 1 }], "refusals");
        Assert.Equal(FailureCause.Answer, agent.Part<IdentityWorker>().Statuses[0].LastFailure!.Cause);
        Assert.Empty(agent.State.Svids);

        ca.Answer = null;
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "a good answer");
    }

    [Fact]
    public async Task The_svid_that_is_held_outlives_bad_answers()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.Answer = request => FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = TimeProvider.System.GetUtcNow().AddSeconds(4) });
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0];
        ca.Answer = _ => new();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "a refusal");

        Assert.Same(first, agent.State.Svids[0]);
        await agent.StateAsync(state => state.Svids.Length == 0, "its end");
    }

    [Fact]
    public async Task A_ca_without_a_stream_gives_its_bundle_with_each_svid()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var state = await agent.StateAsync(each => each is { Svids.Length: 1, Bundle: not null }, "an SVID");

        Assert.Null(state.Bundle!.Sequence);
        Assert.Equal([ca.Root.Certificate], state.Bundle.X509.Authorities.Select(der => der.ToArray()));
        await Eventually.TrueAsync(
            () => agent.Part<BundleFollower>().Status.LastEnd.Contains("UNIMPLEMENTED", StringComparison.Ordinal), "the end of the stream");
    }

    public static TheoryData<string> BrokenBundles() => ["no roots", "other trust domain", "no certificate", "two keys of one name"];

    [Theory, MemberData(nameof(BrokenBundles))]
    public async Task A_bundle_that_breaks_a_rule_is_neither_used_nor_acknowledged(string fault)
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(7);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(7UL), "the first acknowledgement");
        ca.Publish(8, bundle => Break(fault, bundle));
        ca.Publish(9);
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(9UL), "the last acknowledgement");

        Assert.DoesNotContain(8UL, ca.Acknowledged);
        Assert.Equal([ca.Root.Certificate], agent.State.Bundle!.X509.Authorities.Select(der => der.ToArray()));
    }

    [Fact]
    public async Task A_compromised_key_renews_at_once_and_a_ca_that_goes_on_signing_with_it_is_not_stormed()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(1);
        using var home = new AgentHome(("Agent:FirstRetry", "00:00:00.5"), ("Agent:LongestRetry", "00:10:00"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID")).Svids[0];
        using var root = X509CertificateLoader.LoadCertificate(ca.Root.Certificate);
        ca.Publish(2, bundle => bundle.TaintedKeyIds.Add(
            root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant()));
        await agent.StateAsync(state => state.Svids is [{ } svid] && svid != first, "another SVID");

        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "that it is asked for again");
        Assert.True(ca.Requests.Count < 8, $"{ca.Requests.Count} requests");
    }

    [Fact]
    public async Task A_stream_that_ends_is_opened_again_with_what_is_in_use()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(3);
        using var home = new AgentHome(("Agent:Instance", "here"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(3UL), "an acknowledgement");
        ca.Stream.Writer.Complete();
        await Eventually.TrueAsync(() => ca.Opened.Count > 1, "another stream");

        Assert.Equal(("here", 0UL, true, true), (ca.Opened.First().Instance, ca.Opened.First().SequenceInUse, ca.Opened.First().Revocations, ca.Opened.First().Federated));
        Assert.Equal(3UL, ca.Opened.Last().SequenceInUse);
        Assert.NotNull(agent.State.Bundle);
    }

    [Fact]
    public async Task An_identity_of_another_is_asked_for_by_metadata_and_pilot_headers_travel()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome(("Agent:CertSigner", "mine"), ("Agent:Headers:x-team", "blue"), ("Agent:SpiffeId", FakeCa.Id), ("Agent:ClusterId", "c1"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");
        Assert.True(ca.Requests.TryPeek(out var asked));

        Assert.Equal(("mine", 1), (asked.Request.Metadata.Fields["CertSigner"].StringValue, asked.Request.Metadata.Fields.Count));
        Assert.Equal(("Bearer any.token.does", "c1", "blue"), (asked.Headers.GetValue("authorization"), asked.Headers.GetValue("clusterid"), asked.Headers.GetValue("x-team")));
        Assert.Equal(86_400, asked.Request.ValidityDuration);
        var csr = CertificateRequest.LoadSigningRequestPem(asked.Request.Csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal("", csr.SubjectName.Name);
        Assert.Single(csr.CertificateExtensions);
    }

    [Fact]
    public async Task A_busy_ca_is_left_alone_as_long_as_it_asks()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.Answer = _ => throw new RpcException(
            new Status(StatusCode.ResourceExhausted, "busy"), new Metadata { { "grpc-retry-pushback-ms", "120000" } });
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "a refusal");
        var status = agent.Part<IdentityWorker>().Statuses[0];

        Assert.Equal(FailureCause.Busy, status.LastFailure!.Cause);
        Assert.True(status.Next > TimeProvider.System.GetUtcNow().AddSeconds(60));
        Assert.Single(ca.Requests);
    }

    [Fact]
    public async Task An_entry_that_goes_while_the_ca_does_not_answer_for_it_ends_nothing_else()
    {
        await using var ca = await FakeCa.StartAsync();
        using var gate = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        ca.Answer = request =>
        {
            if (ca.Requests.Count == 1)
            {
                gate.Wait(token);
            }

            return ca.Good(request);
        };
        using var home = new AgentHome(("Agent:RequestTimeout", "00:02:00"));
        home.Write("registration.yaml", "entries: [{name: a, everybody: true}]");
        home.Set(("Workloads:RegistrationFile", home.File("registration.yaml")));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        try
        {
            await Eventually.TrueAsync(() => ca.Requests.Count == 1, "a request");
            home.Write("registration.yaml", "entries: [{name: b, everybody: true}]");

            await agent.StateAsync(state => state.Svids is [{ Entry.Name: "b" }], "the other entry's SVID");
        }
        finally
        {
            gate.Set();
        }
    }

    private static void Break(string fault, Wire.Identity.TrustBundle bundle)
    {
        switch (fault)
        {
            case "no roots":
                bundle.X509Authorities.Clear();
                break;
            case "other trust domain":
                bundle.TrustDomain = "evil.example";
                break;
            case "no certificate":
                bundle.X509Authorities.Add(ByteString.CopyFromUtf8("junk"));
                break;
            case "two keys of one name":
                bundle.JwtAuthorities.Add(new Wire.Identity.JwtAuthority { KeyId = "k", PublicKey = ByteString.CopyFromUtf8("junk") });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }

    private static IstioCertificateResponse Broken(string fault, IstioCertificateRequest request, FakeCa ca, TestAuthority other)
    {
        var good = ca.Good(request);
        switch (fault)
        {
            case "nothing":
                return new();
            case "one element":
                return new() { CertChain = { good.CertChain[0] } };
            case "seventeen elements":
                return new() { CertChain = { Enumerable.Repeat(good.CertChain[1], 15).Prepend(good.CertChain[0]).Append(good.CertChain[1]) } };
            case "no certificate":
                return new() { CertChain = { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good.CertChain[1] } };
            case "other key":
                return new() { CertChain = { PemWriter.WriteCertificate(ca.Root.IssueLeaf(FakeCa.Id, FakeCa.Living)), good.CertChain[1] } };
            case "other trust domain":
                return FakeCa.Good(request, ca.Root, shape => shape with { Uris = ["spiffe://evil.example/ns/shop/sa/cart"] });
            case "no identity":
                return FakeCa.Good(request, ca.Root, shape => shape with { Uris = [], DnsNames = ["cart.shop"] });
            case "other root":
                return new() { CertChain = { good.CertChain[0], PemWriter.WriteCertificate(other.Certificate) } };
            case "expired":
                return FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = shape.NotBefore.AddSeconds(60) });
            case "clients only":
                return FakeCa.Good(
                    request, ca.Root, shape => shape with { Extra = [new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false)] });
            case "no bundle":
                return new() { CertChain = { good.CertChain[0], "junk" } };
            case "a megabyte":
                return new() { CertChain = { good.CertChain[0], new string('x', 1 << 20) + good.CertChain[1] } };
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }
}
