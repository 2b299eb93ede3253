using System.Text.Json.Serialization;
using MeshCA.Agent.Uptake;

namespace MeshCA.Agent.Statuses;

/// <summary>How an agent stands, as <c>meshca agent status</c> prints it.</summary>
internal sealed record AgentStatus
{
    /// <summary>Whether every entry has a valid SVID that is not banned, the trust bundle is known, and files are those of the present state.</summary>
    public required bool Ready { get; init; }

    /// <summary>The revision of what is served.</summary>
    public required long Revision { get; init; }

    /// <summary>The CA.</summary>
    public required string Address { get; init; }

    /// <summary>The trust bundle.</summary>
    public required BundleRow Bundle { get; init; }

    /// <summary>The entries, in their order.</summary>
    public required IReadOnlyList<EntryRow> Entries { get; init; }

    /// <summary>The caller with the most identities, whether it has asked or not; null where an agent of a version before does not say.</summary>
    public FullestRow? Fullest { get; init; }

    /// <summary>The directories.</summary>
    public required IReadOnlyList<FilesRow> Files { get; init; }

    /// <summary>Streams of workloads that are open.</summary>
    public required int Streams { get; init; }

    /// <summary>Who lacks the trust bundle that is served, of those that can say so; at most 100 of them.</summary>
    public required IReadOnlyList<BehindRow> Behind { get; init; }
}

/// <summary>A workload that does not have the trust bundle in use that is served.</summary>
/// <param name="Kind"><c>secrets</c> or <c>workload_api</c>.</param>
/// <param name="Standing"><c>awaited</c>; <c>refused</c>; <c>ignored</c>: it let such a wait run out before, and is not waited for.</param>
/// <param name="ProcessId">Its process; 0 where the agent cannot see it.</param>
/// <param name="UserId">Its user.</param>
/// <param name="Entries">The entries that admit it, with commas between.</param>
/// <param name="Node">What the proxy calls itself; empty: nothing.</param>
/// <param name="Since">Since when it stands so.</param>
/// <param name="Reason">Why it refuses the bundle; empty where it does not.</param>
internal sealed record BehindRow(
    string Kind, string Standing, int ProcessId, uint UserId, string Entries, string Node, DateTimeOffset Since, string Reason)
{
    /// <summary>Takes one.</summary>
    public static BehindRow Of(UptakeRow row) => new(
        row.Kind switch
        {
            UptakeKind.Secrets => "secrets",
            UptakeKind.WorkloadApi => "workload_api",
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        row.Standing.ToString().ToLowerInvariant(),
        row.ProcessId,
        row.UserId,
        row.Entries,
        row.Node,
        row.Since,
        row.Reason);
}

/// <summary>How the trust bundle stands.</summary>
/// <param name="TrustDomain">Whose it is.</param>
/// <param name="Roots">How many roots it has; 0: it is not known.</param>
/// <param name="Sequence">Its sequence; null where it is put together from what came with SVIDs.</param>
/// <param name="Acknowledged">The sequence that the CA was told last; 0: none.</param>
/// <param name="StreamOpen">Whether the CA's stream is open.</param>
/// <param name="StreamEnd">How it ended the last time; empty while it is open.</param>
/// <param name="FederatedDomains">How many other trust domains have bundles.</param>
/// <param name="FederatedLeftOut">How many of them do not fit into a message to workloads.</param>
/// <param name="RevocationLists">How many revocation lists are held.</param>
/// <param name="Bans">How many bans are in force.</param>
/// <param name="RevocationsRevision">The revision of both; null: the CA told of none.</param>
internal sealed record BundleRow(
    string TrustDomain,
    int Roots,
    ulong? Sequence,
    ulong Acknowledged,
    bool StreamOpen,
    string StreamEnd,
    int FederatedDomains,
    int FederatedLeftOut,
    int RevocationLists,
    int Bans = 0,
    long? RevocationsRevision = null);

/// <summary>How the caller stands that has the most identities.</summary>
/// <param name="Caller">It, such as <c>user 1000</c>.</param>
/// <param name="Entries">How many entries admit it.</param>
/// <param name="LeftOut">How many of the identities that are held for it do not fit into a message of the Workload API.</param>
internal sealed record FullestRow(string Caller, int Entries, int LeftOut);

/// <summary>How one entry stands.</summary>
internal sealed record EntryRow
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The identity it has, or is to have; empty: whichever the CA gives.</summary>
    public required string SpiffeId { get; init; }

    /// <summary>Serial number of its SVID; null: it has none.</summary>
    public required string? Serial { get; init; }

    /// <summary>End of its SVID.</summary>
    public required DateTimeOffset? NotAfter { get; init; }

    /// <summary>When the CA is asked next; null: nobody asks.</summary>
    public required DateTimeOffset? Next { get; init; }

    /// <summary>How many requests failed since the last success.</summary>
    public required int Failures { get; init; }

    /// <summary>The last failure; empty after a success.</summary>
    public required string LastError { get; init; }

    /// <summary>What bans its identity, so that it is given out to nobody: `3: identity spiffe://…`; empty: nothing.</summary>
    public string Ban { get; init; } = "";
}

/// <summary>How one directory stands.</summary>
/// <param name="Directory">Its path.</param>
/// <param name="Serial">Serial number of the SVID in its files; null: nothing was written yet.</param>
/// <param name="Error">Why its files are not those of the present state; empty where they are.</param>
internal sealed record FilesRow(string Directory, string? Serial, string Error);

/// <summary>JSON of <see cref="AgentStatus"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AgentStatus))]
internal sealed partial class AgentStatusJson : JsonSerializerContext;
