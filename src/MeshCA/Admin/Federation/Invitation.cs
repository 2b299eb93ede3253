using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshCA.Admin.Federation;

/// <summary>All that a peer needs to federate with us, in one file: handed over by a way that both sides trust.</summary>
/// <remarks>Its path holds the peer's key, so it is for that peer alone; and whoever can change it on its way chooses whom the peer trusts.</remarks>
internal sealed record Invitation
{
    /// <summary>The name of the trust domain that invites.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>Where its bundle is, with the peer's own path.</summary>
    public required string Url { get; init; }

    /// <summary><c>https_web</c> or <c>https_spiffe</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>The endpoint's SPIFFE ID; null under <c>https_web</c>.</summary>
    public string? EndpointId { get; init; }

    /// <summary>Its present bundle document.</summary>
    public required JsonElement Bundle { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="utf8">Untrusted but for who hands it over.</param>
    /// <param name="invitation">The invitation, or null.</param>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out Invitation? invitation)
    {
        try
        {
            invitation = JsonSerializer.Deserialize(utf8, FederationJson.Default.Invitation);
        }
        catch (JsonException)
        {
            invitation = null;
        }

        // The reader takes null for a text, and any JSON for a bundle.
        invitation = invitation is { TrustDomain: not null, Url: not null, Profile: not null, Bundle.ValueKind: JsonValueKind.Object } ? invitation : null;
        return invitation is not null;
    }
}

/// <summary>Serialization of what the verbs print and read.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Invitation))]
[JsonSerializable(typeof(FederationListReport))]
[JsonSerializable(typeof(FederationReport))]
internal sealed partial class FederationJson : JsonSerializerContext;
