using MeshCA.Authentication;
using MeshCA.Authentication.Certificates;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication;

/// <summary>The order and combination of credentials; with the metadata rules, istio-ca appendix B item 5.</summary>
public sealed class CallerAuthenticatorTests : IDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TokenSetup _setup;
    private readonly MemoryStore _store = new();
    private readonly CallerAuthenticator _authenticator;
    private readonly string _token;

    public CallerAuthenticatorTests()
    {
        _setup = TokenSetup.With(_signer, options => options.ClusterAliases.Add("alias"));
        _token = _signer.Sign(_setup.Claims());
        var certificates = new ClientCertificateAuthenticator(
            PermittedTrustDomains.Only(TokenSetup.TrustDomain), _store, new RenewalPolicy(true, TimeSpan.FromDays(7)), _setup.Clock);
        _authenticator = Over(_setup.Authenticator, certificates);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _root.Dispose();
    }

    public static TheoryData<string, string[], string[], int> Metadata() => new()
    {
        { "token", ["Bearer TOKEN"], [], (int)AuthenticationError.None },
        { "token behind another scheme", ["Basic eA==", "Bearer TOKEN"], [], (int)AuthenticationError.None },
        { "two tokens, the first counts", ["Bearer TOKEN", "Bearer x"], [], (int)AuthenticationError.None },
        { "two tokens, the first is bad", ["Bearer x", "Bearer TOKEN"], [], (int)AuthenticationError.NotCompactJws },
        { "no header", [], [], (int)AuthenticationError.NoCredentials },
        { "lower-case scheme", ["bearer TOKEN"], [], (int)AuthenticationError.NoCredentials },
        { "empty token", ["Bearer "], [], (int)AuthenticationError.NotCompactJws },
        { "two spaces", ["Bearer  TOKEN"], [], (int)AuthenticationError.BadTokenEncoding },
        { "cluster", ["Bearer TOKEN"], ["Kubernetes"], (int)AuthenticationError.None },
        { "alias", ["Bearer TOKEN"], ["alias"], (int)AuthenticationError.None },
        { "unknown cluster", ["Bearer TOKEN"], ["other"], (int)AuthenticationError.UnknownCluster },
        { "two clusters count as none", ["Bearer TOKEN"], ["other", "Kubernetes"], (int)AuthenticationError.None },
    };

    [Theory, MemberData(nameof(Metadata))]
    public async Task Metadata_is_read_as_istiod_reads_it(string row, string[] authorization, string[] clusterId, int expected)
    {
        var values = authorization.Select(value => value.Replace("TOKEN", _token, StringComparison.Ordinal));
        var outcome = await AuthenticateAsync(CallCredentials.From(values, clusterId, default));
        Assert.True(Reason(outcome) == (AuthenticationError)expected, $"{row}: {outcome}");
    }

    [Fact]
    public async Task Token_and_certificate_of_one_identity_authenticate_by_the_token()
    {
        var leaf = _root.IssueLeaf("spiffe://cluster.local/ns/shop/sa/cart");
        var outcome = await AuthenticateAsync(CallCredentials.From(["Bearer " + _token], [], leaf));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(outcome).Caller;
        Assert.Equal("jwt:main", caller.Evidence.Authenticator);
        Assert.Equal(_setup.Now, caller.Evidence.TokenTime);
    }

    [Theory]
    [InlineData("spiffe://cluster.local/ns/shop/sa/pay"), InlineData("spiffe://other.example/ns/shop/sa/cart")]
    public async Task Token_and_certificate_of_different_identities_are_refused(string id)
    {
        var outcome = await AuthenticateAsync(CallCredentials.From(["Bearer " + _token], [], _root.IssueLeaf(id)));
        Assert.Equal(AuthenticationError.IdentitiesDiffer, Reason(outcome));
    }

    [Fact]
    public async Task A_bad_token_is_not_made_good_by_a_certificate()
    {
        var leaf = Issued("spiffe://cluster.local/ns/shop/sa/cart");
        Assert.Equal(AuthenticationError.None, Reason(await AuthenticateAsync(CallCredentials.From([], [], leaf))));
        Assert.Equal(
            AuthenticationError.NotCompactJws, Reason(await AuthenticateAsync(CallCredentials.From(["Bearer x"], [], leaf))));
    }

    [Fact]
    public async Task The_first_success_counts_and_what_could_not_be_judged_outweighs_a_refusal()
    {
        AuthenticationOutcome refused = new AuthenticationOutcome.Refused(AuthenticationError.BadSignature);
        AuthenticationOutcome unavailable = new AuthenticationOutcome.Unavailable(AuthenticationError.KeysTooOld);
        var one = Authenticated("one");
        Assert.Same(one, await RunAsync(refused, unavailable, one, Authenticated("two")));
        Assert.Same(unavailable, await RunAsync(null, refused, unavailable, refused));
        Assert.Same(refused, await RunAsync(refused, null, new AuthenticationOutcome.Refused(AuthenticationError.Expired)));
        Assert.Equal(AuthenticationError.NoCredentials, Reason(await RunAsync(null, null)));
    }

    [Fact]
    public async Task The_log_tells_the_reason_and_never_the_token()
    {
        using var logs = new RecordingLogger();
        var authenticator = new CallerAuthenticator(
            [_setup.Authenticator], new Microsoft.Extensions.Logging.Logger<CallerAuthenticator>(logs));
        using var thief = new TestTokenSigner("ES256", "k1");
        var token = thief.Sign(_setup.Claims());
        await authenticator.AuthenticateAsync(
            CallCredentials.From(["Bearer " + token], [], default), TestContext.Current.CancellationToken);
        var entry = Assert.Single(logs.Entries);
        Assert.Contains("BadSignature", entry.Message, StringComparison.Ordinal);
        Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, entry.Message, StringComparison.Ordinal));
    }

    private byte[] Issued(string id)
    {
        var leaf = _root.IssueLeaf(id);
        Assert.True(SpiffeIdentity.Svids.X509Svid.TryParse([leaf], out var svid, out _));
        Assert.True(SerialNumber.TryRead(svid.SerialNumber.Span, out var serial));
        _store.Journal.Add(new IssuanceRecord
        {
            Kind = CertificateKind.Leaf,
            Serial = serial,
            Certificate = Fingerprint.Of(leaf),
            Key = Fingerprint.Of(svid.SubjectPublicKeyInfo.Span),
            NotBefore = svid.NotBefore,
            NotAfter = svid.NotAfter,
            Authority = "00",
            Evidence = new AuthenticationEvidence { Authenticator = "jwt:main", TokenTime = _setup.Now, TokenId = "t" },
            IssuedAt = _setup.Now,
        });
        return leaf;
    }

    private static CallerAuthenticator Over(params IAuthenticator[] authenticators) =>
        new(authenticators, NullLogger<CallerAuthenticator>.Instance);

    private async Task<AuthenticationOutcome> AuthenticateAsync(CallCredentials credentials) =>
        await _authenticator.AuthenticateAsync(credentials, TestContext.Current.CancellationToken);

    private static async Task<AuthenticationOutcome> RunAsync(params AuthenticationOutcome?[] outcomes) =>
        await Over([.. outcomes.Select(outcome => new Fixed(outcome))]).AuthenticateAsync(
            CallCredentials.From([], [], default), TestContext.Current.CancellationToken);

    private static AuthenticationOutcome.Authenticated Authenticated(string name) =>
        new(new CallerIdentity(
            SpiffeId.Parse("spiffe://cluster.local/" + name),
            new AuthenticationEvidence { Authenticator = name, TokenId = name, TokenTime = default }));

    private static AuthenticationError Reason(AuthenticationOutcome outcome) => outcome switch
    {
        AuthenticationOutcome.Refused(var reason, _) => reason,
        AuthenticationOutcome.Unavailable(var reason, _) => reason,
        _ => AuthenticationError.None,
    };

    private sealed class Fixed(AuthenticationOutcome? outcome) : IAuthenticator
    {
        public ValueTask<AuthenticationOutcome?> AuthenticateAsync(
            CallCredentials credentials, CancellationToken cancellationToken) => new(outcome);
    }
}
