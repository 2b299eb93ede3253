using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Issuance;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities;

public sealed class AuthorityRotatorTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly AuthorityRotator _rotator;

    public AuthorityRotatorTests() => _rotator = New();

    public void Dispose() => _rotator.Dispose();

    [Fact]
    public async Task An_empty_store_gets_one_root_and_one_intermediate()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var current = _rotator.Current!;
        Assert.Single(current.Roots);
        Assert.Single(current.Intermediates);
        Assert.Equal([CertificateKind.Root, CertificateKind.Intermediate], _store.Journal.Select(r => r.Kind));
        Assert.Equal(["root.created", "intermediate.created"], _store.Audit.Select(e => e.Action));
        Assert.Equal(1UL, current.BundleSequence);
    }

    [Fact]
    public async Task A_second_start_finds_the_same_authorities()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        using var again = New();
        await again.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(_rotator.Current!.Signer.Id, again.Current!.Signer.Id);
        Assert.Equal(2, _store.Journal.Count);
    }

    [Fact]
    public async Task The_intermediate_changes_at_half_life_and_the_bundle_does_not()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var before = _rotator.Current!;
        _clock.Advance(TimeSpan.FromDays(15));
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var after = _rotator.Current!;
        Assert.NotEqual(before.Signer.Id, after.Signer.Id);
        Assert.Equal(before.BundlePem, after.BundlePem);
        Assert.Equal(before.BundleSequence, after.BundleSequence);
    }

    [Fact]
    public async Task A_life_shorter_than_the_backdate_is_halved_from_its_real_begin()
    {
        using var rotator = New(MeshAuthority.Settings with { IntermediateLifetime = TimeSpan.FromSeconds(20) });
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var first = rotator.Current!.Signer.Id;
        _clock.Advance(TimeSpan.FromSeconds(9));
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(first, rotator.Current.Signer.Id);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(first, rotator.Current.Signer.Id);
        Assert.Equal(2, _store.Journal.Count(record => record.Kind == CertificateKind.Intermediate));
    }

    [Fact]
    public async Task What_an_answer_under_way_holds_still_signs_after_a_change()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var held = _rotator.Current!.Signer;
        _clock.Advance(TimeSpan.FromDays(15));
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(held.ExportPrivateKey());
    }

    [Fact]
    public async Task A_store_that_fails_leaves_the_present_authorities_in_force()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var before = _rotator.Current;
        _clock.Advance(TimeSpan.FromDays(15));
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => _rotator.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Same(before, _rotator.Current);
        _store.Fails = false;
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.NotSame(before, _rotator.Current);
    }

    [Fact]
    public async Task Two_rotators_on_one_store_agree_on_one_root()
    {
        using var other = New();
        await Task.WhenAll(
            _rotator.AdvanceAsync(TestContext.Current.CancellationToken), other.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Root);
        Assert.Equal(_rotator.Current!.BundlePem, other.Current!.BundlePem);
    }

    [Fact]
    public async Task Root_and_intermediate_have_their_profiles_path_lengths_and_names()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        using var root = X509CertificateLoader.LoadCertificate(_rotator.Current!.Roots[0].Span);
        using var intermediate = X509CertificateLoader.LoadCertificate(_rotator.Current.Intermediates[0].Span);
        Assert.Equal(2, root.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint);
        Assert.Equal(0, intermediate.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint);
        Assert.Equal($"CN=intermediate {_rotator.Current.Signer.Id}, O=cluster.local", intermediate.Subject);
        Assert.All(
            [root, intermediate],
            c => Assert.Equal(
                X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
                c.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages));
    }

    [Fact]
    public async Task No_self_signed_certificate_stands_before_the_last_element()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var tail = _rotator.Current!.AnswerTail;
        Assert.Equal(2, tail.Count);
        Assert.All(tail, element => Assert.EndsWith("-----END CERTIFICATE-----\n", element, StringComparison.Ordinal));
        Assert.Equal(_rotator.Current.BundlePem, tail[^1]);
        Assert.DoesNotContain(_rotator.Current.BundlePem, tail[0], StringComparison.Ordinal);
    }

    private AuthorityRotator New(AuthoritySettings? settings = null) =>
        new(_store, settings ?? MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
}
