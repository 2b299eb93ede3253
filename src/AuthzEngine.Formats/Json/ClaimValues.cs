using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AuthzEngine.Requests;
using Google.Protobuf.WellKnownTypes;

namespace AuthzEngine.Formats.Json;

/// <summary>Takes payloads of tokens and dynamic metadata over, each value with the kind that it has in JSON.</summary>
/// <remarks>
/// A member given twice refuses the whole payload: RFC 7519 §4 lets a reader take the last one, so whoever issued or
/// checked the token may have seen the other one.
/// </remarks>
public static class ClaimValues
{
    private const int JsonDepth = 64; // above every limit, so that the limit decides

    /// <summary>Reads a JSON text.</summary>
    /// <param name="utf8">The text; untrusted.</param>
    /// <param name="limits">How much is taken.</param>
    /// <param name="claims">The payload, or null.</param>
    /// <param name="error">Why it is refused.</param>
    /// <returns>Whether it was taken.</returns>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8, ClaimLimits limits, [NotNullWhen(true)] out ClaimValue.Struct? claims, out ClaimsError error)
    {
        ArgumentNullException.ThrowIfNull(limits);
        claims = null;
        error = utf8.Length > limits.MaxLength ? ClaimsError.TooLong : ClaimsError.Malformed;
        if (error == ClaimsError.TooLong)
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = JsonDepth });
            return TryConvert(document.RootElement, limits, out claims, out error);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Takes a JSON object over.</summary>
    /// <param name="json">The object; untrusted.</param>
    /// <param name="limits">How much is taken.</param>
    /// <param name="claims">The payload, or null.</param>
    /// <param name="error">Why it is refused.</param>
    /// <returns>Whether it was taken.</returns>
    public static bool TryConvert(
        JsonElement json, ClaimLimits limits, [NotNullWhen(true)] out ClaimValue.Struct? claims, out ClaimsError error)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var converter = new JsonConverter(limits);
        claims = converter.Convert(json, depth: 1) as ClaimValue.Struct;
        return Succeeded(ref claims, converter, out error);
    }

    /// <summary>Takes a protobuf Struct over, as Envoy sends dynamic metadata.</summary>
    /// <param name="message">The Struct; untrusted.</param>
    /// <param name="limits">How much is taken.</param>
    /// <param name="claims">The payload, or null.</param>
    /// <param name="error">Why it is refused.</param>
    /// <returns>Whether it was taken.</returns>
    public static bool TryConvert(
        Struct message, ClaimLimits limits, [NotNullWhen(true)] out ClaimValue.Struct? claims, out ClaimsError error)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(limits);
        var converter = new ProtobufConverter(limits);
        claims = converter.Convert(message, depth: 1) as ClaimValue.Struct;
        return Succeeded(ref claims, converter, out error);
    }

    private static bool Succeeded(ref ClaimValue.Struct? claims, ClaimBudget budget, out ClaimsError error)
    {
        error = budget.Error == ClaimsError.None && claims is null ? ClaimsError.NotAnObject : budget.Error;
        claims = error == ClaimsError.None ? claims : null;
        return claims is not null;
    }
}
