using System.CommandLine;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshCA.Admin.Policies;

/// <summary>The options that say which request is meant: a file in the form of <c>policy decide</c>, and what stands over it.</summary>
internal sealed class RequestParameters
{
    private readonly Option<string?> _request = new("--request")
    {
        Description = "File with one JSON object as `policy decide` reads it; `-` is standard input; other options stand over it",
    };

    private readonly Option<string?> _workload = new("--workload")
    {
        Description = "The workload that is called: `namespace`, or `namespace/label=value,label=value`",
    };

    private readonly Option<string?> _proxy = Text("--proxy", "Kind of the workload's proxy: sidecar, gateway or waypoint");
    private readonly Option<string?> _protocol = Text("--protocol", "http or tcp; http where a method, path, host or header is given");
    private readonly Option<string?> _source = Text("--source", "Identity of the peer, `spiffe://...`; without it the peer has none");
    private readonly Option<string?> _sourceIp = Text("--source-ip", "Address of the direct peer");
    private readonly Option<string?> _remoteIp = Text("--remote-ip", "Address of the original client");
    private readonly Option<string?> _destinationIp = Text("--dest-ip", "Address that is called");
    private readonly Option<string?> _port = Text("--port", "Port of the workload that is called");
    private readonly Option<string?> _sni = Text("--sni", "Server name");
    private readonly Option<string?> _method = Text("--method", "HTTP method");
    private readonly Option<string?> _path = Text("--path", "Path with its query, not yet normalized");
    private readonly Option<string?> _host = Text("--host", "Host, with its port if the client sends it");
    private readonly Option<string[]> _headers = new("--header") { Description = "A header as `name=value`; may be given several times" };
    private readonly Option<string?> _claims = Text("--claims", "Payload of the verified token, a JSON object");

    /// <summary>The options.</summary>
    public IEnumerable<Symbol> All =>
    [
        _request, _workload, _proxy, _protocol, _source, _sourceIp, _remoteIp, _destinationIp, _port, _sni, _method, _path, _host,
        _headers, _claims,
    ];

    /// <summary>Puts the request together.</summary>
    /// <returns>The object that <c>policy decide</c> would read; null where it cannot be, which was said then.</returns>
    public async Task<JsonElement?> ReadAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        try
        {
            var line = await ReadFileAsync(arguments, output, cancellationToken);
            Override(arguments, line);
            return JsonSerializer.SerializeToElement(line, PolicyReportJson.Default.JsonObject);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            output.Fail($"the request cannot be read: {exception.Message}");
            return null;
        }
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private async Task<JsonObject> ReadFileAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_request) is not { } file)
        {
            return [];
        }

        await using var stream = file == "-" ? output.Console.OpenInput() : File.OpenRead(file);
        return await JsonNode.ParseAsync(stream, cancellationToken: cancellationToken) as JsonObject
            ?? throw new FormatException("an object is wanted");
    }

    private void Override(ParseResult arguments, JsonObject line)
    {
        if (arguments.GetValue(_workload) is { } text)
        {
            var workload = WorkloadText.TryParse(text, out var read) ? read : throw new FormatException($"`{text}` is no workload");
            Member(line, "context")["workload"] = new JsonObject
            {
                ["namespace"] = workload.Namespace,
                ["labels"] = new JsonObject(workload.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
            };
        }

        Set(arguments, _proxy, line, "context", "proxy");
        (Option<string?> Option, string Name)[] connection =
        [
            (_protocol, "protocol"), (_source, "source_principal"), (_sourceIp, "source_ip"), (_remoteIp, "remote_ip"),
            (_destinationIp, "dest_ip"), (_port, "dest_port"), (_sni, "sni"),
        ];
        foreach (var (option, name) in connection)
        {
            Set(arguments, option, line, "request", name);
        }

        OverrideHttp(arguments, Member(line, "request"));
    }

    private void OverrideHttp(ParseResult arguments, JsonObject request)
    {
        Set(arguments, _method, request, "http", "method");
        Set(arguments, _path, request, "http", "path");
        Set(arguments, _host, request, "http", "host");
        foreach (var header in arguments.GetValue(_headers) ?? [])
        {
            var equals = header.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException($"`{header}` is no header: `name=value` is wanted");
            }

            var lines = Member(Member(request, "http"), "headers");
            var name = header[..equals];
            (lines[name] as JsonArray ?? (JsonArray)(lines[name] = new JsonArray())!).Add(header[(equals + 1)..]); // just set
        }

        if (arguments.GetValue(_claims) is { } claims)
        {
            Member(request, "jwt")["claims"] = JsonNode.Parse(claims);
        }
    }

    private static void Set(ParseResult arguments, Option<string?> option, JsonObject line, string member, string name)
    {
        if (arguments.GetValue(option) is { } value)
        {
            Member(line, member)[name] = value;
        }
    }

    private static JsonObject Member(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject member)
        {
            parent[name] = member = [];
        }

        return member;
    }
}
