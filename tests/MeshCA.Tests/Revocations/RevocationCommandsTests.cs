using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rotations;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class RevocationCommandsTests : IAsyncLifetime
{
    private const string Web = "spiffe://cluster.local/ns/default/sa/web";
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly SigningKey _key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
    private readonly RevocationRegister _register;
    private readonly AuthorityRotator _rotator;
    private readonly ListPublisher _publisher;
    private readonly RevocationCommands _commands;
    private readonly SvidIssuer _issuer;

    public RevocationCommandsTests()
    {
        _register = new(_store);
        _rotator = new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            IsRevoked = id => _register.Current.FindAuthority(id) is not null,
        };
        _publisher = new(
            _register, _rotator, _store, new NoFiles(), new(TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.Zero), _clock, NullLogger<ListPublisher>.Instance);
        _commands = new(
            _register, _publisher, _store, _store, _rotator, MeshAuthority.Lifetimes.Max, _clock, NullLogger<RevocationCommands>.Instance)
        {
            Earliest = new ClockWatch(_clock).Earliest,
        };
        _issuer = new(
            _rotator, MeshAuthority.TrustDomains, _store, _register, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(0), new CertificateMetrics(new TestMeterFactory()), _clock);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Signer => _rotator.Current!.Signer.Id;

    public async ValueTask InitializeAsync()
    {
        await _rotator.AdvanceAsync(Cancellation);
        await _register.LoadAsync(Cancellation);
        await _publisher.PublishAsync(Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _publisher.Dispose();
        _rotator.Dispose();
        _register.Dispose();
        _key.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_ban_tells_until_when_the_last_leaf_lives()
    {
        await IssueAsync(Web);
        _clock.Advance(TimeSpan.FromHours(1));
        var last = await IssueAsync(Web);
        await IssueAsync(Web + "2");
        var done = Done(await _commands.BanAsync(Ban(RevocationKind.Identity, Web), Cancellation));
        Assert.Equal((2, last.Certificate.Plan.NotAfter), (done.Effect.Live, done.Effect.LastEnd));
        Assert.Null(done.Effect.Published);

        var all = Done(await _commands.BanAsync(Ban(RevocationKind.Prefix, "spiffe://cluster.local/ns/default"), Cancellation));
        Assert.Equal(3, all.Effect.Live);
    }

    [Fact]
    public async Task Nothing_is_issued_after_the_answer_that_the_answer_does_not_count()
    {
        // A ban that comes while the record of a leaf is written: the leaf is not delivered, and counted all the same.
        Task<RevocationAnswer>? answer = null;
        _store.RecordAppended = () =>
        {
            _store.RecordAppended = null;
            answer = _commands.BanAsync(Ban(RevocationKind.Identity, Web), Cancellation); // the store is memory: it ends here
        };
        var outcome = await _issuer.IssueAsync(Request(Web), Cancellation);
        Assert.Equal(RejectionReason.IdentityBanned, Assert.IsType<IssuanceOutcome.Rejected>(outcome).Reason);
        Assert.Equal(1, Done(await answer!).Effect.Live);
        Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Request(Web), Cancellation));
    }

    [Fact]
    public async Task Under_load_every_leaf_that_was_delivered_was_recorded_before_the_ban_was_answered()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var delivered = 0;
        var issuing = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested && await _issuer.IssueAsync(Request(Web), Cancellation) is IssuanceOutcome.Issued)
                {
                    Interlocked.Increment(ref delivered);
                }
            },
            Cancellation)).ToList();
        while (Volatile.Read(ref delivered) < 20)
        {
            await Task.Yield();
        }

        var done = Done(await _commands.BanAsync(Ban(RevocationKind.Identity, Web), Cancellation));
        await Task.WhenAll(issuing); // each ends with the first refusal
        Assert.InRange(delivered, 20, (int)done.Effect.Live);
    }

    [Fact]
    public async Task A_revoked_certificate_is_in_force_and_on_its_list()
    {
        var leaf = await IssueAsync(Web);
        var serial = leaf.Certificate.Plan.Serial;
        var done = Done(await _commands.RevokeCertificateAsync(serial, Certificate(serial), Cancellation));
        Assert.Equal((1, 1), ((int)done.Effect.Live, done.Effect.Named));
        Assert.NotNull(done.Effect.Published);
        Assert.Contains(serial, _publisher.Catalog.Find(Signer)!.Serials.AsEnumerable());
        Assert.NotNull(_register.Current.FindCertificate(new(serial, Fingerprint.Of("x"u8), Signer)));
        Assert.Equal(RevocationRefusal.AlreadyPublished, Refused(await _commands.RemoveAsync(done.Revocation.Number, isBan: false, "uid:0", "", Cancellation)));
    }

    [Fact]
    public async Task A_clock_that_jumped_ahead_hides_no_certificate_that_lives_from_a_revocation()
    {
        var leaf = (await IssueAsync(Web)).Certificate.Plan;
        _clock.Jump(leaf.NotAfter - _clock.GetUtcNow() + TimeSpan.FromHours(1));
        Assert.Equal(1, Done(await _commands.BanAsync(Ban(RevocationKind.Identity, Web), Cancellation)).Effect.Live);
        var done = Done(await _commands.RevokeCertificateAsync(leaf.Serial, Certificate(leaf.Serial), Cancellation));
        Assert.Equal((1, 1), ((int)done.Effect.Live, done.Effect.Named));
    }

    [Fact]
    public async Task A_ban_that_is_over_by_a_clock_that_jumped_ahead_holds_once_the_clock_is_set_back()
    {
        Done(await _commands.BanAsync(Ban(RevocationKind.Identity, Web) with { ExpiresAt = _clock.GetUtcNow().AddDays(7) }, Cancellation));
        _clock.Jump(TimeSpan.FromDays(8));
        Done(await _commands.BanAsync(Ban(RevocationKind.Identity, Web + "2"), Cancellation));
        _clock.Jump(TimeSpan.FromDays(-8));
        Assert.Equal(RejectionReason.IdentityBanned, Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Request(Web), Cancellation)).Reason);
    }

    [Fact]
    public async Task A_serial_that_the_journal_does_not_know_needs_its_issuer()
    {
        Assert.Equal(RevocationRefusal.CertificateUnknown, Refused(await _commands.RevokeCertificateAsync(new(7), Certificate(new(7)), Cancellation)));
        var done = Done(await _commands.RevokeCertificateAsync(new(7), Certificate(new(7)) with { Issuer = Signer }, Cancellation));
        Assert.Equal((0, 1), ((int)done.Effect.Live, done.Effect.Named));
    }

    [Fact]
    public async Task A_key_puts_every_live_certificate_that_has_it_on_the_list()
    {
        var (one, two) = (await IssueAsync(Web), await IssueAsync(Web + "2"));
        var order = new RevocationOrder(RevocationKind.Key, _key.PublicKey.Fingerprint.ToString(), "stolen", "uid:0") { Code = RevocationCode.KeyCompromise };
        var done = Done(await _commands.RevokeKeyAsync(_key.PublicKey.Fingerprint, order, Cancellation));
        Assert.Equal((2, 2), ((int)done.Effect.Live, done.Effect.Named));
        Assert.Equal(
            [one.Certificate.Plan.Serial, two.Certificate.Plan.Serial],
            _publisher.Catalog.Find(Signer)!.Serials.OrderBy(serial => serial == two.Certificate.Plan.Serial));
        Assert.All(_register.Current.Entries.Skip(1), entry => Assert.Equal((done.Revocation.Number, RevocationCode.KeyCompromise), (entry.Cause, entry.Code)));
        Assert.Equal(RejectionReason.KeyRevoked, Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Request(Web), Cancellation)).Reason);
    }

    [Fact]
    public async Task An_authority_that_signs_is_revoked_only_by_force_and_then_another_one_signs()
    {
        await IssueAsync(Web);
        var (signer, certificate) = (Signer, _rotator.Current!.Signer.Certificate);
        Assert.Equal(RevocationRefusal.AuthoritySigns, Refused(await _commands.RevokeAuthorityAsync(signer, false, Authority(signer), Cancellation)));
        var done = Done(await _commands.RevokeAuthorityAsync(signer, true, Authority(signer), Cancellation));
        Assert.Equal((1, 1), ((int)done.Effect.Live, done.Effect.Named));
        var root = (await _store.LoadAsync(Cancellation)).Authorities.Single(a => a.Kind == AuthorityKind.Root);
        Assert.True(CertificateFacts.TryRead(certificate, out var facts));
        Assert.Equal([facts.Serial], _publisher.Catalog.Find(root.Id)!.Serials);
        Assert.NotEqual(signer, Signer);
        Assert.Equal(Signer, Convert.ToHexStringLower((await IssueAsync(Web)).Certificate.Plan.Issuer.KeyIdentifier.Span));
        Assert.NotNull(_publisher.Catalog.Find(Signer));

        // Where the root's key is elsewhere nobody else can sign.
        await _register.ChangeAsync(stored => RevocationPlanner.Add(stored, [Authority(Signer)], _clock.GetUtcNow()), Cancellation);
        Assert.Equal(
            RejectionReason.AuthorityRevoked, Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Request(Web), Cancellation)).Reason);
    }

    [Fact]
    public async Task Roots_and_authorities_by_their_serials_are_refused()
    {
        var root = (await _store.LoadAsync(Cancellation)).Authorities.Single(a => a.Kind == AuthorityKind.Root);
        Assert.Equal(RevocationRefusal.AuthorityIsRoot, Refused(await _commands.RevokeAuthorityAsync(root.Id, true, Authority(root.Id), Cancellation)));
        Assert.Equal(RevocationRefusal.AuthorityUnknown, Refused(await _commands.RevokeAuthorityAsync("00", true, Authority("00"), Cancellation)));
        Assert.True(CertificateFacts.TryRead(_rotator.Current!.Signer.Certificate, out var facts));
        Assert.Equal(
            RevocationRefusal.CertificateIsAuthority, Refused(await _commands.RevokeCertificateAsync(facts.Serial, Certificate(facts.Serial), Cancellation)));
    }

    [Fact]
    public async Task What_cannot_be_published_is_in_force_and_can_be_taken_back()
    {
        var leaf = await IssueAsync(Web);
        var root = (await _store.LoadAsync(Cancellation)).Authorities.Single(a => a.Kind == AuthorityKind.Root);
        _store.Keys.Remove(root.Id);
        _clock.Advance(TimeSpan.FromDays(4));
        var done = Done(await _commands.RevokeCertificateAsync(new(7), Certificate(new(7)) with { Issuer = root.Id }, Cancellation));
        Assert.Null(done.Effect.Published);
        Assert.Contains(root.Id, Assert.Single(done.Effect.Faults), StringComparison.Ordinal);
        Assert.NotNull(_register.Current.FindCertificate(new(new(7), leaf.Certificate.Plan.PublicKey.Fingerprint, root.Id)));
        Done(await _commands.RemoveAsync(done.Revocation.Number, isBan: false, "uid:0", "", Cancellation));
        Assert.Empty(_register.Current.Entries);
    }

    [Fact]
    public async Task A_ban_that_is_over_before_it_begins_is_refused() => Assert.Equal(
        RevocationRefusal.EndsBeforeItBegins,
        Refused(await _commands.BanAsync(Ban(RevocationKind.Identity, Web) with { ExpiresAt = _clock.GetUtcNow() }, Cancellation)));

    private static RevocationOrder Ban(RevocationKind kind, string id) => new(kind, id, "stolen", "uid:0");

    private static RevocationOrder Certificate(SerialNumber serial) => new(RevocationKind.Certificate, serial.ToString(), "stolen", "uid:0");

    private static RevocationOrder Authority(string id) => new(RevocationKind.Authority, id, "stolen", "uid:0");

    private static RevocationAnswer.Done Done(RevocationAnswer answer) => Assert.IsType<RevocationAnswer.Done>(answer);

    private static RevocationRefusal Refused(RevocationAnswer answer) => Assert.IsType<RevocationAnswer.Refused>(answer).Reason;

    private async Task<IssuanceOutcome.Issued> IssueAsync(string id) =>
        Assert.IsType<IssuanceOutcome.Issued>(await _issuer.IssueAsync(Request(id), Cancellation));

    private SvidRequest Request(string id) => new(MeshAuthority.Caller(id, _clock.GetUtcNow()), _key.PublicKey, TimeSpan.Zero, "ipv4:127.0.0.1:1");

    private sealed class NoFiles : IListFiles
    {
        public IReadOnlyList<ListFile> Read() => [];
    }
}
