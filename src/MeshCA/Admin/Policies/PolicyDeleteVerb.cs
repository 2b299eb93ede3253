using System.CommandLine;
using MeshCA.Wire.Policies;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy delete</c>: removes policies that were applied to a running service.</summary>
internal sealed class PolicyDeleteVerb : IAdminVerb
{
    private readonly PolicyChangeParameters _change = new();

    private readonly Argument<string[]> _resources = new("RESOURCES")
    {
        Description = "Applied policies, each as Kind/namespace/name",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <inheritdoc />
    public string Name => "policy delete";

    /// <inheritdoc />
    public string Description => "Remove policies that were applied to a running service: all or none";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_resources, .. _change.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new DeleteRequest();
        foreach (var resource in arguments.GetRequiredValue(_resources))
        {
            if (resource.Split('/') is not [var kind, var place, var name])
            {
                output.Fail($"`{resource}` is not of the form Kind/namespace/name");
                return ExitCode.Usage;
            }

            request.Resources.Add(new ResourceId { Kind = kind, Namespace = place, Name = name });
        }

        if (_change.ExpectedRevision(arguments) is { } expected)
        {
            request.ExpectedRevision = expected;
        }

        return await _change.ChangeAsync(
            (client, options) => client.DeleteAsync(request, options), arguments, output, cancellationToken);
    }
}
