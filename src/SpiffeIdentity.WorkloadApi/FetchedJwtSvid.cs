using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>A JWT-SVID of this workload.</summary>
/// <param name="Svid">The SVID; its token is a secret, and is not part of any printed form.</param>
/// <param name="Hint">What the operator calls this identity; null for nothing.</param>
public sealed record FetchedJwtSvid(JwtSvid Svid, string? Hint);

/// <summary>A JWT-SVID that the Workload API found good.</summary>
/// <param name="Id">Whose it is.</param>
/// <param name="Claims">Its claims: a JSON object in UTF-8. Numbers passed through doubles, so that those above 2^53 are not exact.</param>
public sealed record ValidatedJwtSvid(SpiffeId Id, ReadOnlyMemory<byte> Claims);
