namespace MeshCA.Revocations.Lists;

/// <summary>How long lists hold.</summary>
/// <param name="Lifetime">Of an intermediate's; a new one is made at half of it.</param>
/// <param name="RootLifetime">Of a root's, whose key is opened for each.</param>
/// <param name="Backdate">How far the making lies before now, for peers whose clocks run behind.</param>
internal sealed record ListSettings(TimeSpan Lifetime, TimeSpan RootLifetime, TimeSpan Backdate)
{
    /// <summary>How long a certificate stays on lists after its end: until one was made that its holder could see after it (RFC 5280 §3.3).</summary>
    public TimeSpan KeepAfterEnd => Lifetime > RootLifetime ? Lifetime : RootLifetime;

    /// <summary>How long a list of an authority holds.</summary>
    public TimeSpan LifetimeOf(ListIssuer issuer) => issuer.IsRoot ? RootLifetime : Lifetime;

    /// <summary>Whether an authority needs a new list.</summary>
    /// <param name="list">Its present one; null: none.</param>
    /// <param name="entries">What it is to name.</param>
    /// <param name="now">The present.</param>
    public static bool IsDue(PublishedList? list, IReadOnlyList<Revocation> entries, DateTimeOffset now) =>
        list is null
        || now < list.ThisUpdate // made by a clock that ran ahead: verifiers refuse it
        || now >= list.ThisUpdate + ((list.NextUpdate - list.ThisUpdate) / 2)
        || list.Serials.Count != entries.Count
        || entries.Any(entry => !list.Serials.Contains(entry.Serial));
}
