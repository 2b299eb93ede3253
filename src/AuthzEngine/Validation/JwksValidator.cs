using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace AuthzEngine.Validation;

/// <summary>Inline keys, authorization-policy §6.4: a JWK set by structure (RFC 7517 §5, RFC 7518 §6, RFC 8037 §2).</summary>
/// <remarks>Messages name a key by its place only: what stands in it may be secret.</remarks>
internal static class JwksValidator
{
    // A key of 16,384 bits takes 4 KB: room for hundreds.
    private const int MaxLength = 1 << 20;
    private const int MaxDepth = 16;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    // RFC 7515 §2: no padding and no whitespace, both of which .NET's reader lets pass.
    private static readonly SearchValues<char> PaddingAndWhitespace = SearchValues.Create("= \t\r\n");

    public static void Validate(string text, string field, FindingReport report)
    {
        if (text.Length > MaxLength)
        {
            report.Add(ValidationCodes.JwksInvalid, field, $"the keys have more than {MaxLength} characters");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Options);
            ValidateSet(document.RootElement, field, report);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            // Beside bad JSON: a lone surrogate, in the text or escaped in a string of it.
            report.Add(ValidationCodes.JwksInvalid, field, "the keys are not JSON");
        }
    }

    private static void ValidateSet(JsonElement root, string field, FindingReport report)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("keys", out var keys)
            || keys.ValueKind != JsonValueKind.Array)
        {
            report.Add(ValidationCodes.JwksInvalid, field, "a JWK set is an object with the list `keys`");
            return;
        }

        foreach (var (index, key) in keys.EnumerateArray().Index())
        {
            if (!IsKey(key))
            {
                report.Add(ValidationCodes.JwksInvalid, field, $"key {index} is not an RSA, EC, OKP or oct key with all its members");
            }
            else if (HoldsSecret(key))
            {
                report.Add(
                    ValidationCodes.JwksPrivateKey, field, $"key {index} holds private or symmetric key material", "keep only the public members");
            }
        }
    }

    private static bool IsKey(JsonElement key) => key.ValueKind == JsonValueKind.Object && Text(key, "kty") switch
    {
        "RSA" => HasBytes(key, "n") && HasBytes(key, "e"),
        "EC" => Text(key, "crv") is { Length: > 0 } && HasBytes(key, "x") && HasBytes(key, "y"),
        "OKP" => Text(key, "crv") is { Length: > 0 } && HasBytes(key, "x"),
        "oct" => HasBytes(key, "k"),
        _ => false,
    };

    private static bool HoldsSecret(JsonElement key) => Text(key, "kty") == "oct" || key.TryGetProperty("d", out _);

    private static bool HasBytes(JsonElement key, string name) =>
        Text(key, name) is { Length: > 0 } text && !text.AsSpan().ContainsAny(PaddingAndWhitespace) && Base64Url.IsValid(text);

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
