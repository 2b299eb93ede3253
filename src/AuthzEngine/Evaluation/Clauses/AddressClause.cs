using AuthzEngine.Compilation;
using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on an address.</summary>
internal sealed class AddressClause(Clause.Address model) : CompiledClause(model, ReadsOf(model.Attribute))
{
    private const int Few = 8;

    private readonly AddressAttribute _attribute = model.Attribute;
    private readonly CidrBlock[] _compared = model.Blocks.Count <= Few ? [.. model.Blocks] : [];
    private readonly CidrIndex<bool>? _lookedUp = model.Blocks.Count <= Few
        ? null
        : new(model.Blocks.Select(block => KeyValuePair.Create(block, true)));

    /// <summary>The attribute, as <see cref="RequestAttributes.Unsupplied"/> knows it.</summary>
    public static AttributeKinds ReadsOf(AddressAttribute attribute) => attribute switch
    {
        AddressAttribute.Source => AttributeKinds.SourceIp,
        AddressAttribute.Remote => AttributeKinds.RemoteIp,
        _ => AttributeKinds.DestinationIp,
    };

    /// <summary>The address of a request; absent where it has none.</summary>
    public static IpAddress Read(AddressAttribute attribute, in RequestView view) => attribute switch
    {
        AddressAttribute.Source => view.Request.SourceIp,
        AddressAttribute.Remote => view.Request.RemoteIp,
        _ => view.Request.DestinationIp,
    };

    public override IReadOnlyList<string> Values(in RequestView view) =>
        Read(_attribute, in view) is { IsPresent: true } address ? [address.ToString()] : [];

    protected override bool Matches(in RequestView view)
    {
        var address = Read(_attribute, in view);
        foreach (var block in _compared)
        {
            if (block.Contains(address))
            {
                return true;
            }
        }

        var any = default(AnyCandidate);
        return _lookedUp is not null && _lookedUp.Find(address, ref any);
    }
}
