using MeshCA.Authentication;
using MeshCA.Authentication.Certificates;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Certificates;

public sealed class ClientCertificateAuthenticatorTests : IDisposable
{
    private const string Id = "spiffe://cluster.local/ns/shop/sa/cart";

    private static readonly RenewalPolicy Week = new(true, TimeSpan.FromDays(7));

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly ManualTimeProvider _clock = new(TestAuthority.Now);
    private readonly KnownLeaves _journal = new();
    private readonly byte[] _leaf;

    public ClientCertificateAuthenticatorTests()
    {
        _leaf = _root.IssueLeaf(Id, shape => shape with { NotAfter = TestAuthority.Now.AddDays(20) });
        _journal.Add(_leaf, TestAuthority.Now);
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_certificate_of_ours_renews_until_a_week_after_its_token()
    {
        _clock.Advance(TimeSpan.FromDays(3));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(await AuthenticateAsync(_leaf)).Caller;
        Assert.Equal(Id, caller.Id.ToString());
        Assert.Equal("client-certificate", caller.Evidence.Authenticator);
        Assert.Equal(TestAuthority.Now, caller.Evidence.TokenTime);
        Assert.Equal(TestAuthority.Now.AddDays(7), caller.Evidence.NotAfterLimit);
        Assert.Equal(Parse(_leaf).ToString(), caller.Evidence.TokenId);
        Assert.Equal(("c1", "pod", "uid", "node"),
            (caller.Evidence.Cluster, caller.Evidence.PodName, caller.Evidence.PodUid, caller.Evidence.NodeName));
    }

    [Fact]
    public async Task No_renewal_after_the_limit()
    {
        _clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromTicks(1));
        Assert.Equal(AuthenticationError.None, await RefusalAsync(_leaf));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(AuthenticationError.TokenTooLongAgo, await RefusalAsync(_leaf));
    }

    [Fact]
    public async Task A_certificate_that_the_journal_does_not_know_is_refused() =>
        Assert.Equal(AuthenticationError.CertificateNotInJournal, await RefusalAsync(_root.IssueLeaf(Id)));

    [Fact]
    public async Task Another_certificate_under_a_known_serial_is_refused()
    {
        var other = _root.IssueLeaf(Id);
        _journal.Add(other, TestAuthority.Now, Fingerprint.Of(_leaf));
        Assert.Equal(AuthenticationError.CertificateDiffersFromJournal, await RefusalAsync(other));
    }

