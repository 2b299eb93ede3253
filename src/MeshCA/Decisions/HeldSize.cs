using AuthzEngine.Requests;

namespace MeshCA.Decisions;

/// <summary>About how much memory parts of requests take: enough to bound what is kept of them.</summary>
internal static class HeldSize
{
    // A reference to it, its object and its length: on 64 bit.
    private const long PerObject = 32;

    /// <summary>Bytes of a text.</summary>
    public static long OfText(string? text) => text is null ? 0 : PerObject + (sizeof(char) * (long)text.Length);

    /// <summary>Bytes of a line of a header.</summary>
    public static long OfHeader(string name, string? value) => PerObject + OfText(name) + OfText(value);

    /// <summary>Bytes of a claim with all that is in it; its depth is bounded where it is read.</summary>
    public static long OfClaim(ClaimValue? claim) => claim switch
    {
        null => 0,
        ClaimValue.Text(var text) => PerObject + OfText(text),
        ClaimValue.Number(var text) => PerObject + OfText(text),
        ClaimValue.List(var items) => PerObject + items.Sum(OfClaim),
        ClaimValue.Struct(var members) => PerObject + members.Sum(member => PerObject + OfText(member.Key) + OfClaim(member.Value)),
        _ => PerObject,
    };
}
