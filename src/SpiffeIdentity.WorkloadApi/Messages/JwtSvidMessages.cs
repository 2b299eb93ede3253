using Spiffe.Wire.Workload;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Reads JWT-SVIDs from messages of the Workload API; untrusted.</summary>
internal static class JwtSvidMessages
{
    /// <summary>Judges an answer: each token has its form, is its subject's and names every audience that was asked for.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="audience">What was asked for.</param>
    /// <param name="id">The identity that was asked for; null for any.</param>
    public static MessageOutcome<IReadOnlyList<FetchedJwtSvid>> Read(JWTSVIDResponse message, IReadOnlyCollection<string> audience, SpiffeId? id)
    {
        if (message.Svids.Count is 0 or > X509SvidMessages.MaxSvids)
        {
            return Refuse(message.Svids.Count == 0 ? "there is no token" : $"there are more than {X509SvidMessages.MaxSvids} tokens");
        }

        var hints = new HashSet<string>(StringComparer.Ordinal);
        var svids = new List<FetchedJwtSvid>(message.Svids.Count);
        foreach (var entry in message.Svids.Where(entry => entry.Hint.Length == 0 || hints.Add(entry.Hint)))
        {
            if (!JwtSvid.TryParse(entry.Svid, out var svid, out var error))
            {
                return Refuse($"a token: {error}");
            }

            if (svid.Id.ToString() != entry.SpiffeId || (id is not null && !svid.Id.Equals(id)))
            {
                return Refuse($"a token of {svid.Id} instead of another identity");
            }

            if (!audience.All(svid.Audience.Contains))
            {
                return Refuse("a token for another audience");
            }

            svids.Add(new FetchedJwtSvid(svid, entry.Hint.Length == 0 ? null : entry.Hint));
        }

        return new MessageOutcome<IReadOnlyList<FetchedJwtSvid>>.Accepted(svids);
    }

    private static MessageOutcome<IReadOnlyList<FetchedJwtSvid>> Refuse(string rule) =>
        new MessageOutcome<IReadOnlyList<FetchedJwtSvid>>.Refused(rule);
}
