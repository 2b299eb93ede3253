using System.Text.Json;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>Writes requests in the form that <see cref="RequestInput"/> reads.</summary>
public static class RequestJson
{
    /// <summary>Writes the members of a request; those that are absent are left out.</summary>
    /// <param name="json">Stands within the object.</param>
    /// <param name="request">The request.</param>
    /// <param name="headers">Its headers, which a request itself can only look up: lines by name.</param>
    public static void Write(
        Utf8JsonWriter json, in RequestAttributes request, IEnumerable<KeyValuePair<string, HeaderLines>> headers)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(headers);
        json.WriteString("protocol", request.Protocol == RequestProtocol.Http ? "http" : "tcp");
        WriteText(json, "source_principal", request.SourcePrincipal);
        WriteAddress(json, "source_ip", request.SourceIp);
        WriteAddress(json, "remote_ip", request.RemoteIp);
        WriteAddress(json, "dest_ip", request.DestinationIp);
        if (request.DestinationPort is { } port)
        {
            json.WriteNumber("dest_port", port);
        }

        WriteText(json, "sni", request.Sni);
        if (request.Protocol == RequestProtocol.Http)
        {
            WriteHttp(json, in request, headers);
            WriteToken(json, in request);
        }

        if (request.FilterMetadata is { } metadata)
        {
            json.WritePropertyName("envoy_metadata");
            WriteValue(json, metadata);
        }
    }

    private static void WriteHttp(
        Utf8JsonWriter json, in RequestAttributes request, IEnumerable<KeyValuePair<string, HeaderLines>> headers)
    {
        json.WriteStartObject("http");
        WriteText(json, "method", request.Method);
        WriteText(json, "path", request.Path);
        WriteText(json, "host", request.Host);
        json.WriteStartObject("headers");
        foreach (var (name, lines) in headers)
        {
            WriteLines(json, name, lines);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter json, string name, in HeaderLines lines)
    {
        if (lines.Count == 1)
        {
            json.WriteString(name, lines[0]);
            return;
        }

        json.WriteStartArray(name);
        for (var i = 0; i < lines.Count; i++)
        {
            json.WriteStringValue(lines[i]);
        }

        json.WriteEndArray();
    }

    private static void WriteToken(Utf8JsonWriter json, in RequestAttributes request)
    {
        if (request.Token == TokenState.Absent)
        {
            return;
        }

        json.WriteStartObject("jwt");
        json.WriteString("state", TokenInput.NameOf(request.Token));
        if (request.Claims is { } claims)
        {
            json.WritePropertyName("claims");
            WriteValue(json, claims);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, ClaimValue value)
    {
        switch (value)
        {
            case ClaimValue.Text(var text):
                json.WriteStringValue(text);
                break;
            case ClaimValue.Number(var number):
                json.WriteRawValue(number);
                break;
            case ClaimValue.Boolean(var boolean):
                json.WriteBooleanValue(boolean);
                break;
            case ClaimValue.List(var items):
                json.WriteStartArray();
                foreach (var item in items)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            case ClaimValue.Struct(var members):
                json.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, member);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static void WriteAddress(Utf8JsonWriter json, string name, IpAddress address) =>
        WriteText(json, name, address.IsPresent ? address.ToString() : null);

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
