using MeshCA.Authorities;

namespace MeshCA.Leadership;

/// <summary>The authorities as those see them that sign: none while this replica may not.</summary>
internal sealed class LeaderSnapshots(IAuthoritySnapshots inner, SigningRight right) : IAuthoritySnapshots
{
    /// <inheritdoc />
    public AuthoritySnapshot? Current => right.Term is null ? null : inner.Current;
}
