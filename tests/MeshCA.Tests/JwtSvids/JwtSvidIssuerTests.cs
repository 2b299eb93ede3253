using System.Text.Json.Nodes;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Configuration;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.JwtSvids;
using MeshCA.Registration;
using MeshCA.Tests.IssuancePolicies;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.JwtSvids;

public sealed class JwtSvidIssuerTests : IAsyncLifetime
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly TestRevocations _revocations = new();
    private readonly AuthorityRotator _rotator;

    public JwtSvidIssuerTests() => _rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
    {
        JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _rotator.AdvanceAsync(Token);

    public ValueTask DisposeAsync()
    {
        _rotator.Dispose();
        return ValueTask.CompletedTask;
    }

    // JWT-SVID §5.
    [Fact]
    public async Task What_is_minted_validates_by_the_published_bundle()
    {
        var issued = await IssueAsync(Request("api", "other"));
        var svid = Validate(issued.Token, "other");
        Assert.Equal(Web, svid.Id.ToString());
        Assert.Equal(["api", "other"], svid.Audience);
        Assert.Equal(_clock.GetUtcNow().AddMinutes(5), svid.ExpiresAt);
        Assert.Equal(_rotator.Current!.Jwt.Signer!.Id, svid.KeyId);
        Assert.Null(Claim(svid, "iss"));
        Assert.Equal(issued.Id.ToString(), Claim(svid, "jti"));
    }

    [Fact]
    public async Task The_issuer_is_named_where_one_is_configured()
    {
        var issued = await IssueAsync(Request("api"), New(issuer: "https://oidc.example.org"));
        Assert.Equal("https://oidc.example.org", Claim(Validate(issued.Token, "api"), "iss"));
    }

    [Fact]
    public async Task A_token_is_in_the_journal_without_its_text()
    {
        var issued = await IssueAsync(Request("api", "other"));
        var record = _store.Journal[^1];
        Assert.Equal(CertificateKind.JwtSvid, record.Kind);
        Assert.Equal((issued.Id, Web, issued.KeyId, issued.ExpiresAt), (record.Serial, record.Subject!.ToString(), record.Authority, record.NotAfter));
        Assert.Equal("api\nother", record.Audience);
        Assert.Equal(_rotator.Current!.Jwt.Signer!.PublicKey.Fingerprint, record.Key); // by which a compromised key finds its tokens
        Assert.Equal("web-0", record.Evidence!.PodName);
        Assert.Equal(Fingerprint.Of(System.Text.Encoding.ASCII.GetBytes(issued.Token)), record.Certificate);
        Assert.DoesNotContain(issued.Token, record.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Token, issued.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_leaves_without_a_durable_record()
    {
        _store.Fails = true;
        Assert.Equal(RejectionReason.JournalUnavailable, await RefuseAsync(Request("api")));
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(-5, 300)]
    [InlineData(60, 60)]
    [InlineData(3600, 3600)]
    [InlineData(3601, 3600)]
    public async Task A_token_lives_as_long_as_asked_for_within_the_limits(int asked, int granted)
    {
        var issued = await IssueAsync(Request("api") with { RequestedLifetime = TimeSpan.FromSeconds(asked) });
        Assert.Equal(_clock.GetUtcNow().AddSeconds(granted), issued.ExpiresAt);
    }

    // JWT-SVID §3.3, spiffe §3: `exp` is whole seconds; what is answered and recorded is what the token says.
    [Theory]
    [InlineData(0.4, 1)]
    [InlineData(60.7, 61)]
    [InlineData(3599.5, 3600)]
    public async Task A_part_of_a_second_asked_for_is_a_second_and_no_fault_of_ours(double asked, int granted)
    {
        var issued = await IssueAsync(Request("api") with { RequestedLifetime = TimeSpan.FromSeconds(asked) });
        Assert.Equal(_clock.GetUtcNow().AddSeconds(granted), issued.ExpiresAt);
        Assert.Equal(issued.ExpiresAt, Validate(issued.Token, "api").ExpiresAt);
        Assert.Equal(issued.ExpiresAt, _store.Journal[^1].NotAfter);
    }

    [Fact]
    public async Task Evidence_that_ends_within_this_second_is_too_late_and_no_fault_of_ours()
    {
        var caller = MeshAuthority.Caller(Web, _clock.GetUtcNow(), _clock.GetUtcNow().AddMilliseconds(400));
        Assert.Equal(RejectionReason.RenewalTooLate, await RefuseAsync(Request("api") with { Caller = caller }));
    }

    // spiffe §4.2: a key leaves only after the last of its SVIDs.
    [Fact]
    public async Task No_token_lives_longer_than_its_key_was_made_for()
    {
        var issued = await IssueAsync(
            Request("api") with { RequestedLifetime = TimeSpan.FromHours(9) }, New(options: new JwtSvidOptions { MaxLifetime = TimeSpan.FromHours(12) }));
        Assert.Equal(_clock.GetUtcNow() + MeshAuthority.JwtKeys.LongestToken, issued.ExpiresAt);
    }

    [Fact]
    public async Task No_token_outlives_what_the_evidence_allows()
    {
        var limit = _clock.GetUtcNow().AddSeconds(90);
        var request = Request("api") with { Caller = MeshAuthority.Caller(Web, _clock.GetUtcNow(), limit) };
        Assert.Equal(limit, (await IssueAsync(request)).ExpiresAt);
        _clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(RejectionReason.RenewalTooLate, await RefuseAsync(request));
    }

    [Fact]
    public async Task A_foreign_trust_domain_is_refused() => Assert.Equal(
        RejectionReason.ForeignTrustDomain,
        await RefuseAsync(Request("api") with { Caller = MeshAuthority.Caller("spiffe://elsewhere/ns/a/sa/b", _clock.GetUtcNow()) }));

    [Fact]
    public async Task Without_a_key_nothing_is_issued()
    {
        using var none = new AuthorityRotator(new MemoryStore(), MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        await none.AdvanceAsync(Token);
        Assert.Equal(RejectionReason.AuthorityUnavailable, await RefuseAsync(Request("api"), New(authorities: none)));
    }

    // rules, whether there is a token, seconds that it lives
    public static TheoryData<string, bool, int> Rules() => new()
    {
        { "[{name: r, action: DENY}]", false, 0 },
        { "[{name: r, from: {namespaces: [other]}, action: DENY}]", true, 300 },
        { "[{name: r, grant: {jwtSvids: {allow: false}}}]", false, 0 },
        { "[{name: r, grant: {jwtSvids: {allow: true}}}]", true, 300 },
        { "[{name: r, grant: {jwtSvids: {maxLifetime: 2m}}}]", true, 120 },
        { "[{name: r, grant: {jwtSvids: {maxLifetime: 20m, defaultLifetime: 7m}}}]", true, 420 },
        { "[{name: r, grant: {jwtSvids: {defaultLifetime: 10s}}}]", true, 10 },
        { "[{name: r, grant: {maxLifetime: 1m}}]", true, 60 },
        { "[{name: r, grant: {rate: {certificates: 1, per: 1h}, keys: [Rsa]}}]", true, 300 },
    };

    [Theory, MemberData(nameof(Rules))]
    public async Task The_issuance_policy_holds_for_tokens(string rules, bool isAllowed, int seconds)
    {
        var issuer = New(gate: Policy.Gate(rules, _clock));
        for (var i = 0; i < 3; i++)
        {
            if (isAllowed)
            {
                Assert.Equal(_clock.GetUtcNow().AddSeconds(seconds), (await IssueAsync(Request("api"), issuer)).ExpiresAt);
            }
            else
            {
                Assert.Equal(RejectionReason.PolicyDenied, await RefuseAsync(Request("api"), issuer));
            }
        }
    }

    [Fact]
    public async Task A_rule_that_cannot_be_decided_gives_nothing() => Assert.Equal(
        RejectionReason.PolicyUndecided,
        await RefuseAsync(Request("api"), New(gate: Policy.Gate("[{name: r, from: {podLabels: {app: web}}}]", _clock))));

    [Fact]
    public async Task A_ban_holds_for_tokens_and_for_one_that_comes_while_it_is_recorded()
    {
        _store.RecordAppended = () => _revocations.Set(TestRevocations.Ban(Web));
        Assert.Equal(RejectionReason.IdentityBanned, await RefuseAsync(Request("api")));
        _store.RecordAppended = null;
        var before = _store.Journal.Count;
        Assert.Equal(RejectionReason.IdentityBanned, await RefuseAsync(Request("api")));
        Assert.Equal(before, _store.Journal.Count);
    }

    [Fact]
    public async Task A_token_of_a_key_that_was_revoked_is_refused_by_who_has_the_next_bundle()
    {
        var issued = await IssueAsync(Request("api"));
        foreach (AuthorityCommand command in new AuthorityCommand[] { new AuthorityCommand.Taint(issued.KeyId), new AuthorityCommand.Revoke(issued.KeyId) })
        {
            Assert.IsType<CommandOutcome.Done>(await _rotator.ExecuteAsync(
                (_, _) => Task.FromResult(AuthorityOrder.Of(command)), new(_clock.GetUtcNow(), "test"), Token));
        }

        Assert.Equal(JwtSvidError.UnknownKey, Assert.IsType<JwtSvidValidation.Refused>(ValidationOf(issued.Token, "api")).Error);
        Assert.NotEqual(issued.KeyId, (await IssueAsync(Request("api"))).KeyId);
    }

    [Fact]
    public async Task Every_token_has_an_id_of_its_own()
    {
        var issuer = New();
        var ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ => (await IssueAsync(Request("api"), issuer)).Id));
        Assert.Equal(64, ids.Distinct().Count());
    }

    private JwtSvidIssuer New(IssuanceGate? gate = null, string issuer = "", JwtSvidOptions? options = null, IAuthoritySnapshots? authorities = null) => new(
        authorities ?? _rotator,
        PermittedTrustDomains.Only(MeshAuthority.TrustDomain),
        _store,
        _revocations,
        gate ?? MeshAuthority.Gate(_clock),
        new JwtSvidSettings { IsEnabled = true, Issuer = issuer, Lifetimes = (options ?? new JwtSvidOptions()).ToLifetimes() },
        new SignatureSampling(1),
        _clock);

    private async Task<JwtSvidOutcome.Issued> IssueAsync(JwtSvidRequest request, JwtSvidIssuer? issuer = null) =>
        Assert.IsType<JwtSvidOutcome.Issued>(await (issuer ?? New()).IssueAsync(request, Token));

    private async Task<RejectionReason> RefuseAsync(JwtSvidRequest request, JwtSvidIssuer? issuer = null) =>
        Assert.IsType<JwtSvidOutcome.Rejected>(await (issuer ?? New()).IssueAsync(request, Token)).Rejection.Reason;

    private JwtSvidRequest Request(params string[] audience)
    {
        Assert.True(JwtAudience.TryCreate(audience, out var taken, out _));
        return new(MeshAuthority.Caller(Web, _clock.GetUtcNow()), taken, TimeSpan.Zero, "ipv4:127.0.0.1:1");
    }

    private JwtSvid Validate(string token, string audience) => Assert.IsType<JwtSvidValidation.Accepted>(ValidationOf(token, audience)).Svid;

    private JwtSvidValidation ValidationOf(string token, string audience)
    {
        var snapshot = _rotator.Current!;
        var bundle = new TrustBundle(snapshot.Bundle) { Jwt = snapshot.Jwt.BundleOf(snapshot.TrustDomain) };
        return JwtSvidValidator.Validate(token, audience, BundleSet.Empty.With(bundle), _clock.GetUtcNow());
    }

    private static string? Claim(JwtSvid svid, string name) =>
        JsonNode.Parse(svid.Payload.Span)![name]?.GetValue<string>();
}
