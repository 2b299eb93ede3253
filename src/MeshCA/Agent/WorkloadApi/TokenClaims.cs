using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>The claims of a token that was found good, as the Workload API gives them.</summary>
internal static class TokenClaims
{
    // RFC 7519 §4.1. What another trust domain means by further ones is not known here.
    private static readonly string[] Registered = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

    /// <summary>Takes them from the token.</summary>
    /// <param name="svid">The token; verified.</param>
    /// <param name="isForeign">Whether it is of another trust domain, of whose claims only the registered ones are given.</param>
    /// <param name="claims">The claims, or null.</param>
    /// <returns>False where they are too deep, or have numbers that no message can hold: a signature says nothing about that.</returns>
    public static bool TryRead(JwtSvid svid, bool isForeign, [NotNullWhen(true)] out Struct? claims)
    {
        claims = null;
        try
        {
            claims = Struct.Parser.ParseJson(Encoding.UTF8.GetString(svid.Payload.Span));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or OverflowException)
        {
            return false;
        }

        claims.Fields["aud"] = Value.ForList([.. svid.Audience.Select(Value.ForString)]); // a list, also where the token has a text
        foreach (var name in claims.Fields.Keys.Where(name => isForeign && !Registered.Contains(name, StringComparer.Ordinal)).ToList())
        {
            claims.Fields.Remove(name);
        }

        return true;
    }
}
