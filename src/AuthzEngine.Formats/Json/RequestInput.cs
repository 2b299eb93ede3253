using System.Text.Json;
using AuthzEngine.Evaluation;
using AuthzEngine.Normalization;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>A request in JSON, as <c>docs/policies.md</c> describes it, with what external authorizers said about it.</summary>
public sealed class RequestInput
{
    private static readonly Dictionary<string, RequestProtocol> Protocols = new()
    {
        ["http"] = RequestProtocol.Http,
        ["tcp"] = RequestProtocol.Tcp,
    };

    private static readonly Dictionary<string, ProviderVerdict> ProviderVerdicts = new()
    {
        ["allow"] = ProviderVerdict.Allow,
        ["deny"] = ProviderVerdict.Deny,
        ["error"] = ProviderVerdict.Failed,
    };

    private readonly RequestAttributes _attributes;
    private readonly Dictionary<string, ProviderVerdict> _verdicts;

    private RequestInput(in RequestAttributes attributes, Dictionary<string, ProviderVerdict> verdicts, bool isPathRefused) =>
        (_attributes, _verdicts, IsPathRefused) = (attributes, verdicts, isPathRefused);

    /// <summary>What is known of the request; its path is normalized.</summary>
    public ref readonly RequestAttributes Attributes => ref _attributes;

    /// <summary>Whether Envoy answers the request with 400 for its path, before any policy sees it; authorization-policy §5.</summary>
    public bool IsPathRefused { get; }

    /// <summary>Reads a request.</summary>
    /// <param name="json">The object <c>request</c>; untrusted.</param>
    /// <param name="normalization">What is done to its path; <see cref="PathNormalization.None"/> where a proxy has done it.</param>
    /// <param name="unsupplied">Attributes that are unknown.</param>
    /// <param name="fault">Why it cannot be read; null: it can.</param>
    /// <returns>The request; of no use with a fault.</returns>
    public static RequestInput Read(
        JsonElement json, PathNormalization normalization, AttributeKinds unsupplied, out JsonFault? fault)
    {
        var request = JsonMembers.Of(json, "request");
        var (http, token) = (HttpInput.Read(request.Object("http")), TokenInput.Read(request.Object("jwt")));
        var path = http.Path;
        var isPathRefused = path is not null && !PathNormalizer.TryNormalize(path, normalization, out path);
        var attributes = new RequestAttributes
        {
            Protocol = request.Choice("protocol", Protocols) ?? (http.IsGiven ? RequestProtocol.Http : RequestProtocol.Tcp),
            SourcePrincipal = request.Text("source_principal"),
            SourceIp = Address(request, "source_ip"),
            RemoteIp = Address(request, "remote_ip"),
            DestinationIp = Address(request, "dest_ip"),
            DestinationPort = request.Port("dest_port"),
            Sni = request.Text("sni"),
            Method = http.Method,
            Path = path,
            Host = http.Host,
            Headers = http.Headers,
            Token = token.State,
            Claims = token.Claims,
            FilterMetadata = Metadata(request),
            Unsupplied = unsupplied,
        };
        var read = new RequestInput(in attributes, Verdicts(request.Object("ext_authz")), isPathRefused);
        fault = request.Fault;
        return read;
    }

    /// <summary>Finds which providers are to be asked without it being said what they answer.</summary>
    /// <param name="decision">A decision about this request.</param>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> WithoutVerdict(in Decision decision) =>
        decision.ProvidersToAsk is not { } questions
            ? []
            : [.. questions.Select(question => question.Provider.Name).Where(name => !_verdicts.ContainsKey(name))];

    /// <summary>Combines a decision with what the providers said; one that said nothing failed.</summary>
    /// <param name="decision">A decision about this request.</param>
    /// <returns>The decision, with nobody left to ask.</returns>
    public Decision Resolve(in Decision decision) => decision.ProvidersToAsk is not { } questions
        ? decision
        : decision.Resolve([.. questions.Select(question => _verdicts.GetValueOrDefault(question.Provider.Name))]);

    private static IpAddress Address(JsonMembers request, string name)
    {
        if (request.Text(name) is not { Length: > 0 } text)
        {
            return default;
        }

        if (!IpAddress.TryParse(text, out var address))
        {
            request.Refuse(name, $"{Diagnostics.Excerpt.Of(text)} is no IP address");
        }

        return address;
    }

    private static ClaimValue.Struct? Metadata(JsonMembers request)
    {
        if (!request.TryTake("envoy_metadata", out var json))
        {
            return null;
        }

        if (!ClaimValues.TryConvert(json, new ClaimLimits(), out var metadata, out var error))
        {
            request.Refuse("envoy_metadata", TokenInput.Describe(error));
        }

        return metadata;
    }

    private static Dictionary<string, ProviderVerdict> Verdicts(JsonMembers? given)
    {
        var verdicts = new Dictionary<string, ProviderVerdict>(StringComparer.Ordinal);
        foreach (var name in given?.All().Select(member => member.Key) ?? [])
        {
            verdicts[name] = given!.Choice(name, ProviderVerdicts) ?? ProviderVerdict.Failed; // it has just given a name
        }

        return verdicts;
    }
}
