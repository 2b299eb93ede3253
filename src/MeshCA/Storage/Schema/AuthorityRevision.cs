namespace MeshCA.Storage.Schema;

/// <summary>Counts the changes of the authorities.</summary>
/// <param name="Revision">Grows by one with every change.</param>
/// <param name="BundleSequence">The revision that last changed the published roots.</param>
internal sealed record AuthorityRevision(long Revision, long BundleSequence)
{
    /// <summary>Before the first change.</summary>
    public static AuthorityRevision None { get; } = new(0, 0);
}
