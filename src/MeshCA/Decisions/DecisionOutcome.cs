using AuthzEngine.Evaluation;

namespace MeshCA.Decisions;

/// <summary>What became of a question.</summary>
internal abstract record DecisionOutcome
{
    private DecisionOutcome()
    {
    }

    /// <summary>Allowed or denied.</summary>
    /// <param name="Decision">The decision; no provider is left to ask.</param>
    /// <param name="Id">Its number, unique over restarts and instances.</param>
    /// <param name="Revision">The snapshot that made it.</param>
    internal sealed record Decided(Decision Decision, string Id, long Revision) : DecisionOutcome
    {
        /// <summary>What the proxy is to change in the request that it sends on.</summary>
        public IReadOnlyList<HeaderMutation> Mutations { get; init; } = [];

        /// <summary>What denied it before any policy; null: nothing.</summary>
        public Ban? Ban { get; init; }

        /// <summary>Query parameters that the proxy is to take out of the request that it sends on.</summary>
        public IReadOnlyList<string> RemovedParameters { get; init; } = [];

        /// <summary>Path and query that the decision holds for, without <see cref="RemovedParameters"/>; null for a connection.</summary>
        public string? Path { get; init; }
    }

    /// <summary>Nobody can decide: an error, never "no policy applies".</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Subject">What is wrong or unknown, for people; bounded and printable.</param>
    internal sealed record Refused(DecisionRefusal Reason, string Subject = "") : DecisionOutcome;
}

/// <summary>Why nobody can decide.</summary>
internal enum DecisionRefusal
{
    /// <summary>The caller proved no identity, and its connection vouches for none.</summary>
    CallerUnknown,

    /// <summary>The caller asks about another workload than itself and is not trusted to.</summary>
    CallerNotEntitled,

    /// <summary>Too many questions are in work.</summary>
    Overloaded,

    /// <summary>No source of policies is configured.</summary>
    NoPolicySource,

    /// <summary>No complete snapshot of the policies was read yet.</summary>
    NoSnapshot,

    /// <summary>The question does not say which workload it is about.</summary>
    WorkloadUnnamed,

    /// <summary>The description of the workload is misspelt or incomplete.</summary>
    WorkloadMalformed,

    /// <summary>The inventory does not have the workload.</summary>
    WorkloadUnknown,

    /// <summary>Policies select by labels, and the workload's are unknown.</summary>
    LabelsUnknown,

    /// <summary>Policies target services, and which one the request to the waypoint addresses is unknown.</summary>
    ServiceUnknown,

    /// <summary>A CUSTOM policy asks a provider that nobody asks here.</summary>
    ProviderNotAskable,

    /// <summary>The question lacks what every question has, or has it in a form that cannot be read.</summary>
    QuestionMalformed,
}
