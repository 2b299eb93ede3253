using System.Globalization;
using System.Text.Json.Serialization;
using MeshCA.Wire.Agent;
using Spectre.Console;
using Spectre.Console.Rendering;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.Admin.Agents;

/// <summary>What a Workload API gives for X.509.</summary>
/// <param name="Svids">The identities, the default first.</param>
/// <param name="Bundles">The trust domains that peers can be verified of.</param>
internal sealed record X509ContextReport(IReadOnlyList<FetchedSvidRow> Svids, IReadOnlyList<FetchedBundleRow> Bundles)
{
    /// <summary>Takes what came.</summary>
    public static X509ContextReport Of(X509Context context) => new(
        [.. context.Credentials.Select(FetchedSvidRow.Of)],
        [.. context.Bundles.Select(bundle => new FetchedBundleRow(bundle.TrustDomain.Name, bundle.X509.Authorities.Count))]);

    /// <summary>As tables.</summary>
    public static IRenderable Render(X509ContextReport report) => new Rows(
        AdminTables.Of(
            ["spiffe id", "hint", "serial", "not before", "not after"],
            report.Svids,
            row => [row.SpiffeId, row.Hint, row.SerialNumber, AdminTables.Time(row.NotBefore), AdminTables.Time(row.NotAfter)]),
        AdminTables.Of(["trust domain", "roots"], report.Bundles, row => [row.TrustDomain, AdminTables.Number(row.Roots)]));

    /// <summary>As one line.</summary>
    public static string RenderLine(X509ContextReport report) => AdminOutput.Printable(string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(' ', report.Svids.Select(row => $"{row.SpiffeId} ({row.SerialNumber} until {row.NotAfter:u})"))}; bundles: {string.Join(' ', report.Bundles.Select(row => row.TrustDomain))}"));
}

/// <summary>An identity.</summary>
/// <param name="SpiffeId">Its SPIFFE ID.</param>
/// <param name="Hint">What the operator calls it; may be empty.</param>
/// <param name="SerialNumber">In lower-case hexadecimal.</param>
/// <param name="NotBefore">Begin of its validity.</param>
/// <param name="NotAfter">End of its validity.</param>
internal sealed record FetchedSvidRow(string SpiffeId, string Hint, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>Takes one.</summary>
    public static FetchedSvidRow Of(X509Credential credential) => new(
        credential.Id.ToString(),
        credential.Hint ?? "",
        Convert.ToHexStringLower(credential.Svid.SerialNumber.Span),
        credential.Svid.NotBefore,
        credential.Svid.NotAfter);
}

/// <summary>A bundle.</summary>
/// <param name="TrustDomain">Whose.</param>
/// <param name="Roots">How many roots it has.</param>
internal sealed record FetchedBundleRow(string TrustDomain, int Roots);

/// <summary>What <c>meshca agent fetch jwt</c> prints: the tokens are what it is for.</summary>
/// <param name="Svids">The tokens, that of the default identity first.</param>
internal sealed record FetchedTokensReport(IReadOnlyList<FetchedTokenRow> Svids);

/// <summary>A token.</summary>
/// <param name="SpiffeId">Whose.</param>
/// <param name="Hint">What the operator calls the identity; may be empty.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
/// <param name="Svid">The token in compact form. Secret.</param>
internal sealed record FetchedTokenRow(string SpiffeId, string Hint, DateTimeOffset ExpiresAt, string Svid)
{
    /// <inheritdoc />
    public override string ToString() => $"{SpiffeId} until {ExpiresAt:u}";
}

/// <summary>What <c>meshca agent validate</c> prints of a token that is good.</summary>
/// <param name="SpiffeId">Whose it is.</param>
/// <param name="Claims">What it says.</param>
internal sealed record ValidatedTokenReport(string SpiffeId, System.Text.Json.JsonElement Claims);

/// <summary>What <c>meshca agent secrets</c> prints.</summary>
/// <param name="Listed">A row for each certificate; none has a key.</param>
internal sealed record SecretsReport([property: JsonPropertyName("secrets")] IReadOnlyList<SecretRow> Listed)
{
    /// <summary>Takes it off the wire.</summary>
    public static SecretsReport Of(ListSecretsResponse response) => new([.. response.Secrets.Select(SecretRow.Of)]);

    /// <summary>As a table, in the manner of Istio's tools.</summary>
    public static IRenderable Render(SecretsReport report) => AdminTables.Of(
        ["resource name", "type", "status", "trust domain", "serial number", "not after", "not before"],
        report.Listed,
        row => [row.Name, row.Type, row.Status, row.TrustDomain, row.SerialNumber, Time(row.NotAfter), Time(row.NotBefore)]);

    private static string Time(DateTimeOffset? time) => time is { } known ? AdminTables.Time(known) : "";
}

/// <summary>A certificate of a secret.</summary>
internal sealed record SecretRow
{
    /// <summary>As proxies ask for it.</summary>
    public required string Name { get; init; }

    /// <summary>`Cert Chain` or `CA`.</summary>
    public required string Type { get; init; }

    /// <summary>`ACTIVE` or `WARMING`.</summary>
    public required string Status { get; init; }

    /// <summary>The trust domain; empty while it is warming.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>In lower-case hexadecimal.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>The version by which proxies know the secret.</summary>
    public required string Version { get; init; }

    /// <summary>Begin of its validity.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>End of its validity.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Takes one off the wire.</summary>
    public static SecretRow Of(ListedSecret secret) => new()
    {
        Name = secret.Name,
        Type = secret.Type,
        Status = secret.Status,
        TrustDomain = secret.TrustDomain,
        SerialNumber = secret.SerialNumber,
        Version = secret.Version,
        NotBefore = secret.NotBefore?.ToDateTimeOffset(),
        NotAfter = secret.NotAfter?.ToDateTimeOffset(),
    };
}

/// <summary>JSON of what these verbs print at once.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(X509ContextReport))]
[JsonSerializable(typeof(FetchedTokensReport))]
[JsonSerializable(typeof(ValidatedTokenReport))]
[JsonSerializable(typeof(SecretsReport))]
[JsonSerializable(typeof(WorkloadExplanationReport))]
internal sealed partial class WorkloadJson : JsonSerializerContext;

/// <summary>JSON of what is printed a line at a time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(X509ContextReport))]
internal sealed partial class WorkloadLineJson : JsonSerializerContext;
