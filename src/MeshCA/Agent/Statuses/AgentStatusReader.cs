using MeshCA.Agent.Files;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Trust;
using MeshCA.Agent.Uptake;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Telemetry;

namespace MeshCA.Agent.Statuses;

/// <summary>Gathers how the agent stands from its parts; those that are not there have nothing to say.</summary>
internal sealed class AgentStatusReader(
    AgentOptions options,
    IAgentStates states,
    IRegistrations registrations,
    FilesWorker files,
    ProcessQuota streams,
    WorkloadUptake uptake,
    TimeProvider clock,
    IdentityWorker? identities = null,
    BundleFollower? follower = null)
{
    private const int MaxBehind = 100;

    /// <summary>Reads it.</summary>
    public AgentStatus Read()
    {
        var (state, registered, now) = (states.Current, registrations.Current, clock.GetUtcNow());
        var standings = identities?.Statuses.ToDictionary(each => each.Name, StringComparer.Ordinal) ?? [];
        var entries = registered.Entries
            .Select(entry => RowOf(
                entry, state, state.Svids.FirstOrDefault(svid => svid.Entry.Name == entry.Name), standings.GetValueOrDefault(entry.Name)))
            .ToList();
        var directories = files.Statuses;
        return new AgentStatus
        {
            Ready = state.Bundle is not null
                && entries.TrueForAll(entry => entry.NotAfter >= now && entry.Ban.Length == 0)
                && directories.All(directory => directory is { Serial: not null, Fault: null }),
            Revision = state.Revision,
            Address = options.Address,
            Bundle = new BundleRow(
                options.TrustDomain,
                state.Bundle?.X509.Authorities.Count ?? 0,
                state.Bundle?.Sequence,
                follower?.Acknowledged ?? 0,
                follower?.Status.IsOpen ?? false,
                follower?.Status.LastEnd ?? "",
                state.Federated.Count,
                FittingBundles.FindLeftOut(state).Count,
                state.RevocationLists.Length,
                state.Bans.Entries.Length,
                state.Bans.Revision),
            Entries = entries,
            Fullest = FullestOf(registered, state),
            Files = [.. directories.Select(each => new FilesRow(each.Directory, each.Serial, each.Fault ?? ""))],
            Streams = streams.Open,
            Behind = [.. uptake.Lacking(MaxBehind).Select(BehindRow.Of)],
        };
    }

    /// <summary>The same in figures.</summary>
    public AgentFigures ReadFigures()
    {
        var (status, now) = (Read(), clock.GetUtcNow());
        return new AgentFigures
        {
            SecondsToExpiry = status.Entries.Where(entry => entry.NotAfter is not null)
                .ToDictionary(entry => entry.Name, entry => (entry.NotAfter.GetValueOrDefault() - now).TotalSeconds, StringComparer.Ordinal),
            Failures = status.Entries.ToDictionary(entry => entry.Name, entry => (double)entry.Failures, StringComparer.Ordinal),
            EntriesWithoutSvid = status.Entries.Count(entry => entry.Serial is null),
            Acknowledged = status.Bundle.Acknowledged,
            IsStreamOpen = status.Bundle.StreamOpen,
        };
    }

    private static FullestRow FullestOf(RegistrationSet registered, AgentState state)
    {
        var view = new WorkloadView(state, registered.Select(registered.Fullest.Peer));
        return new(registered.Fullest.ToString(), registered.Fullest.Entries, FittingIdentities.Of(view).LeftOut.Length);
    }

    private static EntryRow RowOf(RegistrationEntry entry, AgentState state, HeldSvid? svid, EntryStatus? standing) => new()
    {
        Name = entry.Name,
        SpiffeId = (svid?.Svid.Id ?? state.IdOf(entry))?.ToString() ?? "",
        Serial = svid is null ? null : Convert.ToHexStringLower(svid.Svid.SerialNumber.Span),
        NotAfter = svid?.Svid.NotAfter,
        Next = standing?.Next,
        Failures = standing?.Failures ?? 0,
        LastError = standing?.LastFailure is { } failure ? $"{failure.Cause}: {failure.Message}" : "",
        Ban = state.BanOf(entry)?.Describe() ?? "",
    };
}
