using System.IO;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Files;

/// <summary>Keeps one directory at what the state says: writes a set, has its reader told, and says that the state is in use.</summary>
/// <remarks>An SVID that ended stays in its files: a program that starts with it fails where its peers refuse it, and not for want of files.</remarks>
internal sealed class FilesKeeper(
    AgentFilesOptions options,
    RenewalSettings settings,
    IAgentStates states,
    IRegistrations registrations,
    AppliedStates.Outlet outlet,
    AgentMetrics metrics,
    TimeProvider clock,
    ILogger logger)
{
    private readonly SetDirectory _directory = new(
        options.Directory, new SetRights(options.ToKeyMode(), options.ToFileMode(), options.Owner, options.Group), clock);

    private readonly Reload _reload = new(options, logger);
    private volatile FilesStatus _status = new(options.Directory, null, null, 0);
    private HeldSvid? _svid;
    private TrustBundle? _bundle;
    private bool _isTold = true;
    private DateTimeOffset? _removeAt;

    /// <summary>How the directory stands.</summary>
    public FilesStatus Status => _status;

    /// <summary>Keeps it until told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // What an earlier run left behind has no readers who came through us.
        _removeAt = clock.GetUtcNow() + options.OldVersionGrace;
        for (long seen = 0, failures = 0; ;)
        {
            var state = states.Current;
            var fault = await ApplyAsync(state, cancellationToken);
            if (fault is null)
            {
                failures = 0;
                seen = state.Revision;
                await WaitAsync(seen, _removeAt is { } at ? at - clock.GetUtcNow() : Timeout.InfiniteTimeSpan, cancellationToken);
                RemoveOld();
                continue;
            }

            failures++;
            var pause = RenewalPlan.Retry((int)Math.Min(failures, int.MaxValue), null, null, settings, ChanceSource.Random.Next());
            Log.FilesNotWritten(logger, options.Directory, fault, (int)failures, pause);
            _status = _status with { Fault = fault };
            await WaitAsync(state.Revision, pause, cancellationToken);
        }
    }

    private async Task<string?> ApplyAsync(AgentState state, CancellationToken cancellationToken)
    {
        // By name, the first entry's too: the first SVID that is held may be another entry's, while that one's is not there or has ended.
        var name = options.Entry.Length > 0 ? options.Entry : registrations.Current.Entries.FirstOrDefault()?.Name;
        var entry = registrations.Current.Entries.FirstOrDefault(entry => entry.Name == name);
        var ban = entry is null ? null : state.BanOf(entry);
        var fault = ban is null ? null : $"the identity is banned: ban {ban.Describe()}";

        // No renewal of what is banned. What this process wrote stays, and its roots go on, as its readers verify others by them. What an earlier
        // one wrote is left as it is, roots too, and not waited for: its SVID and key are known from the files alone, which are not read back.
        var svid = (ban is null ? state.Svids.FirstOrDefault(each => each.Entry.Name == name) : null) ?? _svid;
        if (svid is null || state.Bundle is not { } bundle)
        {
            _status = _status with { Fault = entry is null ? $"no entry has the name `{name}`" : fault };
            if (ban is not null)
            {
                outlet.Applied(state.Revision); // nobody waits for files that nobody gets
            }

            return null; // nothing to write yet, and so nothing in use
        }

        if (!ReferenceEquals(svid.Svid, _svid?.Svid) || !bundle.X509.Equals(_bundle?.X509))
        {
            if (Write(svid, bundle) is { } broken)
            {
                return broken;
            }

            (_svid, _bundle, _isTold) = (svid, bundle, false);
            _removeAt = clock.GetUtcNow() + options.OldVersionGrace;
        }

        if (!_isTold)
        {
            var broken = await _reload.RunAsync(cancellationToken);
            metrics.Reloaded(broken is null);
            if (broken is not null)
            {
                Log.ReloadFailed(logger, options.Directory, broken);
                return broken;
            }

            _isTold = true;
        }

        _status = new(options.Directory, Serial(svid), fault, state.Revision);
        outlet.Applied(state.Revision);
        return null;
    }

    private string? Write(HeldSvid svid, TrustBundle bundle)
    {
        try
        {
            _directory.Write(FileSet.Of(svid, bundle, options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            metrics.FilesWritten(done: false);
            return e.Message;
        }

        metrics.FilesWritten(done: true);
        Log.FilesWritten(logger, options.Directory, Serial(svid), bundle.X509.Authorities.Count);
        return null;
    }

    private void RemoveOld()
    {
        if (_removeAt is { } at && clock.GetUtcNow() >= at)
        {
            _removeAt = _directory.RemoveOld() ? null : clock.GetUtcNow() + options.OldVersionGrace;
        }
    }

    private async Task WaitAsync(long revision, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = longest < TimeSpan.Zero && longest != Timeout.InfiniteTimeSpan ? TimeSpan.Zero : longest;
        await Task.WhenAny(states.NewerThanAsync(revision, over.Token), Task.Delay(wait, clock, over.Token));
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static string Serial(HeldSvid svid) => Convert.ToHexStringLower(svid.Svid.SerialNumber.Span);
}

/// <summary>How a directory stands.</summary>
/// <param name="Directory">Its path.</param>
/// <param name="Serial">Serial number of the SVID that is in its files; null: nothing was written yet.</param>
/// <param name="Fault">Why the newest state is not in its files; null where it is.</param>
/// <param name="Revision">The state that is in its files.</param>
internal sealed record FilesStatus(string Directory, string? Serial, string? Fault, long Revision);
