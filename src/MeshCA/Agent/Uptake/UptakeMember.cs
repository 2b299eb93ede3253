using MeshCA.Agent.Registration;

namespace MeshCA.Agent.Uptake;

/// <summary>A stream that can say which roots it has in use; compared by reference. What changes is the ledger's.</summary>
/// <param name="kind">The service.</param>
/// <param name="peer">Who opened it.</param>
/// <param name="node">What the proxy calls itself, printable; empty where it says nothing.</param>
/// <param name="end">Ends the stream.</param>
internal sealed class UptakeMember(UptakeKind kind, WorkloadPeer peer, string node, Func<Task> end)
{
    /// <summary>The service.</summary>
    public UptakeKind Kind => kind;

    /// <summary>Who opened it.</summary>
    public WorkloadPeer Peer => peer;

    /// <summary>What the proxy calls itself.</summary>
    public string Node => node;

    /// <summary>What it shows.</summary>
    public UptakeReport Report { get; internal set; } = UptakeReport.None;

    /// <summary>How it stands.</summary>
    public UptakeStanding Standing { get; internal set; }

    /// <summary>Since when it stands so to the roots that are wanted.</summary>
    public DateTimeOffset Since { get; internal set; }

    /// <summary>Whether it must answer once before it is waited for.</summary>
    public bool IsDoubted { get; internal set; }

    /// <summary>Whether it was given up: what it shows from then on counts nothing.</summary>
    public bool IsGivenUp { get; internal set; }

    /// <summary>Ends the stream.</summary>
    public Func<Task> End => end;
}
