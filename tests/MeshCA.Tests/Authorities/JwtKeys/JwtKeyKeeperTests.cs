using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Rotations;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities.JwtKeys;

/// <summary>The life of JWT keys as the rotator carries it out against a store.</summary>
public sealed class JwtKeyKeeperTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly List<AuthorityRotator> _rotators = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _rotators.ForEach(rotator => rotator.Dispose());

    [Fact]
    public async Task An_empty_store_gets_a_key_that_signs_and_the_next_one_is_published_with_it()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        var current = rotator.Current!;
        Assert.Equal(2, current.Jwt.Published.Count);
        Assert.Equal(current.Jwt.Published[0].Id, current.Jwt.Signer!.Id);
        Assert.Equal(["root.created", "intermediate.created", "jwt-key.created", "jwt-key.prepared"], _store.Audit.Select(e => e.Action));
        Assert.Equal(4UL, current.BundleSequence);
        Assert.Equal([CertificateKind.Root, CertificateKind.Intermediate], _store.Journal.Select(r => r.Kind)); // a key is no certificate
    }

    [Fact]
    public async Task A_store_of_before_gets_keys_at_the_next_start_and_its_roots_stay()
    {
        var before = New(settings: null);
        await before.AdvanceAsync(Token);
        Assert.Empty(before.Current!.Jwt.Published);
        var after = New();
        await after.AdvanceAsync(Token);
        Assert.Equal(before.Current.BundlePem, after.Current!.BundlePem);
        Assert.True(after.Current.BundleSequence > before.Current.BundleSequence);
        Assert.NotNull(after.Current.Jwt.Signer);
    }

    // spiffe §6.4: prepared, active, old, gone; the bundle's sequence grows with each.
    [Fact]
    public async Task A_key_is_published_before_it_signs_and_for_as_long_as_its_tokens_live()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        var (first, second) = (rotator.Current!.Jwt.Published[0].Id, rotator.Current.Jwt.Published[1].Id);
        var sequence = rotator.Current.BundleSequence;

        await PassAsync(rotator, MeshAuthority.JwtKeys.Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal((first, sequence), (rotator.Current.Jwt.Signer!.Id, rotator.Current.BundleSequence));
        await PassAsync(rotator, TimeSpan.FromSeconds(1));
        Assert.Equal(second, rotator.Current.Jwt.Signer!.Id);
        Assert.Equal(3, rotator.Current.Jwt.Published.Count);
        Assert.Equal(first, rotator.Current.Jwt.Published[0].Id);

        await PassAsync(rotator, MeshAuthority.JwtKeys.LongestToken + JwtKeySettings.Leeway - TimeSpan.FromSeconds(1));
        Assert.Contains(rotator.Current.Jwt.Published, key => key.Id == first);
        sequence = rotator.Current.BundleSequence;
        await PassAsync(rotator, TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(rotator.Current.Jwt.Published, key => key.Id == first);
        Assert.True(rotator.Current.BundleSequence > sequence);
    }

    [Fact]
    public async Task The_same_key_signs_after_a_restart_at_every_step()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        for (var day = 0; day < 30; day++)
        {
            await PassAsync(rotator, TimeSpan.FromDays(1));
            var again = New();
            await again.AdvanceAsync(Token);
            Assert.Equal(rotator.Current!.Jwt.Signer!.Id, again.Current!.Jwt.Signer!.Id);
            Assert.Equal(rotator.Current.Jwt.Published.Select(key => key.Id), again.Current.Jwt.Published.Select(key => key.Id));
        }

        Assert.Equal(4, _store.Audit.Count(e => e.Action == "jwt-key.activated"));
    }

    [Fact]
    public async Task A_step_whose_answer_got_lost_is_not_taken_twice()
    {
        var rotator = New();
        var changes = 0;
        _store.ChangeApplied = () =>
        {
            if (++changes == 3)
            {
                throw new JournalUnavailableException("the answer got lost");
            }
        };
        await Assert.ThrowsAsync<JournalUnavailableException>(() => rotator.AdvanceAsync(Token));
        await rotator.AdvanceAsync(Token);
        Assert.Equal(2, rotator.Current!.Jwt.Published.Count);
        Assert.Single(_store.Audit, e => e.Action == "jwt-key.created");
    }

    [Fact]
    public async Task Tainting_the_key_that_signs_lets_the_next_one_sign_at_once_and_tells_who_holds_tokens()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        var (bad, next) = (rotator.Current!.Jwt.Signer!.Id, rotator.Current.Jwt.Published[1].Id);
        Assert.IsType<CommandOutcome.Done>(await OrderAsync(rotator, new AuthorityCommand.Taint(bad)));
        Assert.Equal(next, rotator.Current.Jwt.Signer!.Id);
        Assert.Equal([bad], rotator.Current.TaintedKeys);
        Assert.Equal(3, rotator.Current.Jwt.Published.Count);

        Assert.IsType<CommandOutcome.Done>(await OrderAsync(rotator, new AuthorityCommand.Revoke(bad)));
        Assert.DoesNotContain(rotator.Current.Jwt.Published, key => key.Id == bad);
        Assert.Empty(rotator.Current.TaintedKeys);
    }

    [Fact]
    public async Task Where_no_tokens_are_issued_there_is_no_key_and_those_that_were_leave()
    {
        var off = New(MeshAuthority.JwtKeys with { IsEnabled = false });
        await off.AdvanceAsync(Token);
        Assert.Empty(off.Current!.Jwt.Published);
        Assert.Equal(1UL, off.Current.BundleSequence);

        var on = New();
        await on.AdvanceAsync(Token);
        var sequence = on.Current!.BundleSequence;
        var offAgain = New(MeshAuthority.JwtKeys with { IsEnabled = false });
        await offAgain.AdvanceAsync(Token);
        Assert.Empty(offAgain.Current!.Jwt.Published);
        Assert.Null(offAgain.Current.Jwt.Signer);
        Assert.True(offAgain.Current.BundleSequence > sequence);
    }

    [Fact]
    public async Task An_rsa_key_comes_by_rotation_and_verifies()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        var rsa = New(MeshAuthority.JwtKeys with { Key = new KeyChoice(KeyAlgorithm.Rsa, 2048) });
        await rsa.AdvanceAsync(Token);
        Assert.Equal(KeyAlgorithm.EcdsaP256, rsa.Current!.Jwt.Signer!.PublicKey.Algorithm);
        await PassAsync(rsa, MeshAuthority.JwtKeys.Propagation);
        Assert.Equal(KeyAlgorithm.Rsa, rsa.Current.Jwt.Signer!.PublicKey.Algorithm);
        Assert.Equal(2048, rsa.Current.Jwt.Signer.PublicKey.KeySize);
    }

    [Fact]
    public async Task A_private_key_is_opened_for_the_key_that_signs_alone()
    {
        var rotator = New();
        await rotator.AdvanceAsync(Token);
        var prepared = rotator.Current!.Jwt.Published[1].Id;
        Assert.DoesNotContain(_store.OpenedKeys, opened => opened.Id == prepared);
        Assert.All(_store.OpenedKeys, opened => Assert.All(opened.Buffer, value => Assert.Equal(0, value)));
    }

    [Fact]
    public async Task A_key_that_is_compromised_or_not_wanted_signs_nothing_though_none_has_taken_over_yet()
    {
        await New().AdvanceAsync(Token);
        var set = await _store.LoadAsync(Token);
        var tainted = await new JwtKeyKeeper(_store, MeshAuthority.JwtKeys).OpenAsync(
            Change(set, key => key with { TaintedAt = _clock.GetUtcNow() }), JwtKeyRing.None, Token);
        Assert.Null(tainted.Signer);
        Assert.Equal(2, tainted.Published.Count); // its tokens are still about

        var off = await new JwtKeyKeeper(_store, MeshAuthority.JwtKeys with { IsEnabled = false }).OpenAsync(set, JwtKeyRing.None, Token);
        Assert.Null(off.Signer);
    }

    [Fact]
    public async Task A_key_that_is_not_the_one_of_its_record_signs_nothing()
    {
        await New().AdvanceAsync(Token);
        using var other = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var swapped = Change(
            await _store.LoadAsync(Token),
            key => key with { Certificate = new StoredJwtKey(MeshAuthority.JwtKeys.LongestToken, other.PublicKey).Encode() });

        await Assert.ThrowsAsync<KeySealException>(() => new JwtKeyKeeper(_store, MeshAuthority.JwtKeys).OpenAsync(swapped, JwtKeyRing.None, Token));
    }

    // A clock that jumped ahead: the tokens that it says are over may not be.
    [Fact]
    public async Task By_a_clock_that_is_not_believed_no_key_leaves_and_all_else_goes_on()
    {
        var believed = true;
        var rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys) { MayRetire = () => believed },
        };
        _rotators.Add(rotator);
        await rotator.AdvanceAsync(Token);
        var first = rotator.Current!.Jwt.Signer!.Id;
        believed = false;
        await OrderAsync(rotator, new AuthorityCommand.Taint(first)); // the next one signs, and another is made
        _clock.Jump(TimeSpan.FromDays(400));
        await rotator.AdvanceAsync(Token);
        Assert.Equal(3, rotator.Current!.Jwt.Published.Count);
        believed = true;
        await rotator.AdvanceAsync(Token);
        Assert.DoesNotContain(rotator.Current!.Jwt.Published, key => key.Id == first);
        Assert.Equal(2, rotator.Current.Jwt.Published.Count);
    }

    private static AuthoritySet Change(AuthoritySet set, Func<AuthorityRecord, AuthorityRecord> change) => new(
        set.Revision,
        set.BundleSequence,
        [.. set.Authorities.Select(each => each is { Kind: AuthorityKind.JwtKey, State: AuthorityState.Active } ? change(each) : each)]);

    private async Task PassAsync(AuthorityRotator rotator, TimeSpan time)
    {
        _clock.Advance(time);
        await rotator.AdvanceAsync(Token);
        await new JwtKeyCoordinator(_store, rotator, new ReportingFleet(_clock), rotator.JwtKeys!.Settings, _clock).StepAsync(Token);
    }

    private Task<CommandOutcome> OrderAsync(AuthorityRotator rotator, AuthorityCommand command) => rotator.ExecuteAsync(
        (_, _) => Task.FromResult(AuthorityOrder.Of(command)), new(_clock.GetUtcNow(), "uid:0", "a drill"), Token);

    private AuthorityRotator New() => New(MeshAuthority.JwtKeys);

    private AuthorityRotator New(JwtKeySettings? settings)
    {
        var rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            JwtKeys = settings is null ? null : new JwtKeyKeeper(_store, settings),
        };
        _rotators.Add(rotator);
        return rotator;
    }
}
