using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
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
    public async Task An_order_whose_caller_leaves_while_it_is_written_is_published_all_the_same()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        using var caller = new CancellationTokenSource();
        _store.ChangeApplied = caller.Cancel;
        Assert.IsType<CommandOutcome.Done>(await BeginAsync(caller.Token));
        Assert.Equal(2, _rotator.Current!.Roots.Count);
    }

    [Fact]
    public async Task A_change_whose_answer_got_lost_is_published_at_the_next_look()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        _store.ChangeApplied = () => throw new JournalUnavailableException("the answer got lost");
        await Assert.ThrowsAsync<JournalUnavailableException>(() => BeginAsync(TestContext.Current.CancellationToken));
        _store.ChangeApplied = null;
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, _rotator.Current!.Roots.Count);
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
    public async Task A_revoked_signer_is_replaced_and_whoever_has_a_leaf_of_it_is_told_to_renew()
    {
        var revoked = new HashSet<string>();
        using var rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            IsRevoked = revoked.Contains,
        };
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var before = rotator.Current!;
        revoked.Add(before.Signer.Id);
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var after = rotator.Current!;
        Assert.NotEqual(before.Signer.Id, after.Signer.Id);
        Assert.Equal([before.Signer.Id], after.TaintedKeys);
        Assert.Equal(before.BundleSequence, after.BundleSequence);

        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Same(after, rotator.Current); // once, and no more
    }

    [Fact]
    public async Task Another_authority_signs_only_after_what_must_run_before()
    {
        var signers = new List<string?>();
        var fails = false;
        AuthorityRotator? self = null;
        using var rotator = self = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            BeforeSigning = _ =>
            {
                signers.Add(self!.Current?.Signer.Id);
                return fails ? throw new JournalUnavailableException("full") : Task.CompletedTask;
            },
        };
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var first = rotator.Current!.Signer.Id;
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal([null], signers);

        _clock.Advance(TimeSpan.FromDays(15));
        fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => rotator.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(first, rotator.Current.Signer.Id);
        fails = false;
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(first, rotator.Current.Signer.Id);
        Assert.Equal([null, first, first], signers);
    }

    [Fact]
    public async Task A_root_under_which_answers_are_still_signed_here_does_not_go_whatever_the_store_says_signs()
    {
        var fails = false;
        using var rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            BeforeSigning = _ => fails ? throw new JournalUnavailableException("no list") : Task.CompletedTask,
        };
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var first = rotator.Current!.Signer.Id;
        Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>> begin = (set, token) =>
            rotator.Orders.BeginAsync(set, isManual: false, _clock.GetUtcNow(), token);
        await OrderAsync(begin);
        fails = true;
        Assert.IsType<CommandOutcome.Done>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal(first, rotator.Current.Signer.Id); // the next one is durable, and not in use

        var root = rotator.Known!.Rotation!.OldRoot;
        Assert.Equal(AuthorityRefusal.IsActive, Assert.IsType<CommandOutcome.Refused>(await OrderAsync(new AuthorityCommand.Retire())).Reason);
        Assert.Equal(AuthorityRefusal.IsActive, Assert.IsType<CommandOutcome.Refused>(await OrderAsync(new AuthorityCommand.Revoke(root))).Reason);
        Assert.Equal(2, rotator.Current.Roots.Count);

        fails = false;
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.IsType<CommandOutcome.Done>(await OrderAsync(new AuthorityCommand.Retire()));

        Task<CommandOutcome> OrderAsync(object order) => rotator.ExecuteAsync(
            order as Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>>
                ?? ((_, _) => Task.FromResult(AuthorityOrder.Of((AuthorityCommand)order))),
            new(_clock.GetUtcNow(), "uid:0"),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_an_answer_under_way_holds_still_signs_after_a_change()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var held = _rotator.Current!.Signer;
        _clock.Advance(TimeSpan.FromDays(15));
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);

        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var plan = MeshAuthority.LeafPlan(held, key.PublicKey, _clock.GetUtcNow());
        Assert.True(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _));
        Assert.True(held.Verifies(held.Sign(linted).Der));
    }

    [Fact]
    public async Task Only_the_keys_that_sign_next_are_unsealed_and_each_buffer_is_zeroed()
    {
        await AdvanceAndListAsync();
        var (root, first) = (_store.Journal[0].Authority, _rotator.Current!.Signer.Id);
        Assert.Equal([root, first], _store.OpenedKeys.Select(opened => opened.Id));

        Assert.Empty(await AdvanceAndListAsync());

        _clock.Advance(TimeSpan.FromDays(15));
        var renewal = await AdvanceAndListAsync();
        Assert.Equal([root, _rotator.Current.Signer.Id], renewal);
        Assert.NotEqual(first, _rotator.Current.Signer.Id);
    }

    [Fact]
    public async Task A_second_start_unseals_the_signers_key_alone()
    {
        await AdvanceAndListAsync();
        using var again = New();
        Assert.Equal([_rotator.Current!.Signer.Id], await AdvanceAndListAsync(again));
    }

    [Fact]
    public async Task Putting_an_expired_intermediate_out_of_use_unseals_nothing()
    {
        await AdvanceAndListAsync();
        _clock.Advance(TimeSpan.FromDays(29));
        await AdvanceAndListAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Empty(await AdvanceAndListAsync());
        Assert.Equal("intermediate.retired", _store.Audit[^1].Action);
    }

    // It is not taken back: whoever renews by a certificate under it would not be known any more.
    [Fact]
    public async Task An_intermediate_that_has_ended_by_a_clock_that_is_not_believed_stays()
    {
        var believed = false;
        using var rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance) { MayRetire = () => believed };
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        _clock.Jump(TimeSpan.FromDays(40));
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal("intermediate.created", _store.Audit[^1].Action);
        believed = true;
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal("intermediate.retired", _store.Audit[^1].Action);
    }

    [Theory]
    [InlineData(true, typeof(JournalUnavailableException))]
    [InlineData(false, typeof(KeySealException))]
    public async Task A_renewal_that_fails_leaves_no_key_behind(bool storeFails, Type expected)
    {
        await AdvanceAndListAsync();
        _clock.Advance(TimeSpan.FromDays(15));
        var root = _store.Journal[0].Authority;
        _store.KeyOpened = () => _store.Fails = storeFails;
        _store.Keys[root] = storeFails ? _store.Keys[root] : [0x30, 0x01, 0x02];
        _store.OpenedKeys.Clear();
        await Assert.ThrowsAsync(expected, () => _rotator.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(root, Assert.Single(_store.OpenedKeys).Id);
        AssertNoKeyIsLeft();
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_is_refused_and_zeroed()
    {
        await AdvanceAndListAsync();
        _store.Keys[_rotator.Current!.Signer.Id] = _store.Keys[_store.Journal[0].Authority];
        using var again = New();
        await Assert.ThrowsAsync<KeySealException>(() => again.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Null(again.Current);
        AssertNoKeyIsLeft();
    }

    [Fact]
    public async Task An_authority_whose_key_lives_elsewhere_cannot_sign_here()
    {
        await AdvanceAndListAsync();
        _store.Keys.Remove(_rotator.Current!.Signer.Id);
        using var again = New();
        await Assert.ThrowsAsync<KeySealException>(() => again.AdvanceAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Between_steps_the_signers_key_is_the_only_one_in_memory()
    {
        await AdvanceAndListAsync();
        _clock.Advance(TimeSpan.FromDays(15));
        await AdvanceAndListAsync();

        var reached = ObjectGraph.From(_rotator, except: [_store, _clock]);
        Assert.Same(_rotator.Current!.Signer.PublicKey, Assert.Single(reached.OfType<SigningKey>()).PublicKey);
        Assert.Single(reached.OfType<Pkcs8PrivateKey>());
        Assert.Equal(3, _store.Keys.Count);
        Assert.All(
            _store.Keys,
            key => Assert.Equal(
                key.Key == _rotator.Current.Signer.Id,
                reached.OfType<byte[]>().Any(bytes => bytes.AsSpan().IndexOf(key.Value) >= 0)));
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

    /// <summary>Advances, and lists the authorities whose keys were asked for.</summary>
    private async Task<IReadOnlyList<string>> AdvanceAndListAsync(AuthorityRotator? rotator = null)
    {
        var before = _store.OpenedKeys.Count;
        await (rotator ?? _rotator).AdvanceAsync(TestContext.Current.CancellationToken);
        AssertNoKeyIsLeft();
        return [.. _store.OpenedKeys.Skip(before).Select(opened => opened.Id)];
    }

    private void AssertNoKeyIsLeft()
    {
        Assert.All(_store.OpenedKeys, opened => Assert.All(opened.Buffer, octet => Assert.Equal(0, octet)));
        Assert.All(_store.TakenKeys, key => Assert.Throws<ObjectDisposedException>(() => key.Der.Length));
    }

    private Task<CommandOutcome> BeginAsync(CancellationToken cancellationToken) => _rotator.ExecuteAsync(
        (set, token) => _rotator.Orders.BeginAsync(set, isManual: false, _clock.GetUtcNow(), token),
        new(_clock.GetUtcNow(), "uid:0"),
        cancellationToken);

    private AuthorityRotator New(AuthoritySettings? settings = null) =>
        new(_store, settings ?? MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
}
