using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Json;

/// <summary>Public keys as the members of a JWK, RFC 7518 §6.2 and §6.3.</summary>
internal static class JsonWebKey
{
    /// <summary>Names a key's type.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The value of <c>kty</c>.</returns>
    public static string TypeOf(PublicKeyFields key) => key.Family == KeyFamily.Rsa ? "RSA" : "EC";

    /// <summary>Gives the members that hold the key, in the order in which they are written.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Names and values; numbers in base64url.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>> MembersOf(PublicKeyFields key)
    {
        KeyValuePair<string, string> Number(string name, byte[] value) => new(name, Base64Url.EncodeToString(value));
        return key.Family == KeyFamily.Rsa
            ? [Number("n", key.First), Number("e", key.Second)]
            : [new("crv", CurveOf(key.Family)), Number("x", key.First), Number("y", key.Second)];
    }

    /// <summary>Writes the members that hold the key.</summary>
    /// <param name="json">Stands within an object.</param>
    /// <param name="key">The key.</param>
    public static void Write(Utf8JsonWriter json, PublicKeyFields key)
    {
        json.WriteString("kty", TypeOf(key));
        foreach (var (name, value) in MembersOf(key))
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>Whether the key members of an object, where there are any, are those of a key.</summary>
    /// <param name="element">The object; untrusted.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether none says otherwise.</returns>
    public static bool AgreesWith(JsonElement element, PublicKeyFields key) =>
        element.Is("kty", TypeOf(key))
        && MembersOf(key).All(member => !element.TryGetProperty(member.Key, out _) || element.Is(member.Key, member.Value));

    /// <summary>Reads a key.</summary>
    /// <param name="element">An object; untrusted.</param>
    /// <param name="key">The key, or null.</param>
    /// <returns>False for a malformed key, for a type that is not known here, and for another curve.</returns>
    public static bool TryRead(JsonElement element, [NotNullWhen(true)] out PublicKeyFields? key)
    {
        key = null;
        if (element.Is("kty", "RSA"))
        {
            key = TryReadNumber(element, "n", out var modulus) && TryReadNumber(element, "e", out var exponent)
                ? PublicKeyFields.OfRsa(modulus, exponent)
                : null;
        }
        else if (element.Is("kty", "EC") && FamilyOf(element) is { } family)
        {
            key = TryReadNumber(element, "x", out var x) && TryReadNumber(element, "y", out var y)
                ? PublicKeyFields.OfPoint(family, x, y)
                : null;
        }

        return key is not null;
    }

    private static bool TryReadNumber(JsonElement element, string name, [NotNullWhen(true)] out byte[]? number)
    {
        number = null;
        return element.TryGetText(name, out var text) && CanonicalBase64Url.TryDecode(text, out number);
    }

    private static KeyFamily? FamilyOf(JsonElement element)
    {
        foreach (var family in (ReadOnlySpan<KeyFamily>)[KeyFamily.P256, KeyFamily.P384, KeyFamily.P521])
        {
            if (element.Is("crv", CurveOf(family)))
            {
                return family;
            }
        }

        return null;
    }

    private static string CurveOf(KeyFamily family) => family switch
    {
        KeyFamily.P256 => "P-256",
        KeyFamily.P384 => "P-384",
        _ => "P-521",
    };
}
