using System.Text.Json;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>A policy as the API server has it.</summary>
/// <param name="Id">Kind, namespace and name.</param>
/// <param name="Text">What it says (<see cref="WatchedText"/>).</param>
internal sealed record WatchedPolicy(ResourceId Id, SourceText Text)
{
    /// <summary>Its name as a source.</summary>
    public string Source { get; } = SourceNames.Watched(Id);

    /// <summary>What tells it from one of the same name before or after it.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Number of changes of its specification; 0 where the server does not count.</summary>
    public long Generation { get; init; }

    /// <summary>The version of the whole object.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>What everybody says of it; <see cref="JsonValueKind.Undefined"/> for nothing. Untrusted.</summary>
    public JsonElement Status { get; init; }
}
