using System.Text.Json;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Spec;

namespace AuthzEngine.Tests.Reference;

/// <summary>A request as text, which prints when a property fails.</summary>
internal sealed record SampleRequest
{
    public RequestProtocol Protocol { get; init; }

    public string? Principal { get; init; }

    public string? SourceIp { get; init; }

    public string? RemoteIp { get; init; }

    public string? DestinationIp { get; init; }

    public int? Port { get; init; }

    public string? Sni { get; init; }

    public string? Method { get; init; }

    public string? Path { get; init; }

    public string? Host { get; init; }

    public string HeaderJson { get; init; } = "{}";

    public TokenState Token { get; init; }

    public string? ClaimJson { get; init; }

    public string? MetadataJson { get; init; }

    public AttributeKinds Unsupplied { get; init; }

    public IReadOnlyDictionary<string, string[]> Headers => JsonSerializer.Deserialize<Dictionary<string, string[]>>(HeaderJson)!;

    public RequestAttributes ToAttributes()
    {
        var headers = new TestHeaders();
        foreach (var (name, lines) in Headers)
        {
            headers.Add(name, lines);
        }

        return new()
        {
            Protocol = Protocol,
            SourcePrincipal = Principal,
            SourceIp = Address(SourceIp),
            RemoteIp = Address(RemoteIp),
            DestinationIp = Address(DestinationIp),
            DestinationPort = Port,
            Sni = Sni,
            Method = Method,
            Path = Path,
            Host = Host,
            Headers = headers,
            Token = Token,
            Claims = ClaimJson is null ? null : TestClaims.Parse(ClaimJson),
            FilterMetadata = MetadataJson is null ? null : TestClaims.Parse(MetadataJson),
            Unsupplied = Unsupplied,
        };
    }

    private static IpAddress Address(string? text) => text is null ? default : IpAddress.Parse(text);
}
