using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations.Lists;

public sealed class ListPublisherTests : IAsyncLifetime
{
    private static readonly ListSettings Settings = new(TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromMinutes(2));
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly RevocationRegister _register;
    private readonly AuthorityRotator _rotator;
    private readonly Files _files = new();
    private readonly ListPublisher _publisher;

    public ListPublisherTests()
    {
        _register = new(_store);
        _rotator = new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        _publisher = new(_register, _rotator, _store, _files, Settings, _clock, NullLogger<ListPublisher>.Instance);
    }

    private static DateTimeOffset Right { get; } = new ManualTimeProvider().GetUtcNow().AddDays(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Signer => _rotator.Current!.Signer.Id;

    private AuthorityRecord RootRecord { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _rotator.AdvanceAsync(Cancellation);
        RootRecord = (await _store.LoadAsync(Cancellation)).Authorities.Single(a => a.Kind == AuthorityKind.Root);
        _store.OpenedKeys.Clear();
    }

    public ValueTask DisposeAsync()
    {
        _publisher.Dispose();
        _rotator.Dispose();
        _register.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_authority_has_a_list_before_anything_is_revoked()
    {
        var catalog = await _publisher.PublishAsync(Cancellation);
        Assert.True(catalog.IsComplete);
        Assert.Empty(catalog.Faults);
        Assert.Equal([RootRecord.Id, Signer], catalog.Lists.Select(list => list.Authority));
        Assert.All(catalog.Lists, list => Assert.Empty(list.Serials));
        Assert.Equal(catalog.Lists.Count, catalog.Lists.Select(list => list.Number).Distinct().Count());
    }

    [Fact]
    public async Task Of_the_roots_key_nothing_is_left_in_memory()
    {
        await _publisher.PublishAsync(Cancellation);
        var (id, buffer) = Assert.Single(_store.OpenedKeys);
        Assert.Equal(RootRecord.Id, id);
        Assert.All(buffer, octet => Assert.Equal(0, octet));
    }

    [Fact]
    public async Task A_round_in_which_nothing_is_due_changes_nothing()
    {
        var first = await _publisher.PublishAsync(Cancellation);
        var revision = _register.Current.Revision;
        var second = await _publisher.PublishAsync(Cancellation);
        Assert.Equal(revision, _register.Current.Revision);
        Assert.Equal(first.Lists, second.Lists);
    }

    [Fact]
    public async Task A_revoked_certificate_is_on_its_issuers_list_and_on_no_other()
    {
        await _publisher.PublishAsync(Cancellation);
        await RevokeAsync(77, Signer);
        var catalog = await _publisher.PublishAsync(Cancellation);
        Assert.Equal([new(77)], catalog.Find(Signer)!.Serials);
        Assert.Empty(catalog.Find(RootRecord.Id)!.Serials);
        Assert.Equal(catalog.Find(Signer)!.ShortNumber, Assert.Single(_register.Current.Entries).PublishedIn);
    }

    [Theory]
    [InlineData(11, false, false)]
    [InlineData(13, true, false)]
    [InlineData(85, true, true)]
    public async Task A_list_that_is_half_over_is_made_anew_with_a_greater_number(int hours, bool signers, bool roots)
    {
        var first = await _publisher.PublishAsync(Cancellation);
        _clock.Advance(TimeSpan.FromHours(hours));
        var second = await _publisher.PublishAsync(Cancellation);
        Assert.Equal(signers, second.Find(Signer)!.ShortNumber > first.Lists.Max(list => list.ShortNumber));
        Assert.Equal(roots, second.Find(RootRecord.Id)!.ShortNumber > first.Lists.Max(list => list.ShortNumber));
        Assert.All(second.Lists, list => Assert.True(list.NextUpdate > _clock.GetUtcNow()));
    }

    [Fact]
    public async Task After_a_restart_the_same_lists_are_handed_out_and_numbers_go_on()
    {
        var first = await _publisher.PublishAsync(Cancellation);
        using var register = new RevocationRegister(_store);
        await register.LoadAsync(Cancellation);
        using var publisher = new ListPublisher(register, _rotator, _store, _files, Settings, _clock, NullLogger<ListPublisher>.Instance);
        var second = await publisher.PublishAsync(Cancellation);
        Assert.Equal(first.Lists.Select(list => list.Number), second.Lists.Select(list => list.Number));
        _clock.Advance(TimeSpan.FromDays(5));
        var third = await publisher.PublishAsync(Cancellation);
        Assert.Equal(first.Lists.Select(list => list.ShortNumber + 2), third.Lists.Select(list => list.ShortNumber));
    }

    [Fact]
    public async Task What_has_ended_by_a_clock_that_is_not_believed_stays_on_the_list_and_is_there_when_the_clock_is_right_again()
    {
        await RevokeAsync(77, Signer, Right);
        using var publisher = new ListPublisher(_register, _rotator, _store, _files, Settings, _clock, NullLogger<ListPublisher>.Instance)
        {
            Earliest = () => _clock.GetUtcNow() < Right ? _clock.GetUtcNow() : Right,
        };
        _clock.Jump(TimeSpan.FromDays(400));
        Assert.Single((await publisher.PublishAsync(Cancellation)).Find(Signer)!.Serials);
        _clock.Jump(TimeSpan.FromDays(-400));
        var list = (await publisher.PublishAsync(Cancellation)).Find(Signer)!;
        Assert.Single(list.Serials);
        Assert.True(list.ThisUpdate <= _clock.GetUtcNow()); // a list of the future is of no use to anybody
        Assert.Single(_register.Current.Entries);
    }

    // Whoever has the right time would refuse the new list, and has the present one.
    [Theory]
    [InlineData(-400 * 24, true, false)]
    [InlineData(-24, true, false)]
    [InlineData(-23, true, true)]
    [InlineData(-400 * 24, false, true)]
    public async Task By_a_clock_behind_at_the_start_no_list_is_made_that_has_ended_by_its_predecessor(int hours, bool isBehind, bool isMade)
    {
        var first = (await _publisher.PublishAsync(Cancellation)).Find(Signer)!;
        using var publisher = new ListPublisher(_register, _rotator, _store, _files, Settings, _clock, NullLogger<ListPublisher>.Instance)
        {
            IsBehind = () => isBehind,
        };
        _clock.Jump(TimeSpan.FromHours(hours) - Settings.Backdate);
        var catalog = await publisher.PublishAsync(Cancellation);
        Assert.Equal(isMade, catalog.Find(Signer)!.ShortNumber > first.ShortNumber);
        Assert.Equal(!isMade, catalog.Faults.Any(fault => fault.Authority == Signer && fault.Detail.StartsWith("the clock is behind", StringComparison.Ordinal)));
        _clock.Jump(TimeSpan.FromHours(-hours) + Settings.Backdate);
        Assert.Empty((await publisher.PublishAsync(Cancellation)).Faults);
    }

    [Fact]
    public async Task What_the_store_does_not_take_nobody_sees()
    {
        var first = await _publisher.PublishAsync(Cancellation);
        _clock.Advance(TimeSpan.FromDays(5));
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => _publisher.PublishAsync(Cancellation));
        Assert.Same(first, _publisher.Catalog);
    }

    [Fact]
    public async Task Without_the_roots_key_the_operators_list_is_handed_out()
    {
        using var root = RootWithKey();
        _store.Keys.Remove(RootRecord.Id);
        var without = await _publisher.PublishAsync(Cancellation);
        Assert.False(without.IsComplete);
        Assert.Equal(RootRecord.Id, Assert.Single(without.Faults).Authority);

        _files.Lists = [Supplied(root, 1, []), new("broken", new byte[] { 0x30, 0 }, "")];
        var with = await _publisher.PublishAsync(Cancellation);
        Assert.True(with.IsComplete);
        Assert.Empty(with.Faults);
        Assert.Equal("1", with.Find(RootRecord.Id)!.Number);
    }

    [Fact]
    public async Task A_supplied_list_that_lacks_what_is_revoked_is_a_fault_until_a_newer_one_has_it()
    {
        using var root = RootWithKey();
        _store.Keys.Remove(RootRecord.Id);
        await RevokeAsync(78, RootRecord.Id);
        _files.Lists = [Supplied(root, 1, [])];
        Assert.Contains("does not name 1: ", Assert.Single((await _publisher.PublishAsync(Cancellation)).Faults).Detail, StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(_register.Current.Entries).PublishedIn);

        _clock.Advance(TimeSpan.FromMinutes(1));
        _files.Lists = [.. _files.Lists, Supplied(root, 9, [78])];
        Assert.Empty((await _publisher.PublishAsync(Cancellation)).Faults);
        Assert.Equal(9, Assert.Single(_register.Current.Entries).PublishedIn);
    }

    [Fact]
    public async Task A_supplied_list_of_another_key_or_that_has_ended_is_a_fault()
    {
        using var root = RootWithKey();
        using var stranger = Certificate(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        _store.Keys.Remove(RootRecord.Id);
        _files.Lists = [Supplied(stranger, 1, []), new("gone.crl", default, "no such file")];
        Assert.Contains("no such file", Assert.Single((await _publisher.PublishAsync(Cancellation)).Faults).Detail, StringComparison.Ordinal);

        _files.Lists = [Supplied(root, 1, [])];
        await _publisher.PublishAsync(Cancellation);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.Contains("ended at", Assert.Single((await _publisher.PublishAsync(Cancellation)).Faults).Detail, StringComparison.Ordinal);
    }

    private Task<RevocationPlan> RevokeAsync(int serial, string issuer, DateTimeOffset? end = null) => _register.ChangeAsync(
        stored => RevocationPlanner.Add(
            stored,
            [new(RevocationKind.Certificate, $"{serial}", "", "uid:0") { Serial = new((UInt128)serial), Issuer = issuer, NotAfter = end }],
            _clock.GetUtcNow()),
        Cancellation);

    private X509Certificate2 RootWithKey()
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_store.Keys[RootRecord.Id], out _);
        using var certificate = X509CertificateLoader.LoadCertificate(RootRecord.Certificate.Span);
        return certificate.CopyWithPrivateKey(key);
    }

    // The same name and key identifier, another key: what a forger would make.
    private X509Certificate2 Certificate(ECDsa key)
    {
        using (key)
        {
            using var root = X509CertificateLoader.LoadCertificate(RootRecord.Certificate.Span);
            var request = new CertificateRequest(root.SubjectName, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single());
            return request.CreateSelfSigned(_clock.GetUtcNow(), _clock.GetUtcNow().AddDays(90));
        }
    }

    private ListFile Supplied(X509Certificate2 issuer, int number, int[] serials)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var serial in serials)
        {
            builder.AddEntry([(byte)serial], _clock.GetUtcNow());
        }

        return new(
            $"{number}.crl",
            builder.Build(issuer, number, _clock.GetUtcNow().AddDays(30), HashAlgorithmName.SHA256, thisUpdate: _clock.GetUtcNow()),
            "");
    }

    private sealed class Files : IListFiles
    {
        public IReadOnlyList<ListFile> Lists { get; set; } = [];

        public IReadOnlyList<ListFile> Read() => Lists;
    }
}
