using System.Buffers;
using System.Globalization;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Mesh;

/// <summary>Reads MeshConfig's extensionProviders; authorization-policy §2.5 says which are sound.</summary>
internal static class ExtensionProviderReader
{
    private const int MaxNameLength = 63;

    private static readonly SearchValues<char> NameAlphabet = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    // Envoy's enumeration StatusCode: other numbers make it refuse the filter.
    private static readonly HashSet<int> Statuses =
    [
        100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308,
        400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424,
        426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
    ];

    private static readonly string[] HeaderLists =
    [
        "includeHeadersInCheck", "includeRequestHeadersInCheck", "headersToUpstreamOnAllow", "headersToDownstreamOnDeny",
        "headersToDownstreamOnAllow",
    ];

    /// <summary>Reads them.</summary>
    /// <param name="mesh">The MeshConfig.</param>
    /// <returns>The external authorizers, each name once; providers of other kinds are left out.</returns>
    public static IReadOnlyList<ExtensionProvider> Read(ObjectReader mesh)
    {
        var providers = new List<ExtensionProvider>();
        foreach (var provider in mesh.RequiredObjects("extensionProviders", Provider).Select(entry => entry.Authorizer).OfType<ExtensionProvider>())
        {
            var same = providers.FindIndex(other => other.Name == provider.Name);
            if (same < 0)
            {
                providers.Add(provider);
                continue;
            }

            Report(mesh, mesh.Path.Member("extensionProviders"), $"{Excerpt.Of(provider.Name)} names two providers");
            providers[same] = provider with { Valid = false };
        }

        return providers;
    }

    private static ProviderEntry Provider(ObjectReader reader)
    {
        var name = reader.Text("name");
        var http = reader.Object("envoyExtAuthzHttp");
        var grpc = reader.Object("envoyExtAuthzGrpc");
        if ((http ?? grpc) is not { } settings)
        {
            return new(null); // a tracer, an access log: no authorizer
        }

        var before = reader.Findings.Total;
        CheckName(reader, name);
        if (http is not null && grpc is not null)
        {
            Report(reader, reader.Path, "a provider is of one kind");
        }

        var failOpen = Authorizer(settings, isHttp: http is not null);
        var valid = reader.Findings.Total == before;
        return new(new(name, http is null ? ExtensionProviderKind.Grpc : ExtensionProviderKind.Http, failOpen, valid));
    }

    private static bool Authorizer(ObjectReader settings, bool isHttp)
    {
        CheckService(settings);
        CheckStatus(settings);
        var failOpen = settings.Boolean("failOpen");
        settings.Take("timeout");
        settings.Take("clearRouteCache");
        settings.Take("includeRequestBodyInCheck");
        if (isHttp)
        {
            CheckHttp(settings);
        }

        settings.End(UnknownFields.MisspelledRefused);
        return failOpen;
    }

    private static void CheckName(ObjectReader reader, string name)
    {
        var isLabel = name.Length is > 0 and <= MaxNameLength && name is not (['-', ..] or [.., '-'])
            && !name.AsSpan().ContainsAnyExcept(NameAlphabet);
        if (!isLabel)
        {
            Report(reader, reader.Path.Member("name"), $"{Excerpt.Of(name)} is no lower-case DNS label of at most 63 characters");
        }
    }

    private static void CheckService(ObjectReader settings)
    {
        if (settings.Text("service").Length == 0)
        {
            Report(settings, settings.Path.Member("service"), "the service is missing");
        }

        var port = settings.Take("port") as YamlScalar;
        if (!TryNumber(port?.Text, out var number) || number is < 1 or > 65535)
        {
            Report(settings, settings.Path.Member("port"), $"{Excerpt.Of(port?.Text ?? "")} is no port");
        }
    }

    private static void CheckStatus(ObjectReader settings)
    {
        if (settings.Take("statusOnError") is YamlScalar { Text.Length: > 0 } status
            && !(TryNumber(status.Text, out var number) && Statuses.Contains(number)))
        {
            Report(settings, settings.Path.Member("statusOnError"), $"{Excerpt.Of(status.Text)} is no HTTP status that Envoy knows");
        }
    }

    private static void CheckHttp(ObjectReader settings)
    {
        settings.Take("includeAdditionalHeadersInCheck");
        if (settings.Text("pathPrefix") is { Length: > 0 } prefix && prefix[0] != '/')
        {
            Report(settings, settings.Path.Member("pathPrefix"), $"{Excerpt.Of(prefix)} does not start with `/`");
        }

        foreach (var list in HeaderLists.Where(list => settings.Texts(list).Contains("*")))
        {
            Report(settings, settings.Path.Member(list), "`*` alone is no header pattern");
        }
    }

    private static bool TryNumber(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // A warning: the settings stand, and what the provider's rules match is denied.
    private static void Report(ObjectReader reader, FieldPath path, string message) =>
        reader.Findings.Add(Severity.Warning, MeshCodes.ProviderInvalid, reader.Node, path, message + "; what its policies match is denied");

    private sealed record ProviderEntry(ExtensionProvider? Authorizer);
}
