using MeshCA.Authorities.Supplied;

namespace MeshCA.Authorities;

/// <summary>An order with what has to be made or opened for it; the keys go when it is disposed of.</summary>
internal sealed class AuthorityOrder : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _secrets;

    private AuthorityOrder(AuthorityCommand? command, AuthorityVerdict.Refused? refusal, IReadOnlyList<IDisposable> secrets)
    {
        Command = command;
        Refusal = refusal;
        _secrets = secrets;
    }

    /// <summary>What is ordered; null where it is refused already.</summary>
    public AuthorityCommand? Command { get; }

    /// <summary>Why it cannot be ordered; null where it can.</summary>
    public AuthorityVerdict.Refused? Refusal { get; }

    /// <summary>An order that may be judged.</summary>
    public static AuthorityOrder Of(AuthorityCommand command, params IReadOnlyList<IDisposable> secrets) => new(command, null, secrets);

    /// <summary>An order that cannot be.</summary>
    public static AuthorityOrder Refuse(AuthorityRefusal reason, string detail) =>
        new(null, new AuthorityVerdict.Refused(reason, detail), []);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var secret in _secrets)
        {
            secret.Dispose();
        }
    }
}

/// <summary>Makes or opens what a command needs: new roots, cross-certificates, requests.</summary>
internal sealed class AuthorityOrders(IAuthorityStore store, AuthoritySettings settings)
{
    /// <summary>A new root, made here, and its cross-certificate.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="isManual">Whether each later step waits for a command.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public async Task<AuthorityOrder> BeginAsync(AuthoritySet set, bool isManual, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Before a key is made or opened for nothing.
        if (set.Rotation is { IsUnderWay: true } || ActiveRoot(set) is not { } active)
        {
            return Unbegun(set);
        }

        var made = AuthorityFactory.CreateRoot(settings, now);
        try
        {
            var cross = await CrossAsync(active, made.Record.Certificate, now, cancellationToken);
            return AuthorityOrder.Of(new AuthorityCommand.Begin(AuthorityMaterial.Of(made), cross, isManual), made);
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>A root that was supplied, with its cross-certificate, ours where none was.</summary>
    public async Task<AuthorityOrder> ImportAsync(
        AuthoritySet set, SuppliedMaterial supplied, bool isManual, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (set.Rotation is { IsUnderWay: true } || ActiveRoot(set) is not { } active)
        {
            return Unbegun(set);
        }

        if (!SuppliedRoot.TryParse(
            supplied.Certificate, supplied.Cross, supplied.Key, settings.TrustDomain, active.Certificate, now, out var root, out var fault))
        {
            return AuthorityOrder.Refuse(AuthorityRefusal.Unusable, fault);
        }

        using (root)
        {
            var cross = root.Cross is { } given
                ? new AuthorityMaterial(Record(AuthorityIds.OfCross(root.Id, active.Id), AuthorityKind.Cross, active.Id, given, now))
                : await CrossAsync(active, root.Certificate, now, cancellationToken);
            if (cross is null)
            {
                return AuthorityOrder.Refuse(
                    AuthorityRefusal.CannotSign,
                    "the active root's key is not here, so its cross-certificate for the new root must be supplied: verifiers that know only the old root would fail");
            }

            var key = root.Key?.ExportPkcs8();
            var material = new AuthorityMaterial(Record(root.Id, AuthorityKind.Root, root.Id, root.Certificate, now), key);
            return AuthorityOrder.Of(new AuthorityCommand.Begin(material, cross, isManual), [.. new[] { key }.OfType<IDisposable>()]);
        }
    }

    /// <summary>A root's next certificate for the same key.</summary>
    public async Task<AuthorityOrder> RenewAsync(AuthoritySet set, string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (set.Authorities.FirstOrDefault(a => a.Id == id) is not { Kind: AuthorityKind.Root } record)
        {
            return AuthorityOrder.Refuse(AuthorityRefusal.UnknownAuthority, $"there is no root `{id}`");
        }

        if (!record.HasKey)
        {
            return AuthorityOrder.Refuse(AuthorityRefusal.CannotSign, $"the key of `{id}` is not here: it is renewed where its key is");
        }

        using var root = await StoredAuthorities.OpenAsync(store, record, cancellationToken);
        var key = await store.OpenKeyAsync(id, cancellationToken);
        return AuthorityOrder.Of(
            new AuthorityCommand.Renew(id, AuthorityFactory.RenewRoot(root, key!, settings, now)), [key!]); // not null: opened a line above
    }

    /// <summary>A key and the request for a root elsewhere to sign.</summary>
    public AuthorityOrder Request(DateTimeOffset now)
    {
        var made = AuthorityFactory.CreateRequest(settings, now);
        return AuthorityOrder.Of(new AuthorityCommand.AddRequest(new AuthorityMaterial(made.Record, made.PrivateKey)), made);
    }

    /// <summary>The intermediate that came back.</summary>
    public async Task<AuthorityOrder> InstallAsync(AuthoritySet set, string pem, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (set.Authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Request, State: AuthorityState.Prepared }) is not { } request)
        {
            return AuthorityOrder.Refuse(AuthorityRefusal.UnknownAuthority, "no request waits for an intermediate");
        }

