using MeshCA.Cryptography;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>Makes and opens JWT keys for the source of authorities that carries their steps out.</summary>
/// <param name="store">Keeps them.</param>
/// <param name="settings">How they are made and replaced.</param>
internal sealed class JwtKeyKeeper(IAuthorityStore store, JwtKeySettings settings)
{
    /// <summary>The settings.</summary>
    public JwtKeySettings Settings => settings;

    /// <summary>Whether the clock may be believed that the tokens of a key have ended: by one that jumped ahead a key would leave whose tokens are valid.</summary>
    public Func<bool> MayRetire { get; init; } = () => true;

    /// <summary>The step that is due, with the key that it needs; null where none is.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="now">The time.</param>
    public AuthorityOrder? Next(AuthoritySet set, DateTimeOffset now) => JwtKeyPlanner.Next(JwtKeyLife.AllOf(set), settings, now) switch
    {
        JwtKeyStep.None => null,
        JwtKeyStep.Create(var state, _) => Create(state, now),
        JwtKeyStep.Activate(var id) => AuthorityOrder.Of(new AuthorityCommand.ActivateJwtKey(id, TimeSpan.Zero)),
        JwtKeyStep.Retire when !MayRetire() => null, // the last step of all: none waits behind it
        JwtKeyStep.Retire(var id) => AuthorityOrder.Of(new AuthorityCommand.RetireJwtKeys([id], IsWithdrawal: false)),
        JwtKeyStep.Withdraw(var ids) => AuthorityOrder.Of(new AuthorityCommand.RetireJwtKeys(ids, IsWithdrawal: true)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The keys of a set, the signing one opened.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="before">The keys before, whose signer is taken over where it is the same; it is not disposed of, answers under way may still sign with it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">A key is not in a form that this version knows, or does not open.</exception>
    public async Task<JwtKeyRing> OpenAsync(AuthoritySet set, JwtKeyRing before, CancellationToken cancellationToken)
    {
        var published = set.Authorities
            .Where(a => a is { Kind: AuthorityKind.JwtKey, State: AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old })
            .Select(a => (Record: a, Stored: StoredJwtKey.Read(a.Certificate)))
            .ToList();
        var keys = published.ConvertAll(key => new JwtPublicKey(key.Record.Id, key.Stored.PublicKey));

        // One that was declared compromised signs nothing more, not even for the moment until the next is made.
        var active = published.Find(key => key.Record is { State: AuthorityState.Active, TaintedAt: null });
        if (active.Record is null || !settings.IsEnabled)
        {
            return new(null, keys);
        }

        return before.Signer is { } same && same.Id == active.Record.Id
            ? new(same, keys)
            : new(await OpenSignerAsync(active.Record, active.Stored, cancellationToken), keys);
    }

    private async Task<JwtSigner> OpenSignerAsync(AuthorityRecord record, StoredJwtKey stored, CancellationToken cancellationToken)
    {
        using var privateKey = await store.OpenKeyAsync(record.Id, cancellationToken)
            ?? throw new KeySealException($"the store holds no key of authority `{record.Id}`");
        if (!SigningKey.TryImportPkcs8(privateKey.Der, out var key))
        {
            throw new KeySealException($"the stored key of authority `{record.Id}` cannot be read");
        }

        if (key.Matches(stored.PublicKey.SubjectPublicKeyInfo.Span))
        {
            return new JwtSigner(record.Id, key, stored.LongestToken);
        }

        key.Dispose();
        throw new KeySealException($"the stored key of authority `{record.Id}` is another than its record says");
    }

    private AuthorityOrder Create(AuthorityState state, DateTimeOffset now)
    {
        using var key = settings.Key.Generate();
        var privateKey = key.ExportPkcs8();
        var id = Convert.ToHexStringLower(key.PublicKey.DeriveKeyIdentifier());
        var record = new AuthorityRecord
        {
            Id = id,
            Kind = AuthorityKind.JwtKey,
            State = state,
            Issuer = id,
            Certificate = new StoredJwtKey(settings.LongestToken, key.PublicKey).Encode(),
            CreatedAt = now,
        };
        return AuthorityOrder.Of(new AuthorityCommand.AddJwtKey(new AuthorityMaterial(record, privateKey)), privateKey);
    }
}
