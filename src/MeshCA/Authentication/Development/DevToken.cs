using System.Buffers;
using System.Text.Json;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.Development;

/// <summary>A token to mint: shaped like a projected service-account token.</summary>
internal sealed record DevToken
{
    /// <summary>Whom it is for.</summary>
    public required ServiceAccount Account { get; init; }

    /// <summary>How long it is valid; 12 hours, as Istio projects it.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Its audience.</summary>
    public string Audience { get; init; } = Configuration.TokenIssuerOptions.DefaultAudience;

    /// <summary>The pod it is bound to; null for none.</summary>
    public string? PodName { get; init; }

    /// <summary>The UID of that pod.</summary>
    public string? PodUid { get; init; }

    /// <summary>The node of that pod.</summary>
    public string? NodeName { get; init; }

    /// <summary>Writes the claims.</summary>
    public ReadOnlyMemory<byte> WriteClaims(string issuer, string tokenId, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("iss", issuer);
        writer.WriteString("sub", Account.ToString());
        writer.WriteStartArray("aud");
        writer.WriteStringValue(Audience);
        writer.WriteEndArray();
        writer.WriteNumber("iat", now.ToUnixTimeSeconds());
        writer.WriteNumber("nbf", now.ToUnixTimeSeconds());
        writer.WriteNumber("exp", (now + Lifetime).ToUnixTimeSeconds());
        writer.WriteString("jti", tokenId);
        WriteKubernetes(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private void WriteKubernetes(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("kubernetes.io");
        writer.WriteString("namespace", Account.Namespace);
        WriteBound(writer, "serviceaccount", Account.Name, null);
        WriteBound(writer, "pod", PodName, PodUid);
        WriteBound(writer, "node", NodeName, null);
        writer.WriteEndObject();
    }

    private static void WriteBound(Utf8JsonWriter writer, string kind, string? name, string? uid)
    {
        if (name is null)
        {
            return;
        }

        writer.WriteStartObject(kind);
        writer.WriteString("name", name);
        if (uid is not null)
        {
            writer.WriteString("uid", uid);
        }

        writer.WriteEndObject();
    }
}