        if (!SuppliedIntermediate.TryParse(pem, set.Authorities.Where(a => a.IsPublished), now, out var record, out var fault))
        {
            return AuthorityOrder.Refuse(AuthorityRefusal.Unusable, fault);
        }

        var key = await store.OpenKeyAsync(request.Id, cancellationToken);
        if (key is null || SuppliedIntermediate.CheckKey(record, key) is { } keyFault)
        {
            key?.Dispose();
            return AuthorityOrder.Refuse(AuthorityRefusal.Unusable, "the intermediate is not for the key of the request that waits");
        }

        return AuthorityOrder.Of(new AuthorityCommand.Install(new AuthorityMaterial(record, key), request.Id), [key]);
    }

    private async Task<AuthorityMaterial?> CrossAsync(
        AuthorityRecord active, ReadOnlyMemory<byte> root, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!active.HasKey)
        {
            return null;
        }

        using var old = await StoredAuthorities.OpenAsync(store, active, cancellationToken);
        return AuthorityFactory.CreateCross(old, root, settings, now);
    }

    private static AuthorityOrder Unbegun(AuthoritySet set) => set.Rotation is { IsUnderWay: true } rotation
        ? AuthorityOrder.Refuse(AuthorityRefusal.RotationUnderWay, $"rotation {rotation.Number} is under way; one at a time")
        : AuthorityOrder.Refuse(AuthorityRefusal.NoActiveRoot, "there is no active root to rotate from");

    private static AuthorityRecord? ActiveRoot(AuthoritySet set) =>
        set.Authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active });

    private static AuthorityRecord Record(
        string id, AuthorityKind kind, string issuer, ReadOnlyMemory<byte> certificate, DateTimeOffset now) => new()
        {
            Id = id,
            Kind = kind,
            State = kind == AuthorityKind.Root ? AuthorityState.Prepared : AuthorityState.Active,
            Issuer = issuer,
            Certificate = certificate,
            CreatedAt = now,
        };
}

/// <summary>A root made elsewhere, in PEM; a class and not a record, whose printed form would show the key.</summary>
/// <param name="certificate">The self-signed certificate.</param>
/// <param name="cross">Its key certified by the active root; empty: ours.</param>
/// <param name="key">Its private key; empty: it stays elsewhere.</param>
internal sealed class SuppliedMaterial(string certificate, string cross, string key)
{
    /// <summary>The self-signed certificate.</summary>
    public string Certificate { get; } = certificate;

    /// <summary>Its key certified by the active root; empty: ours.</summary>
    public string Cross { get; } = cross;

    /// <summary>Its private key; empty: it stays elsewhere.</summary>
    public string Key { get; } = key;
}
