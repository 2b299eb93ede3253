using AuthzEngine.Formats.Issuance;
using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Puts the file's policy in force whenever it changes. One that is wrong changes nothing but raises an alarm.</summary>
/// <param name="path">The file.</param>
/// <param name="bounds">What it must fit into.</param>
/// <param name="lifetimes">The lifetimes of the service.</param>
/// <param name="gate">Gets the policy.</param>
/// <param name="audit">Gets each change.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets the alarms.</param>
internal sealed class IssuancePolicyLoader(
    string path,
    IssuanceBounds bounds,
    LifetimePolicy lifetimes,
    IssuanceGate gate,
    IAuditLog audit,
    TimeProvider clock,
    ILogger<IssuancePolicyLoader> logger)
{
    private volatile IssuancePolicyStatus _status = new();

    /// <summary>How the file stands.</summary>
    public IssuancePolicyStatus Status => _status;

    /// <summary>Takes the policy that was read at the start.</summary>
    public void Begin(IssuancePolicyReading.Read first) => Take(first, "loaded");

    /// <summary>Looks at the file.</summary>
    /// <returns>Whether it has changed.</returns>
    public bool Reload() => IssuancePolicyFile.Read(path, bounds) switch
    {
        IssuancePolicyReading.Read read => TakeChange(read),
        IssuancePolicyReading.Failed(var faults) => Report(faults),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private bool TakeChange(IssuancePolicyReading.Read read)
    {
        if (read.Hash == _status.Hash)
        {
            if (_status.Faults.Count == 0)
            {
                return false;
            }

            // What is in force came back.
            _status = _status with { Faults = [] };
            Log.IssuancePolicyRecovered(logger, path);
            return true;
        }

        Take(read, "changed");
        return true;
    }

    private void Take(IssuancePolicyReading.Read read, string verb)
    {
        gate.Replace(IssuancePolicy.Compile(read.Policy, lifetimes));
        _status = new IssuancePolicyStatus
        {
            Path = path,
            Hash = read.Hash,
            LoadedAt = clock.GetUtcNow(),
            Rules = read.Policy.Rules.Count,
            Warnings = read.Warnings,
        };
        Log.IssuancePolicyInForce(logger, path, read.Policy.Rules.Count, read.Hash);
        audit.Post(new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Action = $"issuance-policy.{verb}",
            Actor = "system",
            Target = path,
            Outcome = "ok",
            Detail = $"{read.Policy.Rules.Count} rules, SHA-256 {read.Hash}",
        });
    }

    // Once for each kind of fault, not with every look.
    private bool Report(IReadOnlyList<string> faults)
    {
        if (faults.SequenceEqual(_status.Faults))
        {
            return false;
        }

        _status = _status with { Faults = faults };
        Log.IssuancePolicyRefused(logger, path, string.Join("; ", faults.Take(5)), faults.Count);
        audit.Post(new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Action = "issuance-policy.refused",
            Actor = "system",
            Target = path,
            Outcome = "failed",
            Detail = $"{faults.Count} faults: {faults[0]}",
        });
        return true;
    }
}

/// <summary>How the issuance policy stands.</summary>
internal sealed record IssuancePolicyStatus
{
    /// <summary>The file; empty where none is configured.</summary>
    public string Path { get; init; } = "";

    /// <summary>SHA-256 of what is in force.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Since when it is in force.</summary>
    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>Number of its rules.</summary>
    public int Rules { get; init; }

    /// <summary>What is to say about what is in force.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Why the file as it is now is not in force; empty while it is.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}
