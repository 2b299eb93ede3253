using System.Collections.Frozen;
using System.Globalization;
using AuthzEngine.Compilation;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on the port of the destination.</summary>
internal sealed class PortClause(Clause.Port model) : CompiledClause(model, AttributeKinds.DestinationPort)
{
    private readonly FrozenSet<int> _ports = model.Ports.ToFrozenSet();

    public override IReadOnlyList<string> Values(in RequestView view) =>
        view.Request.DestinationPort is { } port ? [port.ToString(CultureInfo.InvariantCulture)] : [];

    protected override bool Matches(in RequestView view) => view.Request.DestinationPort is { } port && _ports.Contains(port);
}