    [Fact]
    public async Task A_connection_does_not_outlive_its_certificate()
    {
        var leaf = _root.IssueLeaf(Id);
        _journal.Add(leaf, TestAuthority.Now);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AuthenticationError.None, await RefusalAsync(leaf));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AuthenticationError.BadClientCertificate, await RefusalAsync(leaf));
    }

    [Fact]
    public async Task Another_trust_domain_or_no_certificate_at_all_is_refused()
    {
        var foreign = _root.IssueLeaf("spiffe://other.example/ns/shop/sa/cart");
        _journal.Add(foreign, TestAuthority.Now);
        Assert.Equal(AuthenticationError.BadClientCertificate, await RefusalAsync(foreign));
        Assert.Equal(AuthenticationError.BadClientCertificate, await RefusalAsync([1, 2, 3]));
    }

    [Fact]
    public async Task A_certificate_of_another_trust_domain_of_ours_renews_under_that_name()
    {
        var west = _root.IssueLeaf("spiffe://west.example/ns/shop/sa/cart");
        _journal.Add(west, TestAuthority.Now);
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(await AuthenticateAsync(west)).Caller;
        Assert.Equal("spiffe://west.example/ns/shop/sa/cart", caller.Id.ToString());
    }

    [Fact]
    public async Task A_certificate_whose_pod_is_gone_is_not_renewed()
    {
        var pods = new Pods();
        var authenticator = new ClientCertificateAuthenticator(PermittedTrustDomains.Only(TokenSetup.TrustDomain), _journal, Week, _clock, pods);
        var credentials = CallCredentials.From([], [], _leaf);
        Assert.IsType<AuthenticationOutcome.Authenticated>(await authenticator.AuthenticateAsync(credentials, TestContext.Current.CancellationToken));
        pods.Gone = ("c1", "uid", TestAuthority.Now);
        var refused = await authenticator.AuthenticateAsync(credentials, TestContext.Current.CancellationToken);
        Assert.Equal(AuthenticationError.PodGone, Assert.IsType<AuthenticationOutcome.Refused>(refused).Reason);
    }

    [Fact]
    public async Task A_certificate_that_a_node_proxy_asked_for_is_not_renewed_by_being_shown()
    {
        _journal.Add(_leaf, TestAuthority.Now, isOfNodeProxy: true);
        Assert.Equal(AuthenticationError.IssuedToNodeProxy, await RefusalAsync(_leaf));
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_makes_the_call_unavailable()
    {
        _journal.Fails = true;
        Assert.Equal(
            AuthenticationError.JournalUnavailable,
            Assert.IsType<AuthenticationOutcome.Unavailable>(await AuthenticateAsync(_leaf)).Reason);
    }

    [Fact]
    public async Task Renewal_can_be_switched_off() =>
        Assert.Equal(AuthenticationError.RenewalDisabled, await RefusalAsync(_leaf, Week with { Enabled = false }));

    [Fact]
    public async Task A_token_beside_the_certificate_decides_instead()
    {
        var credentials = CallCredentials.From(["Bearer x"], [], _leaf);
        Assert.Null(await Authenticator(Week).AuthenticateAsync(credentials, TestContext.Current.CancellationToken));
        Assert.Null(await AuthenticateAsync([]));
    }

    private ClientCertificateAuthenticator Authenticator(RenewalPolicy policy) =>
        new(PermittedTrustDomains.Of(TokenSetup.TrustDomain, [new("west", TrustDomain.Parse("west.example"))]), _journal, policy, _clock);

    private async Task<AuthenticationOutcome?> AuthenticateAsync(byte[] certificate, RenewalPolicy? policy = null) =>
        await Authenticator(policy ?? Week).AuthenticateAsync(
            CallCredentials.From([], [], certificate), TestContext.Current.CancellationToken);

    private async Task<AuthenticationError> RefusalAsync(byte[] certificate, RenewalPolicy? policy = null) =>
        await AuthenticateAsync(certificate, policy) switch
        {
            AuthenticationOutcome.Refused(var reason, _) => reason,
            AuthenticationOutcome.Authenticated => AuthenticationError.None,
            var other => throw new InvalidOperationException($"{other}"),
        };

    private static SerialNumber Parse(byte[] leaf)
    {
        Assert.True(X509Svid.TryParse([leaf], out var svid, out _));
        Assert.True(SerialNumber.TryRead(svid.SerialNumber.Span, out var serial));
        return serial;
    }

    private sealed class Pods : IPodLiveness
    {
        public (string, string, DateTimeOffset) Gone { get; set; }

        public bool IsGone(string cluster, string podUid, DateTimeOffset seenAt) => Gone == (cluster, podUid, seenAt);
    }

    /// <summary>A journal that is only asked.</summary>
    private sealed class KnownLeaves : IIssuanceJournal
    {
        private readonly Dictionary<SerialNumber, LastToken> _tokens = [];

        public bool Fails { get; set; }

        public void Add(byte[] leaf, DateTimeOffset time, Fingerprint? certificate = null, bool isOfNodeProxy = false) =>
            _tokens[Parse(leaf)] = new LastToken(time, "c1", "pod", "uid", "node", certificate ?? Fingerprint.Of(leaf)) { IsOfNodeProxy = isOfNodeProxy };

        public Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<LastToken?> FindLastTokenAsync(
            SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
            Fails
                ? throw new JournalUnavailableException("test")
                : Task.FromResult(notBefore == TestAuthority.Now.AddMinutes(-2) ? _tokens.GetValueOrDefault(serial) : null);
    }
}
