using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace MeshCA.DecisionLog;

/// <summary>Which members of nested objects are kept.</summary>
internal sealed class MemberSelection
{
    private static readonly ClaimValue Absent = new ClaimValue.Null();

    private readonly SortedDictionary<string, MemberSelection> _members = new(StringComparer.Ordinal);
    private bool _isWhole;

    /// <summary>Whether nothing is kept.</summary>
    public bool IsEmpty => _members.Count == 0;

    /// <summary>Keeps what some ways lead to.</summary>
    public static MemberSelection Of(IEnumerable<ClaimPath> paths)
    {
        var root = new MemberSelection();
        foreach (var path in paths)
        {
            root.Add(path);
        }

        return root;
    }

    /// <summary>Takes the members out of an object. One that is not there is null, which no rule tells from absent.</summary>
    /// <param name="from">The object; untrusted.</param>
    public ClaimValue.Struct Select(ClaimValue.Struct from)
    {
        var kept = new Dictionary<string, ClaimValue>(StringComparer.Ordinal);
        foreach (var (name, selection) in _members)
        {
            kept[name] = from.Members.TryGetValue(name, out var value) ? selection.Select(value) : Absent;
        }

        return new(kept);
    }

    private ClaimValue Select(ClaimValue value) =>
        _isWhole ? value : value is ClaimValue.Struct inner ? Select(inner) : Absent;

    private void Add(ClaimPath path)
    {
        var at = this;
        foreach (var name in path.Names)
        {
            if (!at._members.TryGetValue(name, out var next))
            {
                at._members.Add(name, next = new());
            }

            at = next;
        }

        at._isWhole = true;
    }
}
