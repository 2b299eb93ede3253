using MeshCA.Agent.Identities;

namespace MeshCA.Agent.Uptake;

/// <summary>A stream's place among those that are waited for.</summary>
internal sealed class UptakeSeat : IDisposable
{
    private readonly WorkloadUptake _uptake;
    private readonly UptakeMember _member;
    private UptakeReport? _last;
    private (long Entries, HeldBans? Bans) _judge;

    /// <summary>Made by the owner.</summary>
    internal UptakeSeat(WorkloadUptake uptake, UptakeMember member) => (_uptake, _member) = (uptake, member);

    /// <summary>Whether the stream was given up, and is to end.</summary>
    public bool IsGivenUp => _member.IsGivenUp;

    /// <summary>Tells what the stream shows; again when entries or bans change, since only those with an entry that is not banned count. One caller at a time.</summary>
    /// <param name="report">What it shows; null: it follows no roots.</param>
    public void Report(UptakeReport? report)
    {
        var judge = _uptake.Judge;
        if (report != _last || judge != _judge)
        {
            (_last, _judge) = (report, judge);
            _uptake.Report(_member, report);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _uptake.Report(_member, null);
}
