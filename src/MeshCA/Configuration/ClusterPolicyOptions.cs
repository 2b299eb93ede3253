using System.ComponentModel.DataAnnotations;

namespace MeshCA.Configuration;

/// <summary>Policies of the home cluster.</summary>
internal sealed class ClusterPolicyOptions
{
    /// <summary>Whether policies, pods, namespaces and services of the home cluster are watched, and policies there decided by.</summary>
    public bool Enabled { get; set; }

    /// <summary>How long the API server may not answer before that is an alarm; what it last said stays in force however long.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the leader writes into each policy's status what became of it.</summary>
    public bool WriteStatus { get; set; } = true;

    /// <summary>Most statuses written in a second.</summary>
    [Range(1, 1_000)]
    public int StatusWritesPerSecond { get; set; } = 20;
}
