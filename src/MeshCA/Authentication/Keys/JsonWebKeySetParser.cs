using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MeshCA.Authentication.Keys;

/// <summary>The rule that a JWK Set breaks.</summary>
internal enum KeySetError
{
    None,

    /// <summary>More octets than allowed.</summary>
    TooLarge,

    /// <summary>Not a JSON object with a <c>keys</c> array of objects, each with a <c>kty</c>, RFC 7517 §4, §5.</summary>
    Malformed,

    /// <summary>More keys than allowed.</summary>
    TooManyKeys,

    /// <summary>Two keys of one kind share a <c>kid</c>, so that the id names neither.</summary>
    RepeatedKeyId,

    /// <summary>No key in it can verify a token.</summary>
    NoUsableKey,
}

/// <summary>Reads a JWK Set, RFC 7517 §5: public parts only, what is not understood is left out.</summary>
internal static class JsonWebKeySetParser
{
    /// <summary>Longest document in octets.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Most keys in a document.</summary>
    public const int MaxKeys = 128;

    private const int MaxMemberLength = 2048;

    /// <summary>Reads a document.</summary>
    /// <param name="utf8">The document; untrusted.</param>
    /// <param name="keys">The keys, or null.</param>
    /// <param name="error">The rule broken.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out VerificationKeySet? keys, out KeySetError error)
    {
        keys = null;
        error = utf8.Length > MaxLength ? KeySetError.TooLarge : KeySetError.None;
        if (error == KeySetError.None)
        {
            error = JsonText.TryRead(utf8, ReadKeys, out var parsed) ? parsed.Error : KeySetError.Malformed;
            keys = error == KeySetError.None ? new VerificationKeySet(parsed!.Keys, parsed.Ignored) : null;
        }

        return keys is not null;
    }

    private static ParsedKeys? ReadKeys(JsonElement root)
    {
        if (!root.TryGetProperty("keys", out var array) || array.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        if (array.GetArrayLength() > MaxKeys)
        {
            return new ParsedKeys([], 0, KeySetError.TooManyKeys);
        }

        List<VerificationKey> keys = [];
        foreach (var element in array.EnumerateArray())
        {
            if (!TryReadKey(element, out var key))
            {
                return null;
            }

            if (key is not null)
            {
                keys.Add(key);
            }
        }

        return new ParsedKeys(keys, array.GetArrayLength() - keys.Count, Check(keys));
    }

    private static KeySetError Check(List<VerificationKey> keys) => keys switch
    {
        [] => KeySetError.NoUsableKey,
        _ when keys.Distinct().Count() < keys.Count => KeySetError.RepeatedKeyId,
        _ when keys.Where(key => key.Id is not null).CountBy(key => (key.Id, key.Family)).Any(pair => pair.Value > 1) =>
            KeySetError.RepeatedKeyId,
        _ => KeySetError.None,
    };

    // RFC 7517 §5: a key of a kind, for a use, or with values that are not understood is ignored, not an error.
    private static bool TryReadKey(JsonElement element, out VerificationKey? key)
    {
        key = null;
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetString("kty", out var kind) || kind is null
            || !element.TryGetString("kid", out var id)
            || !element.TryGetString("alg", out var algorithm))
        {
            return false;
        }

        if (!VerifiesSignatures(element) || id?.Length > MaxMemberLength)
        {
            return true;
        }

        switch (kind)
        {
            case "RSA" when Has(element, "n", out var n) && Has(element, "e", out var e):
                _ = VerificationKey.TryCreateRsa(id, algorithm, n, e, out key);
                return true;
            case "EC" when Has(element, "crv", out var curve) && Has(element, "x", out var x) && Has(element, "y", out var y):
                _ = VerificationKey.TryCreateEc(id, algorithm, curve, x, y, out key);
                return true;
            default:
                return true;
        }
    }

    // RFC 7517 §4.2, §4.3.
    private static bool VerifiesSignatures(JsonElement element) =>
        (!element.TryGetProperty("use", out var use) || IsText(use, "sig"))
        && (!element.TryGetProperty("key_ops", out var operations)
            || (operations.ValueKind == JsonValueKind.Array
                && operations.EnumerateArray().Any(operation => IsText(operation, "verify"))));

    private static bool IsText(JsonElement element, string text) =>
        element.ValueKind == JsonValueKind.String && element.ValueEquals(text);

    private static bool Has(JsonElement element, string name, [NotNullWhen(true)] out string? value) =>
        element.TryGetString(name, out value) && value is { Length: > 0 and <= MaxMemberLength };

    private sealed record ParsedKeys(List<VerificationKey> Keys, int Ignored, KeySetError Error);
}
