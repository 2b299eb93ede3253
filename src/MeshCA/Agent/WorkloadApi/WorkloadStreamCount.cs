using MeshCA.Agent.Statuses;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>How many streams of one name are open, for the agent's status.</summary>
/// <param name="kind">The name.</param>
/// <param name="streams">Knows.</param>
internal sealed class WorkloadStreamCount(string kind, WorkloadStreams streams) : IStreamCounts
{
    /// <inheritdoc />
    public string Kind => kind;

    /// <inheritdoc />
    public int Open => streams.OpenOf(kind);
}
