using AuthzEngine.Compilation;
using AuthzEngine.Indexing;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on an address.</summary>
internal sealed class AddressClause(Clause.Address model) : CompiledClause(model, ReadsOf(model.Attribute))
{
    private readonly CidrIndex<bool> _blocks = new(model.Blocks.Select(block => KeyValuePair.Create(block, true)));

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
        Read(model.Attribute, in view) is { IsPresent: true } address ? [address.ToString()] : [];

    protected override bool Matches(in RequestView view)
    {
        var any = default(AnyCandidate);
        return _blocks.Find(Read(model.Attribute, in view), ref any);
    }
}
