namespace MeshCA.Agent.Statuses;

/// <summary>How many streams of workloads a server of the agent has open.</summary>
internal interface IStreamCounts
{
    /// <summary>What they are, for people.</summary>
    string Kind { get; }

    /// <summary>How many.</summary>
    int Open { get; }
}
