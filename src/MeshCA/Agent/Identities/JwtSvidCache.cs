using System.Collections.Immutable;
using System.Text;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Agent.Connecting;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Trust;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using MeshCA.Wire.Identity;
using SpiffeIdentity;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.Identities;

/// <summary>JWT-SVIDs by entry and audiences, minted by the CA: one call for all who ask at once, and a new one from half life on.</summary>
internal sealed class JwtSvidCache(
    AgentOptions options, AgentCredentials credentials, CaChannels channels, HeldIdentities identities, AgentMetrics metrics, TimeProvider clock)
    : IJwtSvids
{
    /// <summary>Most tokens that are kept.</summary>
    public const int MaxTokens = 1_000;

    /// <summary>Most calls to the CA at once.</summary>
    public const int MaxUnderWay = 128;

    /// <summary>Most of them for one entry: who asks may give up at once and ask for other audiences, while the call goes on.</summary>
    public const int MaxUnderWayOfEntry = 32;

    private const int MaxAudiences = 16;
    private const int MaxAudienceLength = 255;

    // A CA that goes on signing with a key that it declared compromised is asked again before long, but not for each call.
    private static readonly TimeSpan SuspectLife = TimeSpan.FromSeconds(10);

    private readonly TrustDomain _trustDomain = TrustDomain.Parse(options.TrustDomain);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Minted> _minted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<JwtSvidOutcome>> _underWay = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public async Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken)
    {
        var sorted = audiences.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        if (sorted.Length is 0 or > MaxAudiences || sorted.Any(audience => Encoding.UTF8.GetByteCount(audience) is 0 or > MaxAudienceLength))
        {
            return new JwtSvidOutcome.Refused(
                new Status(StatusCode.InvalidArgument, $"1 to {MaxAudiences} audiences of 1 to {MaxAudienceLength} bytes are needed"));
        }

        // All that the entry asks by, since its file may change it; and lengths, so that no two share a key.
        var prefix = $"{entry.Name}\n{entry.Id}\n{entry.TokenFile?.Length}:{entry.TokenFile}\n";
        var key = prefix + string.Concat(sorted.Select(audience => $"{audience.Length}:{audience}"));
        Task<JwtSvidOutcome> minting;
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_minted.TryGetValue(key, out var minted) && now < minted.HalfLife && (minted.WasSuspect || !IsSuspect(minted.Outcome.KeyId)))
            {
                metrics.JwtRequested("cached");
                return minted.Outcome;
            }

            if (!_underWay.TryGetValue(key, out var others))
            {
                if (_underWay.Count >= MaxUnderWay || _underWay.Keys.Count(other => other.StartsWith(prefix, StringComparison.Ordinal)) >= MaxUnderWayOfEntry)
                {
                    metrics.JwtRequested(nameof(StatusCode.ResourceExhausted));
                    return new JwtSvidOutcome.Refused(new Status(StatusCode.ResourceExhausted, "too many tokens are being asked for"));
                }

                // Not with the caller's token: others may wait for the same, and the call has a deadline.
                var untilAnswered = new CancellationToken(canceled: false);
                others = _underWay[key] = Task.Run(() => MintAsync(key, entry, sorted, untilAnswered), untilAnswered);
            }

            minting = others;
        }

        return await minting.WaitAsync(cancellationToken);
    }

    private async Task<JwtSvidOutcome> MintAsync(
        string key, RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        JwtSvidOutcome outcome = new JwtSvidOutcome.Refused(new Status(StatusCode.Internal, "no JWT-SVID came"));
        try
        {
            outcome = await AskAsync(entry, audiences, cancellationToken);
        }
        finally
        {
            outcome = Take(key, start, outcome);
        }

        return outcome;
    }

    // While the CA is away a token that is half used up is better than none.
    private JwtSvidOutcome Take(string key, DateTimeOffset start, JwtSvidOutcome outcome)
    {
        lock (_lock)
        {
            _underWay.Remove(key);
            if (outcome is JwtSvidOutcome.Fetched fetched)
            {
                metrics.JwtRequested("minted");
                if (_minted.Count >= MaxTokens && !_minted.ContainsKey(key))
                {
                    _minted.Remove(_minted.MinBy(pair => pair.Value.Outcome.ExpiresAt).Key);
                }

                var (half, isSuspect) = ((fetched.ExpiresAt - start) / 2, IsSuspect(fetched.KeyId));
                _minted[key] = new Minted(fetched, start + (isSuspect && half > SuspectLife ? SuspectLife : half), isSuspect);
                return fetched;
            }

            var status = ((JwtSvidOutcome.Refused)outcome).Status;
            metrics.JwtRequested(status.StatusCode.ToString());
            var passes = status.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded;
            if (_minted.TryGetValue(key, out var minted))
            {
                if (passes && clock.GetUtcNow() < minted.Outcome.ExpiresAt)
                {
                    return minted.Outcome;
                }

                _minted.Remove(key);
            }

            return outcome;
        }
    }

    // Whoever keeps a token with the `kid` of a compromised key asks for another (trust_bundles.proto); so does who has one of a key that
    // the bundle does not have any more.
    private bool IsSuspect(string keyId)
    {
        var trust = identities.Trust;
        return trust.Tainted.Contains(keyId.ToLowerInvariant())
            || (trust is { IsStreamOpen: true, Streamed.Jwt: { Authorities.Count: > 0 } keys } && !keys.TryFind(keyId, out _));
    }

    private async Task<JwtSvidOutcome> AskAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken)
    {
        var search = credentials.Find(entry);
        JwtSvidOutcome outcome = new JwtSvidOutcome.Refused(new Status(StatusCode.Unavailable, search.Fault));
        foreach (var credential in search.Found)
        {
            outcome = await AskAsync(entry, audiences, credential, cancellationToken);
            if (outcome is JwtSvidOutcome.Fetched || credential.Certificate is null)
            {
                return outcome;
            }
        }

        return outcome;
    }

    private async Task<JwtSvidOutcome> AskAsync(
        RegistrationEntry entry, ImmutableArray<string> audiences, AgentCredential credential, CancellationToken cancellationToken)
    {
        using var lease = channels.Take(credential.Certificate, out var fault);
        if (lease is null)
        {
            return new JwtSvidOutcome.Refused(new Status(StatusCode.Unavailable, fault ?? ""));
        }

        var request = new MintJwtSvidRequest { SpiffeId = credentials.IsOwn(entry) ? "" : entry.Id?.ToString() ?? "" };
        request.Audience.AddRange(audiences);
        try
        {
            var answer = await new Wire.Identity.JwtSvids.JwtSvidsClient(lease.Channel).MintAsync(request, new CallOptions(
                CallMetadata.Of(options, credential), TimeProvider.System.GetUtcNow().UtcDateTime + options.RequestTimeout, cancellationToken));
            return Check(entry, audiences, answer);
        }
        catch (RpcException e)
        {
            // The trailers and the cause are not the workload's business; what the CA says of the request is.
            return new JwtSvidOutcome.Refused(new Status(e.StatusCode, RpcFailures.Describe(e.Status)));
        }
    }

    private JwtSvidOutcome Check(RegistrationEntry entry, ImmutableArray<string> audiences, MintJwtSvidResponse answer)
    {
        if (!JwtSvid.TryParse(answer.Token, out var svid, out var error))
        {
            return Broken($"is no JWT-SVID: {error}");
        }

        if (!svid.Id.MemberOf(_trustDomain) || (entry.Id is { } wanted && !svid.Id.Equals(wanted)))
        {
            return Broken($"is for `{svid.Id}`");
        }

        // One that is for others as well would let them use it.
        if (!svid.Audience.ToHashSet(StringComparer.Ordinal).SetEquals(audiences))
        {
            return Broken("is for other audiences");
        }

        return svid.ExpiresAt > clock.GetUtcNow()
            ? new JwtSvidOutcome.Fetched(svid.Token, svid.ExpiresAt) { Id = svid.Id, KeyId = svid.KeyId }
            : Broken("has expired");
    }

    private static JwtSvidOutcome.Refused Broken(string fault) => new(new Status(StatusCode.Unavailable, $"the CA's answer {fault}"));

    private sealed record Minted(JwtSvidOutcome.Fetched Outcome, DateTimeOffset HalfLife, bool WasSuspect);
}
