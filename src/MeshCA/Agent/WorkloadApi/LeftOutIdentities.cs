using System.Runtime.CompilerServices;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>Tells what callers lack because a message is full: once for all that have the same entries, and again when the number changes.</summary>
/// <param name="logger">Gets it.</param>
internal sealed class LeftOutIdentities(ILogger<LeftOutIdentities> logger)
{
    private const int MaxNamed = 5;

    // As long as the registration that they belong to.
    private readonly ConditionalWeakTable<EntrySelection, StrongBox<int>> _identities = [];
    private readonly ConditionalWeakTable<EntrySelection, StrongBox<int>> _bundles = [];
    private readonly ConditionalWeakTable<EntrySelection, StrongBox<int>> _tokens = [];

    /// <summary>Looks at what a caller is sent.</summary>
    /// <param name="peer">The caller.</param>
    /// <param name="view">What it sees.</param>
    public void TellIdentities(WorkloadPeer peer, WorkloadView view)
    {
        var own = FittingIdentities.Of(view);
        var leftOut = own.LeftOut;
        if (IsNews(_identities, view.Selection, leftOut.Length))
        {
            var names = string.Join(", ", leftOut.Take(MaxNamed).Select(identity => identity.Entry.Name));
            Log.IdentitiesLeftOut(logger, leftOut.Length, view.Identities.Length, peer.UserId, peer.GroupId, names);
        }

        // Beyond those that no caller gets, which WorkloadFeed tells.
        var bundles = FittingBundles.X509(view.State);
        var lacking = bundles.Taken.Length - bundles.Within(own.Room).Taken.Length;
        if (IsNews(_bundles, view.Selection, lacking))
        {
            Log.BundlesLeftOutOfCaller(logger, own.Taken.Length, peer.UserId, peer.GroupId, lacking);
        }
    }

    /// <summary>Looks at the tokens that a caller is sent.</summary>
    /// <param name="peer">The caller.</param>
    /// <param name="view">What it sees.</param>
    /// <param name="leftOut">How many it lacks.</param>
    public void TellTokens(WorkloadPeer peer, WorkloadView view, int leftOut)
    {
        if (IsNews(_tokens, view.Selection, leftOut))
        {
            Log.TokensLeftOut(logger, leftOut, view.Identities.Length, peer.UserId, peer.GroupId);
        }
    }

    private static bool IsNews(ConditionalWeakTable<EntrySelection, StrongBox<int>> told, EntrySelection selection, int leftOut)
    {
        if (leftOut == 0 && !told.TryGetValue(selection, out _))
        {
            return false; // most callers, of whom nothing need be kept
        }

        var box = told.GetValue(selection, static _ => new StrongBox<int>());
        return Interlocked.Exchange(ref box.Value, leftOut) != leftOut && leftOut > 0;
    }
}
