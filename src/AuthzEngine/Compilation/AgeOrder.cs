using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Oldest first, then by name, then by namespace; authorization-policy §1.5.</summary>
/// <remarks>Outside a cluster nothing has an age; like Go's zero time, none is before any.</remarks>
internal sealed class AgeOrder : IComparer<PolicyResource>
{
    private AgeOrder()
    {
    }

    public static AgeOrder OldestFirst { get; } = new();

    public int Compare(PolicyResource? x, PolicyResource? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var age = Nullable.Compare(x.CreationTimestamp, y.CreationTimestamp);
        var name = age != 0 ? age : string.CompareOrdinal(x.Id.Name, y.Id.Name);
        return name != 0 ? name : string.CompareOrdinal(x.Id.Namespace, y.Id.Namespace);
    }
}
