using System.Text.Json;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Json;

namespace SpiffeIdentity.Svids;

/// <summary>The header of a JWT-SVID, JWT-SVID §2: three parameters and no other.</summary>
internal sealed record JwtSvidHeader(JwtAlgorithm Algorithm, string KeyId)
{
    /// <summary>Reads a header.</summary>
    /// <param name="utf8">The header; untrusted, its length already bounded.</param>
    /// <param name="header">The header, or null.</param>
    /// <returns>The rule broken, or <see cref="JwtSvidError.None"/>.</returns>
    public static JwtSvidError Read(ReadOnlyMemory<byte> utf8, out JwtSvidHeader? header)
    {
        JwtSvidHeader? found = null;
        var error = StrictJson.TryRead(utf8, root => Read(root, out found), out var verdict) ? verdict : JwtSvidError.MalformedHeader;
        header = found;
        return error;
    }

    private static JwtSvidError Read(JsonElement root, out JwtSvidHeader? header)
    {
        header = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return JwtSvidError.MalformedHeader;
        }

        string? algorithm = null, keyId = null, type = null;
        foreach (var member in root.EnumerateObject())
        {
            // Before the type of the value: whatever x5c, jku, jwk or crit hold, they are not allowed to speak.
            if (member.Name is not ("alg" or "kid" or "typ"))
            {
                return JwtSvidError.ForbiddenHeader;
            }

            if (member.Value.ValueKind != JsonValueKind.String)
            {
                return JwtSvidError.MalformedHeader;
            }

            var value = member.Value.GetString();
            _ = member.Name switch { "alg" => algorithm = value, "kid" => keyId = value, _ => type = value };
        }

        return Judge(algorithm, keyId, type, out header);
    }

    private static JwtSvidError Judge(string? algorithm, string? keyId, string? type, out JwtSvidHeader? header)
    {
        header = null;
        if (algorithm is null || JwtSignature.Parse(algorithm) is not { } allowed)
        {
            return JwtSvidError.AlgorithmNotAllowed;
        }

        if (keyId is not { Length: > 0 and <= JwtAuthority.MaxKeyIdLength })
        {
            return JwtSvidError.MissingKeyId;
        }

        if (type is not (null or "JWT" or "JOSE"))
        {
            return JwtSvidError.WrongType;
        }

        header = new JwtSvidHeader(allowed, keyId);
        return JwtSvidError.None;
    }
}
