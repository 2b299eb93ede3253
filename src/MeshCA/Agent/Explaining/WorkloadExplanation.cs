using Google.Protobuf.WellKnownTypes;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using MeshCA.Wire.Agent;

namespace MeshCA.Agent.Explaining;

/// <summary>Why a caller has the identities that it has, or none.</summary>
internal static class WorkloadExplanation
{
    /// <summary>Explains one.</summary>
    /// <param name="peer">The caller.</param>
    /// <param name="snapshot">What is held, and who may have it.</param>
    public static ExplainWorkloadResponse Of(WorkloadPeer peer, WorkloadSnapshot snapshot)
    {
        var view = snapshot.For(peer);
        var leftOut = FittingIdentities.Of(view).LeftOut.Select(identity => identity.Entry.Name).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            ProcessId = peer.ProcessId,
            Facts = { peer.Facts.Select(fact => fact.ToString()) },
            Standing = view.Standing switch
            {
                WorkloadStanding.Ready => "READY",
                WorkloadStanding.NotYet => "NOT_YET",
                WorkloadStanding.Banned => "BANNED",
                _ => "NEVER",
            },
            Entries =
            {
                // Stable: entries that fail alike stay in the order of the file.
                snapshot.Registrations.Entries
                    .OrderBy(entry => entry.Selectors.Count(selector => !selector.HoldsFor(peer)))
                    .Select(entry => Explain(entry, peer, snapshot, leftOut.Contains(entry.Name))),
            },
        };
    }

    private static ExplainedEntry Explain(RegistrationEntry entry, WorkloadPeer peer, WorkloadSnapshot snapshot, bool isLeftOut)
    {
        var held = snapshot.State.Svids.FirstOrDefault(held => entry.AsksTheSameAs(held.Entry));
        return new()
        {
            Name = entry.Name,
            SpiffeId = entry.Id?.ToString() ?? "",
            Admits = entry.Admits(peer),
            Ban = snapshot.State.BanOf(entry)?.Describe() ?? "",
            LeftOut = isLeftOut,
            Selectors =
            {
                entry.Selectors.Select(selector => new ExplainedSelector { Text = selector.ToString(), Holds = selector.HoldsFor(peer) }),
            },
            Held = held is null
                ? null
                : new HeldIdentity
                {
                    SpiffeId = held.Svid.Id.ToString(),
                    SerialNumber = Convert.ToHexStringLower(held.Svid.SerialNumber.Span),
                    NotAfter = Timestamp.FromDateTimeOffset(held.Svid.NotAfter),
                },
        };
    }
}
