using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>What the policies of a workload read of requests, down to names: what a log has to keep, and what a replay needs.</summary>
public sealed class AttributesRead
{
    private readonly SortedSet<string> _headers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClaimPath> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClaimPath> _metadata = new(StringComparer.Ordinal);

    private AttributesRead(AttributeKinds kinds) => Kinds = kinds;

    /// <summary>The attributes.</summary>
    public AttributeKinds Kinds { get; }

    /// <summary>Names of headers, in lower case and in order.</summary>
    public IReadOnlyCollection<string> Headers => _headers;

    /// <summary>Ways to claims; with any of them the one to the issuer, which says how others are divided.</summary>
    public IReadOnlyCollection<ClaimPath> Claims => _claims.Values;

    /// <summary>Ways to dynamic metadata: a filter's name, then a key.</summary>
    public IReadOnlyCollection<ClaimPath> Metadata => _metadata.Values;

    /// <summary>Whether a rule reads the path with its query, authorization-policy §3.3.</summary>
    public bool Query { get; private set; }

    /// <summary>Looks through the rules of a workload, dry runs included; it costs what they are.</summary>
    /// <param name="policies">What applies to the workload.</param>
    /// <returns>What they read.</returns>
    public static AttributesRead Of(WorkloadPolicies policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        var reads = new AttributesRead(policies.Reads);
        foreach (var clause in Rules(policies.HttpModels).Concat(Rules(policies.TcpModels)).SelectMany(Clauses))
        {
            reads.Add(clause);
        }

        return reads;
    }

    private static IEnumerable<RuleModel> Rules(StageModels stages) =>
        new[] { stages.Audit, stages.Deny, stages.Allow, stages.DryRunDeny, stages.DryRunAllow }.SelectMany(group => group.Rules)
            .Concat(stages.Custom.SelectMany(custom => custom.Rules));

    private static IEnumerable<Clause> Clauses(RuleModel rule) =>
        rule.From.Concat(rule.To).SelectMany(alternative => alternative).Concat(rule.When);

    private void Add(Clause clause)
    {
        switch (clause)
        {
            case Clause.Header header:
                _headers.Add(header.Name);
                break;
            case Clause.RequestPrincipal:
                Add(_claims, ["iss"]);
                Add(_claims, ["sub"]);
                break;
            case Clause.Claims claims:
                Add(_claims, ["iss"]);
                Add(_claims, claims.Claim.Names);
                break;
            case Clause.Metadata metadata:
                Add(_metadata, [metadata.Filter, metadata.Key]);
                break;
            default:
                Query |= clause is Clause.Text { Attribute: TextAttribute.RawPath };
                break;
        }
    }

    // A path is a list, which a record compares by reference; lengths keep apart what a separator would run together.
    private static void Add(Dictionary<string, ClaimPath> paths, IReadOnlyList<string> names) =>
        paths.TryAdd(string.Concat(names.Select(name => $"{name.Length}:{name}")), new ClaimPath(names));
}
