using System.Collections.Frozen;

namespace SpiffeIdentity;

/// <summary>Says which SPIFFE IDs a peer may have. Immutable.</summary>
/// <remarks>There is no default: whoever wants any ID to pass says so with <see cref="Any"/>.</remarks>
public abstract class SpiffeIdMatcher
{
    private SpiffeIdMatcher()
    {
    }

    /// <summary>Every ID, of every trust domain whose bundle there is: authentication without authorization.</summary>
    public static SpiffeIdMatcher Any { get; } = new AnyId();

    /// <summary>One ID.</summary>
    /// <param name="id">The ID.</param>
    /// <returns>The matcher.</returns>
    public static SpiffeIdMatcher Exactly(SpiffeId id) => OneOf(id);

    /// <summary>Some IDs.</summary>
    /// <param name="ids">The IDs; without any, nothing matches.</param>
    /// <returns>The matcher.</returns>
    public static SpiffeIdMatcher OneOf(params ReadOnlySpan<SpiffeId> ids)
    {
        foreach (var id in ids)
        {
            ArgumentNullException.ThrowIfNull(id);
        }

        return new OneOfIds(ids.ToArray());
    }

    /// <summary>Every ID of a trust domain.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>The matcher.</returns>
    public static SpiffeIdMatcher MemberOf(TrustDomain trustDomain)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        return new MemberOfDomain(trustDomain);
    }

    /// <summary>Judges an ID.</summary>
    /// <param name="id">The ID of a peer that was authenticated.</param>
    /// <returns>Whether the peer may have it.</returns>
    public bool Matches(SpiffeId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Judge(id);
    }

    private protected abstract bool Judge(SpiffeId id);

    private sealed class AnyId : SpiffeIdMatcher
    {
        public override string ToString() => "any";

        private protected override bool Judge(SpiffeId id) => true;
    }

    private sealed class OneOfIds(SpiffeId[] ids) : SpiffeIdMatcher
    {
        private readonly FrozenSet<SpiffeId> _ids = ids.ToFrozenSet();

        public override string ToString() => "one of " + string.Join(", ", _ids.Select(id => id.ToString()).Order(StringComparer.Ordinal));

        private protected override bool Judge(SpiffeId id) => _ids.Contains(id);
    }

    private sealed class MemberOfDomain(TrustDomain trustDomain) : SpiffeIdMatcher
    {
        public override string ToString() => "member of " + trustDomain.Name;

        private protected override bool Judge(SpiffeId id) => id.MemberOf(trustDomain);
    }
}
